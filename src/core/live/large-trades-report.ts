/** What is stored of large trades, summed up. */
import type { LargeTradeRow } from '../storage/rows.js'
import { bySeries } from './stored-rows.js'

/**
 * Values in quote currency, of trades. Liquidations are summed apart: the fill of one may be among the trades too, and would count
 * twice. Where nothing but liquidations was asked for, the values are of them.
 */
export interface LargeTradeTotals {
  readonly count: number
  readonly valueUsd: number
  readonly buyValueUsd: number
  readonly sellValueUsd: number
  readonly liquidations: number
  readonly liquidationValueUsd: number
  readonly largestUsd: number | null
}

export interface LargeTradeReport extends LargeTradeTotals {
  readonly exchanges: readonly string[]
  readonly symbols: readonly string[]
  readonly series: readonly ({ readonly exchange: string; readonly symbol: string } & LargeTradeTotals)[]
  /** Newest first, at most as many as were asked for. */
  readonly trades: readonly LargeTradeRow[]
}

export function reportLargeTrades(rows: readonly LargeTradeRow[], limit: number): LargeTradeReport {
  const groups = bySeries(rows)
  return {
    ...totalsOf(rows),
    exchanges: [...new Set(groups.flatMap(([row]) => row?.exchange ?? []))],
    symbols: [...new Set(groups.flatMap(([row]) => row?.symbol ?? []))],
    series: groups.flatMap((group) => {
      const [row] = group
      return row === undefined ? [] : [{ exchange: row.exchange, symbol: row.symbol, ...totalsOf(group) }]
    }),
    trades: rows.slice(0, limit),
  }
}

function totalsOf(rows: readonly LargeTradeRow[]): LargeTradeTotals {
  const value = (those: readonly LargeTradeRow[]) => those.reduce((sum, { valueUsd }) => sum + valueUsd, 0)
  const liquidations = rows.filter(({ isLiquidation }) => isLiquidation)
  const counted = liquidations.length === rows.length ? rows : rows.filter(({ isLiquidation }) => !isLiquidation)
  return {
    count: counted.length,
    valueUsd: value(counted),
    buyValueUsd: value(counted.filter(({ side }) => side === 'buy')),
    sellValueUsd: value(counted.filter(({ side }) => side === 'sell')),
    liquidations: liquidations.length,
    liquidationValueUsd: value(liquidations),
    largestUsd: counted.length === 0 ? null : counted.reduce((most, { valueUsd }) => Math.max(most, valueUsd), 0),
  }
}
