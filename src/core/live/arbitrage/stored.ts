/** Stored opportunities, read back and taken apart. */
import type { ClosedOpportunity, FoundLeg, Opportunity } from '../../analysis/arbitrage/contract.js'
import { type ArbitrageStatistics, arbitrageStatistics } from '../../analysis/arbitrage/statistics.js'
import type { ArbitrageRow } from '../../storage/rows.js'

/** As the detector told it; the fields of its end are missing while it is open. */
export function storedOpportunity({ metadata }: ArbitrageRow): Opportunity & Partial<ClosedOpportunity> {
  return metadata as unknown as Opportunity & Partial<ClosedOpportunity>
}

/** Of those that are over. */
export function storedStatistics(rows: readonly ArbitrageRow[]): ArbitrageStatistics {
  const closed = rows.filter((row) => row.closedAt !== null)
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
