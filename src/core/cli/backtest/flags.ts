/** Flags of every command that runs backtests. */
import { Flags } from '@oclif/core'
import { choiceFlag, durationFlag, numberFlag, switchFlag, symbolsFlag, textFlag } from '../flags.js'

export const backtestFlags = {
  strategy: textFlag({
    description: 'Name of a strategy (mts strategies list) or a file of your own',
    helpValue: '<sma-cross|./mine.mjs>',
  }),
  symbols: symbolsFlag,
  param: Flags.string({
    description: 'A parameter of the strategy; may be given several times',
    helpValue: '<fast=10>',
    multiple: true,
    multipleNonGreedy: true,
    default: [],
    defaultHelp: async () => undefined,
  }),
  start: textFlag({ description: 'Trade from this time on, ISO; bars before it warm the strategy up', helpValue: '<2026-01-01>' }),
  end: textFlag({ description: 'Up to this time, which is not included', helpValue: '<2026-11-01>' }),
  source: textFlag({ description: 'Whose bars; the ones that cover most of the time when not given', helpValue: '<binance>' }),
  interval: textFlag({ description: 'Length of a bar, of those stored', helpValue: '<1h>' }),
  cash: numberFlag({ description: 'Money to begin with, in quote currency', min: 0, default: 100_000 }),
  commission: textFlag({
    description:
      'Fees as a fraction of the notional, maker/taker, and an amount a fill: 0.0005, 0.0002/0.0005, 0.0005+2; exchange: its base fees',
    default: 'exchange',
    helpValue: '<0.0005>',
  }),
  slippage: textFlag({
    description: 'How far a fill moves against the order: 0, 5bps, half-spread, half-spread:2bps, volume:0.1, books',
    default: '0',
    helpValue: '<5bps>',
  }),
  fill: choiceFlag(['next-open', 'same-close'] as const, 'Where an order fills; same-close is what nobody can do', 'next-open'),
  sizing: textFlag({
    description: 'How much a position takes: fraction:0.5 of equity, units:1, notional:1000, volatility:0.2 a year, kelly:0.5',
    helpValue: '<fraction:1>',
  }),
  'long-only': switchFlag('Never go short, whatever the strategy says'),
  leverage: numberFlag({
    description: 'Isolated margin with this leverage, and liquidation; own money only when not given',
    min: 1,
    max: 125,
  }),
  participation: numberFlag({ description: "Most of a bar's volume that an order may take; the rest waits", min: 0, max: 1 }),
  'max-drawdown': numberFlag({
    description: 'Close everything once equity is this fraction below its highest; 0: never',
    min: 0,
    max: 1,
  }),
  'max-exposure': numberFlag({ description: 'Sum of notionals to equity that no order may exceed; 0: no limit', min: 0 }),
  lot: textFlag({
    description: 'Step of a quantity in base units, for all or for each; none when not given',
    helpValue: '<0.001|BTC=0.001,ETH=0.01>',
  }),
  'min-notional': textFlag({
    description: 'Least worth of an order in quote currency; none when not given',
    helpValue: '<5|BTC=100,ETH=20>',
  }),
  seed: numberFlag({ description: 'Of a strategy that needs chance', default: 42 }),
  strict: switchFlag('Missing funding rates are an error instead of a warning'),
}

/** Of a run over a recording instead of bars. */
export const journalFlags = {
  journal: textFlag({
    description: 'Run a strategy on order books over this recording (mts stream --record)',
    helpValue: '<data/journal>',
  }),
  latency: durationFlag({
    description: 'On a journal: time from a decision until its order is at the exchange',
    min: 0,
    default: 50,
    defaultHelp: async () => '50ms',
    helpValue: '<50ms>',
  }),
}

/** As the commands get them. */
export interface BacktestFlags {
  readonly strategy: string | undefined
  readonly symbols: readonly string[] | undefined
  readonly param: readonly string[]
  readonly start: string | undefined
  readonly end: string | undefined
  readonly source: string | undefined
  readonly interval: string | undefined
  readonly cash: number
  readonly commission: string
  readonly slippage: string
  readonly fill: 'next-open' | 'same-close'
  readonly sizing: string | undefined
  readonly 'long-only': boolean
  readonly leverage: number | undefined
  readonly participation: number | undefined
  readonly 'max-drawdown': number | undefined
  readonly 'max-exposure': number | undefined
  readonly lot?: string | undefined
  readonly 'min-notional'?: string | undefined
  readonly seed: number
  readonly strict: boolean
}
