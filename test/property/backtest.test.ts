import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type BacktestConfig, DEFAULT_CONFIG } from '../../src/core/backtest/config.js'
import { type CandleColumns, createMarketData, type FundingData, type MarketData } from '../../src/core/backtest/data.js'
import { type RunOptions, runBacktest } from '../../src/core/backtest/engine.js'
import type { BacktestResult } from '../../src/core/backtest/result.js'
import { smaCross } from '../../src/core/strategies/sma-cross.js'
import { bars, HOUR_MS, type Whim, walk, whims, whimsical } from '../support/bars.js'

const RUN = { version: 'test' }
const RUNS = { numRuns: 300 }

const configs: fc.Arbitrary<BacktestConfig> = fc
  .record({
    fill: fc.constantFrom('next-open' as const, 'same-close' as const),
    sizing: fc.constantFrom<BacktestConfig['sizing']>(
      { kind: 'fraction', fraction: 0.9 },
      { kind: 'units', units: 3 },
      { kind: 'notional', notional: 500 },
      { kind: 'volatility-target', target: 0.5, bars: 4, maxFraction: 1 },
      { kind: 'kelly', multiplier: 0.5, minTrades: 2, fallback: 0.2, maxFraction: 1 },
    ),
    margin: fc.constantFrom<BacktestConfig['margin']>(
      { kind: 'cash' },
      { kind: 'isolated', leverage: 10, maintenanceRate: 0.01, liquidationFee: 0.005 },
    ),
    fees: fc.constantFrom({ maker: -0.0001, taker: 0.001, fixed: 0 }, { maker: 0.0002, taker: 0.0005, fixed: 1 }),
    slippage: fc.constantFrom<BacktestConfig['slippage']>(
      { kind: 'none' },
      { kind: 'bps', bps: 5 },
      { kind: 'half-spread', spreadBps: 8 },
      { kind: 'volume-share', impact: 0.1 },
    ),
    participation: fc.constantFrom(undefined, 0.1),
    allowShort: fc.boolean(),
    risk: fc.constantFrom<BacktestConfig['risk']>({}, { maxDrawdown: 0.1 }, { maxExposure: 0.5 }),
  })
  .map(({ participation, ...rest }) => ({
    ...DEFAULT_CONFIG,
    cash: 1000,
    ...rest,
    ...(participation !== undefined && { participation }),
  }))

const FUNDING: FundingData = {
  asset: 'a',
  timestamp: Float64Array.from({ length: 20 }, (_, i) => i * 8 * HOUR_MS),
  rate: Float64Array.from({ length: 20 }, (_, i) => (i % 3 === 0 ? -0.001 : 0.002)),
  intervalHours: 8,
}

function market(columns: CandleColumns, lotSize = 0): MarketData {
  const traded = [{ asset: 'a', interval: '1h', intervalMs: HOUR_MS, columns }]
  return createMarketData({ traded, funding: [FUNDING], rules: { a: { lotSize, minNotional: 0 } } })
}

/** Cash and position of each bar from nothing but what was written down: fills and funding. */
function recount({ fills, funding, equity, config }: BacktestResult, { close }: CandleColumns): number[] {
  let cash = config.cash
  let quantity = 0
  return Array.from(equity, (_, bar) => {
    for (const fill of fills) {
      if (fill.bar !== bar) continue
      const signed = fill.side === 'buy' ? fill.quantity : -fill.quantity
      cash -= signed * fill.price + fill.fee
      quantity += signed
    }
    for (const payment of funding) if (payment.bar === bar) cash += payment.amount
    return cash + quantity * (close[bar] ?? Number.NaN)
  })
}

it('has an equity that is deposit, fills, fees, funding and the worth of what is held, on every bar', () => {
  fc.assert(
    fc.property(walk, whims, configs, (columns, list, config) => {
      const result = runBacktest(config, market(columns), whimsical(list), RUN)
      for (const [bar, value] of recount(result, columns).entries()) {
        expect(Math.abs((result.equity[bar] ?? Number.NaN) - value), `bar ${bar}`).toBeLessThan(1e-8 * config.cash)
      }
    }),
    RUNS,
  )
})

it('books in trades and open positions exactly what equity gained', () => {
  fc.assert(
    fc.property(walk, whims, configs, (columns, list, config) => {
      const { trades, open, equity } = runBacktest(config, market(columns), whimsical(list), RUN)
      const closed = trades.reduce((sum, { pnl }) => sum + pnl, 0)
      // Positions that were made smaller have realised a part, which only the account knows: those runs are left out.
      fc.pre(open.length === 0)
      expect(Math.abs((equity.at(-1) ?? 0) - config.cash - closed)).toBeLessThan(1e-8 * config.cash)
    }),
    RUNS,
  )
})

