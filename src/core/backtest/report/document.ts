/** What a run leaves for its reader: one document that is printed, stored, shown again and put on the page. Times are ms UTC. */
import type { ParameterValues } from '../../strategies/parameters.js'
import type { JournalFacts } from '../books/result.js'
import type { BacktestConfig } from '../config.js'
import type { MetricName } from '../performance/definitions.js'
import type { Metric, Reason } from '../performance/metric.js'
import type { Blocked, FundingPayment, OpenPosition, Trade } from '../result.js'

export interface RunDocument {
  /** Made of the inputs and of what came of them. */
  readonly id: string
  /** The result in a sentence. */
  readonly answer: string
  readonly strategy: string
  readonly description: string
  readonly parameters: ParameterValues
  readonly source: string
  readonly assets: readonly TradedAsset[]
  readonly interval: string
  /** What money is counted in; the quote of the instruments. */
  readonly currency: string
  readonly period: Period
  readonly result: Outcome
  readonly metrics: Readonly<Record<MetricName, Metric>>
  readonly benchmark: Benchmark | null
  readonly costs: Costs
  readonly monthlyReturns: readonly MonthReturn[]
  readonly drawdowns: readonly DrawdownRow[]
  readonly trades: readonly Trade[]
  readonly openPositions: readonly OpenPosition[]
  readonly fundingPayments: readonly FundingPayment[]
  readonly blocked: readonly Blocked[]
  readonly diagnosis: string | null
  /** Of a run over a journal: its instruments, pairs and silences; null of one over bars. */
  readonly journal: JournalFacts | null
  readonly config: Omit<BacktestConfig, 'parameters'>
  /** What was taken to hold because nothing that is stored tells it. */
  readonly assumptions: readonly string[]
  readonly warnings: readonly string[]
  readonly provenance: RunProvenance
  /** Gives this very run again. */
  readonly command: string
}

export interface TradedAsset {
  readonly asset: string
  /** The exchange's own name; null of a provider. */
  readonly symbol: string | null
}

export interface Period {
  /** Open of the first bar traded, close of the last. */
  readonly start: number
  readonly end: number
  readonly bars: number
  readonly warmupBars: number
  readonly years: number
}

export interface Outcome {
  readonly cash: number
  readonly finalEquity: number
  readonly netProfit: number
  readonly totalReturn: number
  readonly benchmarkReturn: number | null
  /** Total return less that of the benchmark. */
  readonly excessReturn: number | null
}

export interface Benchmark {
  readonly name: string
  /** What it holds, where that is not what was traded. */
  readonly asset: string | null
  readonly finalEquity: number
  readonly metrics: Readonly<Partial<Record<MetricName, Metric>>>
}

export interface Costs {
  readonly fills: number
  readonly traded: number
  readonly fees: number
  readonly slippage: number
  /** Below 0 is paid. */
  readonly funding: number
  /** Fees, slippage and what was paid of funding. */
  readonly total: number
  /** Of the notional that was traded. */
  readonly bps: number | null
}

export interface MonthReturn {
  /** `2026-11` */
  readonly month: string
  readonly return: number
  readonly benchmark: number | null
  /** The run begins or ends in it. */
  readonly isPartial: boolean
}

export interface DrawdownRow {
  readonly depth: number
  readonly peakTime: number
  readonly troughTime: number
  readonly recoveryTime: number | null
  readonly days: number
}

export interface RunProvenance {
  readonly dataHash: string
  readonly configHash: string
  /** SHA-256 of the user's own strategy file; null for a strategy of mts. */
  readonly strategyHash: string | null
  readonly seed: number
  readonly version: string
}

/** What other programs would say of the same run; null where they would have no number. */
export type Compatible = Readonly<Record<'empyrical' | 'quantstats' | 'backtesting.py', Readonly<Record<string, number | null>>>>

/** What is drawn: rows that a chart cannot tell from all of them. */
export interface RunCharts {
  /** Bars of the run, of which these are the ones to draw. */
  readonly bars: number
  readonly equity: {
    readonly timestamp: readonly number[]
    readonly equity: readonly number[]
    readonly benchmark: readonly number[] | null
    readonly drawdown: readonly number[]
  }
  readonly prices: readonly PriceLine[]
  readonly compatible: Compatible
}

export interface PriceLine {
  readonly asset: string
  readonly bars: number
  readonly timestamp: readonly number[]
  readonly close: readonly number[]
}

/** Why a metric has no value, for people. */
export const REASONS: Readonly<Record<Reason, string>> = {
  'no-returns': 'no returns',
  'too-few-returns': 'too few returns',
  'too-short-for-a-year': 'too short for a yearly figure',
  'no-movement': 'equity does not move',
  'no-losses': 'nothing was lost',
  'no-wins': 'nothing was won',
  'no-drawdown': 'no draw-down',
  'no-trades': 'no closed trade',
  'too-few-trades': 'too few trades',
  'no-stops': 'no trade had a stop',
  ruined: 'the account was ruined',
  'zero-percentile': 'a percentile is 0',
  'flat-benchmark': 'the benchmark does not move',
  'no-benchmark': 'no benchmark',
  'not-finite': 'not a finite number',
}
