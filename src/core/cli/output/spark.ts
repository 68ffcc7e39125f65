/** A line of numbers as a small picture of dots, eight to a character (braille): two wide, four high. */

const BLANK = 0x2800
/** Bits of a braille character by column, from the top row down. */
const DOTS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const

/**
 * Lines of `width` characters, `height` of them. Each column of dots covers everything from its lowest to its highest value and on to
 * the next column, so that no spike is lost.
 */
export function dotChart(values: readonly number[], width: number, height: number): string[] {
  const low = Math.min(...values)
  const high = Math.max(...values)
  const rows = height * 4
  const cells = Array.from({ length: height }, () => new Uint8Array(width))
  const rowOf = (value: number): number => (high > low ? Math.round(((high - value) / (high - low)) * (rows - 1)) : rows >> 1)
  let before: number | undefined
  for (let column = 0; column < width * 2; column++) {
    const part = partOf(values, column, width * 2)
    if (part.length === 0) continue
    const reached = [...part.map(rowOf), ...(before === undefined ? [] : [before])]
    for (let row = Math.min(...reached); row <= Math.max(...reached); row++) setDot(cells, column, row)
    before = rowOf(part.at(-1) ?? 0)
  }
  return cells.map((line) => String.fromCharCode(...Array.from(line, (bits) => BLANK + bits)))
}

function partOf(values: readonly number[], column: number, columns: number): readonly number[] {
  const from = Math.floor((column / columns) * values.length)
  const to = Math.floor(((column + 1) / columns) * values.length)
  return values.length >= columns ? values.slice(from, to) : values.slice(from, from + 1)
}

function setDot(cells: readonly Uint8Array[], column: number, row: number): void {
  const line = cells[row >> 2]
  const place = column >> 1
  if (line === undefined) return
  line[place] = (line[place] ?? 0) | (DOTS[column & 1 ? 1 : 0][row & 3] ?? 0)
}
