import { expect, it } from 'vitest'
import { kurtosis, skewness } from '../../src/core/analysis/statistics.js'
import { drawdowns } from '../../src/core/analysis/statistics-drawdown.js'
import { runBacktest } from '../../src/core/backtest/engine.js'
import { empyrical, quantstats } from '../../src/core/backtest/performance/compat.js'
import { backtestingPy } from '../../src/core/backtest/performance/compat-backtesting-py.js'
import { returnsOf } from '../../src/core/backtest/performance/daily.js'
import type { MetricName } from '../../src/core/backtest/performance/definitions.js'
import { performanceOf } from '../../src/core/backtest/performance/index.js'
import { numberOf, type Outcome } from '../../src/core/backtest/performance/metric.js'
import { deflatedSharpe, expectedBestSharpe } from '../../src/core/backtest/performance/overfitting.js'
import * as metrics from '../../src/core/backtest/performance/returns.js'
import {
  configOf,
  DAY_MS,
  dailyData,
  GOLDEN,
  type GoldenNumber,
  goldenCases,
  goldenColumns,
  goldenJson,
  scripted,
} from '../support/golden.js'
import { needsFiles } from '../support/require.js'

type Numbers = Readonly<Record<string, GoldenNumber>>

interface Series {
  readonly id: string
  readonly returns?: readonly number[]
  readonly benchmark_returns?: readonly number[]
  readonly empyrical_365: Numbers
  readonly quantstats_365: Numbers
  readonly drawdown_series_from_start_value_1?: readonly number[]
  readonly psr_formula_sr_star_0?: {
    sr_per_period_ddof1: number
    skew_population: number
    kurtosis_population_nonexcess: number
    psr: number
  }
}

function expectClose(value: number | undefined, wanted: number, what: string, tolerance = 1e-8): void {
  const difference = Math.abs((value ?? Number.NaN) - wanted) / Math.max(1, Math.abs(wanted))
  expect(difference, `${what}: ${value} instead of ${wanted}`).toBeLessThanOrEqual(tolerance)
}

/** What a library calls NaN, Infinity or an exception is NaN here; its other numbers are the same. */
function expectReport(ours: Readonly<Record<string, number>>, theirs: Numbers, isNoise: (name: string) => boolean): void {
  expect(Object.keys(theirs).filter((name) => !Object.hasOwn(ours, name))).toStrictEqual([])
  for (const [name, wanted] of Object.entries(theirs)) {
    if (isNoise(name)) continue
    if (typeof wanted === 'string')
      expect(Number.isFinite(ours[name]), `${name}: ${ours[name]} where they have ${wanted}`).toBe(false)
    else expectClose(ours[name], wanted, name)
  }
}

