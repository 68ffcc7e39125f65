/** Makes a table as narrow as the terminal: first what costs the reader least. */
import { stripVTControlCharacters } from 'node:util'
import type { Column } from './column.js'

/** A column as it is about to be drawn: texts without colour. */
export interface Field {
  readonly column: Column
  readonly heading: string
  readonly cells: readonly string[]
}

export interface Fitted {
  readonly fields: readonly Field[]
  /** Spaces between two columns. */
  readonly gap: number
}

const GAP = 2
const CUT_TO_AT_LEAST = 8
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u

/** Columns that a terminal needs for the text: two for a Chinese character, none for colour. */
export function visibleWidth(text: string): number {
  let width = 0
  for (const character of stripVTControlCharacters(text)) width += WIDE.test(character) ? 2 : 1
  return width
}

/** As it is where it fits; else brief headings, single spaces, without the minor columns, and last with long texts cut. */
export function fitToWidth(fields: readonly Field[], width: number): Fitted {
  if (isWithin(fields, GAP, width)) return { fields, gap: GAP }
  if (isWithin(fields, 1, width)) return { fields, gap: 1 }
  let fitted = fields.map((field) => ({ ...field, heading: field.column.brief ?? field.heading }))
  while (!isWithin(fitted, 1, width)) {
    const last = fitted.findLastIndex(({ column }) => column.isMinor === true)
    if (last === -1) break
    fitted = fitted.filter((_, i) => i !== last)
  }
  const excess = totalWidth(fitted, 1) - width
  if (excess > 0) fitted = fitted.map((field) => cutField(field, excess))
  return { fields: fitted, gap: isWithin(fitted, GAP, width) ? GAP : 1 }
}

/** The end of the text, or its beginning, in `width` columns: `…abc`, `abc…`. */
export function cutText(text: string, width: number, side: 'start' | 'end'): string {
  const characters = [...text]
  if (characters.length <= width) return text
  const kept = Math.max(0, width - 1)
  return side === 'end' ? `${characters.slice(0, kept).join('')}…` : `…${characters.slice(characters.length - kept).join('')}`
}

function cutField(field: Field, excess: number): Field {
  const { cut } = field.column
  if (cut === undefined) return field
  const width = Math.max(CUT_TO_AT_LEAST, fieldWidth(field) - excess)
  return { ...field, cells: field.cells.map((cell) => cutText(cell, width, cut)) }
}

function fieldWidth({ heading, cells }: Field): number {
  let width = visibleWidth(heading)
  for (const cell of cells) width = Math.max(width, visibleWidth(cell))
  return width
}

function totalWidth(fields: readonly Field[], gap: number): number {
  return fields.reduce((sum, field) => sum + fieldWidth(field), gap * (fields.length - 1))
}

function isWithin(fields: readonly Field[], gap: number, width: number): boolean {
  return totalWidth(fields, gap) <= width
}
