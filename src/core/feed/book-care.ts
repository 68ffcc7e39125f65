import type { Clock } from '../clock.js'
import type { BookRule } from '../exchanges/contract.js'
import type { RequestQueue } from './request-queue.js'
import type { BookSynchroniser } from './synchroniser.js'

/** A book without any update for so long after it was asked for is seeded all the same: the instrument may be quiet. */
const QUIET_MS = 2_000
/** A topic that was asked for has to bring its snapshot within this time. */
const SNAPSHOT_IN_STREAM_MS = 3_000
/** So many subscriptions to one topic without a good book: the whole connection is opened anew. */
const RESUBSCRIPTIONS = 2

/** Where a wanted book comes from. */
export interface BookSource {
  /** ms; `undefined`: nobody was asked for it yet, or its connection is down. */
  readonly askedAt: number | undefined
  /** Ends and begins the book's topic, which makes the exchange send a snapshot. */
  resubscribe(): void
  /** Drops the connection that carries it; a new one follows. */
  reconnect(): void
}

/** Does what books need to be right: asks for the cure of the exchange's rule, and again where none comes. */
export class BookCare {
  readonly #rule: BookRule
  readonly #clock: Clock
  readonly #snapshots: RequestQueue
  readonly #waitingSince = new Map<string, number>()

  constructor(rule: BookRule, clock: Clock, snapshots: RequestQueue) {
    this.#rule = rule
    this.#clock = clock
    this.#snapshots = snapshots
  }

  cure(symbol: string, source: BookSource, attempt: number): void {
    if (this.#rule.recovery === 'reseed') {
      this.#snapshots.request(symbol)
      return
    }
    this.#waitingSince.set(symbol, this.#clock.now())
    if (attempt > RESUBSCRIPTIONS) source.reconnect()
    else source.resubscribe()
  }

  /** Call it every second: some of what a book waits for never comes by itself. */
  watch(sync: BookSynchroniser, source: BookSource): void {
    const { askedAt } = source
    const now = this.#clock.now()
    if (sync.state === 'synced' || askedAt === undefined) {
      this.#waitingSince.delete(sync.symbol)
      return
    }
    if (this.#rule.recovery === 'reseed') {
      if (now - askedAt > QUIET_MS) this.#snapshots.request(sync.symbol)
      return
    }
    const since = Math.max(askedAt, this.#waitingSince.get(sync.symbol) ?? 0)
    if (now - since < SNAPSHOT_IN_STREAM_MS) return
    this.#waitingSince.set(sync.symbol, now)
    if (sync.state === 'empty') source.resubscribe()
    sync.cureFailed('no snapshot within 3 s')
    sync.retry()
  }
}
