/** `db export`: who wants what, and where it goes. */

import { once } from 'node:events'
import { createWriteStream, renameSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { MtsError, UsageError } from '../../errors.js'
import { DAY_MS } from '../../market/time.js'
import type { ExportQuery } from '../../storage/archive/export.js'
import type { QueryOptions, QueryResult } from '../../storage/archive/query.js'
import { storageError } from '../../storage/storage-errors.js'
import type { BaseSession } from '../base-command.js'
import { coinIds } from '../coin-names.js'
import { loadAllExchanges } from '../exchanges.js'
import type { Format } from '../flags.js'
import { pathFromHere } from '../paths.js'

export interface ExportFlags {
  readonly table: string | undefined
  readonly combined: boolean
  readonly format: 'csv' | 'ndjson' | 'parquet'
  readonly days: number | undefined
  readonly from: string | undefined
  readonly to: string | undefined
  readonly exchanges: readonly string[] | undefined
  readonly symbols: readonly string[] | undefined
  readonly coins: readonly string[] | undefined
  readonly interval: string | undefined
  readonly out: string | undefined
  readonly json: boolean
  readonly output: Format | undefined
}

/** Rows to stdout, or into a file and a line about it. Throws `UsageError`, `StorageError`. */
export async function runExport(session: BaseSession, flags: ExportFlags): Promise<void> {
  const { config, signal, printRows } = session
  const { format, out } = flags
  if (format === 'parquet' && out === undefined) {
    throw new UsageError('USAGE_BAD_FLAG', 'A parquet file cannot go to stdout', { suggestions: ['Name a file with --out'] })
  }
  if (flags.combined === (flags.table !== undefined)) {
    throw new UsageError('USAGE_BAD_FLAG', 'Name either a table with --table or --combined', { suggestions: ['See --help'] })
  }
  const [{ exportParquet, exportRows }, { exportTarget }] = await Promise.all([
    import('../../storage/archive/export.js'),
    import('../../storage/archive/export-target.js'),
  ])
  const options = { database: config.db, directory: path.join(config.dataDir, 'archive'), signal }
  const file = out === undefined ? undefined : exportTarget(out, [options.directory, path.join(config.dataDir, 'journal')])
  const query = await queryOf(session, options, flags)
  // The global flags are for this command too.
  const asked = flags.json ? 'json' : flags.output
  const shown = asked ?? (format === 'csv' ? 'csv' : 'ndjson')
  if (file === undefined) return exportRows(options, query, (result) => printRows(result, shown))
  const progress = await session.progress(`Writing ${pathFromHere(file)}`)
  const write = (result: QueryResult) => writeRows(session, result, format === 'csv' ? 'csv' : 'ndjson', file)
  const work = format === 'parquet' ? exportParquet(options, query, file) : exportRows(options, query, write)
  const { failures, ...written } = await work.finally(() => progress.end())
  await session.print({ data: { file, ...written }, failures })
}

async function writeRows(session: BaseSession, result: QueryResult, format: 'csv' | 'ndjson', file: string) {
  const { printRows } = await import('../output/rows.js')
  const temporary = `${file}.tmp`
  const stream = createWriteStream(temporary)
  try {
    await once(stream, 'open')
    const settings = { command: '', format, fields: undefined, stdout: stream, note: () => undefined }
    const failed = once(stream, 'error').then(([error]) => Promise.reject(error as Error))
    const rows = await Promise.race([printRows(result, settings, session.signal), failed])
    await new Promise<void>((resolve) => stream.end(() => resolve()))
    renameSync(temporary, file)
    return { rows, bytes: statSync(file).size, failures: result.failures }
  } catch (error) {
    stream.destroy()
    rmSync(temporary, { force: true })
    session.signal.throwIfAborted()
    throw error instanceof MtsError ? error : storageError(error, file)
  }
}

async function queryOf(session: BaseSession, options: QueryOptions, flags: ExportFlags): Promise<ExportQuery> {
  const [{ tableNamed, storedInstruments }, { periodOf }] = await Promise.all([
    import('../../storage/archive/export.js'),
    import('../../collect/period.js'),
  ])
  const table = flags.combined ? undefined : tableNamed(flags.table ?? '')
  const { days, from, to, exchanges, interval } = flags
  const now = (await session.clock()).now()
  const isTimed = days !== undefined || from !== undefined || to !== undefined
  // Without --from the stored history has no beginning.
  const period = isTimed ? periodOf({ days: days ?? (from === undefined ? now / DAY_MS : undefined), from, to }, now, 1) : undefined
  const coins = flags.coins && coinIds(flags.coins)
  const base = { table, from: period?.from, to: to === undefined ? undefined : period?.to, exchanges, coins, interval }
  if (flags.symbols === undefined || table === undefined) return { ...base, symbols: flags.symbols }
  return { ...base, symbols: await symbolsOf(flags.symbols, storedInstruments(options, table)) }
}

/** What the user calls `BTC` is `BTCUSDT` of one exchange and something else of the other. */
async function symbolsOf(names: readonly string[], stored: readonly { exchange: string; symbol: string }[]): Promise<string[]> {
  const exchanges = new Map((await loadAllExchanges()).map((exchange) => [exchange.id, exchange]))
  const { NamedInstruments } = await import('../../live/named.js')
  const found = names.map((name) => {
    const named = new NamedInstruments([name], exchanges)
    const symbols = stored.filter(({ exchange, symbol }) => {
      const pair = exchanges.get(exchange)?.symbols.parse(symbol)?.pair ?? symbol
      return symbol !== '' && named.has({ exchange, symbol, pair })
    })
    if (symbols.length === 0) throw unknownSymbol(name, stored)
    return symbols.map(({ symbol }) => symbol)
  })
  return [...new Set(found.flat())]
}

function unknownSymbol(name: string, stored: readonly { symbol: string }[]): UsageError {
  const symbols = [...new Set(stored.map(({ symbol }) => symbol))].filter((symbol) => symbol !== '')
  return new UsageError('USAGE_UNKNOWN_SYMBOL', `Nothing is stored of ${name}`, {
    suggestions: [symbols.length === 0 ? 'The table is empty' : `Stored: ${symbols.slice(0, 10).join(', ')}`],
  })
}
