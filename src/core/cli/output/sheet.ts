/** Figures of a few things side by side: a line for each figure, a column for each thing. */
import type { Painter } from './color.js'
import { renderTable } from './table.js'
import { visibleWidth } from './text-width.js'

export interface SheetLine {
  readonly label: string
  /** One for each thing. */
  readonly texts: readonly string[]
  readonly paint?: (text: string, painter: Painter) => string
}

const GAP = 2

/** Things that do not fit beside the others stand below them, with the labels again. */
export function renderSheet(
  title: string,
  names: readonly string[],
  lines: readonly SheetLine[],
  painter: Painter,
  width = Number.POSITIVE_INFINITY,
): string {
  const labelWidth = Math.max(...[title, ...lines.map(({ label }) => label)].map(visibleWidth))
  const widths = names.map((name, i) => Math.max(...[name, ...lines.map(({ texts }) => texts[i] ?? '')].map(visibleWidth)))
  const groups: number[][] = []
  let used = 0
  for (const [i, thing] of widths.entries()) {
    used += GAP + thing
    if (groups.length === 0 || used > width) {
      groups.push([])
      used = labelWidth + GAP + thing
    }
    groups.at(-1)?.push(i)
  }
  return groups.map((group) => renderGroup(title, names, lines, { group, painter, width })).join('\n\n')
}

interface Drawing {
  /** Places of the things. */
  readonly group: readonly number[]
  readonly painter: Painter
  readonly width: number
}

function renderGroup(title: string, names: readonly string[], lines: readonly SheetLine[], drawing: Drawing): string {
  const { group, painter, width } = drawing
  const rows = lines.map(({ label, texts, paint = same }) => ({
    label,
    ...Object.fromEntries(group.map((i) => [`value${i}`, paint(texts[i] ?? '', painter)])),
  }))
  const values = group.map((i) => ({ key: `value${i}`, heading: names[i] ?? '', kind: 'number' as const }))
  return renderTable(rows, [{ key: 'label', heading: title }, ...values], painter, width)
}

function same(text: string): string {
  return text
}
