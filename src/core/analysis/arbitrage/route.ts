import type { OrderBook } from '../../book/order-book.js'
import { type ArbitrageMarket, GATES, type Gate, type OpportunityType } from './contract.js'
import type { Life } from './life.js'
import { Volatility } from './score.js'

/** One book among those that are compared. */
export class Leg {
  readonly market: ArbitrageMarket
  readonly volatility = new Volatility()
  readonly routes: Route[] = []

  constructor(market: ArbitrageMarket) {
    this.market = market
  }

  get book(): OrderBook | undefined {
    return this.market.state.sync.book
  }

  /**
   * When the exchange's book was as ours is, by our clock, ms: received, less what that message took beyond the fastest one. Where an
   * exchange gives no time, when it was received.
   */
  get moment(): number {
    const { stamp, timestamp } = this.market.state.sync
    const received = stamp / 1000
    const offset = this.market.offset.ms
    if (timestamp <= 0 || offset === undefined) return received
    return Math.min(received, timestamp + offset)
  }
}

/** Buying on one exchange and selling on another. */
export class Route {
  readonly buy: Leg
  readonly sell: Leg
  readonly type: OpportunityType
  /** Books that turn the sold leg's money into the bought leg's; `undefined`: it is the same. */
  readonly conversions: { readonly leg: Leg; readonly isSale: boolean }[] | undefined
  /** All books that are comparable with either: found once, until another is added. */
  group: readonly Leg[] | undefined
  life: Life | undefined
  /** Over, but one leg's next message may still show that it never was. */
  settling: { readonly life: Life; readonly leg: Leg } | undefined
  /** Best prices compared. */
  compared = 0
  /** Best net bps of the best levels so far, whatever the gates said; −Infinity: never compared. */
  bestBps = Number.NEGATIVE_INFINITY
  /** Enough by price, refused by this gate; `unreadable`: could not be compared at all. */
  readonly refused: Record<Gate, number> = noRefusals()
  found = 0
  outlived = 0

  constructor(buy: Leg, sell: Leg, type: OpportunityType, conversions?: Route['conversions']) {
    this.buy = buy
    this.sell = sell
    this.type = type
    this.conversions = conversions
  }
}

export function noRefusals(): Record<Gate, number> {
  return Object.fromEntries(GATES.map((gate) => [gate, 0])) as Record<Gate, number>
}
