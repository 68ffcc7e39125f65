/** Why a strategy said nothing, counted: the same few sentences, by instrument. */
import type { BookSignal, BookSink, SeenMarket } from '../../strategies/book-contract.js'

export interface Silence {
  readonly reason: string
  /** Name of the instrument; `null`: of the whole step. */
  readonly asset: string | null
  readonly steps: number
  /** Ends of the first and the last such step, ms. */
  readonly first: number
  readonly last: number
}

interface Counted {
  readonly reason: string
  readonly asset: string | null
  readonly first: number
  last: number
  steps: number
}

/** Beyond so many different ones a strategy puts numbers into its reasons: the rest is counted as one. */
const MOST_REASONS = 200
const OTHERS = 'other reasons'

/** What a strategy says on one step. */
export class BookDecisions implements BookSink {
  readonly signals: BookSignal[] = []
  readonly #counted = new Map<string, Counted>()
  #time = 0

  /** A new step begins: what was said before is gone, what was counted stays. */
  begin(time: number): void {
    this.#time = time
    this.signals.length = 0
  }

  signal(signal: BookSignal): void {
    this.signals.push(signal)
  }

  silent(reason: string, market?: SeenMarket): void {
    const key = `${market?.name ?? ''} ${reason}`
    const isKnown = this.#counted.has(key) || this.#counted.size < MOST_REASONS
    const counted = this.#counted.get(isKnown ? key : OTHERS)
    if (counted === undefined) {
      const asset = isKnown ? (market?.name ?? null) : null
      const row = { reason: isKnown ? reason : OTHERS, asset, first: this.#time, last: this.#time, steps: 1 }
      this.#counted.set(isKnown ? key : OTHERS, row)
    } else if (counted.last !== this.#time || counted.steps === 0) {
      counted.last = this.#time
      counted.steps += 1
    }
  }

  /** Most frequent first. */
  get silences(): Silence[] {
    const rows = [...this.#counted.values()].map((row) => ({ ...row }))
    return rows.sort((a, b) => b.steps - a.steps || a.first - b.first || (a.reason < b.reason ? -1 : 1))
  }
}
