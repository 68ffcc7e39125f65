import { renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { stringify } from 'csv-stringify/sync'
import { makeFolder } from '../files/make-folder.js'
import type { StoredMacroRow } from './rows.js'
import { guarded } from './storage-errors.js'
import { TABLES, toCells } from './tables.js'

/** Writes the days of one indicator, oldest first, as a whole or not at all: a reader never meets half a file. Throws `StorageError`. */
export function writeMacroCsv(file: string, rows: readonly StoredMacroRow[]): void {
  const oldestFirst = rows.toSorted((a, b) => (a.date < b.date ? -1 : 1))
  const lines = oldestFirst.map((row) => toCells('macro_indicators', row))
  guarded(file, () => {
    makeFolder(path.dirname(file))
    const temporary = `${file}.new`
    try {
      writeFileSync(temporary, stringify([[...TABLES.macro_indicators.columns], ...lines], { record_delimiter: 'windows' }), {
        flush: true,
      })
      renameSync(temporary, file)
    } catch (error) {
      rmSync(temporary, { force: true })
      throw error
    }
  })
}
