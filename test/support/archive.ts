/** A database with rows of any table, its archive, and what queries say of both. */
import { createHash } from 'node:crypto'
import Database from 'better-sqlite3'
import { type ArchiveOptions, type ArchiveReport, archiveHistory } from '../../src/core/storage/archive/archive.js'
import { type PruneOptions, type PruneReport, pruneHistory } from '../../src/core/storage/archive/prune.js'
import { queryHistory } from '../../src/core/storage/archive/query.js'
import type { PlainValue } from '../../src/core/storage/archive/values.js'
import { migrate } from '../../src/core/storage/migrate.js'
import type { Rows, TableName } from '../../src/core/storage/rows.js'
import { type Cell, insertSql, TABLES, toCells } from '../../src/core/storage/tables.js'

export interface Place {
  readonly database: string
  readonly directory: string
}

const signal = new AbortController().signal

export function store<Table extends TableName>({ database }: Place, table: Table, rows: readonly Rows[Table][]): void {
  migrate(database, { appliedAt: 1, programVersion: '1.2.3' })
  const db = new Database(database)
  const insert = db.prepare(insertSql(table))
  db.transaction(() => {
    for (const row of rows) insert.run(...toCells(table, row))
  })()
  db.close()
}

/** Runs SQL on the database itself; gives what it finds, row by row as cells. */
export function inDatabase({ database }: Place, sql: string): Cell[][] {
  const db = new Database(database)
  try {
    const statement = db.prepare(sql)
    if (statement.reader) return statement.raw().all() as Cell[][]
    statement.run()
    return []
  } finally {
    db.close()
  }
}

export function archive(place: Place, now: number, options: Partial<ArchiveOptions> = {}): Promise<ArchiveReport> {
  const { isPartial = false, isVerifying = false, tables } = options
  return archiveHistory({
    ...place,
    now,
    programVersion: '1.2.3',
    isPartial,
    isVerifying,
    tables,
    signal,
    onProgress: () => undefined,
  })
}

export function prune(place: Place, olderThan: number, options: Partial<PruneOptions> = {}): Promise<PruneReport> {
  const { isDryRun = false, isVacuum = false } = options
  return pruneHistory({ ...place, olderThan, isDryRun, isVacuum, signal, onProgress: () => undefined })
}

export interface Answer {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly PlainValue[])[]
  readonly failures: readonly string[]
}

export function ask(place: Place, sql: string): Promise<Answer> {
  return queryHistory({ ...place, signal }, sql, async ({ columns, batches, failures }) => {
    const rows: (readonly PlainValue[])[] = []
    for await (const batch of batches) rows.push(...batch)
    return { columns, rows, failures: failures.map(({ message }) => message) }
  })
}

/** The hash of rows as the documentation describes it, written a second time. */
export function plainContentHash(place: Place, table: TableName, where: string): string {
  const sums = Array.from({ length: 16 }, () => 0)
  for (const cells of inDatabase(place, `SELECT ${TABLES[table].columns.join(', ')} FROM ${table} WHERE ${where}`)) {
    const digest = createHash('sha256').update(JSON.stringify(cells)).digest()
    for (const [i, sum] of sums.entries()) sums[i] = (sum + digest.readUInt16BE(2 * i)) % 65_536
  }
  return sums.map((sum) => sum.toString(16).padStart(4, '0')).join('')
}
