import type { Clock } from '../clock.js'
import { backoff } from './backoff.js'
import { SNAPSHOTS_AT_ONCE } from './plan.js'

export interface QueuedAttempt {
  /** It has to be asked for again. */
  readonly isNeeded: boolean
  readonly retryAfterMs?: number | undefined
}

/**
 * Updates have to be at hand before the snapshot is taken, or it is older than the first of them. Two of a stream that tells
 * every 100 ms, and yet the first try comes within 250 ms of the gap.
 */
const SETTLE_MS = 200
const RETRY = { baseMs: 1_000, maxMs: 30_000 }

/**
 * Asks for what instruments need, book snapshots or missing trades: one request in flight for each, few at once for an exchange, with
 * growing pauses on failure.
 */
export class RequestQueue {
  readonly #clock: Clock
  readonly #random: () => number
  readonly #attempt: (symbol: string) => Promise<QueuedAttempt>
  readonly #attempts = new Map<string, { readonly count: number; readonly since: number }>()
  readonly #waiting: string[] = []
  #running = 0
  #isStopped = false

  /** `attempt` asks once and feeds the answer in. */
  constructor(clock: Clock, random: () => number, attempt: (symbol: string) => Promise<QueuedAttempt>) {
    this.#clock = clock
    this.#random = random
    this.#attempt = attempt
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
    const { isNeeded, retryAfterMs } = await this.#attempt(symbol)
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
