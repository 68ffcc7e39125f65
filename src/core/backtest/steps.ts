import { firstAtOrAfter } from './cut.js'
import type { SeriesData } from './data.js'

/** A grid runs many times over the same data: what every run has in common is made once and shared. */
const shared = new WeakMap<readonly SeriesData[], { readonly key: string; readonly times: Float64Array }>()

/** Close times of every step: the different open times of all series from `start` on, before `end`. Shared: not to be changed. */
export function stepTimes(traded: readonly SeriesData[], start: number, end: number): Float64Array {
  const key = `${start} ${end}`
  const known = shared.get(traded)
  if (known?.key === key) return known.times
  const times = closesOf(traded, start, end)
  shared.set(traded, { key, times })
  return times
}

function closesOf(traded: readonly SeriesData[], start: number, end: number): Float64Array {
  const interval = traded[0]?.intervalMs ?? 0
  const columns = traded.map(({ columns: { timestamp } }) =>
    timestamp.subarray(firstAtOrAfter(timestamp, start), firstAtOrAfter(timestamp, end)),
  )
  const opens = columns.reduce(union, new Float64Array(0))
  return opens.map((open) => open + interval)
}

/** Of two ordered columns, each time once. */
function union(a: Float64Array, b: Float64Array): Float64Array {
  const merged = new Float64Array(a.length + b.length)
  let count = 0
  for (let i = 0, j = 0; i < a.length || j < b.length; count++) {
    const next = Math.min(a[i] ?? Number.POSITIVE_INFINITY, b[j] ?? Number.POSITIVE_INFINITY)
    if (a[i] === next) i += 1
    if (b[j] === next) j += 1
    merged[count] = next
  }
  return merged.slice(0, count)
}
