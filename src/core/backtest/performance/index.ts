/** The report's numbers of one run, each with its definition, its periods and how much went into it. */
import { mean } from '../../analysis/statistics.js'
import { fallsOf } from '../../analysis/statistics-drawdown.js'
import { YEAR_MS } from '../../market/time.js'
import type { BacktestResult } from '../result.js'
import { byDay, returnsOf } from './daily.js'
import type { MetricName } from './definitions.js'
import { type Metric, metricOf, none, type Outcome, of } from './metric.js'
import * as returnMetrics from './returns.js'
import * as tradeMetrics from './trades.js'

export type Performance = Readonly<Record<MetricName, Metric>>

export interface PerformanceOptions {
  /** Length of the run's bars. */
  readonly intervalMs: number
  /** A year's rate; 0 when left out. */
  readonly riskFree?: number
  /** Equity or price of what to compare with, on the run's own steps. */
  readonly benchmark?: Float64Array
}

/**
 * Every metric of `definitions.ts`. Returns are of days where bars are shorter than a day, else of bars; the first period counts
 * once equity has moved in it. Draw-downs are of every bar: what was lost within a day was lost.
 */
export function performanceOf(result: BacktestResult, options: PerformanceOptions): Performance {
  const { intervalMs, riskFree = 0, benchmark } = options
  const { equity, periods } = byDay(result.timestamps, result.equity, intervalMs)
  const isFirstCounted = equity[0] !== result.config.cash
  const returns = returnsOf(equity, isFirstCounted ? result.config.cash : undefined)
  const n = returns.length
  const outcomes: Partial<Record<MetricName, [Outcome, number]>> = {}
  for (const [name, outcome] of Object.entries(ofReturns(returns, periods, riskFree / periods))) {
    outcomes[name as MetricName] = [outcome, n]
  }
  for (const [name, outcome] of Object.entries(ofTrades(result))) outcomes[name as MetricName] = [outcome, result.trades.length]
  const growth = returnMetrics.cagr(returns, periods)
  for (const [name, outcome] of Object.entries({ ...ofBars(result, intervalMs), ...ofEquity(result, growth) }))
    outcomes[name as MetricName] = [outcome, result.equity.length]
  const compared = benchmark === undefined ? undefined : byDay(result.timestamps, benchmark, intervalMs).equity
  const others = compared === undefined ? undefined : returnsOf(compared, isFirstCounted ? benchmark?.[0] : undefined)
  for (const [name, outcome] of Object.entries(ofBenchmark(returns, others, periods))) outcomes[name as MetricName] = [outcome, n]
  return Object.fromEntries(
    Object.entries(outcomes).map(([name, [outcome, count]]) => [name, metricOf(name as MetricName, outcome, count, periods)]),
  ) as Performance
}

/** Returns by the period of the report, to plot, to resample, to deflate. */
export function periodReturns(result: BacktestResult, intervalMs: number): { returns: Float64Array; periods: number } {
  const { equity, periods } = byDay(result.timestamps, result.equity, intervalMs)
  return { returns: returnsOf(equity, equity[0] === result.config.cash ? undefined : result.config.cash), periods }
}

function ofReturns(returns: Float64Array, periods: number, riskFree: number): Partial<Record<MetricName, Outcome>> {
  return {
    cagr: returnMetrics.cagr(returns, periods),
    volatility: returnMetrics.volatility(returns, periods),
    sharpe: returnMetrics.sharpe(returns, periods, riskFree),
    sortino: returnMetrics.sortino(returns, periods, riskFree),
    ulcer_index: returnMetrics.ulcerIndex(returns),
    omega: returnMetrics.omega(returns),
    skewness: returnMetrics.skew(returns),
    excess_kurtosis: returnMetrics.excessKurtosis(returns),
    value_at_risk_95: returnMetrics.valueAtRisk(returns),
    conditional_value_at_risk_95: returnMetrics.conditionalValueAtRisk(returns),
    tail_ratio: returnMetrics.tailRatio(returns),
    probabilistic_sharpe: returnMetrics.probabilisticSharpe(returns),
  }
}

function ofEquity({ equity, config }: BacktestResult, growth: Outcome): Partial<Record<MetricName, Outcome>> {
  const end = equity.at(-1)
  const whole = (value: number) => (end === undefined ? none('no-returns') : of(value))
  const { deepest, peakToRecovery, underwater } = fallsOf(equity, config.cash)
  const [gain, depth] = [whole((end ?? 0) / config.cash - 1), whole(deepest)]
  return {
    total_return: gain,
    max_drawdown: depth,
    max_drawdown_bars: whole(peakToRecovery),
    underwater_bars: whole(underwater),
    calmar: returnMetrics.calmar(growth, depth),
    recovery_factor: returnMetrics.recoveryFactor(gain, depth),
  }
}

function ofTrades({ trades }: BacktestResult): Partial<Record<MetricName, Outcome>> {
  return {
    trades: of(trades.length),
    win_rate: tradeMetrics.winRate(trades),
    profit_factor: tradeMetrics.profitFactor(trades),
    expectancy: tradeMetrics.expectancy(trades),
    expectancy_r: tradeMetrics.expectancyInRisk(trades),
    average_win: tradeMetrics.averageWin(trades),
    average_loss: tradeMetrics.averageLoss(trades),
    sqn: tradeMetrics.systemQuality(trades),
    kelly: tradeMetrics.kelly(trades),
  }
}

function ofBars(result: BacktestResult, intervalMs: number): Partial<Record<MetricName, Outcome>> {
  const { equity, fills, funding } = result
  const years = (equity.length * intervalMs) / YEAR_MS
  const traded = fills.reduce((sum, fill) => sum + fill.quantity * fill.price, 0)
  const held = result.held.reduce((count, value) => count + value, 0)
  return {
    exposure: equity.length === 0 ? none('no-returns') : of(held / equity.length),
    turnover: equity.length === 0 ? none('no-returns') : of(traded / 2 / mean(equity) / years),
    fees: of(fills.reduce((sum, fill) => sum + fill.fee, 0)),
    slippage: of(fills.reduce((sum, fill) => sum + fill.slippage, 0)),
    funding: of(funding.reduce((sum, payment) => sum + payment.amount, 0)),
  }
}

function ofBenchmark(
  returns: Float64Array,
  benchmark: Float64Array | undefined,
  periods: number,
): Partial<Record<MetricName, Outcome>> {
  const compare = (metric: (mine: Float64Array, other: Float64Array, periods: number) => Outcome): Outcome =>
    benchmark === undefined ? none('no-benchmark') : metric(returns, benchmark, periods)
  return {
    beta: compare(returnMetrics.beta),
    alpha: compare(returnMetrics.alpha),
    alpha_geometric: compare(returnMetrics.alphaGeometric),
    correlation: compare(returnMetrics.correlation),
    tracking_error: compare(returnMetrics.trackingError),
    information_ratio: compare(returnMetrics.informationRatio),
  }
}
