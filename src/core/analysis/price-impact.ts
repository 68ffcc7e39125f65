/** What trades do to the price, from trades and mids. Sides are the aggressor's. */
import type { Side } from '../market/event.js'
import { covariance, mean } from './statistics.js'

const BPS = 10_000
const MILLION = 1_000_000

/** One interval of trading. */
export interface FlowInterval {
  /** Change of the mid over it, in quote currency. */
  readonly midChange: number
  /** Mid at its begin. */
  readonly mid: number
  /** Bought − sold, in base units. */
  readonly netQuantity: number
  /** Bought + sold, in quote currency. */
  readonly value: number
}

/**
 * λ of Δmid = λ · net quantity + ε by least squares, cov / var: quote currency by which one base unit bought moves the mid (Kyle
 * 1985, "Continuous auctions and insider trading"; estimated by intervals as in Hasbrouck 2009). `undefined` for fewer than three
 * intervals, or where the flow does not vary.
 */
export function kyleLambda(intervals: readonly FlowInterval[]): number | undefined {
  if (intervals.length < 3) return undefined
  const flow = intervals.map(({ netQuantity }) => netQuantity)
  const variance = covariance(flow, flow)
  if (!(variance > 0)) return undefined
  return (
    covariance(
      flow,
      intervals.map(({ midChange }) => midChange),
    ) / variance
  )
}

/**
 * Mean of |return| / value over the intervals with trades, as bps per million of quote currency (Amihud 2002, "Illiquidity and stock
 * returns", eq. 1). `undefined` where nothing traded.
 */
export function amihud(intervals: readonly FlowInterval[]): number | undefined {
  const ratios = intervals.flatMap(({ midChange, mid, value }) => (value > 0 && mid > 0 ? Math.abs(midChange / mid) / value : []))
  return ratios.length === 0 ? undefined : mean(ratios) * BPS * MILLION
}

/** One trade with the mid just before it and the mid some time after. */
export interface SpreadTrade {
  readonly side: Side
  readonly price: number
  readonly quantity: number
  readonly midBefore: number
  readonly midAfter: number
}

export interface RealisedSpread {
  /** 2·s·(price − mid before) / mid before: what takers paid. */
  readonly effectiveBps: number
  /** 2·s·(price − mid after) / mid before: what was left to who provided, after the price had moved. */
  readonly realisedBps: number
  /** The difference: what the trade moved the price. */
  readonly impactBps: number
}

/** Means weighted by quantity, s = 1 for buys and −1 for sells (Huang and Stoll 1996, "Dealer versus auction markets"). */
export function realisedSpread(trades: readonly SpreadTrade[]): RealisedSpread | undefined {
  const total = trades.reduce((sum, { quantity }) => sum + quantity, 0)
  if (!(total > 0)) return undefined
  const weighted = (against: (trade: SpreadTrade) => number) =>
    trades.reduce((sum, trade) => {
      const sign = trade.side === 'buy' ? 1 : -1
      return sum + ((2 * sign * (trade.price - against(trade))) / trade.midBefore) * BPS * (trade.quantity / total)
    }, 0)
  const effectiveBps = weighted(({ midBefore }) => midBefore)
  const realisedBps = weighted(({ midAfter }) => midAfter)
  return { effectiveBps, realisedBps, impactBps: effectiveBps - realisedBps }
}
