/**
 * `mts/strategy`: what a strategy of one's own, and a program that tests it, may lean on. Only what is named here is public; everything else
 * in the package may change without a word.
 */

export type { BookSignal, BookSink, BookStrategy, BookStrategyDeclaration, StepView } from '../strategies/book-contract.js'
export { defineBookStrategy } from '../strategies/book-contract.js'
export type {
  Bars,
  Needs,
  OrderIntent,
  Signal,
  Sink,
  Strategy,
  StrategyDeclaration,
  StrategyRun,
  View,
} from '../strategies/contract.js'
export { defineStrategy } from '../strategies/contract.js'
export type { ParameterSchema, ParameterValues } from '../strategies/parameters.js'
export type { MarketData } from './data.js'
export { createMarketData } from './data.js'
export type { BacktestResult } from './result.js'
export type { StrategyApi } from './strategy-api.js'
export { strategyApi } from './strategy-api.js'
