/** What is told of funding opportunities, in the words of the others: the long leg is the one that is bought. */
import {
  assessFunding,
  type ClosedFundingOpportunity,
  type FoundFunding,
  type FundingArbitrageSettings,
  type FundingFinding,
  type FundingOpportunity,
  type FundingRoute,
  fundingGate,
  isFundingWorthwhile,
} from '../../analysis/arbitrage/funding.js'
import type { OpportunityEvent } from '../../market/event.js'
import type { ArbitrageRow } from '../../storage/rows.js'
import type { FundingComparison } from '../funding.js'
import type { RouteRow } from './told.js'

export function fundingOpportunityEvent(opportunity: FundingOpportunity, closed?: ClosedFundingOpportunity): OpportunityEvent {
  const { opened, peak, id, base, quote } = opportunity
  const { long, short } = opened
  return {
    type: 'opportunity',
    ...{ exchange: long.exchange, symbol: long.symbol, pair: long.pair, timestamp: null, receivedAt: Math.floor(opened.at) },
    state: closed === undefined ? 'opened' : 'closed',
    ...{ id, kind: 'funding', base, quote, sellExchange: short.exchange, sellSymbol: short.symbol },
    ...{ quantity: quantityOf(opportunity), buyPrice: null, sellPrice: null },
    grossBps: opened.grossBps,
    netBps: opened.profitBps,
    netProfit: opened.netProfit,
    fees: opened.feeAmount,
    capital: opened.capital,
    ageMs: Math.round(opened.ageMs),
    skewMs: Math.round(opened.skewMs),
    endedBy: null,
    confidence: opened.confidence,
    ...{ riskBps: null, scoreBps: null, buySequence: null, sellSequence: null },
    rateDiff8h: opened.rateDiff8h,
    breakEvenHours: opened.breakEvenHours,
    peakProfit: peak.netProfit,
    peakBps: peak.profitBps,
    closedAt: closed === undefined ? null : Math.floor(closed.closedAt),
    closedBy: closed?.closedBy ?? null,
    lifeMs: closed?.lifeMs ?? null,
    isFeasible: closed?.isFeasible ?? null,
    isPhantom: null,
  }
}

/** `priceA`, `priceB`: rates of eight hours; `spreadPercentage`: their difference in percent; `quantity`: 0 without a mark price. */
export function fundingOpportunityRow(opportunity: FundingOpportunity, closed?: ClosedFundingOpportunity): ArbitrageRow {
  const { opened, id } = opportunity
  return {
    id,
    timestamp: Math.floor(opened.at),
    symbol: opened.long.symbol,
    type: 'funding',
    exchangeA: opened.long.exchange,
    exchangeB: opened.short.exchange,
    priceA: eightHours(opened.long),
    priceB: eightHours(opened.short),
    spreadPercentage: opened.rateDiff8h * 100,
    potentialProfit: opened.netProfit,
    confidence: opened.confidence,
    symbolB: opened.short.symbol,
    quantity: quantityOf(opportunity) ?? 0,
    netBps: opened.profitBps,
    closedAt: closed === undefined ? null : Math.floor(closed.closedAt),
    closedBy: closed?.closedBy ?? null,
    lifeMs: closed?.lifeMs ?? null,
    isFeasible: closed?.isFeasible ?? null,
    isPhantom: null,
    metadata: { ...(closed ?? opportunity) },
  }
}

function eightHours({ fundingRate, intervalHours }: FoundFunding): number {
  return (fundingRate / intervalHours) * 8
}

/** Units of the asset for the notional, by the long leg's mark price, or the other's. */
function quantityOf({ opened: { long, short, notional } }: FundingOpportunity): number | null {
  const price = long.markPrice ?? short.markPrice
  return price === null || price <= 0 ? null : notional / price
}

const NO_BOOKS = { quantity: null, buyPrice: null, sellPrice: null, scoreBps: null } as const

/** Two perpetuals as a stream knows them at this moment. */
export function fundingRouteRow(route: FundingRoute, settings: FundingArbitrageSettings, nowMs: number): RouteRow {
  const { a, b } = route
  const finding = assessFunding(route, settings, nowMs)
  const gate = fundingGate(route, nowMs)
  if (finding !== undefined) return { ...foundRow(finding), state: stateOf(finding, settings, gate) }
  const [buy, sell] = [a.state.instrument, b.state.instrument]
  return {
    ...{ type: 'funding', pair: buy.pair, buyExchange: buy.exchange, sellExchange: sell.exchange, buySymbol: buy.symbol },
    ...{ sellSymbol: sell.symbol, state: 'unreadable', netBps: null, netProfit: null, capital: null, ageMs: null, skewMs: null },
    ...{ confidence: null, rateDiff8h: null, breakEvenHours: null, ...NO_BOOKS },
  }
}

/** The same of a comparison over REST; its stored history, where there is any, lowers the confidence. */
export function comparedRow(compared: FundingComparison, settings: FundingArbitrageSettings): RouteRow {
  const { notional } = settings
  const { breakEvenHours, holdHours, sameSignShare, profitBps } = compared
  const paid = breakEvenHours === null ? 0 : Math.max(0, 1 - breakEvenHours / holdHours)
  return {
    ...{ type: 'funding', pair: compared.pair, buyExchange: compared.longExchange, sellExchange: compared.shortExchange },
    ...{ buySymbol: compared.longSymbol, sellSymbol: compared.shortSymbol, netBps: profitBps, capital: 2 * notional },
    ...{ netProfit: (profitBps / 10_000) * notional, ageMs: null, skewMs: null, confidence: paid * (sameSignShare ?? 1) },
    ...{ rateDiff8h: compared.rateDiff8h, breakEvenHours, state: stateOf(compared, settings), ...NO_BOOKS },
  }
}

function foundRow(found: FundingFinding): Omit<RouteRow, 'state'> {
  const { long, short, profitBps, netProfit, capital, ageMs, skewMs, confidence, rateDiff8h, breakEvenHours } = found
  return {
    ...{ type: 'funding', pair: long.pair, buyExchange: long.exchange, sellExchange: short.exchange },
    ...{ buySymbol: long.symbol, sellSymbol: short.symbol, netBps: profitBps, netProfit, capital, ageMs, skewMs },
    ...{ confidence, rateDiff8h, breakEvenHours, ...NO_BOOKS },
  }
}

function stateOf(
  found: Pick<FundingFinding, 'rateDiff8h' | 'profitBps'>,
  settings: FundingArbitrageSettings,
  gate?: string,
): string {
  if (isFundingWorthwhile(found, settings)) return gate ?? 'opportunity'
  if (found.profitBps <= 0) return 'unprofitable'
  return isFundingWorthwhile(found, { ...settings, minRateDiff: 0 }) ? 'small-difference' : 'small-profit'
}
