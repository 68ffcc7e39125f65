/** How the lines of a file are cut into cells, found out of its first lines: pure. */

export interface Dialect {
  readonly delimiter: string
  /** Lines before the first record, header or not. */
  readonly preamble: readonly string[]
  readonly columns: number
}

/** In the order of preference where several would do. */
const DELIMITERS = [',', ';', '\t', '|']
const LINES = 200
/** More lines of explanation than this come before no table. */
const MOST_PREAMBLE = 40

/** `undefined` where the text is no table of at least two columns. */
export function findDialect(text: string): Dialect | undefined {
  const lines = text.split(/\r\n|\n|\r/).slice(0, LINES)
  const best = DELIMITERS.map((delimiter) => tableOf(lines, delimiter))
    .filter((table) => table !== undefined)
    .toSorted((a, b) => b.share - a.share || b.columns - a.columns)[0]
  if (best === undefined) return undefined
  const { delimiter, columns, start } = best
  return { delimiter, columns, preamble: lines.slice(0, start) }
}

interface Table {
  readonly delimiter: string
  readonly columns: number
  /** Index of its first line. */
  readonly start: number
  /** Share of the lines after that which have so many columns. */
  readonly share: number
}

function tableOf(lines: readonly string[], delimiter: string): Table | undefined {
  const counts = lines.map((line) => (line.trim() === '' || line.startsWith('#') ? 0 : cellsIn(line, delimiter)))
  const wide = counts.filter((count) => count > 1)
  const columns = mostFrequent(wide)
  if (columns === undefined) return undefined
  const start = counts.indexOf(columns)
  if (start > MOST_PREAMBLE) return undefined
  const after = counts.slice(start).filter((count) => count > 0)
  return { delimiter, columns, start, share: after.filter((count) => count === columns).length / after.length }
}

/** Delimiters inside quotes separate nothing. */
function cellsIn(line: string, delimiter: string): number {
  if (!line.includes('"')) return line.split(delimiter).length
  let cells = 1
  let isQuoted = false
  for (const sign of line) {
    if (sign === '"') isQuoted = !isQuoted
    else if (sign === delimiter && !isQuoted) cells += 1
  }
  return cells
}

function mostFrequent(values: readonly number[]): number | undefined {
  const counts = new Map<number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts].toSorted((a, b) => b[1] - a[1] || b[0] - a[0])[0]?.[0]
}
