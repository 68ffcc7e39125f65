/** A strategy by its name, or from a file of the user's own, which is held to the contract before it may run. */
import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { nearest, StrategyError, UsageError } from '../errors.js'
import type { Strategy } from '../strategies/contract.js'
import { STRATEGIES, strategyNamed } from '../strategies/registry.js'
import { checkedStrategy } from './strategy-shape.js'

export interface FoundStrategy {
  readonly strategy: Strategy
  /** Of the user's own file: its path, and SHA-256 of its text. */
  readonly file: { readonly path: string; readonly hash: string } | undefined
}

/**
 * `sma-cross`, or a path such as `./mine.mjs`, taken from `folder`.
 * Errors: `USAGE_UNKNOWN_STRATEGY`, `USAGE_STRATEGY_FILE`; `BACKTEST_STRATEGY_FILE` for a file that does not load or is no strategy.
 */
export async function findStrategy(name: string, folder: string): Promise<FoundStrategy> {
  if (!isPath(name)) return { strategy: named(name), file: undefined }
  const file = path.resolve(folder, name)
  checkFile(name, file)
  const text = readFileSync(file)
  const loaded = await importFile(name, file)
  return {
    strategy: checkedStrategy(exportOf(loaded, name), name),
    file: { path: file, hash: createHash('sha256').update(text).digest('hex') },
  }
}

/** What is no name of a strategy: `./mine.mjs`, `mine.mjs`, `folder/mine`. */
function isPath(name: string): boolean {
  return /[\\/]|\.[a-z]+$/i.test(name)
}

function named(name: string): Strategy {
  const known = STRATEGIES.find((strategy) => strategy.name === name)
  if (known !== undefined) return known
  const near = nearest(
    name,
    STRATEGIES.map((strategy) => strategy.name),
  )
  if (near.length > 0) return strategyNamed(name)
  throw new UsageError('USAGE_UNKNOWN_STRATEGY', `There is no strategy ${name}`, {
    suggestions: [
      `There are ${STRATEGIES.map((strategy) => strategy.name).join(', ')}`,
      'One of your own is a path: --strategy ./mine.mjs',
    ],
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
