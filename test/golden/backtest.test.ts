import { expect, it } from 'vitest'
import { DEFAULT_CONFIG } from '../../src/core/backtest/config.js'
import { runBacktest } from '../../src/core/backtest/engine.js'
import type { BacktestResult } from '../../src/core/backtest/result.js'
import { defineStrategy, type OrderIntent, type Strategy } from '../../src/core/strategies/contract.js'
import { smaCross } from '../../src/core/strategies/sma-cross.js'
import { zscoreReversion } from '../../src/core/strategies/zscore-reversion.js'
import {
  configOf,
  DAY_MS,
  dailyData,
  GOLDEN,
  type GoldenCase,
  goldenCases,
  goldenColumns,
  goldenJson,
  scripted,
} from '../support/golden.js'
import { needsFiles } from '../support/require.js'

const RUN = { version: 'test' }
function expectSame(golden: GoldenCase, result: BacktestResult): void {
  const tolerance = typeof golden.config.sizing === 'string' ? 1e-9 : 1e-6
  const close = (value: number | undefined, wanted: number, what: string) => {
    const difference = Math.abs((value ?? Number.NaN) - wanted) / Math.max(1e-12, Math.abs(wanted))
    expect(difference, `${what}: ${value} instead of ${wanted}`).toBeLessThanOrEqual(tolerance)
  }
  expect(result.equity).toHaveLength(golden.equity.length)
  for (const [row, wanted] of golden.equity.entries()) close(result.equity[row], wanted, `equity of row ${row}`)
  expect(result.trades.map(({ entryBar, exitBar, side }) => [entryBar, exitBar, side])).toStrictEqual(
    golden.trades.map((trade) => [trade.entry_row, trade.exit_row, trade.side]),
  )
  for (const [i, wanted] of golden.trades.entries()) {
    const trade = result.trades[i]
    close(trade?.quantity, wanted.qty, 'quantity')
    close(trade?.entryPrice, wanted.entry_price, 'entry price')
    close(trade?.exitPrice, wanted.exit_price, 'exit price')
    close(trade?.fees, wanted.commission, 'fees')
    close(trade?.pnl, wanted.pnl_net, 'profit')
    close(trade?.return, wanted.return_net, 'return')
  }
  const [open] = result.open
  expect(open?.entryBar ?? null).toBe(golden.open_position?.entry_row ?? null)
  if (golden.open_position !== null) {
    close(open?.entryPrice, golden.open_position.entry_price, 'entry price of the open position')
    close(open?.quantity, Math.abs(golden.open_position.qty), 'quantity of the open position')
  }
}

function ruleOf({ id }: GoldenCase): { strategy: Strategy; parameters: Record<string, boolean> } | undefined {
  const short = id.includes('longshort')
  // Its rule has stops beside, which are no part of the indicator.
  if (id.includes('sl_tp')) return undefined
  if (id.includes('sma')) return { strategy: smaCross, parameters: { short } }
  return id.includes('zscore') ? { strategy: zscoreReversion, parameters: { short } } : undefined
}

needsFiles(GOLDEN)('beside other backtesters', () => {
  const cases = goldenCases()

  it('has every case of the reference', () => {
    expect(cases.map(({ id }) => id.slice(0, 3))).toStrictEqual(
      'b01 b02 b03 b04 b05 b06 b07 b08 b09 b10 b11 b12 e01 e02'.split(' '),
    )
  })

  it.each(cases)('gives the same equity on every bar, trades and open position for the decisions of $id', (golden) => {
    const lot = typeof golden.config.sizing === 'string' ? 0 : golden.config.sizing.lot
    const data = dailyData(goldenColumns(golden.data.file), lot)
    expectSame(golden, runBacktest(configOf(golden), data, scripted(golden), RUN))
  })

  it.each(cases.filter((golden) => ruleOf(golden) !== undefined))(
    'comes to the decisions of $id by its own indicator',
    (golden) => {
      const rule = ruleOf(golden)
      const lot = typeof golden.config.sizing === 'string' ? 0 : golden.config.sizing.lot
      const data = dailyData(goldenColumns(golden.data.file), lot)
      const config = { ...configOf(golden), parameters: rule?.parameters ?? {} }
      expectSame(golden, runBacktest(config, data, rule?.strategy ?? smaCross, RUN))
    },
  )

  it('finds the same winners in a grid of moving averages', () => {
    const grid = goldenJson<{ rows: { fast: number; slow: number; final_equity: number; trades: number }[] }>(
      'backtest/b20_grid_sma.json',
    )
    const data = dailyData(goldenColumns('data/btc_usdt_daily.csv'))
    expect(grid.rows).toHaveLength(24)
    for (const { fast, slow, final_equity, trades } of grid.rows) {
      const config = { ...DEFAULT_CONFIG, sizing: { kind: 'units', units: 1 } as const, parameters: { fast, slow } }
      const result = runBacktest(config, data, smaCross, RUN)
      expect(Math.abs((result.equity.at(-1) ?? 0) / final_equity - 1)).toBeLessThan(1e-9)
      expect(result.trades).toHaveLength(trades)
    }
  })
})

interface Scenario {
  readonly description: string
  readonly submitted_after_close_of_row: number
  readonly order: { side: 'buy' | 'sell'; qty: number; limit?: number; stop?: number; sl?: number; tp?: number }
  readonly expected: { entry_row: number | null; entry_price: number | null; exit_row: number | null; exit_price: number | null }
}

interface Bar {
  readonly date: string
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
}

needsFiles(GOLDEN)('single orders', () => {
  const { bars, scenarios } = goldenJson<{ bars: Bar[]; scenarios: Scenario[] }>('backtest/o01_order_fills.json')
  const column = (name: 'open' | 'high' | 'low' | 'close') => Float64Array.from(bars, (bar) => bar[name])
  const data = dailyData({
    timestamp: Float64Array.from(bars, ({ date }) => Date.parse(`${date}T00:00:00Z`)),
    open: column('open'),
    high: column('high'),
    low: column('low'),
    close: column('close'),
    volume: new Float64Array(bars.length).fill(Number.NaN),
  })

  it('are eighteen', () => {
    expect(scenarios).toHaveLength(18)
  })

  it.each(scenarios)('$description', ({ order, submitted_after_close_of_row: row, expected }) => {
    const { side, qty, limit, stop, sl, tp } = order
    const intent: OrderIntent = {
      side,
      quantity: qty,
      type: limit !== undefined ? 'limit' : stop !== undefined ? 'stop' : 'market',
      reason: 'scenario',
      ...(limit !== undefined && { limit }),
      ...(stop !== undefined && { stop }),
      ...(sl !== undefined && { stopLoss: sl }),
      ...(tp !== undefined && { takeProfit: tp }),
    }
    const strategy = defineStrategy({
      name: 'one-order',
      description: 'Gives one order',
      parameters: {},
      warmup: () => 0,
      create: () => ({
        onBar(view, sink) {
          if (view.bars.length - 1 === row) sink.order(intent)
        },
      }),
    })
    const config = { ...DEFAULT_CONFIG, fees: { maker: 0, taker: 0, fixed: 0 } }
    const { fills } = runBacktest(config, data, strategy, RUN)
    const [entry, exit] = fills
    expect({
      entry_row: entry?.bar ?? null,
      entry_price: entry?.price ?? null,
      exit_row: exit?.bar ?? null,
      exit_price: exit?.price ?? null,
    }).toStrictEqual(expected)
    expect(entry === undefined || entry.timestamp === Date.parse('2024-03-01') + entry.bar * DAY_MS).toBe(true)
  })
})
