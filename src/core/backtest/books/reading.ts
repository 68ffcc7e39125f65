/** One look at one book: whether it may be read, and what a strategy sees of it. */
import { depthWithin, imbalance, microprice, mid, spreadBps } from '../../book/metrics.js'
import type { OrderBook } from '../../book/order-book.js'
import type { MarketState } from '../../feed/market-state.js'
import type { Side } from '../../market/event.js'
import type { SeenBook, Unreadable } from '../../strategies/book-contract.js'

/** The book, or why it cannot be read at this moment (ms). */
export function readBook({ sync }: MarketState, atMs: number, maxAgeMs: number): OrderBook | Unreadable {
  const { book } = sync
  if (book === undefined) return 'out-of-sync'
  if (atMs - sync.stamp / 1000 > Math.min(maxAgeMs, sync.staleAfterMs)) return 'stale'
  if (book.bids.length === 0 || book.asks.length === 0) return 'one-sided'
  return book.isTopTrusted() ? book : 'untrusted-top'
}

/** A readable book at one step; it reads the living book, so it is of no use after the step. */
export class BookReading implements SeenBook {
  readonly sequence: number
  readonly bidPrice: number
  readonly bidQuantity: number
  readonly askPrice: number
  readonly askQuantity: number
  readonly midPrice: number
  readonly microprice: number
  readonly spreadBps: number
  readonly ageMs: number
  readonly quality: string
  readonly #book: OrderBook

  constructor(book: OrderBook, ageMs: number, quality: string) {
    const { bids, asks } = book
    this.sequence = book.sequence
    this.bidPrice = bids.price(0)
    this.bidQuantity = bids.quantity(0)
    this.askPrice = asks.price(0)
    this.askQuantity = asks.quantity(0)
    this.midPrice = mid(book) ?? Number.NaN
    this.microprice = microprice(book) ?? Number.NaN
    this.spreadBps = spreadBps(book) ?? Number.NaN
    this.ageMs = ageMs
    this.quality = quality
    this.#book = book
  }

  imbalance(levels: number): number | undefined {
    return imbalance(this.#book, levels)
  }

  depth(side: Side, bps: number): number {
    const within = depthWithin(this.#book, bps)
    return (side === 'buy' ? within?.asks : within?.bids)?.notional ?? 0
  }
}
