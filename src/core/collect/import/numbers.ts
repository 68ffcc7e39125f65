/** Numbers as people write them: thousands separators, decimal commas, percent, K and M, and many words for "missing". */

export type NumberStyle = 'point' | 'comma'

const PLAIN = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/
const MISSING = new Set(['', '.', '-', '–', 'null', 'nan', 'na', 'n/a', '#n/a', 'none', 'nd', 'nil', 'undefined'])
const SCALES: Readonly<Record<string, number>> = { K: 1e3, M: 1e6, B: 1e9, T: 1e12 }
const THOUSANDS = {
  point: /^[+-]?\d{1,3}(?:[,' \u00a0\u202f]\d{3})+(?:\.\d*)?$/,
  comma: /^[+-]?\d{1,3}(?:[.' \u00a0\u202f]\d{3})+(?:,\d*)?$/,
}

export function isMissing(text: string): boolean {
  return MISSING.has(text.trim().toLowerCase())
}

/** The number of a cell; `null`: it says that there is none; `undefined`: it is no number. */
export function readNumber(text: string, style: NumberStyle): number | null | undefined {
  if (style === 'point' && PLAIN.test(text)) return finite(Number(text))
  if (isMissing(text)) return null
  const bare = text.trim().replace(/^([+-]?)[$€£₿]\s?/, '$1')
  const [, body = bare, scale = ''] = /^(.*?\d[.,]?)\s?([KMBT])$/.exec(bare) ?? []
  const plain = plainOf(body, style)
  if (!PLAIN.test(plain)) return undefined
  // 45.23K × 1000 has dust in binary.
  return scale === '' ? finite(Number(plain)) : finite(Number((Number(plain) * (SCALES[scale] ?? 1)).toPrecision(15)))
}

/** A rate as a fraction: `0.01%` and, where the whole column is in percent, `0.01` are 0.0001. */
export function readRate(text: string, style: NumberStyle, isPercent: boolean): number | null | undefined {
  const bare = text.trim()
  const hasSign = bare.endsWith('%')
  const value = readNumber(hasSign ? bare.slice(0, -1) : text, style)
  return value !== null && value !== undefined && (hasSign || isPercent) ? Number((value / 100).toPrecision(15)) : value
}

/** Which sign is before the decimals in these cells; `because` is the cell that says it, where one does. */
export function findNumberStyle(cells: Iterable<string>, delimiter: string): { style: NumberStyle; because: string | undefined } {
  let doubtful: string | undefined
  for (const cell of cells) {
    const text = cell.trim()
    if (!/^[+-]?[\d.,' \u00a0]+%?$/.test(text) || !text.includes(',')) continue
    const comma = text.lastIndexOf(',')
    const point = text.lastIndexOf('.')
    if (point >= 0) return { style: comma > point ? 'comma' : 'point', because: text }
    if (text.indexOf(',') !== comma) return { style: 'point', because: text }
    if (!/,\d{3}%?$/.test(text)) return { style: 'comma', because: text }
    doubtful = text
  }
  // Who separates by semicolons does so because the comma is taken.
  return doubtful !== undefined && delimiter !== ','
    ? { style: 'comma', because: doubtful }
    : { style: 'point', because: undefined }
}

function plainOf(text: string, style: NumberStyle): string {
  if (style === 'point') return THOUSANDS.point.test(text) ? text.replace(/[,' \u00a0\u202f]/g, '') : text
  const bare = THOUSANDS.comma.test(text) ? text.replace(/[.' \u00a0\u202f]/g, '') : text
  return bare.includes('.') ? 'no number' : bare.replace(',', '.')
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined
}
