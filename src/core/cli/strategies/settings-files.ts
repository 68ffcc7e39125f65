/** Where strategies come from, and what is set of them. */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { type FoundBookStrategy, loadLibrary, type StrategyLibrary } from '../../backtest/strategy-file.js'
import { BugError, ConfigError } from '../../errors.js'
import { BOOK_STRATEGIES } from '../../strategies/book-registry.js'
import type { Parametrised } from '../../strategies/parameters.js'
import { checkSettingsFiles, type SettingsFile, type StrategySettings, settingsOfStrategy } from '../../strategies/settings.js'
import { TRIGGERS, type Trigger } from '../../strategies/triggers.js'
import type { BaseSession } from '../base-command.js'

const SHIPPED = fileURLToPath(new URL('../../../../config/strategies/', import.meta.url))
const OWN = path.join('config', 'strategies')

/** Of `config/strategies`: those that come with mts, then the user's own. Throws `ConfigError` for a file that cannot be read. */
export function settingsFiles(folder: string): SettingsFile[] {
  const own = path.join(folder, OWN)
  const shipped = readFolder(SHIPPED, SHIPPED)
  // Without them every strategy would be on, by other limits than those that are documented.
  if (shipped.length === 0) throw new BugError(`The settings that come with mts are not in ${SHIPPED}`)
  // In the folder of mts itself both are the same.
  return path.resolve(own) === path.resolve(SHIPPED) ? shipped : [...shipped, ...readFolder(own, OWN)]
}

function readFolder(folder: string, shownAs: string): SettingsFile[] {
  const names = attempt(shownAs, () => readdirSync(folder)) ?? []
  return names
    .filter((name) => name.endsWith('.json'))
    .sort()
    .flatMap((name) => {
      const file = path.join(shownAs, name)
      const text = attempt(file, () => readFileSync(path.join(folder, name), 'utf8'))
      return text === undefined ? [] : [{ file, text }]
    })
}

/** Undefined where there is none: a file may go between listing and reading. */
function attempt<T>(file: string, read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new ConfigError('CONFIG_FILE_UNREADABLE', `${file} cannot be read`, { cause: error })
  }
}

export interface Strategies extends Pick<StrategyLibrary, 'found' | 'failures'> {
  /** Of each that was found, in the same order. */
  readonly settings: readonly StrategySettings[]
  /** On order books: those that come with mts, then the user's own. */
  readonly books: readonly (FoundBookStrategy & { readonly settings: StrategySettings })[]
  /** Rules of the live feed alone; one that has the name of a strategy on bars is not among them. */
  readonly triggers: readonly { readonly trigger: Trigger; readonly settings: StrategySettings }[]
}

/** Every strategy that a name can mean, with its settings. Throws `ConfigError`; files that hold no strategy are among the failures. */
export async function loadStrategies({ config }: Pick<BaseSession, 'config'>): Promise<Strategies> {
  const library = await loadLibrary(process.cwd(), config.strategyPaths)
  const onBars = library.found.map(({ strategy }) => strategy)
  const onBooks = [...BOOK_STRATEGIES.map((strategy) => ({ strategy, file: undefined })), ...library.books]
  const triggers = TRIGGERS.filter(({ name }) => !onBars.some((strategy) => strategy.name === name))
  const files = checkedSettingsFiles(process.cwd(), library)
  return {
    found: library.found,
    failures: library.failures,
    settings: onBars.map((strategy) => settingsOfStrategy(strategy, files)),
    books: onBooks.map((each) => ({ ...each, settings: settingsOfStrategy(each.strategy, files) })),
    triggers: triggers.map((trigger) => ({ trigger, settings: settingsOfStrategy(trigger, files) })),
  }
}

interface Named {
  readonly strategy: { readonly name: string }
}

type Names = Pick<StrategyLibrary, 'failures'> & { readonly found: readonly Named[]; readonly books: readonly Named[] }

/** The same files, each of a strategy that there is. Throws `ConfigError` `CONFIG_UNKNOWN_STRATEGY` with the nearest for any other. */
export function checkedSettingsFiles(folder: string, { found, books, failures }: Names): SettingsFile[] {
  const files = settingsFiles(folder)
  const own = [...found, ...books].map(({ strategy }) => strategy.name)
  // Of a file that fails, which is told elsewhere, the name is all that is known.
  checkSettingsFiles(files, [...own, ...failures.map(({ file }) => path.parse(file).name)])
  return files
}

/** Of the strategy of a run, wherever it came from. Errors: those of `checkedSettingsFiles` too, since a misspelt file would set nothing. */
export async function settingsOfRun(strategy: Parametrised, { config }: Pick<BaseSession, 'config'>): Promise<StrategySettings> {
  const library = await loadLibrary(process.cwd(), config.strategyPaths)
  const files = checkedSettingsFiles(process.cwd(), { ...library, found: [...library.found, { strategy }] })
  return settingsOfStrategy(strategy, files)
}
