/** What is told of opportunities: flat rows, one meaning for lines, tables and the database. */
import type { ClosedOpportunity, Finding, Gate, Opportunity } from '../../analysis/arbitrage/contract.js'
import type { Assessment } from '../../analysis/arbitrage/detector.js'
import type { ClosedFundingOpportunity } from '../../analysis/arbitrage/funding.js'
import { noRefusals, type Route } from '../../analysis/arbitrage/route.js'
import { type ArbitrageStatistics, arbitrageStatistics } from '../../analysis/arbitrage/statistics.js'
import type { OpportunityEvent } from '../../market/event.js'
import type { ArbitrageRow } from '../../storage/rows.js'
import type { Scanner } from './scanner.js'

export function opportunityEvent(opportunity: Opportunity, closed?: ClosedOpportunity): OpportunityEvent {
  const { opened, peak } = opportunity
  const { buy, sell } = opened
  return {
    type: 'opportunity',
    exchange: buy.exchange,
    symbol: buy.symbol,
    pair: buy.pair,
    timestamp: Math.max(buy.timestamp ?? 0, sell.timestamp ?? 0) || null,
    receivedAt: Math.floor(opened.at),
    state: closed === undefined ? 'opened' : 'closed',
    id: opportunity.id,
    kind: opportunity.type,
    base: opportunity.base,
    quote: opportunity.quote,
    sellExchange: sell.exchange,
    sellSymbol: sell.symbol,
    ...figures(opened),
    rateDiff8h: null,
    breakEvenHours: null,
    peakProfit: peak.netProfit,
    peakBps: peak.netBps,
    closedAt: closed === undefined ? null : Math.floor(closed.closedAt),
    closedBy: closed?.closedBy ?? null,
    lifeMs: closed === undefined ? null : micros(closed.lifeMs),
    isFeasible: closed?.isFeasible ?? null,
    isPhantom: closed?.isPhantom ?? null,
  }
}

/** Stamps are whole µs: what their differences have beyond that is rounding. */
function micros(ms: number): number {
  return Math.round(ms * 1000) / 1000
}

function figures(found: Finding) {
  const { buy, sell } = found
  return {
    quantity: found.quantity,
    buyPrice: buy.vwap,
    sellPrice: sell.vwap,
    grossBps: found.grossBps,
    netBps: found.netBps,
    netProfit: found.netProfit,
    fees: found.fees,
    capital: found.capital,
    ageMs: micros(Math.max(buy.ageMs, sell.ageMs)),
    skewMs: micros(found.skewMs),
    endedBy: found.endedBy,
    confidence: found.confidence,
    riskBps: found.riskBps,
    scoreBps: found.scoreBps,
    buySequence: buy.sequence,
    sellSequence: sell.sequence,
  }
}

/** The row of an opportunity: written when it opens, and again with its end. */
export function opportunityRow(opportunity: Opportunity, closed?: ClosedOpportunity): ArbitrageRow {
  const { opened } = opportunity
  return {
    id: opportunity.id,
    timestamp: Math.floor(opened.at),
    symbol: opened.buy.symbol,
    type: opportunity.type,
    exchangeA: opened.buy.exchange,
    exchangeB: opened.sell.exchange,
    priceA: opened.buy.vwap,
    priceB: opened.sell.vwap,
    spreadPercentage: opened.grossBps / 100,
    potentialProfit: opened.netProfit,
    confidence: opened.confidence,
    symbolB: opened.sell.symbol,
    quantity: opened.quantity,
    netBps: opened.netBps,
    closedAt: closed === undefined ? null : Math.floor(closed.closedAt),
    closedBy: closed?.closedBy ?? null,
    lifeMs: closed === undefined ? null : micros(closed.lifeMs),
    isFeasible: closed?.isFeasible ?? null,
    isPhantom: closed?.isPhantom ?? null,
    metadata: { ...(closed ?? opportunity) },
  }
}

