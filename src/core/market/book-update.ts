/**
 * One change of an order book as a decoder hands it over: a reused record of typed arrays, so that the hot path makes no
 * garbage. It is only valid during the call that received it. All fields are declared here, so that the object keeps one shape.
 *
 * Ids mean the same for every exchange: the update covers the exchange's ids `firstId..lastId` and follows `previousId`
 * (−1 where the exchange does not say). `crossId` never falls within one instrument (−1 where there is none).
 */
export class BookUpdate {
  symbol = ''
  /** Replaces the whole book instead of changing it. */
  isSnapshot = false
  /** Levels a side that the stream promises (50 for `orderbook.50`); 0: the whole book as far as it is known. */
  depth = 0
  /** Exchange's matching-engine time in ms; 0 when the exchange does not say. */
  timestamp = 0
  /** Exchange's sending time in ms; 0 when the exchange does not say. */
  sentAt = 0
  firstId = -1
  lastId = -1
  previousId = -1
  crossId = -1
  bids: LevelArray
  asks: LevelArray

  constructor(bids = new LevelArray(), asks = new LevelArray()) {
    this.bids = bids
    this.asks = asks
  }

  clear(): void {
    this.symbol = ''
    this.isSnapshot = false
    this.depth = 0
    this.timestamp = 0
    this.sentAt = 0
    this.firstId = -1
    this.lastId = -1
    this.previousId = -1
    this.crossId = -1
    this.bids.length = 0
    this.asks.length = 0
  }

  /** A copy that may be kept: only as large as its content. */
  clone(): BookUpdate {
    const copy = new BookUpdate(this.bids.clone(), this.asks.clone())
    copy.symbol = this.symbol
    copy.isSnapshot = this.isSnapshot
    copy.depth = this.depth
    copy.timestamp = this.timestamp
    copy.sentAt = this.sentAt
    copy.firstId = this.firstId
    copy.lastId = this.lastId
    copy.previousId = this.previousId
    copy.crossId = this.crossId
    return copy
  }

  /** Bytes held, for bounded buffers. */
  get bytes(): number {
    return 160 + 16 * (this.bids.length + this.asks.length)
  }
}

const FIRST_CAPACITY = 64

/** Levels in the order in which they came: `prices[i]` (quote currency) with the absolute `quantities[i]` (0 deletes). */
export class LevelArray {
  prices: Float64Array
  quantities: Float64Array
  length = 0

  constructor(capacity = FIRST_CAPACITY) {
    this.prices = new Float64Array(capacity)
    this.quantities = new Float64Array(capacity)
  }

  push(price: number, quantity: number): void {
    if (this.length === this.prices.length) this.#grow()
    this.prices[this.length] = price
    this.quantities[this.length] = quantity
    this.length += 1
  }

  clone(): LevelArray {
    const copy = new LevelArray(0)
    copy.prices = this.prices.slice(0, this.length)
    copy.quantities = this.quantities.slice(0, this.length)
    copy.length = this.length
    return copy
  }

  #grow(): void {
    const capacity = Math.max(FIRST_CAPACITY, this.length * 2)
    const prices = new Float64Array(capacity)
    const quantities = new Float64Array(capacity)
    prices.set(this.prices)
    quantities.set(this.quantities)
    this.prices = prices
    this.quantities = quantities
  }
}