it('fills nothing before it was ordered, and without slippage nothing outside the bar', () => {
  fc.assert(
    fc.property(walk, whims, configs, (columns, list, config) => {
      const free: BacktestConfig = { ...config, slippage: { kind: 'none' } }
      const { fills, decisions } = runBacktest(free, market(columns), whimsical(list), RUN)
      const ordered = new Map(decisions.map(({ order, bar }) => [order, bar]))
      for (const { order, bar, price, reason } of fills) {
        const since = ordered.get(order)
        if (since !== undefined) expect(bar).toBeGreaterThanOrEqual(since + (config.fill === 'same-close' ? 0 : 1))
        if (reason === 'liquidation') continue
        expect(price).toBeGreaterThanOrEqual((columns.low[bar] ?? 0) * (1 - 1e-12))
        expect(price).toBeLessThanOrEqual((columns.high[bar] ?? 0) * (1 + 1e-12))
      }
    }),
    RUNS,
  )
})

it('never lets a changed future change the past', () => {
  fc.assert(
    fc.property(walk, walk, whims, configs, fc.nat(), (columns, other, list, config, at) => {
      const cut = 1 + (at % (columns.timestamp.length - 1))
      const changed = spliced(columns, other, cut)
      const before = runBacktest(config, market(columns), whimsical(list), RUN)
      const after = runBacktest(config, market(changed), whimsical(list), RUN)
      expect([...after.equity.subarray(0, cut)]).toStrictEqual([...before.equity.subarray(0, cut)])
      const past = ({ bar }: { bar: number }) => bar < cut
      expect(after.fills.filter(past)).toStrictEqual(before.fills.filter(past))
      expect(after.decisions.filter(past)).toStrictEqual(before.decisions.filter(past))
    }),
    RUNS,
  )
})

function spliced(columns: CandleColumns, other: CandleColumns, cut: number): CandleColumns {
  const take = (name: 'open' | 'high' | 'low' | 'close' | 'volume') =>
    columns[name].map((value, i) => (i < cut ? value : (other[name][i % other[name].length] ?? value)))
  return { ...columns, open: take('open'), high: take('high'), low: take('low'), close: take('close'), volume: take('volume') }
}

it('scales all money with the prices', () => {
  fc.assert(
    fc.property(walk, whims, configs, fc.constantFrom(0.5, 4, 1024), (columns, list, config, scale) => {
      const times = (values: Float64Array) => values.map((value) => value * scale)
      const { open, high, low, close } = columns
      const scaled = { ...columns, open: times(open), high: times(high), low: times(low), close: times(close) }
      const sizing = config.sizing.kind === 'notional' ? { ...config.sizing, notional: 500 * scale } : config.sizing
      const fees = { ...config.fees, fixed: config.fees.fixed * scale }
      const big = { ...config, sizing, fees, cash: config.cash * scale }
      const one = runBacktest(config, market(columns), whimsical(list), RUN)
      const other = runBacktest(big, market(scaled), whimsical(list), RUN)
      // Powers of two are exact in binary: the results are equal, not only near.
      expect([...other.equity]).toStrictEqual([...one.equity].map((value) => value * scale))
    }),
    RUNS,
  )
})

it('gives the same result twice, and the same with a listener', () => {
  fc.assert(
    fc.property(walk, whims, configs, (columns, list, config) => {
      const run = (listener?: (event: unknown) => void) =>
        runBacktest(config, market(columns), whimsical(list), { ...RUN, ...(listener !== undefined && { listener }) })
      const events: unknown[] = []
      const first = run()
      expect(run((event) => events.push(event))).toStrictEqual(first)
      expect(events.filter((event) => (event as { type: string }).type === 'fill')).toHaveLength(first.fills.length)
    }),
    { numRuns: 50 },
  )
})

it('gives the same result where most bars are quiet, told bar by bar or not', () => {
  const parameters = { fast: 2, slow: 6, short: true }
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -0.03, max: 0.03, noNaN: true }), { minLength: 100, maxLength: 170 }),
      configs,
      (moves, config) => {
        let price = 100
        const columns = bars(
          ...moves.map((move) => {
            const open = price
            price *= 1 + move
            return [open, Math.max(open, price) * 1.001, Math.min(open, price) * 0.999, price] as const
          }),
        )
        const run = (options: RunOptions) => runBacktest({ ...config, parameters }, market(columns), smaCross, options)
        const quiet = run(RUN)
        expect(run({ ...RUN, listener: () => undefined })).toStrictEqual(quiet)
      },
    ),
    { numRuns: 60 },
  )
})

it('loses no more than its margin with an isolated position, whatever the gap', () => {
  const config: BacktestConfig = {
    ...DEFAULT_CONFIG,
    cash: 1000,
    fees: { maker: 0, taker: 0, fixed: 0 },
    margin: { kind: 'isolated', leverage: 20, maintenanceRate: 0.005, liquidationFee: 0.01 },
    sizing: { kind: 'fraction', fraction: 2 },
  }
  const only: Whim = { signal: 'long', stop: undefined, target: undefined, trail: undefined }
  fc.assert(
    fc.property(walk, (columns) => {
      const data = createMarketData({ traded: [{ asset: 'a', interval: '1h', intervalMs: HOUR_MS, columns }] })
      const { trades } = runBacktest(config, data, whimsical([only]), RUN)
      for (const { pnl, exitReason, entryPrice, quantity } of trades) {
        expect(exitReason).toBe('liquidation')
        expect(pnl).toBeGreaterThanOrEqual((-entryPrice * quantity) / 20 - 1e-9)
      }
    }),
    RUNS,
  )
})
