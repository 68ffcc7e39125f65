import { mid } from '../../book/metrics.js'
import type { OrderBook } from '../../book/order-book.js'
import type { ArbitrageSettings, Finding, FoundLeg } from './contract.js'
import type { Leg, Route } from './route.js'
import { scoreOf } from './score.js'
import { type Conversion, rateAt, type Walk } from './walk.js'

/** Moves a quantity down to what both exchanges take: whole lots, in units of the asset. */
export function wholeLots(route: Route, quantity: number): number {
  const lot = Math.max(lotOf(route.buy), lotOf(route.sell))
  // Quotients of decimals: 0.3 / 0.1 must stay three lots.
  return lot > 0 ? Math.floor(quantity / lot + 1e-9) * lot : quantity
}

function lotOf({ market }: Leg): number {
  const { lotSize, multiplier } = market.state.instrument
  return (lotSize ?? 0) * multiplier
}

/** Whether both exchanges take orders of what was walked. */
export function isOrderable(route: Route, walk: Walk): boolean {
  const least = (leg: Leg) => leg.market.state.instrument.minNotional ?? 0
  return walk.quantity > 0 && walk.buyNotional >= least(route.buy) && walk.sellNotional >= least(route.sell)
}

/** Everything that is told of what was walked. */
export function findingOf(
  route: Route,
  walk: Walk,
  conversion: Conversion | undefined,
  nowMs: number,
  settings: ArbitrageSettings,
): Finding | undefined {
  const { buy, sell } = route
  if (buy.book === undefined || sell.book === undefined) return undefined
  const conversionRate = conversion === undefined ? 1 : walk.proceeds / (walk.sellNotional * (1 - sell.market.takerFee))
  const bought = foundLeg(buy, buy.book, nowMs, { walk, side: 'buy' })
  const sold = foundLeg(sell, sell.book, nowMs, { walk, side: 'sell' })
  const conversionFee = conversion?.takerFee ?? 0
  const value = walk.sellNotional * conversionRate
  const netBps = (walk.netProfit / walk.buyNotional) * 10_000
  const rate = conversion === undefined ? 1 : rateAt(conversion, conversion.levels.price(0))
  const skewMs = Math.abs(buy.moment - sell.moment)
  const score = scoreOf({
    netBps,
    ageMs: Math.max(bought.ageMs, sold.ageMs),
    maxAgeMs: settings.maxAgeMs,
    skewMs,
    maxSkewMs: settings.maxSkewMs,
    topShare: walk.topQuantity / walk.quantity,
    variance: buy.volatility.variance + sell.volatility.variance,
    latencyMs: settings.latencyMs,
    seen: route.found,
    outlived: route.outlived,
  })
  return {
    at: nowMs,
    buy: bought,
    sell: sold,
    quantity: walk.quantity,
    fees: bought.fee + (sold.fee * conversionRate + walk.proceeds * conversionFee) / (1 - conversionFee),
    netProfit: walk.netProfit,
    netBps,
    grossBps: ((sold.bestPrice * rate) / bought.bestPrice - 1) * 10_000,
    capital: walk.buyNotional + bought.fee + value,
    skewMs,
    conversionRate,
    endedBy: walk.endedBy,
    ...score,
  }
}

function foundLeg(leg: Leg, book: OrderBook, nowMs: number, { walk, side }: { walk: Walk; side: 'buy' | 'sell' }): FoundLeg {
  const { instrument, sync } = leg.market.state
  const isBuy = side === 'buy'
  const notional = isBuy ? walk.buyNotional : walk.sellNotional
  return {
    exchange: instrument.exchange,
    symbol: instrument.symbol,
    pair: instrument.pair,
    sequence: book.sequence,
    stamp: sync.stamp,
    timestamp: sync.timestamp > 0 ? sync.timestamp : null,
    ageMs: Math.max(0, nowMs - leg.moment),
    bestPrice: (isBuy ? book.asks : book.bids).price(0) / instrument.multiplier,
    vwap: notional / walk.quantity,
    worstPrice: isBuy ? walk.buyWorst : walk.sellWorst,
    notional,
    fee: notional * leg.market.takerFee,
    takerFee: leg.market.takerFee,
    levels: isBuy ? book.asks.levels(walk.buyLevels) : book.bids.levels(walk.sellLevels),
  }
}

/** Distance of the further of both mids from the median of all comparable ones, bps. Of two mids it is half of their distance. */
export function deviationBps(route: Route, group: readonly Leg[]): number {
  const mids = group.map(unitMid).filter((each) => each !== undefined)
  mids.sort((a, b) => a - b)
  const half = mids.length >> 1
  const upper = mids[half] ?? Number.NaN
  const median = mids.length % 2 === 1 ? upper : (upper + (mids[half - 1] ?? upper)) / 2
  const away = (leg: Leg) => Math.abs((unitMid(leg) ?? Number.NaN) / median - 1)
  return Math.max(away(route.buy), away(route.sell)) * 10_000
}

function unitMid({ book, market }: Leg): number | undefined {
  const middle = book === undefined ? undefined : mid(book)
  return middle === undefined ? undefined : middle / market.state.instrument.multiplier
}
