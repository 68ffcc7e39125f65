/** `db export`: rows of one table, or candles with the macro values known by then, out of the database and the archive. */
import { renameSync, rmSync, statSync } from 'node:fs'
import { nearest, UsageError } from '../../errors.js'
import { openForReading } from '../database.js'
import type { TableName } from '../rows.js'
import { storageError } from '../storage-errors.js'
import { TABLE_NAMES, TABLES } from '../tables.js'
import { combinedSql } from './combined.js'
import { quoteName, quoteText, selectValue } from './engine.js'
import { TEMPORARY } from './files.js'
import { seriesIn } from './live-rows.js'
import { readManifests } from './manifest.js'
import { ARCHIVE_PLANS } from './plan.js'
import { type Catalog, openCatalog, type QueryOptions, type QueryResult } from './query.js'

export interface ExportFilter {
  /** Half open, ms. */
  readonly from?: number | undefined
  readonly to?: number | undefined
  /** Exchanges, or sources of candles. */
  readonly exchanges?: readonly string[] | undefined
  readonly symbols?: readonly string[] | undefined
  /** CoinGecko ids. */
  readonly coins?: readonly string[] | undefined
  readonly interval?: string | undefined
}

export interface ExportQuery extends ExportFilter {
  /** Missing: candles, each with every macro value known when it closed. */
  readonly table?: TableName | undefined
}

/** Throws `UsageError` `USAGE_UNKNOWN_TABLE`. */
export function tableNamed(name: string): TableName {
  const table = TABLE_NAMES.find((each) => each === name.toLowerCase())
  if (table !== undefined) return table
  const [near] = nearest(name, TABLE_NAMES, 1)
  throw new UsageError('USAGE_UNKNOWN_TABLE', `No such table: ${name}`, {
    suggestions: [...(near === undefined ? [] : [`Did you mean ${near}?`]), `Tables: ${TABLE_NAMES.join(', ')}`],
  })
}

/** Exchange and symbol of everything that a table has, here or archived. Throws `StorageError`. */
export function storedInstruments({ database, directory }: QueryOptions, table: TableName): { exchange: string; symbol: string }[] {
  const plan = ARCHIVE_PLANS.find((each) => each.table === table && each.series[0] === 'exchange')
  if (plan === undefined) return []
  const db = openForReading(database)
  try {
    const archived = readManifests(directory, [table]).map(({ series }) => series)
    const all = new Map([...seriesIn(db, plan), ...archived].map((series) => [series.join(' '), series]))
    return [...all.values()].map(([exchange = '', symbol = '']) => ({ exchange, symbol }))
  } catch (error) {
    throw storageError(error, database)
  } finally {
    db.close()
  }
}

/** Rows in the order of time, as they come. Throws `UsageError` for a filter that the table does not have, `StorageError`. */
export async function exportRows<Result>(
  options: QueryOptions,
  query: ExportQuery,
  work: (result: QueryResult) => Promise<Result>,
): Promise<Result> {
  return prepared(options, query, async (catalog, sql, failures) => work({ ...(await catalog.stream(sql)), failures }))
}

export interface ExportedFile {
  readonly rows: number
  readonly bytes: number
  readonly failures: QueryResult['failures']
}

/** A parquet file, whole or not there. Throws as `exportRows`. */
export async function exportParquet(options: QueryOptions, query: ExportQuery, file: string): Promise<ExportedFile> {
  return prepared(options, query, async (catalog, sql, failures) => {
    const temporary = `${file}${TEMPORARY}`
    try {
      await catalog.run(`COPY (${sql}) TO ${quoteText(temporary)} (FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION V2)`)
      const rows = Number(
        await selectValue(catalog.engine.connection, `SELECT count(*) FROM read_parquet(${quoteText(temporary)})`),
      )
      renameSync(temporary, file)
      return { rows, bytes: statSync(file).size, failures }
    } catch (error) {
      rmSync(temporary, { force: true })
      throw storageError(error, file)
    }
  })
}

async function prepared<Result>(
  options: QueryOptions,
  query: ExportQuery,
  work: (catalog: Catalog, sql: string, failures: QueryResult['failures']) => Promise<Result>,
): Promise<Result> {
  const { table } = query
  const wheres = new Map([[table ?? 'crypto_ohlcv', whereOf(table ?? 'crypto_ohlcv', query)]])
  const catalog = await openCatalog(options)
  try {
    const sql = table === undefined ? combinedSql(indicatorsOf(options.database), wheres) : tableSql(table, wheres)
    return await work(catalog, sql, await catalog.prepare(sql, wheres))
  } finally {
    catalog.close()
  }
}

function tableSql(table: TableName, wheres: ReadonlyMap<string, string>): string {
  const { columns, key, time } = TABLES[table]
  const order = [time, ...key.filter((name) => name !== time)].map(quoteName).join(', ')
  return `SELECT ${columns.map(quoteName).join(', ')} FROM main.${table} WHERE ${wheres.get(table) ?? 'true'} ORDER BY ${order}`
}

function indicatorsOf(database: string): string[] {
  const db = openForReading(database)
  try {
    return db
      .prepare<[], string>('SELECT indicator FROM macro_indicators UNION SELECT indicator FROM macro_vintages ORDER BY indicator')
      .pluck()
      .all()
  } finally {
    db.close()
  }
}

/** A condition that SQLite and DuckDB read alike. */
function whereOf(table: TableName, { from, to, exchanges, symbols, coins, interval }: ExportFilter): string {
  const { columns, time } = TABLES[table]
  const has = (name: string): boolean => columns.some((column) => column === name)
  // Of a macro value people mean the day that it is about.
  const isDaily = has('indicator')
  const bound = (ms: number): string => (isDaily ? quoteText(new Date(ms).toISOString().slice(0, 10)) : String(ms))
  const conditions: string[] = []
  if (from !== undefined) conditions.push(`${isDaily ? 'date' : time} >= ${bound(from)}`)
  if (to !== undefined) conditions.push(`${isDaily ? 'date' : time} < ${bound(to)}`)
  const choices = [
    ['--exchanges', has('exchange') ? 'exchange' : 'source', exchanges],
    ['--symbols', 'symbol', symbols],
    ['--coins', 'cryptocurrency', coins],
    ['--interval', 'interval', interval === undefined ? undefined : [interval]],
  ] as const
  for (const [flag, column, values] of choices) {
    if (values === undefined) continue
    if (!has(column)) throw notThere(table, flag, columns)
    conditions.push(`${column} IN (${values.map(quoteText).join(', ')})`)
  }
  return conditions.length === 0 ? 'true' : conditions.join(' AND ')
}

function notThere(table: string, flag: string, columns: readonly string[]): UsageError {
  return new UsageError('USAGE_BAD_FLAG', `${flag} says nothing about ${table}`, {
    suggestions: [`Its columns: ${columns.join(', ')}`],
  })
}
