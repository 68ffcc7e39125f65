import type { BookUpdate } from '../market/book-update.js'
import { BookSide } from './book-side.js'

/**
 * The local copy of an exchange's L2 book. It applies what it is given: whether updates follow each other is for the
 * synchroniser to check before.
 */
export class OrderBook {
  /** `lastId` of the newest update applied; −1: nothing was. */
  sequence = -1
  crossId = -1
  /** Exchange's matching-engine time in ms of the newest update; 0 when the exchange does not say. */
  timestamp = 0
  readonly bids = new BookSide('bids')
  readonly asks = new BookSide('asks')

  /**
   * A snapshot replaces the book (levels in any order); any other update sets absolute quantities, 0 deleting the level.
   * Throws `BugError` on a negative or non-finite number: decoders refuse those.
   */
  apply(update: BookUpdate): void {
    if (update.isSnapshot) {
      this.bids.replace(update.bids, update.depth)
      this.asks.replace(update.asks, update.depth)
    } else {
      this.bids.update(update.bids, update.depth)
      this.asks.update(update.asks, update.depth)
    }
    this.sequence = update.lastId
    this.crossId = update.crossId
    this.timestamp = update.timestamp
  }

  /** Cuts each side to its best `depth` levels, for streams that tell of no more. */
  trim(depth: number): void {
    this.bids.trim(depth)
    this.asks.trim(depth)
  }

  /** Back to the book of which nothing is known. */
  clear(): void {
    this.bids.clear()
    this.asks.clear()
    this.sequence = -1
    this.crossId = -1
    this.timestamp = 0
  }

  /** The best bid is not below the best ask: no book of a matching engine looks so. */
  isCrossed(): boolean {
    return this.bids.price(0) >= this.asks.price(0)
  }

  /** Exactly one side has levels. */
  isOneSided(): boolean {
    return (this.bids.length === 0) !== (this.asks.length === 0)
  }

  /**
   * The best levels lie where the book is known. False after the market has left the range of a partial snapshot: a better
   * level than the best may then exist unseen.
   */
  isTopTrusted(): boolean {
    return this.bids.isTopTrusted() && this.asks.isTopTrusted()
  }
}
