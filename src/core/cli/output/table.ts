/** Tables for people: a heading with units, numbers on the right with the same decimals in a column, no drawn lines. */
import type { Painter } from '../color.js'
import { fieldsOf, type Row, valueAt } from './fields.js'
import type { Plain } from './keys.js'
import { decimalsOf, formatNumber, formatTime } from './number.js'

export interface Column {
  /** Dotted path of the field, in snake_case. */
  readonly key: string
  /** Default: the key with spaces. */
  readonly heading?: string
  /** Shown behind the heading. */
  readonly unit?: string
  /** `time` is ms since the epoch; `text` keeps a number as it is. Default: by the value. */
  readonly kind?: 'number' | 'time' | 'text'
  /** Digits behind the point, as a number or by row (the tick of its instrument). Default: what the column's values need, at most 8. */
  readonly decimals?: number | ((row: Row) => number)
  readonly paint?: (text: string, value: Plain, painter: Painter) => string
}

const NOTHING = '–'
const DECIMALS_IN_COLUMN = 8

/** Lines of a table. Without columns: every field of the rows that is no object. */
export async function renderTable(rows: readonly Row[], columns: readonly Column[] | undefined, painter: Painter): Promise<string> {
  const shown = columns ?? columnsOf(rows)
  if (shown.length === 0) return ''
  const { default: Table } = await import('cli-table3')
  const table = new Table({
    head: shown.map((column) => painter.strong(heading(column))),
    colAligns: shown.map((column) => (isNumeric(column, rows) ? 'right' : 'left')),
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 2 },
    chars: NO_LINES,
  })
  const formats = shown.map((column) => cellFormat(column, rows, painter))
  for (const row of rows) table.push(formats.map((format) => format(row)))
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

/** One record as lines of `field  value`. */
export async function renderRecord(record: Row, painter: Painter): Promise<string> {
  const rows = fieldsOf([record])
    .filter((path) => !isNested(valueAt(record, path)))
    .map((path) => ({ field: path.replaceAll('_', ' '), value: text(valueAt(record, path), path) }))
  return renderTable(rows, [{ key: 'field' }, { key: 'value', kind: 'text' }], painter)
}

function columnsOf(rows: readonly Row[]): Column[] {
  const nested = new Set<string>()
  for (const row of rows) for (const path of fieldsOf([row])) if (isNested(valueAt(row, path))) nested.add(path)
  return fieldsOf(rows)
    .filter((path) => !nested.has(path))
    .map((key) => ({ key, ...(isTime(key) ? { kind: 'time' as const } : {}) }))
}

function heading(column: Column): string {
  const name = column.heading ?? column.key.replaceAll('_', ' ')
  return column.unit === undefined ? name : `${name} (${column.unit})`
}

function cellFormat(column: Column, rows: readonly Row[], painter: Painter): (row: Row) => string {
  const decimals = column.decimals ?? columnDecimals(column, rows)
  return (row) => {
    const value = valueAt(row, column.key)
    const digits = typeof decimals === 'function' ? decimals(row) : decimals
    const plain = column.kind === 'time' || column.kind === 'text' ? text(value, column.kind) : cell(value, digits)
    return column.paint === undefined ? plain : column.paint(plain, value, painter)
  }
}

function cell(value: Plain, decimals: number): string {
  return typeof value === 'number' ? formatNumber(value, decimals) : text(value, '')
}

/** `hint` is a kind or a field's name. */
function text(value: Plain, hint: string): string {
  if (value === null || value === '') return NOTHING
  if (typeof value === 'number') return hint === 'time' || isTime(hint) ? formatTime(value) : formatNumber(value)
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function columnDecimals(column: Column, rows: readonly Row[]): number {
  let most = 0
  for (const row of rows) {
    const value = valueAt(row, column.key)
    if (typeof value === 'number') most = Math.max(most, decimalsOf(value))
  }
  return Math.min(DECIMALS_IN_COLUMN, most)
}

function isNumeric(column: Column, rows: readonly Row[]): boolean {
  if (column.kind !== undefined) return column.kind === 'number'
  return rows.some((row) => typeof valueAt(row, column.key) === 'number')
}

function isNested(value: Plain): boolean {
  return typeof value === 'object' && value !== null
}

function isTime(key: string): boolean {
  return /(?:^|[_.])(?:timestamp|time|[a-z]+_at)$/.test(key)
}

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
}
