/** Stored opportunities, read back and taken apart. */
import type { ClosedOpportunity, FoundLeg, Opportunity } from '../../analysis/arbitrage/contract.js'
import type { ClosedFundingOpportunity, FundingOpportunity } from '../../analysis/arbitrage/funding.js'
import { type ArbitrageStatistics, arbitrageStatistics } from '../../analysis/arbitrage/statistics.js'
import type { ArbitrageRow } from '../../storage/rows.js'

/** As the detector told it; the fields of its end are missing while it is open. */
export function storedOpportunity({ metadata }: ArbitrageRow): Opportunity & Partial<ClosedOpportunity> {
  return metadata as unknown as Opportunity & Partial<ClosedOpportunity>
}

export function storedFunding({ metadata }: ArbitrageRow): FundingOpportunity & Partial<ClosedFundingOpportunity> {
  return metadata as unknown as FundingOpportunity & Partial<ClosedFundingOpportunity>
}

/** Of one way between two exchanges: what it brought. */
export interface RouteStatistics extends Omit<ArbitrageStatistics, 'lifeLongestMs' | 'closedBy' | 'captured'> {
  readonly type: string
  readonly symbol: string
  readonly exchangeA: string
  readonly exchangeB: string
}

export interface StoredStatistics extends ArbitrageStatistics {
  /** The most profitable first. */
  readonly routes: readonly RouteStatistics[]
}

/** Of those that are over. */
export function storedStatistics(rows: readonly ArbitrageRow[]): StoredStatistics {
  const closed = rows.filter((row) => row.closedAt !== null)
  const groups = new Map<string, ArbitrageRow[]>()
  for (const row of closed) {
    const key = JSON.stringify([row.type, row.symbol, row.exchangeA, row.symbolB, row.exchangeB])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [row])
    else group.push(row)
  }
  const routes = [...groups.values()].flatMap(routeStatistics).sort((a, b) => b.openedProfit - a.openedProfit)
  return { ...statisticsOf(closed), routes }
}

function routeStatistics(rows: readonly ArbitrageRow[]): RouteStatistics[] {
  const [row] = rows
  if (row === undefined) return []
  const { lifeLongestMs: _longest, closedBy: _reasons, captured: _captured, ...told } = statisticsOf(rows)
  const { type, symbol, exchangeA, exchangeB } = row
  return [{ type, symbol, exchangeA, exchangeB, ...told }]
}

function statisticsOf(closed: readonly ArbitrageRow[]): ArbitrageStatistics {
  return arbitrageStatistics(closed.map((row) => storedOpportunity(row) as ClosedOpportunity))
}

/** One level of one book that was taken from. */
export interface Fill {
  readonly side: 'buy' | 'sell'
  readonly exchange: string
  readonly symbol: string
  readonly level: number
  readonly price: number
  /** What stood there, and what was taken of it, in the exchange's units. */
  readonly held: number
  readonly quantity: number
  readonly notional: number
  readonly fee: number
}

/** The fills of both legs when it opened: their notionals and fees add up to the leg's. */
export function fillsOf({ opened: { buy, sell } }: Opportunity): Fill[] {
  return [...legFills('buy', buy), ...legFills('sell', sell)]
}

/** Both positions of a funding opportunity, opened and closed: what four fills cost. */
export function fundingFills({ opened: { long, short, notional } }: FundingOpportunity): FundingFill[] {
  return (['open', 'close'] as const).flatMap((when) =>
    [long, short].map(({ exchange, symbol, takerFee }) => {
      const side = (exchange === long.exchange) === (when === 'open') ? ('buy' as const) : ('sell' as const)
      return { when, side, exchange, symbol, notional, fee: notional * takerFee }
    }),
  )
}

export interface FundingFill {
  readonly when: 'open' | 'close'
  readonly side: 'buy' | 'sell'
  readonly exchange: string
  readonly symbol: string
  readonly notional: number
  readonly fee: number
}

/** Whether fills and fees add up to what was told of the opening, in the quote currency of the bought leg. */
export function addsUp({ opened }: Opportunity, fills: readonly Fill[]): boolean {
  const sum = (side: Fill['side'], of: (fill: Fill) => number) =>
    fills.filter((fill) => fill.side === side).reduce((total, fill) => total + of(fill), 0)
  const paid = sum('buy', ({ notional }) => notional)
  // A conversion's own fills are not kept: its prices and its fee are in the rate.
  const received = sum('sell', ({ notional, fee }) => notional - fee) * opened.conversionRate
  const net = received - paid - sum('buy', ({ fee }) => fee)
  return Math.abs(net - opened.netProfit) <= paid * 1e-9
}

function legFills(side: Fill['side'], leg: FoundLeg): Fill[] {
  let left = leg.notional
  return leg.levels.map(([price, held], level) => {
    const isLast = level === leg.levels.length - 1
    const notional = isLast ? left : Math.min(left, price * held)
    left -= notional
    const { exchange, symbol, takerFee } = leg
    return { side, exchange, symbol, level, price, held, quantity: notional / price, notional, fee: notional * takerFee }
  })
}
