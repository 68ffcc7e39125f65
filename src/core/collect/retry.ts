import type { Clock } from '../clock.js'
import { ConnectionError, ProtocolError, RateLimitError, TimeoutError } from '../errors.js'

export interface RetryRule {
  /** Tries in all. */
  readonly attempts: number
  /** The first pause is random up to `baseMs`, each next one up to twice as much, at most `capMs`. */
  readonly baseMs: number
  readonly capMs: number
}

export interface RetryWorld {
  readonly clock: Clock
  /** 0 ≤ x < 1. */
  readonly random: () => number
  readonly signal: AbortSignal
  readonly retry: RetryRule
}

/** Of so many pauses in a row that a service asked for, the last one stands for all: its quota is used up, not its second. */
const LONGEST_ROW_OF_LIMITS = 3

/**
 * Tries `work` until it succeeds or the rule is used up, and throws its last error; at once what another try would not change,
 * and a pause longer than the cap. Half of each pause is certain, half is chance. Rejects with the signal's reason.
 */
export async function retrying<Value>(
  world: RetryWorld,
  work: () => Promise<Value>,
  isPassing: (error: unknown) => boolean = isPassingError,
): Promise<Value> {
  let limits = 0
  for (let tried = 1; ; tried++) {
    try {
      return await work()
    } catch (error) {
      limits = error instanceof RateLimitError ? limits + 1 : 0
      const ms = limits < LONGEST_ROW_OF_LIMITS && isPassing(error) ? pauseAfter(error, tried, world) : undefined
      if (ms === undefined) throw error
      await pause(world.clock, ms, world.signal)
    }
  }
}

/** ms before the next try; `undefined`: there is none. */
function pauseAfter(error: unknown, tried: number, { retry, random }: RetryWorld): number | undefined {
  if (tried >= retry.attempts) return undefined
  const growing = Math.min(retry.capMs, retry.baseMs * 2 ** (tried - 1)) * (0.5 + random() / 2)
  const demanded = error instanceof RateLimitError ? error.retryAfterMs : 0
  return demanded > retry.capMs ? undefined : Math.max(growing, demanded)
}

/** An answer that was cut reads like one of an unknown form: the next one may be whole. */
export function isPassingError(error: unknown): boolean {
  const kinds = [ConnectionError, TimeoutError, RateLimitError, ProtocolError]
  return kinds.some((kind) => error instanceof kind)
}

/** Resolves after `ms`; rejects with the signal's reason. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => {
      timer.cancel()
      reject(signal.reason)
    }
    const timer = clock.after(ms, () => {
      signal.removeEventListener('abort', aborted)
      resolve()
    })
    signal.addEventListener('abort', aborted, { once: true })
    if (signal.aborted) aborted()
  })
}
