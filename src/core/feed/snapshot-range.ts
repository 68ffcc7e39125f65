import type { OrderBook } from '../book/order-book.js'

/** How far the last REST snapshot saw: so many levels, and what lies beyond them is unknown. */
export class SnapshotRange {
  #lowest = Number.NEGATIVE_INFINITY
  #highest = Number.POSITIVE_INFINITY

  /** Half of the way from the best price to the last known level on each side. */
  note({ bids, asks }: OrderBook): void {
    this.#lowest = (bids.price(0) + bids.trustedTo) / 2
    this.#highest = (asks.price(0) + asks.trustedTo) / 2
  }

  /** Hot. The market has gone so far that a new snapshot should be on its way before the known levels end. */
  isLeft({ bids, asks }: OrderBook): boolean {
    return bids.price(0) < this.#lowest || asks.price(0) > this.#highest
  }
}
