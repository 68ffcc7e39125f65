/** The shape of one book beyond its best prices. Only levels that are known count; `undefined` where too little is. */
import type { BookSide } from '../book/book-side.js'
import { depthWithin, impact, mid } from '../book/metrics.js'
import type { OrderBook } from '../book/order-book.js'
import { quantile } from './statistics.js'

const BPS = 10_000
/** A round trip of this cost has half of the score. */
const HALF_SCORE_BPS = 10

/** (B − A) / (B + A) of what rests within `bps` of the mid, in quote currency; −1 to 1. */
export function imbalanceWithin(book: OrderBook, bps: number): number | undefined {
  const depth = depthWithin(book, bps)
  if (depth === undefined || !depth.bids.isComplete || !depth.asks.isComplete) return undefined
  const total = depth.bids.notional + depth.asks.notional
  return total > 0 ? (depth.bids.notional - depth.asks.notional) / total : undefined
}

/**
 * How fast depth builds up, in quote currency per bps: the least-squares line through the origin, Σ d·D / Σ d², of cumulated
 * notional D on the distance d from the mid, over the levels within `bps` (in the spirit of the order book slope of Næs and
 * Skjeltorp 2006, "Order book characteristics and the volume–volatility relation").
 */
export function depthSlope(book: OrderBook, side: 'bids' | 'asks', bps: number): number | undefined {
  const middle = mid(book)
  if (middle === undefined) return undefined
  let notional = 0
  let products = 0
  let squares = 0
  for (const level of levelsWithin(book[side], middle, bps)) {
    notional += level.price * level.quantity
    products += level.distanceBps * notional
    squares += level.distanceBps * level.distanceBps
  }
  return squares > 0 ? products / squares : undefined
}

export interface ImpactPoint {
  /** Of the order, in quote currency. */
  readonly notional: number
  /** Against the mid, a cost is positive; `null` where the known book does not carry it. */
  readonly buyBps: number | null
  readonly sellBps: number | null
}

/** What orders of several sizes would cost: `impact` of the book at each. */
export function impactCurve(book: OrderBook, notionals: readonly number[]): ImpactPoint[] {
  return notionals.map((notional) => {
    const [buy, sell] = [impact(book, 'buy', notional), impact(book, 'sell', notional)]
    return {
      notional,
      buyBps: buy?.isComplete === true ? buy.slippageBps : null,
      sellBps: sell?.isComplete === true ? sell.slippageBps : null,
    }
  })
}

/**
 * 100 / (1 + c / 10) with c the cost in bps of buying and selling `notional` at once: 100 is free, 50 costs 10 bps, 0 cannot be
 * paid. A definition of mts, so that books of different prices and lots can be ranked.
 */
export function liquidityScore(book: OrderBook, notional: number): number | undefined {
  const [point] = impactCurve(book, [notional])
  if (point === undefined || point.buyBps === null || point.sellBps === null) return undefined
  return 100 / (1 + Math.max(0, point.buyBps + point.sellBps) / HALF_SCORE_BPS)
}

export interface RestingOrder {
  readonly side: 'bid' | 'ask'
  readonly price: number
  readonly quantity: number
  readonly notional: number
  readonly distanceBps: number
}

/** Levels within `bps` of the mid that hold at least `multiple` times the median notional of the levels there, largest first. */
export function largeRestingOrders(book: OrderBook, bps: number, multiple: number): RestingOrder[] {
  const middle = mid(book)
  if (middle === undefined) return []
  const orders = (['bid', 'ask'] as const).flatMap((side) =>
    levelsWithin(side === 'bid' ? book.bids : book.asks, middle, bps).map(({ price, quantity, distanceBps }) => {
      return { side, price, quantity, notional: price * quantity, distanceBps }
    }),
  )
  const usual = quantile(
    orders.map(({ notional }) => notional),
    0.5,
  )
  return orders.filter(({ notional }) => notional >= multiple * usual).toSorted((a, b) => b.notional - a.notional)
}

/**
 * Of large orders seen `before`, those that are gone although hardly any of them traded: at their price less than half of the
 * quantity is left, and trades there since (`tradedAt`, base units) explain less than half of what went. An order that is
 * further than `bps` from the mid by now is not judged. Cancelling is no offence: it says that the size was not to be had.
 */
export function vanishedOrders(
  before: readonly RestingOrder[],
  book: OrderBook,
  tradedAt: (price: number) => number,
  bps: number,
): RestingOrder[] {
  const middle = mid(book)
  if (middle === undefined || before.length === 0) return []
  // Walked once: hundreds of orders may have stood in a thousand levels.
  const left = { bid: quantities(book.bids, middle, bps), ask: quantities(book.asks, middle, bps) }
  return before.filter(({ side, price, quantity }) => {
    if ((Math.abs(price - middle) / middle) * BPS > bps) return false
    const gone = quantity - (left[side].get(price) ?? 0)
    return gone > quantity / 2 && tradedAt(price) < gone / 2
  })
}

function quantities(side: BookSide, middle: number, bps: number): Map<number, number> {
  return new Map(levelsWithin(side, middle, bps).map(({ price, quantity }) => [price, quantity]))
}

function levelsWithin(side: BookSide, middle: number, bps: number) {
  const levels: { readonly price: number; readonly quantity: number; readonly distanceBps: number }[] = []
  for (let i = 0; i < side.length; i++) {
    const price = side.price(i)
    const distanceBps = (Math.abs(price - middle) / middle) * BPS
    if (distanceBps > bps || !side.isTrusted(price)) break
    levels.push({ price, quantity: side.quantity(i), distanceBps })
  }
  return levels
}
