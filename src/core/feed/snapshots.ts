import type { Clock } from '../clock.js'
import { backoff } from './backoff.js'
import { SNAPSHOTS_AT_ONCE } from './plan.js'

export interface SnapshotJob {
  /** Fetches the snapshot and feeds it in; tells whether the book still needs another. */
  run(symbol: string): Promise<{ readonly isNeeded: boolean; readonly retryAfterMs?: number }>
}

/**
 * Updates have to be at hand before the snapshot is taken, or it is older than the first of them. Two of a stream that tells
 * every 100 ms, and yet the first try comes within 250 ms of the gap.
 */
const SETTLE_MS = 200
const RETRY = { baseMs: 1_000, maxMs: 30_000 }

/** Fetches book snapshots: one in flight for each instrument, few at once for an exchange, with growing pauses on failure. */
export class SnapshotQueue {
  readonly #clock: Clock
  readonly #random: () => number
  readonly #job: SnapshotJob
  readonly #attempts = new Map<string, { readonly count: number; readonly since: number }>()
  readonly #waiting: string[] = []
  #running = 0
  #isStopped = false

  constructor(clock: Clock, random: () => number, job: SnapshotJob) {
    this.#clock = clock
    this.#random = random
    this.#job = job
  }

  /** Does nothing while one for this symbol is under way. */
  request(symbol: string): void {
    if (this.#attempts.has(symbol)) return
    this.#attempts.set(symbol, { count: 0, since: this.#clock.now() })
    this.#after(symbol, SETTLE_MS)
  }

  isRequested(symbol: string): boolean {
    return this.#attempts.has(symbol)
  }

  stop(): void {
    this.#isStopped = true
    this.#waiting.length = 0
  }

  #after(symbol: string, ms: number): void {
    this.#clock.after(ms, () => {
      if (this.#isStopped) return
      this.#waiting.push(symbol)
      this.#next()
    })
  }

  #next(): void {
    while (this.#running < SNAPSHOTS_AT_ONCE) {
      const symbol = this.#waiting.shift()
      if (symbol === undefined) return
      this.#running += 1
      void this.#run(symbol)
    }
  }

  async #run(symbol: string): Promise<void> {
    const { isNeeded, retryAfterMs } = await this.#job.run(symbol)
    this.#running -= 1
    if (!isNeeded) this.#attempts.delete(symbol)
    else {
      const now = this.#clock.now()
      const { count, since } = this.#attempts.get(symbol) ?? { count: 0, since: now }
      this.#attempts.set(symbol, { count: count + 1, since })
      this.#after(symbol, retryAfterMs ?? 500 + backoff(count + 2, RETRY, this.#random, now - since))
    }
    this.#next()
  }
}