needsFiles(GOLDEN)('metrics of return series', () => {
  const { series } = goldenJson<{ series: Series[] }>('metrics/returns_metrics.json')
  const btc = goldenColumns('data/btc_usdt_daily.csv')
  const eth = goldenColumns('data/eth_usd_daily.csv')

  function seriesOf({ id, returns, benchmark_returns: benchmark }: Series): [Float64Array, Float64Array | undefined] {
    if (returns !== undefined) return [Float64Array.from(returns), benchmark && Float64Array.from(benchmark)]
    if (id === 'btc_daily') return [returnsOf(btc.close), undefined]
    const rows = eth.dates.flatMap((date, i) => (btc.dates.includes(date) ? [[i, btc.dates.indexOf(date)] as const] : []))
    return [
      returnsOf(Float64Array.from(rows, ([i]) => eth.close[i] ?? 0)),
      returnsOf(Float64Array.from(rows, ([, i]) => btc.close[i] ?? 0)),
    ]
  }

  it('are twelve', () => {
    expect(series).toHaveLength(12)
  })

  it.each(series)('are those of empyrical and quantstats for $id', (golden) => {
    const [returns, benchmark] = seriesOf(golden)
    // Equal gains every day: their deviation is rounding noise, and what divides by it too.
    const noise = /volatility|sharpe|sortino|value_at_risk_95|cvar/
    const isNoise = (name: string) => golden.id === 'constant_gain' && noise.test(name)
    const isFlat = (name: string) => golden.id === 'all_zero' && /beta|alpha|r_squared/.test(name)
    expectReport(empyrical(returns, 365, benchmark), golden.empyrical_365, (name) => isNoise(name) || isFlat(name))
    expectReport(quantstats(returns, 365, benchmark), golden.quantstats_365, (name) => isNoise(name) || isFlat(name))
  })

  it.each(series.filter((golden) => golden.psr_formula_sr_star_0 !== undefined))(
    'has the published probabilistic Sharpe of $id',
    (golden) => {
      const [returns] = seriesOf(golden)
      const wanted = golden.psr_formula_sr_star_0
      expectClose(numberOf(metrics.sharpe(returns, 1)), wanted?.sr_per_period_ddof1 ?? 0, 'Sharpe')
      expectClose(skewness(returns), wanted?.skew_population ?? 0, 'skewness')
      expectClose(kurtosis(returns), wanted?.kurtosis_population_nonexcess ?? 0, 'kurtosis')
      expectClose(numberOf(metrics.probabilisticSharpe(returns)), wanted?.psr ?? 0, 'PSR')
    },
  )

  it.each(series.filter((golden) => golden.drawdown_series_from_start_value_1 !== undefined))(
    'has the draw-downs of $id',
    (golden) => {
      const depths = drawdowns(metrics.growthOf(seriesOf(golden)[0]), 1)
      for (const [i, wanted] of (golden.drawdown_series_from_start_value_1 ?? []).entries())
        expectClose(depths[i], wanted, `row ${i}`, 1e-12)
    },
  )

  it.each<[string, string, (r: Float64Array, b: Float64Array) => Outcome, string]>([
    ['all_zero', 'sharpe', (r) => metrics.sharpe(r, 365), 'no-movement'],
    ['all_zero', 'sortino', (r) => metrics.sortino(r, 365), 'no-losses'],
    ['all_zero', 'calmar', (r) => metrics.calmar(metrics.cagr(r, 365), metrics.maxDrawdown(r)), 'no-drawdown'],
    ['all_zero', 'omega', (r) => metrics.omega(r), 'no-losses'],
    ['all_zero', 'tail ratio', (r) => metrics.tailRatio(r), 'zero-percentile'],
    ['all_zero', 'skewness', (r) => metrics.skew(r), 'no-movement'],
    ['all_zero', 'correlation', (r, b) => metrics.correlation(r, b), 'no-movement'],
    ['all_zero', 'beta to itself', (r) => metrics.beta(r, r), 'flat-benchmark'],
    ['single_day_gain', 'CAGR', (r) => metrics.cagr(r, 365), 'too-few-returns'],
    ['single_day_gain', 'volatility', (r) => metrics.volatility(r, 365), 'too-few-returns'],
    ['single_day_gain', 'Sharpe', (r) => metrics.sharpe(r, 365), 'too-few-returns'],
    ['constant_gain', 'Sharpe', (r) => metrics.sharpe(r, 365), 'no-movement'],
    ['constant_gain', 'PSR', (r) => metrics.probabilisticSharpe(r), 'no-movement'],
    ['all_gains', 'Sortino', (r) => metrics.sortino(r, 365), 'no-losses'],
    ['all_gains', 'recovery factor', (r) => metrics.recoveryFactor(metrics.totalReturn(r), metrics.maxDrawdown(r)), 'no-drawdown'],
  ])('of %s give no %s but the reason', (id, _name, metric, reason) => {
    const golden = series.find((entry) => entry.id === id)
    const [returns, benchmark] = golden === undefined ? [new Float64Array(0), undefined] : seriesOf(golden)
    expect(metric(returns, benchmark ?? new Float64Array(0))).toStrictEqual({ reason })
  })

  it('of nothing are nothing', () => {
    expect(metrics.totalReturn(new Float64Array(0))).toStrictEqual({ reason: 'no-returns' })
    expect(metrics.maxDrawdown(new Float64Array(0))).toStrictEqual({ reason: 'no-returns' })
  })
})

