/** Makes a table as narrow as the terminal: first what costs the reader least, and nothing that matters is ever left out. */
import { type Column, headingOf } from './column.js'
import { cutText, visibleWidth, wrapText } from './text-width.js'

/** A column as it is about to be drawn: texts without colour. */
export interface Field {
  readonly column: Column
  /** A heading may take several lines. */
  readonly heading: readonly string[]
  readonly cells: readonly string[]
  /** The same in fewer columns, where that can be. */
  readonly briefCells?: readonly string[]
}

export interface Fitted {
  /** A row takes as many lines as there are groups of fields: one, unless nothing else helps. */
  readonly lines: readonly (readonly Field[])[]
  /** Spaces between two columns. */
  readonly gap: number
}

const GAP = 2
/** What is left of a text below this tells nothing. */
const CUT_TO_AT_LEAST = 24
/** Of the second line of a row. */
export const FOLD_INDENT = 2
const NOTHING = new Set(['', '–'])

type Step = (fields: readonly Field[], width: number) => readonly Field[]

/** In this order, each only where those before did not suffice. */
const STEPS: readonly Step[] = [
  wrapHeadings,
  (fields) => fields.filter((field) => !isEmpty(field)),
  (fields) => wrapHeadings(fields.map(inBrief)),
  dropMinor,
  cutTexts,
]

/**
 * As it is where it fits; else headings of several lines, single spaces, without columns that know nothing, brief headings, without
 * the minor columns, with long texts cut. Where all that is too wide still, a row is folded into several lines.
 */
export function fitToWidth(fields: readonly Field[], width: number): Fitted {
  if (isWithin(fields, GAP, width)) return { lines: [fields], gap: GAP }
  let fitted = fields
  for (const step of STEPS) {
    const next = step(fitted, width)
    if (next.length > 0) fitted = next
    if (isWithin(fitted, GAP, width)) return { lines: [fitted], gap: GAP }
    if (isWithin(fitted, 1, width)) return { lines: [fitted], gap: 1 }
  }
  return { lines: fold(fitted, width), gap: GAP }
}

export function fieldWidth({ heading, cells }: Field): number {
  return widest(cells, widest(heading))
}

function widest(texts: readonly string[], least = 0): number {
  return texts.reduce((width, text) => Math.max(width, visibleWidth(text)), least)
}

/** No wider than the values beneath, if words allow it. */
function wrapHeadings(fields: readonly Field[]): readonly Field[] {
  return fields.map((field) => ({ ...field, heading: wrapText(field.heading.join(' '), widest(field.cells)) }))
}

function inBrief({ column, heading, cells, briefCells = cells, ...rest }: Field): Field {
  return {
    ...rest,
    column,
    heading: column.brief === undefined ? heading : [headingOf({ ...column, heading: column.brief })],
    cells: briefCells,
  }
}

function isEmpty({ cells }: Field): boolean {
  return cells.every((cell) => NOTHING.has(cell))
}

function dropMinor(fields: readonly Field[], width: number): readonly Field[] {
  let kept = fields
  while (!isWithin(kept, 1, width)) {
    const last = kept.findLastIndex(({ column }) => column.isMinor === true)
    if (last === -1) break
    kept = kept.filter((_, i) => i !== last)
  }
  return kept
}

/** All of them, the widest first; as they are where that would not suffice. */
function cutTexts(fields: readonly Field[], width: number): readonly Field[] {
  const widths = fields.map(fieldWidth)
  let excess = totalWidth(fields, 1) - width
  while (excess > 0) {
    const i = widestCut(fields, widths)
    if (i === -1) return fields
    widths[i] = (widths[i] ?? 0) - 1
    excess--
  }
  return fields.map((field, i) => cutField(field, widths[i] ?? 0))
}

function widestCut(fields: readonly Field[], widths: readonly number[]): number {
  let found = -1
  for (const [i, { column }] of fields.entries()) {
    const width = widths[i] ?? 0
    if (column.cut !== undefined && width > CUT_TO_AT_LEAST && width > (widths[found] ?? 0)) found = i
  }
  return found
}

function cutField(field: Field, width: number): Field {
  const side = field.column.cut ?? 'end'
  const cut = (text: string): string => cutText(text, width, side)
  return { ...field, heading: field.heading.map(cut), cells: field.cells.map(cut) }
}

/** As many columns on a line as it holds, those that follow on the next, further in. */
function fold(fields: readonly Field[], width: number): Field[][] {
  const lines: Field[][] = [[]]
  let used = 0
  for (const field of fields) {
    const indent = lines.length === 1 ? 0 : FOLD_INDENT
    const needed = fieldWidth(field)
    const isFirst = lines.at(-1)?.length === 0
    if (!isFirst && used + GAP + needed > width) {
      lines.push([cutField(field, width - FOLD_INDENT)])
      used = FOLD_INDENT + needed
    } else {
      lines.at(-1)?.push(cutField(field, width - indent))
      used = isFirst ? indent + needed : used + GAP + needed
    }
  }
  return lines
}

function totalWidth(fields: readonly Field[], gap: number): number {
  return fields.reduce((sum, field) => sum + fieldWidth(field), gap * (fields.length - 1))
}

function isWithin(fields: readonly Field[], gap: number, width: number): boolean {
  return totalWidth(fields, gap) <= width
}
