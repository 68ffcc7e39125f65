import { expect, it } from 'vitest'
import { drawdownPeriods, drawdowns } from '../../src/core/analysis/statistics-drawdown.js'
import {
  momentum,
  ratioToMeanBefore,
  rollingCorrelation,
  rollingVolatility,
  rollingZScore,
} from '../../src/core/analysis/statistics-rolling.js'
import { GOLDEN, goldenColumns, goldenJson } from '../support/golden.js'
import { needsFiles } from '../support/require.js'

function expectSeries(ours: Float64Array, from: number, wanted: readonly number[], tolerance = 1e-9): void {
  expect(ours.subarray(0, from).every(Number.isNaN), `nothing before row ${from}`).toBe(true)
  expect(ours).toHaveLength(from + wanted.length)
  for (const [i, value] of wanted.entries()) {
    expect(Math.abs((ours[from + i] ?? Number.NaN) - value), `row ${from + i}`).toBeLessThanOrEqual(tolerance)
  }
}

function logReturns(values: ArrayLike<number>): Float64Array {
  return Float64Array.from({ length: values.length - 1 }, (_, i) => Math.log((values[i + 1] ?? 0) / (values[i] ?? 0)))
}

function changes(values: ArrayLike<number>): Float64Array {
  return Float64Array.from({ length: values.length - 1 }, (_, i) => (values[i + 1] ?? 0) - (values[i] ?? 0))
}

needsFiles(GOLDEN)('rolling numbers', () => {
  const btc = goldenColumns('data/btc_usdt_daily.csv')
  const vix = goldenColumns('data/vix_daily.csv')

  it('of 20 days are those of pandas', () => {
    const golden =
      goldenJson<Record<'z_ddof1' | 'z_ddof0' | 'volume_ratio' | 'momentum' | 'log_return_sd_ddof1_annualised_365', number[]>>(
        'series/rolling_btc_20.json',
      )
    expectSeries(rollingZScore(btc.close, 20), 19, golden.z_ddof1)
    expectSeries(rollingZScore(btc.close, 20, 0), 19, golden.z_ddof0)
    expectSeries(ratioToMeanBefore(btc.volume, 20), 20, golden.volume_ratio)
    expectSeries(momentum(btc.close, 20), 20, golden.momentum)
    expectSeries(rollingVolatility(logReturns(btc.close), 20, 365), 19, golden.log_return_sd_ddof1_annualised_365)
  })

  interface Alignment {
    readonly n: number
    readonly dates: readonly string[]
    readonly corr_diff: readonly number[]
    readonly corr_log: readonly number[]
  }

  it.each(['trading_days', 'drop_weekend_returns'] as const)('correlate bitcoin and VIX as pandas does: %s', (name) => {
    const { results } = goldenJson<{ results: Record<string, Alignment> }>('series/rolling_corr_btc_vix_30.json')
    const golden = results[name] ?? { n: 0, dates: [], corr_diff: [], corr_log: [] }
    const { bitcoin, difference, log } = aligned[name]()
    expect(golden.corr_diff).toHaveLength(golden.n)
    expectSeries(rollingCorrelation(bitcoin, difference, 30), 29, golden.corr_diff)
    expectSeries(rollingCorrelation(bitcoin, log, 30), 29, golden.corr_log)
  })

  const closesOn = (dates: readonly string[], { dates: own, close }: typeof btc) =>
    Float64Array.from(dates, (date) => close[own.indexOf(date)] ?? Number.NaN)
  const common = btc.dates.filter((date) => vix.dates.includes(date))
  const changed = (x: ArrayLike<number>, y: ArrayLike<number>) => ({
    bitcoin: logReturns(x),
    difference: changes(y),
    log: logReturns(y),
  })

  const aligned = {
    trading_days: () => changed(closesOn(common, btc), closesOn(common, vix)),
    drop_weekend_returns: () => {
      const own = { bitcoin: logReturns(btc.close), difference: changes(vix.close), log: logReturns(vix.close) }
      const both = common.filter((date) => btc.dates.indexOf(date) > 0 && vix.dates.indexOf(date) > 0)
      const take = (values: Float64Array, { dates }: typeof btc) =>
        Float64Array.from(both, (date) => values[dates.indexOf(date) - 1] ?? Number.NaN)
      return { bitcoin: take(own.bitcoin, btc), difference: take(own.difference, vix), log: take(own.log, vix) }
    },
  }

  it.each(['btc_usdt', 'eth_usd'])('fall and recover as the reference says: %s', (name) => {
    const golden = goldenJson<{
      drawdown: number[]
      max_drawdown: number
      trough_date: string
      peak_date: string
      longest_underwater_rows: number
      longest_underwater_last_row: number
      worst_quantstats: { start: string; valley: string; end: string; max_drawdown_pct: number }[]
    }>(`series/drawdown_${name.slice(0, 3)}.json`)
    const { close, dates } = goldenColumns(`data/${name}_daily.csv`)
    const depths = drawdowns(close)
    expectSeries(depths, 0, golden.drawdown)
    const periods = drawdownPeriods(depths)
    const deepest = periods.toSorted((a, b) => a.depth - b.depth)
    expect(dates[deepest[0]?.trough ?? -1]).toBe(golden.trough_date)
    expect(dates[deepest[0]?.peak ?? -1]).toBe(golden.peak_date)
    const longest = periods.toSorted((a, b) => b.last - b.peak - (a.last - a.peak))[0]
    expect((longest?.last ?? 0) - (longest?.peak ?? 0)).toBe(golden.longest_underwater_rows)
    expect(longest?.last).toBe(golden.longest_underwater_last_row)
    const [worst] = golden.worst_quantstats
    expect(dates[(deepest[0]?.peak ?? 0) + 1]).toBe(worst?.start)
    expect((deepest[0]?.depth ?? 0) * 100).toBeCloseTo(worst?.max_drawdown_pct ?? 0, 9)
  })
})
