/** The command line that gives a run again: everything said, nothing left to defaults. */
import type { ParameterValues } from '../../strategies/parameters.js'
import type { JournalFacts } from '../books/result.js'
import type { BacktestConfig, Fees, Sizing, Slippage } from '../config.js'
import type { AssetRules } from '../data.js'
import { ruleWords } from '../load/rules.js'

interface Inputs {
  /** A name, or the path as it was given. */
  readonly strategy: string
  readonly parameters: ParameterValues
  readonly config: BacktestConfig
  readonly coins: readonly string[]
  readonly source: string
  readonly interval: string
  readonly start: number
  readonly end: number
  /** `none`, or the asset that was held instead of what was traded. */
  readonly benchmark: string | undefined
  readonly rules: Readonly<Record<string, AssetRules>>
  /** Of a run over a journal. */
  readonly journal?: JournalFacts | undefined
}

export function commandOf(inputs: Inputs): string {
  const { strategy, parameters, config, coins, source, interval, start, end, benchmark, rules, journal } = inputs
  const { cash, fees, slippage, fill, sizing, margin, participation, risk, allowShort, seed, strict } = config
  const named = [
    `--strategy ${quoted(strategy)}`,
    ...Object.entries(parameters).map(([name, value]) => `--param ${quoted(`${name}=${value}`)}`),
  ]
  if (journal !== undefined) return ['mts backtest', ...named, ...journalWords(config, journal)].join(' ')
  const words = [
    ...named,
    `--symbols ${coins.join(',')} --source ${source} --interval ${interval}`,
    `--start ${time(start)} --end ${time(end)}`,
    `--cash ${cash} --commission ${feesText(fees)} --slippage ${slippageText(slippage, config)}`,
    `--fill ${fill} --sizing ${sizingText(sizing)}`,
    margin.kind === 'isolated' ? `--leverage ${margin.leverage}` : '',
    participation === undefined ? '' : `--participation ${participation}`,
    risk.maxDrawdown === undefined ? '' : `--max-drawdown ${risk.maxDrawdown}`,
    risk.maxExposure === undefined ? '' : `--max-exposure ${risk.maxExposure}`,
    allowShort ? '' : '--long-only',
    ...ruleWords(rules),
    benchmark === undefined ? '' : `--benchmark ${quoted(benchmark)}`,
    seed === 42 ? '' : `--seed ${seed}`,
    strict ? '--strict' : '',
  ]
  return ['mts backtest', ...words].filter((word) => word !== '').join(' ')
}

function journalWords(config: BacktestConfig, { path, symbols, latencyMs }: JournalFacts): string[] {
  const { cash, fees, feesOf, sizing, risk, allowShort, seed, start, end } = config
  return [
    `--journal ${quoted(path)}`,
    symbols.length === 0 ? '' : `--symbols ${symbols.map(quoted).join(',')}`,
    start === undefined ? '' : `--start ${time(start)}`,
    end === undefined ? '' : `--end ${time(end)}`,
    `--latency ${latencyMs}ms --cash ${cash} --commission ${feesOf === undefined ? feesText(fees) : 'exchange'}`,
    `--sizing ${sizingText(sizing)}`,
    risk.maxDrawdown === undefined ? '' : `--max-drawdown ${risk.maxDrawdown}`,
    risk.maxExposure === undefined ? '' : `--max-exposure ${risk.maxExposure}`,
    allowShort ? '' : '--long-only',
    seed === 42 ? '' : `--seed ${seed}`,
  ].filter((word) => word !== '')
}

function feesText({ maker, taker, fixed }: Fees): string {
  const rates = maker === taker ? `${taker}` : `${maker}/${taker}`
  return fixed === 0 ? rates : `${rates}+${fixed}`
}

function slippageText(slippage: Slippage, { slippageOf }: BacktestConfig): string {
  // Of stored spreads each asset has its own, and they are found again in the same place.
  if (slippageOf !== undefined) return 'half-spread'
  switch (slippage.kind) {
    case 'none':
      return '0'
    case 'bps':
      return `${slippage.bps}bps`
    case 'half-spread':
      return `half-spread:${slippage.spreadBps}bps`
    case 'volume-share':
      return `volume:${slippage.impact}`
    case 'book-samples':
      return `books:${slippage.fallbackBps}bps`
  }
}

function sizingText(sizing: Sizing): string {
  switch (sizing.kind) {
    case 'units':
      return `units:${sizing.units}`
    case 'notional':
      return `notional:${sizing.notional}`
    case 'fraction':
      return `fraction:${sizing.fraction}`
    case 'volatility-target':
      return `volatility:${sizing.target}`
    case 'kelly':
      return `kelly:${sizing.multiplier}`
  }
}

/** As short as it can be without a doubt. */
function time(ms: number): string {
  return new Date(ms)
    .toISOString()
    .replace(/:00\.000Z$/, 'Z')
    .replace(/\.000Z$/, 'Z')
    .replace(/T00:00Z$/, '')
}

function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
