/** Tables for people: a heading with units, numbers on the right with the same decimals in a column, no drawn lines. */

import { decimalsOf } from '../../market/decimal.js'
import type { Painter } from './color.js'
import type { Column } from './column.js'
import { fieldsOf, type Row, valueAt } from './fields.js'
import { fitToWidth } from './fit.js'
import type { Plain } from './keys.js'
import { formatNumber, formatTime } from './number.js'

const NOTHING = '–'
const DECIMALS_IN_COLUMN = 8

/** Lines of a table, at most `width` columns wide where that can be. Without columns: every field of the rows that is no object. */
export async function renderTable(
  rows: readonly Row[],
  columns: readonly Column[] | undefined,
  painter: Painter,
  width = Number.POSITIVE_INFINITY,
): Promise<string> {
  const shown = columns ?? columnsOf(rows)
  if (shown.length === 0) return ''
  const { default: Table } = await import('cli-table3')
  const whole = shown.map((column) => ({ column, heading: heading(column), cells: cellTexts(column, rows) }))
  const { fields, gap } = fitToWidth(whole, width)
  const table = new Table({
    head: fields.map((field) => painter.strong(field.heading)),
    colAligns: fields.map(({ column }) => (isNumeric(column, rows) ? 'right' : 'left')),
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': gap },
    chars: NO_LINES,
  })
  for (const [i, row] of rows.entries()) {
    table.push(
      fields.map(({ column: { paint, key }, cells }) => {
        const plain = cells[i] ?? ''
        return paint === undefined ? plain : paint(plain, valueAt(row, key), painter)
      }),
    )
  }
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

/** One record as lines of `field  value`. */
export async function renderRecord(record: Row, painter: Painter, width?: number): Promise<string> {
  const rows = fieldsOf([record])
    .filter((path) => !isNested(valueAt(record, path)))
    .map((path) => ({ field: path.replaceAll('_', ' '), value: text(valueAt(record, path), path) }))
  return renderTable(rows, [{ key: 'field' }, { key: 'value', kind: 'text', cut: 'end' }], painter, width)
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

function cellTexts(column: Column, rows: readonly Row[]): string[] {
  const decimals = column.decimals ?? columnDecimals(column, rows)
  return rows.map((row) => {
    const value = valueAt(row, column.key)
    if (column.text !== undefined && value !== null) return column.text(value, row)
    if (column.kind === 'time' || column.kind === 'text') return text(value, column.kind)
    return cell(value, typeof decimals === 'function' ? decimals(row) : decimals)
  })
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
