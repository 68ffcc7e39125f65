/** Reference results of other programs, and the data that they were made from. */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { type BacktestConfig, DEFAULT_CONFIG } from '../../src/core/backtest/config.js'
import { type CandleColumns, createMarketData, type MarketData } from '../../src/core/backtest/data.js'

import { type Direction, defineStrategy, type Strategy } from '../../src/core/strategies/contract.js'

export const GOLDEN = path.resolve(import.meta.dirname, '../../../shared/golden')
export const DAY_MS = 86_400_000

export interface GoldenCase {
  readonly id: string
  readonly data: { readonly file: string; readonly rows: number }
  readonly config: {
    readonly cash: number
    readonly commission: { readonly fixed_per_fill: number; readonly rate_on_notional: number }
    readonly slippage_pct: number
    readonly fill: 'next_open' | 'same_close'
    readonly sizing: string | { readonly fraction_of_equity: number; readonly lot: number }
    readonly stop_loss_pct: number | null
    readonly take_profit_pct: number | null
  }
  readonly signals: readonly { readonly row: number; readonly action: string }[]
  readonly trades: readonly GoldenTrade[]
  readonly open_position: { readonly entry_row: number; readonly qty: number; readonly entry_price: number } | null
  readonly equity: readonly number[]
  readonly metrics: {
    readonly empyrical_365: Readonly<Record<string, GoldenNumber>>
    readonly quantstats_365: Readonly<Record<string, GoldenNumber>>
    readonly backtestingpy?: Readonly<Record<string, GoldenNumber>>
    readonly trade_pnl_cash?: Readonly<Record<string, number>>
    readonly from_equity: Readonly<Record<string, number | string>>
  }
}

export type GoldenNumber = number | string

export interface GoldenTrade {
  readonly entry_row: number
  readonly exit_row: number
  readonly side: 'long' | 'short'
  readonly qty: number
  readonly entry_price: number
  readonly exit_price: number
  readonly commission: number
  readonly pnl_net: number
  readonly return_net: number
}

export function goldenJson<T>(name: string): T {
  return JSON.parse(readFileSync(path.join(GOLDEN, name), 'utf8')) as T
}

/** The engine's cases: those with decisions and an equity curve. */
export function goldenCases(): GoldenCase[] {
  const names = readdirSync(path.join(GOLDEN, 'backtest')).filter((name) => /^[be]\d\d_(?!grid)/.test(name))
  return names.map((name) => goldenJson<GoldenCase>(`backtest/${name}`))
}

/** `date,open,high,low,close[,volume]`, one row a UTC day. */
export function goldenColumns(file: string): CandleColumns & { dates: string[] } {
  const rows = readFileSync(path.join(GOLDEN, file), 'utf8').trim().split('\n').slice(1)
  const cells = rows.map((row) => row.split(','))
  const column = (i: number) =>
    Float64Array.from(cells, (cell) => (cell[i] === undefined || cell[i] === '' ? Number.NaN : Number(cell[i])))
  return {
    dates: cells.map(([date = '']) => date),
    timestamp: Float64Array.from(cells, ([date = '']) => Date.parse(`${date}T00:00:00Z`)),
    open: column(1),
    high: column(2),
    low: column(3),
    close: column(4),
    volume: column(5),
  }
}

export function dailyData(columns: CandleColumns, lotSize = 0, asset = 'bitcoin'): MarketData {
  const traded = [{ asset, interval: '1d', intervalMs: DAY_MS, columns }]
  return createMarketData({ traded, rules: { [asset]: { lotSize, minNotional: 0 } } })
}

export function configOf({ config }: GoldenCase): BacktestConfig {
  const { commission, sizing, slippage_pct: slippage } = config
  const rate = commission.rate_on_notional
  return {
    ...DEFAULT_CONFIG,
    cash: config.cash,
    fill: config.fill === 'next_open' ? 'next-open' : 'same-close',
    fees: { maker: rate, taker: rate, fixed: commission.fixed_per_fill },
    slippage: slippage === 0 ? { kind: 'none' } : { kind: 'bps', bps: slippage * 10_000 },
    sizing: typeof sizing === 'string' ? { kind: 'units', units: 1 } : { kind: 'fraction', fraction: sizing.fraction_of_equity },
  }
}

const ACTIONS: Readonly<Record<string, Direction>> = {
  enter_long: 'long',
  flip_long: 'long',
  enter_short: 'short',
  flip_short: 'short',
  exit: 'flat',
}

/** Says what the decision list says, with the stop and target of the case. */
export function scripted({ signals, config }: GoldenCase): Strategy {
  const actions = new Map(signals.map(({ row, action }) => [row, ACTIONS[action] ?? 'flat']))
  const { stop_loss_pct: stop, take_profit_pct: target } = config
  return defineStrategy({
    name: 'scripted',
    description: 'Follows a list of decisions',
    parameters: {},
    warmup: () => 0,
    create: () => ({
      onBar(view, sink) {
        const signal = actions.get(view.bars.length - 1)
        if (signal === undefined) return
        const close = view.bars.close(0)
        const exits = {
          ...(stop !== null && { stopLoss: close * (1 - stop) }),
          ...(target !== null && { takeProfit: close * (1 + target) }),
        }
        sink.signal({ signal, strength: 1, confidence: 1, reason: 'listed', ...(signal === 'long' && exits) })
      },
    }),
  })
}
