/** Figures of a few things side by side: a line for each figure, a column for each thing. */
import type { Painter } from './color.js'
import { renderTable } from './table.js'

export interface SheetLine {
  readonly label: string
  /** One for each thing. */
  readonly texts: readonly string[]
  readonly paint?: (text: string, painter: Painter) => string
}

export function renderSheet(
  title: string,
  names: readonly string[],
  lines: readonly SheetLine[],
  painter: Painter,
  width?: number,
): Promise<string> {
  const rows = lines.map(({ label, texts, paint = same }) => ({
    label,
    ...Object.fromEntries(texts.map((text, i) => [`value${i}`, paint(text, painter)])),
  }))
  const values = names.map((name, i) => ({ key: `value${i}`, heading: name, kind: 'number' as const }))
  return renderTable(rows, [{ key: 'label', heading: title }, ...values], painter, width)
}

function same(text: string): string {
  return text
}
