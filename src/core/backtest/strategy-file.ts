/** A strategy by its name, or from a file of the user's own, which is held to the contract before it may run. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { MtsError, nearest, StrategyError, UsageError } from '../errors.js'
import type { BookStrategy } from '../strategies/book-contract.js'
import { BOOK_STRATEGIES } from '../strategies/book-registry.js'
import type { Strategy } from '../strategies/contract.js'
import { STRATEGIES } from '../strategies/registry.js'
import { checkedBookStrategy, checkedStrategy, readsBooks } from './strategy-shape.js'

export interface FoundStrategy {
  readonly strategy: Strategy
  /** Of the user's own file: its path, and SHA-256 of its text. */
  readonly file: { readonly path: string; readonly hash: string } | undefined
}

/** Folders, whose `.mjs` and `.js` files are tried, and single files; relative to the working directory. */
const USUAL_PATHS: readonly string[] = ['strategies']

export interface StrategyLibrary {
  /** Those that come with mts, then the user's own, by file. */
  readonly found: readonly FoundStrategy[]
  /** The user's own on order books, by file. */
  readonly books: readonly FoundBookStrategy[]
  /** Files that hold no strategy, or one whose name is taken. */
  readonly failures: readonly { readonly file: string; readonly error: MtsError }[]
}

/**
 * `sma-cross`, the name of one of the user's own in `paths`, or a file such as `./mine.mjs`.
 * Errors: `USAGE_UNKNOWN_STRATEGY`, `USAGE_STRATEGY_FILE`; `BACKTEST_STRATEGY_FILE` for a file that does not load or is no strategy.
 */
export async function findStrategy(name: string, folder: string, paths = USUAL_PATHS): Promise<FoundStrategy> {
  if (isPath(name)) return readStrategy(name, folder)
  const builtIn = STRATEGIES.find((strategy) => strategy.name === name)
  // A name that comes with mts runs no file of anybody's.
  if (builtIn !== undefined) return { strategy: builtIn, file: undefined }
  const { found, failures } = await loadLibrary(folder, paths)
  const own = found.find(({ strategy }) => strategy.name === name)
  if (own !== undefined) return own
  const failed = failures.find(({ file }) => path.parse(file).name === name)
  // Those on order books too: who asks for one by a wrong name may not know yet that it needs a recording.
  throw failed?.error ?? unknownStrategy(name, [...found, ...BOOK_STRATEGIES.map((strategy) => ({ strategy }))])
}

export interface FoundBookStrategy extends Pick<FoundStrategy, 'file'> {
  readonly strategy: BookStrategy
}

/** The same for strategies on order books, which say so themselves (`reads: 'books'`) and lie in a file of their name. Errors: those of `findStrategy`. */
export async function findBookStrategy(name: string, folder: string, paths = USUAL_PATHS): Promise<FoundBookStrategy> {
  const builtIn = BOOK_STRATEGIES.find((strategy) => strategy.name === name)
  if (builtIn !== undefined) return { strategy: builtIn, file: undefined }
  if (isPath(name)) return readBookStrategy(name, folder)
  for (const place of paths.flatMap((each) => filesAt(each, folder))) {
    // What is wrong with other files is not for this run to say.
    if (path.parse(place).name !== name) continue
    return readBookStrategy(place, folder)
  }
  throw unknownStrategy(
    name,
    BOOK_STRATEGIES.map((strategy) => ({ strategy })),
  )
}

async function readBookStrategy(name: string, folder: string): Promise<FoundBookStrategy> {
  const { exported, file } = await loadFile(name, folder)
  return { strategy: checkedBookStrategy(exported, name), file }
}

/** Every strategy on bars there is, and the user's own on order books. A file that fails is no error: it is named among the failures. */
export async function loadLibrary(folder: string, paths = USUAL_PATHS): Promise<StrategyLibrary> {
  const found: FoundStrategy[] = STRATEGIES.map((strategy) => ({ strategy, file: undefined }))
  const books: FoundBookStrategy[] = []
  const failures: { file: string; error: MtsError }[] = []
  for (const file of paths.flatMap((each) => filesAt(each, folder))) {
    try {
      const loaded = await loadFile(file, folder)
      const known = [...found, ...books, ...SHIPPED_BOOKS]
      if (readsBooks(loaded.exported)) {
        const strategy = checkedBookStrategy(loaded.exported, file)
        books.push(uniqueAmong(known, { strategy, file: loaded.file }, file))
      } else {
        const strategy = checkedStrategy(loaded.exported, file)
        found.push(uniqueAmong(known, { strategy, file: loaded.file }, file))
      }
    } catch (error) {
      if (!(error instanceof MtsError)) throw error
      failures.push({ file, error })
    }
  }
  return { found, books, failures }
}

