/** Which rules look at a feed, by configuration or by name. */
import { existsSync } from 'node:fs'
import { type FoundBookStrategy, findBookStrategy, loadLibrary, type StrategyLibrary } from '../../backtest/strategy-file.js'
import { ConfigError, MtsError, nearest, UsageError } from '../../errors.js'
import { storedRisks } from '../../live/signals/known-risks.js'
import type { LiveSignalOptions } from '../../live/signals/options.js'
import { openReader } from '../../storage/reader.js'
import { BOOK_STRATEGIES } from '../../strategies/book-registry.js'
import { STRATEGIES } from '../../strategies/registry.js'
import { settingsOfStrategy } from '../../strategies/settings.js'
import { TRIGGERS } from '../../strategies/triggers.js'
import type { BaseSession } from '../base-command.js'
import { checkedSettingsFiles } from '../strategies/settings-files.js'

/** Of the account on paper of each strategy on order books, in quote currency: that of `mts backtest`. */
const CASH = 100_000

/** Those that are named, else all that are enabled. Throws `UsageError` for names that look at no feed, `ConfigError` for settings. */
export async function liveSignalOptions(
  { config, note }: Pick<BaseSession, 'config' | 'note'>,
  names?: readonly string[],
): Promise<LiveSignalOptions> {
  const library = await loadLibrary(process.cwd(), config.strategyPaths)
  // Who names some knows what he left out.
  if (names === undefined) {
    for (const { file, error } of library.failures) note(`Warning: ${file} was left out: ${error.message}`)
  }
  const found = await bookStrategies(names, config.strategyPaths, library)
  const files = checkedSettingsFiles(process.cwd(), { ...library, books: [...library.books, ...found] })
  const isWanted = (name: string, enabled: boolean) => (names === undefined ? enabled : names.includes(name))
  const triggers = TRIGGERS.map((trigger) => ({ trigger, settings: settingsOfStrategy(trigger, files) }))
  const books = found.map(({ strategy }) => ({ strategy, settings: settingsOfStrategy(strategy, files) }))
  const options = {
    triggers: triggers.filter(({ trigger, settings }) => isWanted(trigger.name, settings.enabled)),
    books: books.filter(({ settings }) => names !== undefined || settings.enabled),
    cash: CASH,
    latencyMs: config.arbitrage.latency,
  }
  if (options.triggers.length + options.books.length > 0) return options
  throw new ConfigError('CONFIG_NO_STRATEGY', 'No strategy that looks at a feed is enabled', {
    suggestions: ['Set "enabled": true in config/strategies/<name>.json', `Or name some: ${namesOfLive().join(', ')}`],
  })
}

/** The same for a feed that runs, which knows besides how much each asset moves. */
export async function feedSignalOptions(
  session: Pick<BaseSession, 'config' | 'note'>,
  { isSimulated, names }: { readonly isSimulated: boolean; readonly names?: readonly string[] | undefined },
): Promise<LiveSignalOptions> {
  return { ...(await liveSignalOptions(session, names)), readRisks: risksByBars(session.config, isSimulated) }
}

/** By the bars of the database. What keeps it from being known is told with each size. */
function risksByBars(config: BaseSession['config'], isSimulated: boolean): NonNullable<LiveSignalOptions['readRisks']> {
  return (assets, at) => {
    const unknown = (basis: string) => assets.map((asset) => ({ asset, volatilityFactor: null, riskLevel: null, basis }))
    if (!existsSync(config.db)) return unknown('there is no database')
    try {
      const reader = openReader(config.db)
      try {
        return storedRisks(reader, assets, { at, maxIntervals: config.status.maxIntervals, isSimulated })
      } finally {
        reader.close()
      }
    } catch (error) {
      if (!(error instanceof MtsError)) throw error
      return unknown(error.message)
    }
  }
}

async function bookStrategies(
  names: readonly string[] | undefined,
  paths: readonly string[],
  { books }: StrategyLibrary,
): Promise<readonly FoundBookStrategy[]> {
  if (names === undefined) return [...BOOK_STRATEGIES.map((strategy) => ({ strategy, file: undefined })), ...books]
  const wanted = [...new Set(names)].filter((name) => !TRIGGERS.some((trigger) => trigger.name === name))
  return Promise.all(wanted.map((name) => bookStrategyNamed(name, paths)))
}

async function bookStrategyNamed(name: string, paths: readonly string[]): Promise<FoundBookStrategy> {
  if (STRATEGIES.some((strategy) => strategy.name === name)) {
    throw new UsageError('USAGE_UNKNOWN_STRATEGY', `${name} looks at bars, not at a feed`, {
      suggestions: [`On a feed: ${namesOfLive().join(', ')}`, `Or at what is stored: mts signals --strategies ${name}`],
    })
  }
  const near = nearest(
    name,
    TRIGGERS.map((trigger) => trigger.name),
  )
  if (near.length === 0) return findBookStrategy(name, process.cwd(), paths)
  return findBookStrategy(name, process.cwd(), paths).catch((error: unknown) => {
    if (!(error instanceof UsageError)) throw error
    throw new UsageError(error.code, error.message, { suggestions: [`Did you mean ${near.join(' or ')}?`] })
  })
}

function namesOfLive(): string[] {
  return [...TRIGGERS, ...BOOK_STRATEGIES].map(({ name }) => name)
}
