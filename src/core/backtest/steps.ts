import type { SeriesData } from './data.js'

/** Different open times of all series from `start` on, before `end`: the length of everything that a run writes down a step. */
export function countSteps(traded: readonly SeriesData[], start: number, end: number): number {
  const times = traded.map((series) => series.columns.timestamp)
  const rows = times.map((column) => firstAtOrAfter(column, start))
  const [only] = times
  if (times.length === 1 && only !== undefined) return Math.max(0, firstAtOrAfter(only, end) - (rows[0] ?? 0))
  for (let steps = 0; ; steps++) {
    const next = Math.min(...times.map((column, i) => column[rows[i] ?? 0] ?? Number.POSITIVE_INFINITY))
    if (next >= end || next === Number.POSITIVE_INFINITY) return steps
    for (const [i, column] of times.entries()) rows[i] = (rows[i] ?? 0) + (column[rows[i] ?? 0] === next ? 1 : 0)
  }
}

/** Row of the first time at or after `time`, by halving. */
function firstAtOrAfter(column: Float64Array, time: number): number {
  let low = 0
  let high = column.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((column[middle] as number) < time) low = middle + 1
    else high = middle
  }
  return low
}
