/**
 * A strategy in the hands of a program: its parameters, what it measures, what it says and what it would have made. All of it is the
 * backtest itself, so no answer can differ from one.
 */
import type { Analysis, Strategy } from '../strategies/contract.js'
import { type ParameterSchema, type ParameterValues, resolveParameters } from '../strategies/parameters.js'
import { type BacktestConfig, DEFAULT_CONFIG } from './config.js'
import { cutMarket } from './cut.js'
import type { MarketData } from './data.js'
import { runBacktest } from './engine.js'
import type { BacktestResult } from './result.js'
import { type Saying, sayingOf } from './saying.js'

export interface StrategyApi {
  readonly name: string
  readonly description: string
  /** What may be set, with units and ranges. */
  readonly schema: ParameterSchema
  /** What is set. */
  readonly parameters: ParameterValues
  /** Its numbers by asset at a moment (ms UTC), the end of the data when not given, by what was known then. */
  analyze(data: MarketData, at?: number): Readonly<Record<string, Analysis>>
  /** What it says at a moment, or why it says nothing: a signal of before counts while its position stands. */
  generateSignals(data: MarketData, at?: number): Saying
  backtest(data: MarketData): BacktestResult
}

interface Options {
  /** Those not given have their defaults. */
  readonly parameters?: Readonly<Record<string, unknown>>
  /** Costs and account; `DEFAULT_CONFIG` where nothing is said. */
  readonly config?: Partial<Omit<BacktestConfig, 'parameters'>>
  readonly version?: string
}

/** Errors: `USAGE_UNKNOWN_PARAMETER`, `USAGE_BAD_PARAMETER` here, those of `runBacktest` from the methods. */
export function strategyApi(strategy: Strategy, { parameters = {}, config = {}, version = 'api' }: Options = {}): StrategyApi {
  const values = resolveParameters(strategy, parameters)
  const whole: BacktestConfig = { ...DEFAULT_CONFIG, ...config, parameters: values }
  const until = (data: MarketData, at: number | undefined): MarketData => (at === undefined ? data : cutMarket(data, { until: at }))
  return {
    name: strategy.name,
    description: strategy.description,
    schema: strategy.parameters,
    parameters: values,
    analyze: (data, at) => runBacktest(whole, until(data, at), strategy, { version }).analysis,
    generateSignals: (data, at) => sayingOf(whole, until(data, at), strategy, version),
    backtest: (data) => runBacktest(whole, data, strategy, { version }),
  }
}