/** One route as it stands at one moment. */
export interface RouteRow {
  readonly type: string
  readonly pair: string
  readonly buyExchange: string
  readonly sellExchange: string
  readonly buySymbol: string
  readonly sellSymbol: string
  /**
   * `opportunity`, or the gate that refuses; `unprofitable`; `small-profit`: less than the least; of funding `small-difference`: the profit is
   * enough, the difference of the rates is not.
   */
  readonly state: string
  /** Of the best levels, after fees; `null`: not known. */
  readonly netBps: number | null
  readonly quantity: number | null
  readonly buyPrice: number | null
  readonly sellPrice: number | null
  readonly netProfit: number | null
  readonly capital: number | null
  readonly ageMs: number | null
  readonly skewMs: number | null
  readonly confidence: number | null
  readonly scoreBps: number | null
  /** Of funding: difference of the rates, a fraction for eight hours, and when it has paid for four fills. */
  readonly rateDiff8h: number | null
  readonly breakEvenHours: number | null
}

export function byNetBps(a: RouteRow, b: RouteRow): number {
  return (b.netBps ?? Number.NEGATIVE_INFINITY) - (a.netBps ?? Number.NEGATIVE_INFINITY)
}

export function routeRow(route: Route, { netBps, gate, finding }: Assessment): RouteRow {
  const buy = route.buy.market.state.instrument
  const sell = route.sell.market.state.instrument
  const best = { buy: route.buy.book?.asks.price(0), sell: route.sell.book?.bids.price(0) }
  return {
    type: route.type,
    pair: buy.pair,
    buyExchange: buy.exchange,
    sellExchange: sell.exchange,
    buySymbol: buy.symbol,
    sellSymbol: sell.symbol,
    state: finding === undefined ? (gate ?? ((netBps ?? 0) > 0 ? 'small-profit' : 'unprofitable')) : 'opportunity',
    netBps,
    quantity: finding?.quantity ?? null,
    buyPrice: finding?.buy.vwap ?? finiteOr(best.buy, buy.multiplier),
    sellPrice: finding?.sell.vwap ?? finiteOr(best.sell, sell.multiplier),
    netProfit: finding?.netProfit ?? null,
    capital: finding?.capital ?? null,
    ageMs: finding === undefined ? null : micros(Math.max(finding.buy.ageMs, finding.sell.ageMs)),
    skewMs: finding === undefined ? null : micros(finding.skewMs),
    confidence: finding?.confidence ?? null,
    scoreBps: finding?.scoreBps ?? null,
    rateDiff8h: null,
    breakEvenHours: null,
  }
}

function finiteOr(price: number | undefined, multiplier: number): number | null {
  return price === undefined || !Number.isFinite(price) ? null : price / multiplier
}

/** What a run has seen, and why nothing more was found. */
export interface ScanSummary extends ArbitrageStatistics {
  readonly routes: number
  readonly compared: number
  /** Enough by price, by the gate that refused; `unreadable`: not compared. */
  readonly refused: Readonly<Record<Gate, number>>
  /** The best that any route offered after fees, whatever the gates said; `null`: nothing was compared. */
  readonly bestBps: number | null
}

/** `closed`: those of which lives and profits are summed up. */
export function summariseScan(
  { routes, fundings }: Pick<Scanner, 'routes' | 'fundings'>,
  closed: readonly (ClosedOpportunity | ClosedFundingOpportunity)[],
): ScanSummary {
  const refused = noRefusals()
  for (const route of routes) for (const [gate, count] of Object.entries(route.refused)) refused[gate as Gate] += count
  const bestBps = Math.max(...routes.map((route) => route.bestBps), Number.NEGATIVE_INFINITY)
  return {
    ...arbitrageStatistics(closed),
    routes: routes.length + fundings.routes.length,
    compared: routes.reduce((sum, route) => sum + route.compared, fundings.compared),
    refused,
    bestBps: Number.isFinite(bestBps) ? bestBps : null,
  }
}
