import type { TradeEvent } from '../../market/event.js'
import type { TradedInterval } from './volume-spike.js'

/** Trades of one market summed up over intervals of receive time. */
export class IntervalTrades {
  #open = Number.NaN
  #close = Number.NaN
  #volume = 0
  #timestamp: number | null = null
  #doubt: string | undefined = 'it was not watched from its begin'

  trade({ price, quantity, isBlock, quality, timestamp }: TradeEvent): void {
    // Off the book, or of an interval before: no part of what was traded now.
    if (isBlock || quality.includes('backfilled')) return
    this.#volume += quantity
    this.#timestamp = timestamp
    if (quality.includes('outlier')) return
    if (Number.isNaN(this.#open)) this.#open = price
    this.#close = price
  }

  /** Trades of this interval may be missing. */
  doubt(why: string): void {
    this.#doubt ??= why
  }

  /** The interval is over; `doubt`: what speaks against it beside what was told. */
  end(doubt: string | undefined): TradedInterval {
    const ended = {
      open: this.#open,
      close: this.#close,
      volume: this.#volume,
      timestamp: this.#timestamp,
      doubt: this.#doubt ?? doubt,
    }
    this.#open = this.#close = Number.NaN
    this.#volume = 0
    this.#timestamp = null
    this.#doubt = undefined
    return ended
  }
}
