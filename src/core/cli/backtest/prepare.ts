/** From the flags of a backtest to what the engine is given. */
import type { BacktestConfig } from '../../backtest/config.js'
import type { MarketData } from '../../backtest/data.js'
import { type LoadedMarket, loadMarket, requirementsOf } from '../../backtest/load/market.js'
import { configure, type RunSettings } from '../../backtest/settings.js'
import { type FoundStrategy, findStrategy } from '../../backtest/strategy-file.js'
import { momentOf } from '../../collect/period.js'
import { UsageError } from '../../errors.js'
import { requireDatabase } from '../../storage/database.js'
import { openHistory } from '../../storage/history.js'
import { openReader, type Reader } from '../../storage/reader.js'
import type { Strategy } from '../../strategies/contract.js'
import { type ParameterValues, parameterNamed, resolveParameters } from '../../strategies/parameters.js'
import type { RiskSettings } from '../../strategies/settings.js'
import type { BaseSession } from '../base-command.js'
import { settingsOfRun } from '../strategies/settings-files.js'
import type { BacktestFlags } from './flags.js'

export interface Prepared extends FoundStrategy {
  /** Every set that is to run, complete and checked; one unless the caller asked for more. */
  readonly sets: readonly ParameterValues[]
  readonly market: LoadedMarket
  /** With the first set. */
  readonly config: BacktestConfig
  readonly data: MarketData
  readonly notes: readonly string[]
}

/** Parameter sets of what `--param` said (texts) over what the strategy's file in `config/strategies` says. */
export type Expand = (strategy: Strategy, given: Given) => readonly ParameterValues[]

export interface Given {
  /** Of the files of `config/strategies`. */
  readonly settings: ParameterValues
  /** Of `--param`, as typed, by names in full. */
  readonly params: Readonly<Record<string, string>>
}

const USUAL_STRATEGY = 'buyhold'

/**
 * Finds the strategy, its parameters and the data; `reader` has to stay open while they are in use. Throws `UsageError`,
 * `ConfigError` of the strategy's settings, `StrategyError`, `DataError`, `StorageError`.
 */
export async function prepareBacktest(
  session: Pick<BaseSession, 'config'>,
  reader: Reader,
  flags: BacktestFlags,
  expand: Expand = single,
): Promise<Prepared> {
  const found = await findStrategy(flags.strategy ?? USUAL_STRATEGY, process.cwd(), session.config.strategyPaths)
  const { strategy } = found
  const own = await settingsOfRun(strategy, session)
  const sets = expand(strategy, { settings: own.parameters, params: paramsOf(flags.param, strategy) })
  const [first] = sets
  if (first === undefined) throw new UsageError('USAGE_BAD_PARAMETER', `${strategy.name}: no set of parameters is left to run`)
  const settings = settingsOf(flags, strategy, own.risk)
  const start = flags.start === undefined ? undefined : momentOf(flags.start, '--start')
  const end = flags.end === undefined ? undefined : momentOf(flags.end, '--end')
  if (start !== undefined && end !== undefined && start >= end) {
    throw new UsageError('USAGE_BAD_PERIOD', `The time asked for is empty: ${flags.start} to ${flags.end}`, {
      suggestions: ['--start has to lie before --end; --end itself is not included'],
    })
  }
  const { source, interval, symbols = session.config.symbols.slice(0, 1) } = flags
  const rules = { lot: flags.lot, minNotional: flags['min-notional'] }
  const requirements = requirementsOf(strategy, sets)
  const market = await loadMarket(reader, { symbols, source, interval, start, end, requirements, rules })
  const { config, data, notes } = configure(settings, first, market, reader)
  return {
    ...found,
    sets,
    market,
    config,
    data,
    notes: [...(market.choice === undefined ? [] : [`Taken: ${market.choice}`]), ...notes, ...limitNotes(flags, own.risk)],
  }
}

/** Brings the database to the newest schema first, as every command that may write does. Throws `StorageError` where there is none. */
export async function openBars(session: Pick<BaseSession, 'config' | 'clock' | 'version'>): Promise<Reader> {
  const { db } = session.config
  requireDatabase(db, ['It has to hold bars: mts collect --source binance --coins BTC --days 365'])
  openHistory({ path: db, clock: await session.clock(), programVersion: session.version }).close()
  return openReader(db)
}

function single(strategy: Strategy, { settings, params }: Given): ParameterValues[] {
  return [resolveParameters(strategy, { ...settings, ...params })]
}

/** Limits of the strategy's own settings hold where no flag says otherwise. One that sizes its positions itself takes them of all equity. */
function settingsOf(flags: BacktestFlags, { parameters }: Strategy, risk: RiskSettings): RunSettings {
  const { cash, commission, slippage, fill, sizing, leverage, participation, strict, seed } = flags
  return {
    cash,
    commission,
    slippage,
    fill,
    sizing: sizing ?? (Object.hasOwn(parameters, 'position_size') ? 'fraction:1' : undefined),
    leverage,
    participation,
    maxDrawdown: limitOf(flags['max-drawdown'], risk.maxDrawdown),
    maxExposure: limitOf(flags['max-exposure'], risk.maxPortfolioRisk),
    isLongOnly: flags['long-only'],
    strict,
    seed,
  }
}

/** A flag of 0 lifts the limit of the settings. */
function limitOf(flag: number | undefined, setting: number | null): number | undefined {
  const limit = flag ?? setting ?? 0
  return limit === 0 ? undefined : limit
}

export function limitNotes(
  flags: Pick<BacktestFlags, 'max-exposure' | 'max-drawdown'>,
  { maxDrawdown, maxPortfolioRisk }: RiskSettings,
): string[] {
  const said = [
    ...(flags['max-exposure'] === undefined && maxPortfolioRisk !== null
      ? [`positions take at most ${maxPortfolioRisk} of equity together (--max-exposure)`]
      : []),
    ...(flags['max-drawdown'] === undefined && maxDrawdown !== null
      ? [`a fall of ${maxDrawdown} from the highest equity ends all trading (--max-drawdown)`]
      : []),
  ]
  return said.length === 0 ? [] : [`By the settings of the strategy ${said.join(', and ')}`]
}

/** `fast=10` as it was typed; what it may be is up to the strategy. */
export function paramsOf(texts: readonly string[], { parameters }: Pick<Strategy, 'parameters'>): Record<string, string> {
  const known = Object.keys(parameters)
  const params: Record<string, string> = {}
  for (const text of texts) {
    const [, written, value] = /^\s*([^=\s]+)\s*=(.*)$/.exec(text) ?? []
    if (written === undefined || value === undefined) {
      throw new UsageError('USAGE_BAD_PARAMETER', `--param ${text}: a name and a value are needed`, {
        suggestions: ['Write it like --param fast=10'],
      })
    }
    const name = parameterNamed(written, known) ?? written
    if (Object.hasOwn(params, name)) throw new UsageError('USAGE_BAD_PARAMETER', `--param ${name} is given twice`)
    params[name] = value.trim()
  }
  return params
}
