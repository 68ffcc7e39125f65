import { describe, expect, it } from 'vitest'
import { DEFAULT_CONFIG } from '../../../../src/core/backtest/config.js'
import { createMarketData } from '../../../../src/core/backtest/data.js'
import { runBacktest } from '../../../../src/core/backtest/engine.js'
import type { BacktestResult } from '../../../../src/core/backtest/result.js'
import { DAY_MS } from '../../../../src/core/market/time.js'
import type { Strategy } from '../../../../src/core/strategies/contract.js'
import { meanReversion } from '../../../../src/core/strategies/mean-reversion.js'
import { momentum } from '../../../../src/core/strategies/momentum.js'
import type { ParameterValues } from '../../../../src/core/strategies/parameters.js'
import { vixCorrelation } from '../../../../src/core/strategies/vix-correlation.js'
import { volumeSpike } from '../../../../src/core/strategies/volume-spike.js'

const FIRST = Date.UTC(2024, 0, 1)

interface Market {
  readonly closes: readonly number[]
  readonly volumes?: readonly number[]
  /** Days without a bar. */
  readonly holes?: readonly number[]
  /** A VIX of 30 is published at the end of each day up to this one. */
  readonly vixUntil?: number
}

/** Each bar opens at the close before, and fills happen there. */
function run(strategy: Strategy, market: Market, parameters: ParameterValues = {}): BacktestResult {
  const { closes, volumes, holes = [], vixUntil = closes.length } = market
  const days = closes.map((_, day) => day).filter((day) => !holes.includes(day))
  const column = (of: (day: number) => number): Float64Array => Float64Array.from(days, of)
  const close = (day: number): number => closes[day] ?? Number.NaN
  const open = (day: number): number => closes[Math.max(0, day - 1)] ?? Number.NaN
  const columns = {
    timestamp: column((day) => FIRST + day * DAY_MS),
    open: column(open),
    high: column((day) => Math.max(open(day), close(day))),
    low: column((day) => Math.min(open(day), close(day))),
    close: column(close),
    volume: column((day) => volumes?.[day] ?? 100),
  }
  const known = days.filter((day) => day <= vixUntil)
  const macro = {
    indicator: 'VIX',
    date: Float64Array.from(known, (day) => FIRST + day * DAY_MS),
    availableAt: Float64Array.from(known, (day) => FIRST + (day + 1) * DAY_MS),
    value: Float64Array.from(known, () => 30),
  }
  const data = createMarketData({ traded: [{ asset: 'bitcoin', interval: '1d', intervalMs: DAY_MS, columns }], macro: [macro] })
  const config = { ...DEFAULT_CONFIG, parameters: { 'risk_management.volatility_adjustment': false, ...parameters } }
  return runBacktest(config, data, strategy, { version: 'test' })
}

/** What was decided, as day, direction and reason. */
function decided(...asked: Parameters<typeof run>): [number, string, string][] {
  return run(...asked).decisions.map(({ timestamp, signal, reason }) => [(timestamp - FIRST) / DAY_MS - 1, signal, reason])
}

const flat = (days: number, price = 100): number[] => new Array<number>(days).fill(price)

describe('a number exactly at its threshold', () => {
  it('is beyond it, whatever binary fractions make of it', () => {
    // 1 − 90 / 100 is 0.09999999999999998.
    expect(decided(meanReversion, { closes: [...flat(20), 90] })).toMatchObject([[20, 'long', expect.any(String)]])
    // And 90 / 100 − 1 is −0.09999999999999998.
    const fall = [100, ...Array.from({ length: 29 }, (_, day) => 100 - (10 * day) / 28)]
    expect(decided(momentum, { closes: fall }, { entry_return: 0.1 })).toMatchObject([[29, 'short', expect.any(String)]])
  })

  it('stops a position, and a hair above it does not', () => {
    const stopped = (last: number) =>
      decided(
        meanReversion,
        { closes: [...flat(20, 200), 100, 100, last] },
        { 'risk_management.stop_loss': 0.1, lookback_days: 20 },
      ).slice(1)
    expect(stopped(90)).toEqual([[22, 'flat', 'stop-loss: 10.0 % below the entry']])
    expect(stopped(90.01)).toEqual([])
  })
})

describe('a way out that is known', () => {
  const spike = { closes: [...flat(25), ...flat(15, 103)], volumes: [...flat(25), 1000, ...flat(14)] }

  it('is taken though the bars of the look-back are not all there: time goes on', () => {
    const whole = decided(volumeSpike, spike)
    expect(whole).toEqual([
      [25, 'long', '10.0 times the usual volume, price 3.0 %'],
      [30, 'flat', 'held for 5 bars'],
    ])
    expect(decided(volumeSpike, { ...spike, holes: [28] })).toEqual(whole)
  })

  it('is taken though VIX is not known any more: neither the mean nor the time asks for it', () => {
    const back = [...flat(20), 85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95, 110, 110]
    const [entry, exit] = decided(meanReversion, { closes: back, vixUntil: 20 })
    expect(entry).toMatchObject([20, 'long', expect.any(String)])
    // The first close above the mean of 14.
    expect(exit).toMatchObject([28, 'flat', expect.stringContaining('back at the mean of 14 days')])
    const falling = Array.from({ length: 20 }, (_, day) => 100 - day / 10)
    const late = decided(meanReversion, { closes: [...flat(20, 200), ...falling], vixUntil: 20 })
    expect(late[1]).toEqual([34, 'flat', 'held for 14 days'])
  })

  it('is not made up where nothing is known: a hole ends no position by itself', () => {
    const grown = { closes: [...flat(20), 85, 84, 83, 82, 81, 80], holes: [23] }
    expect(decided(meanReversion, grown, { 'risk_management.stop_loss': 0.5 })).toHaveLength(1)
  })
})

describe('a price that never moves', () => {
  it.each([
    [momentum, 'the move is smaller than entry_return'],
    [meanReversion, 'the fall is smaller than drawdown_threshold'],
    [volumeSpike, 'volume without a move of min_move'],
    [vixCorrelation, 'the price or VIX has not moved in the look-back: there is no correlation'],
  ] as const)('makes $name say nothing, and why', (strategy, reason) => {
    const volumes = Array.from({ length: 120 }, (_, day) => (day === 110 ? 1000 : 100))
    const { decisions, silences, analysis } = run(strategy, { closes: flat(120), volumes })
    expect(decisions).toEqual([])
    expect(silences.map((each) => each.reason)).toContain(reason)
    expect(JSON.stringify(analysis)).not.toMatch(/NaN|Infinity/)
  })
})
