/**
 * When the process is to stop. One signal for everybody: the first SIGINT or SIGTERM aborts it and gives the command five
 * seconds to stop in order; the second one ends the process at once. A reader that closes stdout aborts it too.
 */
import { setMaxListeners } from 'node:events'
import type { Clock, Timer } from '../clock.js'
import { CancelledError, MtsError } from '../errors.js'

const STOP_WITHIN_MS = 5000

/** `mts stream | head -1`: no failure, there is just nobody left to print for. */
export class PipeClosedError extends MtsError {
  constructor() {
    super('PIPE_CLOSED', 'The reader of the output is gone', 0)
  }
}

export interface Lifetime {
  readonly signal: AbortSignal
  /** Ends the command as if it had been stopped in order, with this reason. */
  abort(reason: MtsError): void
  dispose(): void
}

export interface LifetimeOptions {
  /** Imported only when a signal comes. */
  readonly loadClock: () => Promise<Clock>
  readonly onStopping: () => void
  /** An error that no command can catch, thrown by a timer or a stream: tells it before the process ends. */
  readonly onCrash: (error: Error) => void
}

export function startLifetime({ loadClock, onStopping, onCrash }: LifetimeOptions): Lifetime {
  const controller = new AbortController()
  // Everything that runs listens to it: many are no leak.
  setMaxListeners(0, controller.signal)
  let timer: Timer | undefined
  let isDisposed = false

  const stop = (name: 'SIGINT' | 'SIGTERM'): void => {
    const reason = new CancelledError(name)
    if (controller.signal.reason instanceof CancelledError) process.exit(reason.exitCode)
    controller.abort(reason)
    onStopping()
    void loadClock().then((clock) => {
      if (!isDisposed) timer = clock.after(STOP_WITHIN_MS, () => process.exit(reason.exitCode))
    })
  }
  const onPipeError = (error: NodeJS.ErrnoException): void => {
    if (error.code === 'EPIPE') controller.abort(new PipeClosedError())
  }
  const crash = (error: Error): void => {
    onCrash(error)
    process.exit()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  process.on('uncaughtException', crash)
  process.stdout.on('error', onPipeError)
  process.stderr.on('error', onPipeError)

  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    dispose: () => {
      isDisposed = true
      timer?.cancel()
      process.off('SIGINT', stop)
      process.off('SIGTERM', stop)
      process.off('uncaughtException', crash)
      process.stdout.off('error', onPipeError)
      process.stderr.off('error', onPipeError)
    },
  }
}

/** Resolves when the signal is aborted. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
