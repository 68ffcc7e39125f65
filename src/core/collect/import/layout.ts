/** Columns of a file without a heading, by what is in them. */
import type { Decision, Role } from './contract.js'
import { readNumber } from './numbers.js'
import { readTime } from './times.js'

export interface Layout {
  readonly names: readonly string[]
  readonly decision: Decision
}

const NUMBERED: readonly Role[] = ['timestamp', 'open', 'high', 'low', 'close', 'volume']
/** Some sources tell the close before the extremes. */
const CLOSE_FIRST: readonly Role[] = ['timestamp', 'open', 'close', 'high', 'low', 'volume']
/** Binance's archive: twelve columns. */
const KLINES: readonly string[] = [
  'open_time',
  'open',
  'high',
  'low',
  'close',
  'volume',
  'close_time',
  'quote_volume',
  'trades',
  'taker_base',
  'taker_quote',
  'ignore',
]

/** Share of rows whose third is the highest and fourth the lowest, from which that is what they are. */
const SURE = 0.98

export function hasHeading(cells: readonly string[]): boolean {
  return !cells.some((cell) => readTime(cell, 'dmy') !== undefined || typeof readNumber(cell, 'point') === 'number')
}

/** `undefined` where the cells do not say it. */
export function findLayout(rows: readonly (readonly string[])[]): Layout | undefined {
  const width = rows[0]?.length ?? 0
  const isTimed = rows.every(
    (cells) => readTime(cells[0] ?? '', 'dmy') !== undefined || readTime(cells[0] ?? '', 'mdy') !== undefined,
  )
  if (!isTimed) return undefined
  if (width === 2) return layoutOf(['date', 'value'], width, 'a time and a number in each row')
  if (width < 5) return undefined
  const bars = rows.map((cells) => cells.slice(1, 5).map((cell) => readNumber(cell, 'point')))
  if (width === KLINES.length && share(bars, 1, 2) >= SURE)
    return layoutOf(KLINES, width, "twelve columns, as in Binance's archive")
  if (share(bars, 1, 2) >= SURE) return layoutOf(NUMBERED, width, 'the third is never below and the fourth never above the others')
  if (share(bars, 2, 3) >= SURE)
    return layoutOf(CLOSE_FIRST, width, 'the fourth is never below and the fifth never above the others')
  return undefined
}

function share(bars: readonly (readonly (number | null | undefined)[])[], high: number, low: number): number {
  const whole = bars.filter((prices): prices is readonly number[] => prices.every((price) => typeof price === 'number'))
  const fits = whole.filter((prices) => prices[high] === Math.max(...prices) && prices[low] === Math.min(...prices))
  return whole.length === 0 ? 0 : fits.length / whole.length
}

function layoutOf(roles: readonly string[], width: number, because: string): Layout {
  const names = Array.from({ length: width }, (_, at) => roles[at] ?? `column ${at + 1}`)
  return { names, decision: { about: 'heading', decided: `none: ${names.slice(0, roles.length).join(', ')}`, because } }
}
