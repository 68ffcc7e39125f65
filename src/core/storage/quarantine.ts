/** Rows that were refused, kept for whoever wants to look: a CSV file of a job with the reason beside the values. */
import { appendFileSync, existsSync, rmSync } from 'node:fs'
import path from 'node:path'
import { stringify } from 'csv-stringify/sync'
import { makeFolder } from '../files/make-folder.js'
import { guarded } from './storage-errors.js'
import type { Cell } from './tables.js'

export interface QuarantineRow {
  /** When it was refused, ms. */
  readonly refusedAt: number
  readonly reason: string
  /** In the order of the file's columns. */
  readonly cells: readonly Cell[]
}

/** Adds rows to `file`, which it makes with a heading when it is missing. NaN is written as it is. Throws `StorageError`. */
export function appendToQuarantine(file: string, columns: readonly string[], rows: readonly QuarantineRow[]): void {
  guarded(file, () => {
    makeFolder(path.dirname(file))
    const heading = existsSync(file) ? [] : [['refused_at', 'reason', ...columns]]
    const lines = rows.map(({ refusedAt, reason, cells }) => [new Date(refusedAt).toISOString(), reason, ...cells])
    appendFileSync(file, stringify([...heading, ...lines], { record_delimiter: 'windows' }))
  })
}

/** Forgets what was refused before. Throws `StorageError`. */
export function clearQuarantine(file: string): void {
  guarded(file, () => rmSync(file, { force: true }))
}
