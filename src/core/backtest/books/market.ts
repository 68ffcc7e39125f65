import type { OrderBook } from '../../book/order-book.js'
import type { MarketState } from '../../feed/market-state.js'
import type { Pipeline } from '../../feed/pipeline.js'
import type { Quality, StructureEvent } from '../../market/event.js'
import type {
  SeenFlow,
  SeenFunding,
  SeenLargeTrades,
  SeenMarket,
  SeenOpenInterest,
  Unreadable,
} from '../../strategies/book-contract.js'
import type { Position } from '../position.js'
import { LargeHour } from './large-hour.js'
import { BookReading, readBook } from './reading.js'
import { Taker } from './taken.js'

/** `binance:BTCUSDT` */
export function marketName({ exchange, symbol }: { readonly exchange: string; readonly symbol: string }): string {
  return `${exchange}:${symbol}`
}

interface MarketParts {
  readonly state: MarketState
  readonly pipeline: Pipeline
  readonly position: Position
  readonly takerFee: number
  readonly maxBookAgeMs: number
}

/** One instrument of a run: what the feed knows of it, and what is held. Whoever drives the run shows it each step. */
export class Market implements SeenMarket {
  readonly name: string
  readonly takerFee: number
  readonly state: MarketState
  readonly pipeline: Pipeline
  readonly position: Position
  readonly hour = new LargeHour()
  book: BookReading | undefined
  unreadable: Unreadable | undefined = 'out-of-sync'
  flow: SeenFlow | undefined
  hasWorkingOrders = false
  /** Of the step that has just ended. */
  structure: StructureEvent | undefined
  /** Steps at which its book could not be read, by why. */
  readonly unread = new Map<Unreadable, number>()
  /** Steps at which it was held and its mark was older. */
  staleMarks = 0
  readonly #buys = new Taker()
  readonly #sells = new Taker()
  readonly #maxBookAgeMs: number
  #now = 0
  #gaps = 0
  #snapshots = 1
  #crossed = 0

  constructor({ state, pipeline, position, takerFee, maxBookAgeMs }: MarketParts) {
    this.name = marketName(state.instrument)
    this.takerFee = takerFee
    this.state = state
    this.pipeline = pipeline
    this.position = position
    this.#maxBookAgeMs = maxBookAgeMs
  }

  get exchange(): string {
    return this.state.instrument.exchange
  }

  get symbol(): string {
    return this.state.instrument.symbol
  }

  get kind(): SeenMarket['kind'] {
    return this.state.instrument.kind
  }

  get base(): string {
    return this.state.instrument.base
  }

  get quote(): string {
    return this.state.instrument.quote
  }

  get multiplier(): number {
    return this.state.instrument.multiplier
  }

  get lotSize(): number {
    return this.state.instrument.lotSize ?? 0
  }

  get minNotional(): number {
    return this.state.instrument.minNotional ?? 0
  }

  get largeTrades(): SeenLargeTrades | undefined {
    return this.hour.at(this.#now)
  }

  get openInterest(): SeenOpenInterest | undefined {
    const { fields, receivedAt, staleAfterMs } = this.state.openInterest
    const ageMs = this.#now - receivedAt
    if (fields.openInterest === null || ageMs > staleAfterMs) return undefined
    return { quantity: fields.openInterest, ageMs }
  }

  get funding(): SeenFunding | undefined {
    const { fields, receivedAt, staleAfterMs } = this.state.funding
    const { fundingRate: rate, intervalHours, fundingTime, markPrice } = fields
    const ageMs = this.#now - receivedAt
    if (rate === null || intervalHours === null || ageMs > staleAfterMs) return undefined
    return { rate, intervalHours, fundingTime, markPrice, ageMs }
  }

  /** What the run has taken from the side that an order of this direction takes. */
  taker(direction: 1 | -1): Taker {
    return direction > 0 ? this.#buys : this.#sells
  }

  /** The book as it is at this moment, or why it cannot be read. */
  read(atMs: number): OrderBook | Unreadable {
    return readBook(this.state, atMs, this.#maxBookAgeMs)
  }

  /** Opens the view of the step that ends at `time`. */
  show(time: number): void {
    this.#now = time
    const book = this.read(time)
    const quality = this.#quality()
    this.flow = flowOf(this.structure)
    this.structure = undefined
    if (typeof book === 'string') {
      this.book = undefined
      this.unreadable = book
      this.unread.set(book, (this.unread.get(book) ?? 0) + 1)
      if (this.position.quantity !== 0) this.staleMarks += 1
      return
    }
    this.book = new BookReading(book, time - this.state.sync.stamp / 1000, quality)
    this.unreadable = undefined
    this.position.mark = this.book.midPrice
  }

  /** What happened to the book since the last step. */
  #quality(): string {
    const { gaps, snapshots, crossed } = this.state.sync.counts
    const flags: Quality[] = []
    if (gaps > this.#gaps) flags.push('gap')
    if (snapshots > this.#snapshots) flags.push('resync')
    if (crossed > this.#crossed) flags.push('crossed')
    this.#gaps = gaps
    this.#snapshots = Math.max(1, snapshots)
    this.#crossed = crossed
    return flags.join(',')
  }
}

function flowOf(structure: StructureEvent | undefined): SeenFlow | undefined {
  if (structure === undefined) return undefined
  const { orderFlow, boughtQuantity: bought, soldQuantity: sold, trades, vanishedOrders, quality } = structure
  return { orderFlow, bought, sold, trades, vanishedOrders, quality }
}
