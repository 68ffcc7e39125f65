/** RFC 4180: a header, then one line a row. Nested values are JSON text. */
import { fieldsOf, isRow, type Row, valueAt } from './fields.js'
import type { Plain } from './keys.js'

export interface CsvOptions {
  readonly columns: readonly string[]
  readonly hasHeader: boolean
}

/** Leaves of the rows in order of appearance. */
export function csvColumns(rows: readonly Row[]): string[] {
  const groups = new Set<string>()
  for (const row of rows) for (const path of fieldsOf([row])) if (isRow(valueAt(row, path))) groups.add(path)
  return fieldsOf(rows).filter((path) => !groups.has(path))
}

export type CsvRenderer = (rows: readonly Row[], options: CsvOptions) => string

export async function loadCsv(): Promise<CsvRenderer> {
  const { stringify } = await import('csv-stringify/sync')
  return (rows, { columns, hasHeader }) => {
    const records = rows.map((row) => columns.map((column) => cell(valueAt(row, column))))
    return stringify(hasHeader ? [[...columns], ...records] : records, { record_delimiter: 'unix' })
  }
}

function cell(value: Plain): string {
  if (value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
