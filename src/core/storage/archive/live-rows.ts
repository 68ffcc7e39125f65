/** The rows of the database as the archive sees them: series by series, period by period, through the keys. */
import type { Connection } from '../database.js'
import type { Cell } from '../tables.js'
import { type Period, periodAt } from './period.js'
import type { ArchivePlan } from './plan.js'

const MIN_TIME = -8.64e15
const MAX_TIME = 8.64e15

/** Every series of a table, by jumping from one key to the next: the rows between are not read. */
export function seriesIn(db: Connection, plan: ArchivePlan): string[][] {
  const { table, series, time, seriesSql } = plan
  if (seriesSql !== undefined) return db.prepare<[], string[]>(seriesSql).raw().all()
  const columns = series.join(', ')
  const places = series.map(() => '?').join(', ')
  const next = db
    .prepare<(string | number)[], string[]>(
      `SELECT ${columns} FROM ${table} WHERE (${columns}, ${time}) > (${places}, ?) ORDER BY ${columns}, ${time} LIMIT 1`,
    )
    .raw()
  const found: string[][] = []
  let at = next.get(...series.map(() => ''), MIN_TIME)
  while (at !== undefined) {
    found.push(at)
    at = next.get(...at, MAX_TIME)
  }
  return found
}

/** Every period in which a series has rows, oldest first. */
export function periodsIn(db: Connection, plan: ArchivePlan, series: readonly string[]): Period[] {
  const { table, time } = plan
  const next = db
    .prepare<(string | number)[], number | null>(`SELECT min(${time}) FROM ${table} WHERE ${seriesClause(plan)} AND ${time} >= ?`)
    .pluck()
  const found: Period[] = []
  let first = next.get(...series, MIN_TIME) ?? null
  while (first !== null) {
    const period = periodAt(first, plan.period(series))
    found.push(period)
    first = next.get(...series, period.until) ?? null
  }
  return found
}

/** Cells in the order of `plan.columns`. Nothing else may use the connection while they are read. */
export function liveRows(db: Connection, plan: ArchivePlan, series: readonly string[], period: Period): Iterable<Cell[]> {
  const sql = `SELECT ${plan.columns.join(', ')} FROM ${plan.table} WHERE ${periodClause(plan)}`
  return db
    .prepare<(string | number)[], Cell[]>(sql)
    .raw()
    .iterate(...series, period.from, period.until)
}

export function hasLiveRows(db: Connection, plan: ArchivePlan, series: readonly string[], period: Period): boolean {
  const sql = `SELECT EXISTS (SELECT 1 FROM ${plan.table} WHERE ${periodClause(plan)})`
  return (
    db
      .prepare<(string | number)[], number>(sql)
      .pluck()
      .get(...series, period.from, period.until) === 1
  )
}

/** Rows of a period that may be deleted, and those that the database has to keep. */
export interface Prunable {
  readonly rows: number
  readonly kept: number
}

export function countPrunable(db: Connection, plan: ArchivePlan, series: readonly string[], period: Period): Prunable {
  const sql = `SELECT count(*) AS "all", count(*) FILTER (WHERE ${keptClause(plan)}) AS kept FROM ${plan.table} WHERE ${periodClause(plan)}`
  const counted = db
    .prepare<(string | number)[], { readonly all: number; readonly kept: number }>(sql)
    .get(...series, period.from, period.until)
  const { all, kept } = counted ?? { all: 0, kept: 0 }
  return { rows: all - kept, kept }
}

/** Deletes of a period what may be deleted. */
export function deleteRows(db: Connection, plan: ArchivePlan, series: readonly string[], period: Period): void {
  const sql = `DELETE FROM ${plan.table} WHERE ${periodClause(plan)} AND NOT (${keptClause(plan)})`
  db.prepare(sql).run(...series, period.from, period.until)
}

function keptClause({ isPrunable, keeps }: ArchivePlan): string {
  return isPrunable ? (keeps ?? 'false') : 'true'
}

function seriesClause({ series }: ArchivePlan): string {
  return series.map((column) => `${column} = ?`).join(' AND ')
}

function periodClause(plan: ArchivePlan): string {
  return `${seriesClause(plan)} AND ${plan.time} >= ? AND ${plan.time} < ?`
}
