/** One set of parameters, run and measured; small enough to keep for ever. */
import { kurtosis, skewness } from '../../analysis/statistics.js'
import type { Strategy } from '../../strategies/contract.js'
import type { ParameterValues } from '../../strategies/parameters.js'
import type { BacktestConfig } from '../config.js'
import { cutMarket } from '../cut.js'
import type { MarketData } from '../data.js'
import { runBacktest } from '../engine.js'
import { byDay, returnsOf } from '../performance/daily.js'
import type { MetricName } from '../performance/definitions.js'
import { performanceOf } from '../performance/index.js'
import { numberOf } from '../performance/metric.js'
import { blocksOf, PAPER_BLOCKS, type ReturnBlocks } from '../performance/overfitting.js'
import { type SharpeSample, sharpe } from '../performance/returns.js'
import type { BacktestResult } from '../result.js'

export interface TrialSetup {
  readonly data: MarketData
  /** Of every trial; `parameters` are each trial's own. */
  readonly config: BacktestConfig
  readonly strategy: Strategy
  readonly version: string
  readonly intervalMs: number
  /** Bars before the start of a part of the time that every trial of it gets. */
  readonly warmup: number
}

/** What is asked for: a set, and a part of the time where the setup's is not meant. */
export interface TrialTask {
  readonly parameters: ParameterValues
  readonly start?: number | undefined
  readonly end?: number | undefined
}

export interface Trial extends TrialTask {
  /** SHA-256 of strategy, parameters and configuration. */
  readonly configHash: string
  /** Null where a metric is undefined; without those against a benchmark. */
  readonly metrics: Readonly<Partial<Record<MetricName, number | null>>>
  readonly finalEquity: number
  /** Sharpe ratio per period with its moments, to deflate; null without movement. */
  readonly sample: SharpeSample | null
  /** Null for fewer than two returns a block. */
  readonly blocks: ReturnBlocks | null
  /** How often each reason kept something from happening. */
  readonly blocked: Readonly<Record<string, number>>
}

export function configOfTrial(config: BacktestConfig, { parameters, start, end }: TrialTask): BacktestConfig {
  return { ...config, parameters, ...(start !== undefined && { start }), ...(end !== undefined && { end }) }
}

/** Errors: those of `runBacktest`. */
export function runTrial(setup: TrialSetup, task: TrialTask): Trial {
  const { config, strategy, version, intervalMs } = setup
  const result = runBacktest(configOfTrial(config, task), partOf(setup, task), strategy, { version })
  return trialOf(result, task, intervalMs)
}

/** Trials of one part of the time follow each other: its bars are cut out once. */
let newest: { readonly whole: MarketData; readonly key: string; readonly part: MarketData } | undefined

function partOf({ data, warmup }: TrialSetup, { start, end }: TrialTask): MarketData {
  if (start === undefined) return data
  const key = `${start} ${end} ${warmup}`
  if (newest?.whole !== data || newest.key !== key) newest = { whole: data, key, part: cutMarket(data, { from: start, warmup }) }
  return newest.part
}

function trialOf(result: BacktestResult, { parameters, start, end }: TrialTask, intervalMs: number): Trial {
  const metrics: Partial<Record<MetricName, number | null>> = {}
  for (const [name, { value, reason }] of Object.entries(performanceOf(result, { intervalMs }))) {
    if (reason !== 'no-benchmark') metrics[name as MetricName] = value
  }
  // From the deposit on, so that every trial has the same periods, whenever it began to trade.
  const returns = returnsOf(byDay(result.timestamps, result.equity, intervalMs).equity, result.config.cash)
  return {
    configHash: result.provenance.configHash,
    parameters,
    ...(start !== undefined && { start }),
    ...(end !== undefined && { end }),
    metrics,
    finalEquity: result.equity.at(-1) ?? result.config.cash,
    sample: sampleOf(returns),
    blocks: blocksOf(returns, PAPER_BLOCKS) ?? null,
    blocked: Object.fromEntries(result.blocked.map(({ reason, count }) => [reason, count])),
  }
}

function sampleOf(returns: Float64Array): SharpeSample | null {
  const ratio = numberOf(sharpe(returns, 1))
  if (Number.isNaN(ratio)) return null
  return { ratio, n: returns.length, skew: skewness(returns), kurtosis: kurtosis(returns) }
}
