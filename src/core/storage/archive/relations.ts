/** What a query sees: each table once, its rows of the database and of the archive together, the database's first. */
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import path from 'node:path'
import type { Connection } from '../database.js'
import type { ArchiveFailure } from './archive.js'
import { SEEN_TYPES, type StoredColumn, seenExpression } from './columns.js'
import { type Engine, quoteName } from './engine.js'
import { hasLiveRows } from './live-rows.js'
import { type Manifest, type Partition, readManifests, seriesFolder } from './manifest.js'
import { periodAt } from './period.js'
import { ARCHIVE_PLANS, type ArchivePlan } from './plan.js'
import { filesSql, type Located, locate } from './read-files.js'
import { stageTableSql } from './stage.js'

/** Tables of SQLite wait here, empty until a query names them. */
export const STORE = 'store'

export interface Relation {
  readonly name: string
  readonly columns: readonly StoredColumn[]
}

/** SQL that makes `live.<name>`, what the database has, and `<name>`, the same until `addArchive` joins the archive to it. */
export function relationSql({ name, columns }: Relation): string[] {
  const quoted = quoteName(name)
  const isArchived = ARCHIVE_PLANS.some(({ table }) => table === name)
  return [
    stageTableSql(STORE, name, columns),
    `CREATE VIEW live.${quoted} AS SELECT ${columns.map(seenExpression).join(', ')} FROM ${STORE}.${quoted}`,
    `CREATE VIEW main.${quoted} AS SELECT * FROM live.${quoted}`,
    ...(isArchived ? [`CREATE VIEW archive.${quoted} AS ${nothing(columns)}`] : []),
  ]
}

/**
 * Makes `archive.<name>` and joins it to `<name>`. Only periods of which the database has rows too need a comparison of keys.
 * Gives the files that are missing or cut off: they are left out.
 */
export async function addArchive(engine: Engine, db: Connection, directory: string, relation: Relation): Promise<ArchiveFailure[]> {
  const plan = ARCHIVE_PLANS.find(({ table }) => table === relation.name)
  if (plan === undefined) return []
  const failures: ArchiveFailure[] = []
  const alone: Located[] = []
  const shared: Located[] = []
  for (const manifest of readManifests(directory, [plan.table])) {
    const constants = Object.fromEntries(plan.series.map((column, i) => [column, manifest.series[i] ?? '']))
    for (const partition of manifest.partitions) {
      const file = { ...locate(seriesFolder(directory, plan, manifest.series), partition), constants }
      const problem = problemOf(file)
      if (problem !== undefined) failures.push(failure(manifest, partition, problem))
      else (isShared(db, manifest, partition) ? shared : alone).push(file)
    }
  }
  const name = quoteName(relation.name)
  const all = filesSql(relation.columns, [...alone, ...shared]) ?? nothing(relation.columns)
  await engine.connection.run(`CREATE OR REPLACE VIEW archive.${name} AS ${all}`)
  await engine.connection.run(`CREATE OR REPLACE VIEW main.${name} AS ${unionSql(plan, relation, alone, shared)}`)
  return failures
}

function isShared(db: Connection, { plan, series }: Manifest, partition: Partition): boolean {
  return hasLiveRows(db, plan, series, periodAt(partition.first, plan.period(series)))
}

function unionSql(plan: ArchivePlan, relation: Relation, alone: readonly Located[], shared: readonly Located[]): string {
  const name = quoteName(relation.name)
  const parts = [`SELECT * FROM live.${name}`]
  const only = filesSql(relation.columns, alone)
  if (only !== undefined) parts.push(only)
  const both = filesSql(relation.columns, shared)
  const isSame = plan.key.map((column) => `newer.${quoteName(column)} = older.${quoteName(column)}`).join(' AND ')
  if (both !== undefined) {
    parts.push(`SELECT * FROM (${both}) AS older WHERE NOT EXISTS (SELECT 1 FROM ${STORE}.${name} AS newer WHERE ${isSame})`)
  }
  return parts.join('\nUNION ALL\n')
}

function nothing(columns: readonly StoredColumn[]): string {
  return `SELECT ${columns.map(({ name, kind }) => `NULL::${SEEN_TYPES[kind]} AS ${quoteName(name)}`).join(', ')} WHERE false`
}

const MAGIC = 'PAR1'

/** What is wrong with a file, as far as that can be told without reading all of it. */
function problemOf({ path: file, partition }: Located): string | undefined {
  const size = statSync(file, { throwIfNoEntry: false })?.size
  if (size === undefined) return 'is missing'
  if (size !== partition.bytes) return `has ${size} bytes instead of ${partition.bytes}`
  const handle = openSync(file, 'r')
  try {
    const end = Buffer.alloc(MAGIC.length)
    readSync(handle, end, 0, MAGIC.length, size - MAGIC.length)
    return end.toString('latin1') === MAGIC ? undefined : 'does not end as a parquet file does'
  } finally {
    closeSync(handle)
  }
}

function failure({ plan, series }: Manifest, { name, file, rows }: Partition, problem: string): ArchiveFailure {
  const where = path.join(plan.table, ...series, name)
  return {
    series: `${plan.table} ${series.join(' ')} ${name}`,
    code: 'STORAGE_ARCHIVE_DAMAGED',
    message: `the archived file ${file} of ${where} ${problem}: its ${rows} rows are not in the result`,
  }
}