async function readStrategy(name: string, folder: string): Promise<FoundStrategy> {
  const { exported, file } = await loadFile(name, folder)
  return { strategy: checkedStrategy(exported, name), file }
}

async function loadFile(name: string, folder: string): Promise<{ exported: unknown; file: { path: string; hash: string } }> {
  const file = path.resolve(folder, name)
  checkFile(name, file)
  const text = readFileSync(file)
  const exported = exportOf(await importFile(name, file), name)
  return { exported, file: { path: file, hash: createHash('sha256').update(text).digest('hex') } }
}

type Found = Pick<FoundStrategy, 'file'> & { readonly strategy: { readonly name: string } }

const SHIPPED_BOOKS: readonly Found[] = BOOK_STRATEGIES.map((strategy) => ({ strategy, file: undefined }))

function uniqueAmong<Each extends Found>(known: readonly Found[], found: Each, file: string): Each {
  const other = known.find(({ strategy }) => strategy.name === found.strategy.name)
  if (other === undefined) return found
  const whose = other.file === undefined ? 'one that comes with mts' : `that of ${path.basename(other.file.path)}`
  throw new StrategyError('BACKTEST_STRATEGY_FILE', `${file} is called ${found.strategy.name}, as ${whose}`, {
    suggestions: ['Give it another name'],
  })
}

/** Paths as the user would write them; nothing where there is no such folder. */
function filesAt(place: string, folder: string): string[] {
  const stats = statSync(path.resolve(folder, place), { throwIfNoEntry: false })
  if (stats === undefined) return []
  if (!stats.isDirectory()) return [place]
  return readdirSync(path.resolve(folder, place))
    .filter((name) => /\.m?js$/.test(name))
    .sort()
    .map((name) => path.join(place, name))
}

/** What is no name of a strategy: `./mine.mjs`, `mine.mjs`, `folder/mine`. */
function isPath(name: string): boolean {
  return /[\\/]|\.[a-z]+$/i.test(name)
}

function unknownStrategy(name: string, found: readonly { readonly strategy: { readonly name: string } }[]): UsageError {
  const names = found.map(({ strategy }) => strategy.name)
  const near = nearest(name, names)
  const hint = 'One of your own is a path (--strategy ./mine.mjs), or a file in strategies/'
  return new UsageError('USAGE_UNKNOWN_STRATEGY', `There is no strategy ${name}`, {
    suggestions: near.length > 0 ? [`Did you mean ${near.join(', ')}?`] : [`There are ${names.join(', ')}`, hint],
  })
}

function checkFile(name: string, file: string): void {
  const stats = statSync(file, { throwIfNoEntry: false })
  if (stats === undefined) {
    throw new UsageError('USAGE_STRATEGY_FILE', `There is no file ${name}`, {
      suggestions: [
        'Make one that runs at once: mts strategies new mine',
        `The built-in ones: ${STRATEGIES.map((each) => each.name).join(', ')}`,
      ],
    })
  }
  if (!stats.isFile())
    throw new UsageError('USAGE_STRATEGY_FILE', `${name} is no file`, { suggestions: ['Name the .mjs file itself'] })
  if (/\.(?:m|c)?js$/.test(file)) return
  throw new UsageError('USAGE_STRATEGY_FILE', `${name} is no JavaScript file`, {
    suggestions: [
      /\.[mc]?ts$/.test(file) ? 'Compile it first: npx tsc, or npx esbuild --format=esm' : 'Its name has to end in .mjs',
    ],
  })
}

async function importFile(name: string, file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    throw new StrategyError('BACKTEST_STRATEGY_FILE', `${name} cannot be loaded: ${said}${lineOf(error, file)}`, {
      cause: error,
      suggestions: [`Try it alone: node ${name}`],
    })
  }
}

/** Where in the file it went wrong, by the stack of the error. */
function lineOf(error: unknown, file: string): string {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const line = stack.split(`${pathToFileURL(file).href}:`)[1]?.match(/^\d+/)?.[0]
  return line === undefined ? '' : ` (line ${line})`
}

/** The default export, or the only one. */
function exportOf(loaded: Readonly<Record<string, unknown>>, name: string): unknown {
  const [only, ...others] = Object.keys(loaded)
  const found = loaded['default'] ?? loaded['strategy'] ?? (only !== undefined && others.length === 0 ? loaded[only] : undefined)
  if (found !== undefined) return found
  throw new StrategyError('BACKTEST_STRATEGY_FILE', `${name} exports no strategy`, {
    suggestions: [
      'Its default export has to be one: export default { name, description, parameters, warmup, create }',
      'See one: mts strategies new example',
    ],
  })
}
