/** Signals in the path of live books and replays alike: each is an event on the bus, what opens and what is taken back a row. */
import type { Bus, BusSubscription } from '../../feed/bus.js'
import type { Outputs } from '../../feed/outputs.js'
import type { Pipeline } from '../../feed/pipeline.js'
import type { EventType, SignalEvent } from '../../market/event.js'
import type { RegisterCounts } from '../../signals/live/register.js'
import { LiveSignals, type LiveSignalsParts } from './live-signals.js'

export interface SignalSummary extends RegisterCounts {
  /** Still there when it was asked. */
  readonly open: number
  /** Why strategies on order books said nothing, the most frequent first. */
  readonly silences: readonly {
    readonly strategy: string
    readonly asset: string | null
    readonly reason: string
    readonly steps: number
  }[]
  /** Strategies that threw: they were not asked any more. */
  readonly failures: LiveSignals['failures']
}

/** One that stands, as a screen shows it. */
export interface SignalBoard {
  readonly open: readonly SignalEvent[]
  /** The newest that are over. */
  readonly over: readonly SignalEvent[]
  /** What cannot be looked at, and why. */
  readonly silent: readonly SignalEvent[]
}

export interface SignalWatch {
  readonly board: SignalBoard
  /** Told of every signal as it is. */
  keepBy(keep: (event: SignalEvent) => void): void
  summary(): SignalSummary
  /** Ends everything that is open: after the last record. */
  finish(nowMs: number): void
}

const NEWEST = 8
const MOST_SILENCES = 50
const SIGNALS: ReadonlySet<EventType> = new Set(['signal'])

/**
 * Tells `handle` of every signal on the bus, in the process that makes them; a promise means busy until it settles. Who is slower than the
 * market loses the oldest beyond `maxBytes` (1 MiB) of them, counted in the subscription's `stats`.
 */
export function subscribeToSignals(
  bus: Bus,
  handle: (event: SignalEvent) => void | Promise<void>,
  { onError, maxBytes = 1 << 20 }: { onError(error: unknown): void; readonly maxBytes?: number },
): BusSubscription {
  return bus.subscribe({
    name: 'signals of a subscriber',
    filter: { types: SIGNALS },
    policy: 'drop-oldest',
    maxBytes,
    handle: (event) => (event.type === 'signal' ? handle(event) : undefined),
    onError,
  })
}

/** Connects the rules with the feed, before its first record. Nothing looks at books for signals unless this is called. */
export function watchSignals(
  outputs: Outputs,
  pipelines: () => Iterable<Pipeline>,
  parts: Omit<LiveSignalsParts, 'publish'>,
): SignalWatch {
  let keep: (event: SignalEvent) => void = () => undefined
  const board = new Board()
  const rules = new LiveSignals(pipelines, { ...parts, publish: (event) => outputs.publish(event) })
  const onError = (error: unknown) => {
    throw error
  }
  subscribeToSignals(
    outputs.bus,
    (event) => {
      board.take(event)
      keep(event)
    },
    { onError },
  )
  rules.follow(outputs)
  return {
    board,
    keepBy: (each) => {
      keep = each
    },
    summary: () => ({
      ...rules.register.counts,
      open: rules.register.open.length,
      silences: silencesOf(rules),
      failures: rules.failures,
    }),
    finish: (nowMs) => rules.finish(nowMs),
  }
}

class Board implements SignalBoard {
  over: SignalEvent[] = []
  readonly #open = new Map<string, SignalEvent>()
  readonly #silent = new Map<string, SignalEvent>()

  get open(): SignalEvent[] {
    return [...this.#open.values()]
  }

  get silent(): SignalEvent[] {
    return [...this.#silent.values()]
  }

  take(event: SignalEvent): void {
    const { id, state, strategy, exchange, symbol } = event
    const key = id ?? `${strategy} ${exchange} ${symbol}`
    if (state === 'silent') this.#silent.set(key, event)
    else if (state === 'listening') this.#silent.delete(key)
    else if (state !== 'closed') this.#open.set(key, event)
    else {
      this.#open.delete(key)
      this.over = [...this.over, event].slice(-NEWEST)
    }
  }
}

function silencesOf({ books }: LiveSignals): SignalSummary['silences'] {
  return books
    .flatMap(({ run, strategy }) => run.decisions.silences.map(({ asset, reason, steps }) => ({ strategy, asset, reason, steps })))
    .sort((a, b) => b.steps - a.steps)
    .slice(0, MOST_SILENCES)
}
