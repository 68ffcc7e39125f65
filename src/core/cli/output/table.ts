/** Tables for people: a heading with units, numbers on the right with the same decimals in a column, no drawn lines. */

import { decimalsOf } from '../../market/decimal.js'
import type { Painter } from './color.js'
import { type Column, columnOf, headingOf } from './column.js'
import { fieldsOf, type Row, valueAt } from './fields.js'
import { type Field, FOLD_INDENT, fieldWidth, fitToWidth } from './fit.js'
import type { Plain } from './keys.js'
import { formatNumber, formatTime, TO_THE_SECOND, timeDigits } from './number.js'
import { padText } from './text-width.js'

const NOTHING = '–'
const DECIMALS_IN_COLUMN = 8

/** Lines of a table, at most `width` columns wide. Without columns: every field of the rows that is no object. */
export function renderTable(
  rows: readonly Row[],
  columns: readonly Column[] | undefined,
  painter: Painter,
  width = Number.POSITIVE_INFINITY,
): string {
  const shown = columns ?? columnsOf(rows)
  if (shown.length === 0) return ''
  const { lines, gap } = fitToWidth(
    shown.map((column) => fieldOf(column, rows)),
    width,
  )
  const blocks = lines.map((fields, i) => drawBlock(fields, rows, { painter, gap, indent: i === 0 ? 0 : FOLD_INDENT }))
  const texts = blocks.flatMap(({ head }) => head)
  for (const i of rows.keys()) for (const { body } of blocks) texts.push(body[i] ?? '')
  return texts.join('\n')
}

interface Drawing {
  readonly painter: Painter
  readonly gap: number
  readonly indent: number
}

/** One line for each row, and the lines above. */
function drawBlock(fields: readonly Field[], rows: readonly Row[], { painter, gap, indent }: Drawing) {
  const height = Math.max(...fields.map(({ heading }) => heading.length))
  const drawn = fields.map((field) => {
    const { column, heading, cells } = field
    const width = fieldWidth(field)
    const isRight = isNumeric(column, rows)
    // A short heading stands right above its values.
    const head = [...Array.from({ length: height - heading.length }, () => ''), ...heading]
    const paint = column.paint ?? same
    return {
      head: head.map((line) => painted(padText(line, width, isRight), painter.strong)),
      cells: cells.map((cell, i) =>
        painted(padText(cell, width, isRight), (text) => paint(text, valueAt(rows[i] ?? {}, column.key), painter)),
      ),
    }
  })
  const line = (texts: readonly string[]): string => `${' '.repeat(indent)}${texts.join(' '.repeat(gap))}`.trimEnd()
  return {
    head: Array.from({ length: height }, (_, i) => line(drawn.map(({ head }) => head[i] ?? ''))),
    body: rows.map((_, i) => line(drawn.map(({ cells }) => cells[i] ?? ''))),
  }
}

/** Colour on the text alone, not on the spaces beside it. */
function painted(padded: string, paint: (text: string) => string): string {
  const text = padded.trim()
  return text === '' ? padded : padded.replace(text, () => paint(text))
}

function same(text: string): string {
  return text
}

/** One record as lines of `field  value`. */
export function renderRecord(record: Row, painter: Painter, width?: number): string {
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
    .map(columnOf)
}

function fieldOf(column: Column, rows: readonly Row[]): Field {
  const values = rows.map((row) => valueAt(row, column.key))
  const base = { column, heading: [headingOf(column)] }
  if (column.text === undefined && column.kind === 'time') return { ...base, ...timeCells(values) }
  const decimals = column.decimals ?? columnDecimals(values)
  const cells = rows.map((row, i) => {
    const value = values[i] ?? null
    if (column.text !== undefined && value !== null) return column.text(value, row)
    return column.kind === 'text' ? text(value, 'text') : cell(value, typeof decimals === 'function' ? decimals(row) : decimals)
  })
  return { ...base, cells }
}

/** As exact as one of them needs; in brief never below a second. */
function timeCells(values: readonly Plain[]): Pick<Field, 'cells' | 'briefCells'> {
  const digits = timeDigits(values.filter((value) => typeof value === 'number'))
  const cellsTo = (length: number): string[] => values.map((value) => text(value, 'time').slice(0, length))
  return { cells: cellsTo(digits), briefCells: cellsTo(Math.min(digits, TO_THE_SECOND)) }
}

function cell(value: Plain, decimals: number): string {
  return typeof value === 'number' ? formatNumber(value, decimals) : text(value, '')
}

/** `hint` is a kind or a field's name. */
function text(value: Plain, hint: string): string {
  if (value === null || value === '') return NOTHING
  if (typeof value === 'number') return hint === 'time' || columnOf(hint).kind === 'time' ? formatTime(value) : formatNumber(value)
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function columnDecimals(values: readonly Plain[]): number {
  let most = 0
  for (const value of values) {
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
