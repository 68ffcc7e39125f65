/** `mts backtest --journal` from its flags to its output. */
import { type JournalRequest, runJournalReported } from '../../backtest/books/run-reported.js'
import { type BacktestConfig, checkConfig, DEFAULT_CONFIG, type Fees } from '../../backtest/config.js'
import { tickerOf } from '../../backtest/load/context.js'
import { feesFrom, sizingFrom } from '../../backtest/settings.js'
import { type FoundBookStrategy, findBookStrategy } from '../../backtest/strategy-file.js'
import { momentOf } from '../../collect/period.js'
import { UsageError } from '../../errors.js'
import type { Exchange } from '../../exchanges/contract.js'
import { findJournalFiles } from '../../feed/journal/reader.js'
import { NamedInstruments } from '../../live/named.js'
import { BOOK_STRATEGIES } from '../../strategies/book-registry.js'
import { resolveParameters } from '../../strategies/parameters.js'
import { STRATEGIES } from '../../strategies/registry.js'
import type { StrategySettings } from '../../strategies/settings.js'
import type { BaseSession } from '../base-command.js'
import { loadAllExchanges } from '../exchanges.js'
import { settingsOfRun } from '../strategies/settings-files.js'
import { streamSettings } from '../stream/options.js'
import type { BacktestFlags } from './flags.js'
import { limitNotes, paramsOf } from './prepare.js'

export interface JournalFlags extends BacktestFlags {
  readonly journal: string
  readonly latencyMs: number
}

export interface PreparedJournal {
  readonly request: JournalRequest
  /** The user's own, to be read for what it takes from elsewhere. */
  readonly file: string | undefined
  readonly notes: readonly string[]
}

/** Errors: `USAGE_UNKNOWN_STRATEGY`, `USAGE_BACKTEST` for flags that say nothing on a journal, `JOURNAL_NOT_FOUND`; those of parameters. */
export async function prepareJournal(session: BaseSession, flags: JournalFlags): Promise<PreparedJournal> {
  const { strategy, file } = await bookStrategyNamed(flags.strategy, session)
  checkFlags(flags)
  const own = await settingsOfRun(strategy, session)
  const parameters = resolveParameters(strategy, { ...own.parameters, ...paramsOf(flags.param, strategy) })
  const files = await findJournalFiles(flags.journal)
  const present = new Set(files.map(({ exchange }) => exchange))
  const exchanges = (await loadAllExchanges()).filter(({ id }) => present.has(id))
  const symbols = flags.symbols ?? own.assets.map(tickerOf)
  const named = new NamedInstruments(symbols, new Map(exchanges.map((exchange) => [exchange.id, exchange])))
  const { limits, largeTrades } = streamSettings(session.config)
  const config = configOf(flags, parameters, exchanges, own)
  checkConfig(config, { traded: [] })
  const byDefault = flags.symbols === undefined && symbols.length > 0
  return {
    file: file?.path,
    request: {
      ...{ strategy, config, files, exchanges, limits, largeTrades },
      ...{
        strategyName: flags.strategy ?? strategy.name,
        strategyHash: file?.hash ?? null,
        path: flags.journal,
        symbols: flags.symbols ?? [],
      },
      isWanted: ({ instrument }) => named.has(instrument),
      check: (pipelines) => (byDefault ? [] : named.check(pipelines)),
      signal: session.signal,
      version: session.version,
    },
    notes: [
      ...(byDefault ? [`By the settings of the strategy it looks at ${symbols.join(', ')} (--symbols)`] : []),
      ...limitNotes(flags, own.risk),
    ],
  }
}

export async function runJournalBacktest(session: BaseSession, flags: JournalFlags) {
  const { request, notes } = await prepareJournal(session, flags)
  const progress = await session.progress(`Replaying ${flags.journal}`)
  try {
    return { finished: await runJournalReported(request), notes }
  } finally {
    progress.end()
  }
}

function configOf(
  flags: JournalFlags,
  parameters: BacktestConfig['parameters'],
  exchanges: readonly Exchange[],
  { risk }: StrategySettings,
): BacktestConfig {
  const maxDrawdown = flags['max-drawdown'] ?? risk.maxDrawdown ?? undefined
  const maxExposure = flags['max-exposure'] ?? risk.maxPortfolioRisk ?? undefined
  const isOwn = flags.commission !== 'exchange'
  const feesOf: Record<string, Fees> = Object.fromEntries(exchanges.map(({ id, fees }) => [id, { ...fees, fixed: 0 }]))
  return {
    ...DEFAULT_CONFIG,
    parameters,
    cash: flags.cash,
    ...(flags.start !== undefined && { start: momentOf(flags.start, '--start') }),
    ...(flags.end !== undefined && { end: momentOf(flags.end, '--end') }),
    fill: 'book',
    latencyMs: flags.latencyMs,
    allowShort: !flags['long-only'],
    sizing: flags.sizing === undefined ? DEFAULT_CONFIG.sizing : sizingOf(flags.sizing),
    ...(isOwn ? { fees: feesFrom(flags.commission) } : { feesOf }),
    risk: { ...(maxDrawdown !== undefined && { maxDrawdown }), ...(maxExposure !== undefined && { maxExposure }) },
    seed: flags.seed,
  }
}

/** Rules that look at bars cannot be asked where there are none. */
function sizingOf(text: string): BacktestConfig['sizing'] {
  const sizing = sizingFrom(text)
  if (sizing.kind === 'fraction' || sizing.kind === 'units' || sizing.kind === 'notional') return sizing
  throw unfit(`--sizing ${text}`, 'fraction:0.5, units:1 or notional:1000')
}

/** Flags about bars: what is said in vain is an error, not a surprise in the result. */
function checkFlags({ source, interval, slippage, fill, leverage, participation, strict }: JournalFlags): void {
  const said = [
    source !== undefined ? '--source' : '',
    interval !== undefined ? '--interval' : '',
    slippage !== '0' ? '--slippage' : '',
    fill !== 'next-open' ? '--fill' : '',
    leverage !== undefined ? '--leverage' : '',
    participation !== undefined ? '--participation' : '',
    strict ? '--strict' : '',
  ].find((flag) => flag !== '')
  if (said !== undefined) throw unfit(said, 'nothing: orders walk the recorded books, by own money, after --latency')
}

function unfit(what: string, instead: string): UsageError {
  return new UsageError('USAGE_BACKTEST', `${what} says nothing on a journal`, { suggestions: [`Instead: ${instead}`] })
}

function bookStrategyNamed(name: string | undefined, { config }: Pick<BaseSession, 'config'>): Promise<FoundBookStrategy> {
  if (name !== undefined && !STRATEGIES.some((strategy) => strategy.name === name)) {
    return findBookStrategy(name, process.cwd(), config.strategyPaths)
  }
  throw new UsageError('USAGE_BACKTEST', `${name ?? 'The usual strategy'} looks at bars, and a journal has order books`, {
    suggestions: [
      `On books: --strategy ${BOOK_STRATEGIES.map((strategy) => strategy.name).join(', --strategy ')}`,
      'Or over stored bars: leave --journal out',
    ],
  })
}