needsFiles(GOLDEN)('metrics of runs', () => {
  const cases = goldenCases()

  it.each(cases)('of $id are those of every peer on the reference equity', (golden) => {
    const returns = returnsOf(Float64Array.from(golden.equity))
    const closes = goldenColumns(golden.data.file).close
    expectReport(empyrical(returns, 365, returnsOf(closes)), golden.metrics.empyrical_365, () => false)
    expectReport(quantstats(returns, 365, returnsOf(closes)), golden.metrics.quantstats_365, () => false)
  })

  it.each(cases)('of $id are those of backtesting.py and of the reference, from our own run', (golden) => {
    const lot = typeof golden.config.sizing === 'string' ? 0 : golden.config.sizing.lot
    const columns = goldenColumns(golden.data.file)
    const result = runBacktest(configOf(golden), dailyData(columns, lot), scripted(golden), { version: 'test' })
    expectReport(backtestingPy(result, columns.close, DAY_MS), golden.metrics.backtestingpy ?? {}, () => false)
    const performance = performanceOf(result, { intervalMs: DAY_MS, benchmark: columns.close })
    const { trade_pnl_cash: trades, from_equity: curve, empyrical_365: ratios, quantstats_365: greeks } = golden.metrics
    expect(performance.sharpe).toMatchObject({ periods: 365, n: golden.equity.length - 1, reason: null })
    expect(performance.win_rate.reason).toBe(trades === undefined ? 'no-trades' : null)
    const wanted: [MetricName, GoldenNumber | undefined][] = [
      ['win_rate', trades?.['win_rate']],
      ['profit_factor', trades?.['profit_factor']],
      ['expectancy', trades?.['expectancy_cash']],
      ['average_win', trades?.['avg_win']],
      ['average_loss', trades?.['avg_loss']],
      ['sqn', trades?.['sqn_ddof1']],
      ['exposure', curve['exposure_bars_held_at_close']],
      ['max_drawdown', curve['max_drawdown']],
      ['total_return', ratios['total_return']],
      ['cagr', ratios['annual_return_cagr']],
      ['sharpe', ratios['sharpe_ratio']],
      ['sortino', ratios['sortino_ratio']],
      ['calmar', ratios['calmar_ratio']],
      ['tail_ratio', ratios['tail_ratio']],
      ['value_at_risk_95', ratios['value_at_risk_5pct']],
      ['beta', ratios['beta']],
      ['alpha', greeks['greeks_alpha']],
      ['alpha_geometric', ratios['alpha_annual']],
      ['ulcer_index', greeks['ulcer_index']],
    ]
    for (const [name, value] of wanted) {
      if (typeof value === 'number') expectClose(performance[name].value ?? Number.NaN, value, name)
    }
  })
})

needsFiles(GOLDEN)('the deflated Sharpe ratio', () => {
  interface Case {
    inputs: {
      sr_per_period: number
      T: number
      skew: number
      kurtosis_nonexcess: number
      trials: number
      variance_of_trial_sr_per_period: number
    }
    sr_star_per_period: number
    dsr: number
  }
  it('is that of the paper', () => {
    const { cases } = goldenJson<{ cases: Case[] }>('metrics/deflated_sharpe.json')
    expect(cases).toHaveLength(2)
    for (const { inputs, sr_star_per_period: star, dsr } of cases) {
      const winner = { ratio: inputs.sr_per_period, n: inputs.T, skew: inputs.skew, kurtosis: inputs.kurtosis_nonexcess }
      expectClose(expectedBestSharpe(inputs.trials, inputs.variance_of_trial_sr_per_period), star, 'SR*', 1e-12)
      expectClose(numberOf(deflatedSharpe(winner, inputs.trials, inputs.variance_of_trial_sr_per_period)), dsr, 'DSR', 1e-12)
    }
  })
})
