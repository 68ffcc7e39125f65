/** What is missing of a series of bars on a grid: half-open spans of time `from <= open < to`, in ms, always on the grid. */
import { nextOpenTime } from '../market/interval.js'

export interface Range {
  readonly from: number
  readonly to: number
}

/** The bars of length `ms` that open within a span, as a span on the grid; empty where `to <= from`. */
export function onGrid({ from, to }: Range, ms: number): Range {
  return { from: nextOpenTime(from, ms), to: nextOpenTime(to, ms) }
}

/** Spans of `range` without a time in `times` (ascending open times on the grid). */
export function missingRanges(times: Iterable<number>, range: Range, ms: number): Range[] {
  const missing: Range[] = []
  let next = range.from
  for (const time of times) {
    if (time < next) continue
    if (time >= range.to) break
    if (time > next) missing.push({ from: next, to: time })
    next = time + ms
  }
  if (next < range.to) missing.push({ from: next, to: range.to })
  return missing
}

/** The same time as spans that neither touch nor overlap, ascending. */
export function mergeRanges(ranges: readonly Range[]): Range[] {
  const merged: Range[] = []
  for (const range of ranges.filter(({ from, to }) => from < to).toSorted((a, b) => a.from - b.from)) {
    const last = merged.at(-1)
    if (last !== undefined && range.from <= last.to)
      merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, range.to) }
    else merged.push(range)
  }
  return merged
}

/** What of `ranges` is in none of `taken`. */
export function subtractRanges(ranges: readonly Range[], taken: readonly Range[]): Range[] {
  const cuts = mergeRanges(taken)
  return mergeRanges(ranges).flatMap((range) => {
    const rest: Range[] = []
    let { from } = range
    for (const cut of cuts) {
      if (cut.to <= from || cut.from >= range.to) continue
      if (cut.from > from) rest.push({ from, to: cut.from })
      from = Math.max(from, cut.to)
    }
    if (from < range.to) rest.push({ from, to: range.to })
    return rest
  })
}

/** What of `ranges` is in `window`. */
export function clipRanges(ranges: readonly Range[], window: Range): Range[] {
  return mergeRanges(ranges.map(({ from, to }) => ({ from: Math.max(from, window.from), to: Math.min(to, window.to) })))
}

/** Spans with less than `gap` ms between them as one. */
export function joinRanges(ranges: readonly Range[], gap: number): Range[] {
  const joined: Range[] = []
  for (const range of mergeRanges(ranges)) {
    const last = joined.at(-1)
    if (last !== undefined && range.from - last.to < gap) joined[joined.length - 1] = { from: last.from, to: range.to }
    else joined.push(range)
  }
  return joined
}

/** Bars of length `ms` in the spans. */
export function countBars(ranges: readonly Range[], ms: number): number {
  return ranges.reduce((sum, { from, to }) => sum + Math.max(0, Math.round((to - from) / ms)), 0)
}

/** Pieces of at most `most` bars, so that several can be asked for at once. */
export function splitRange({ from, to }: Range, ms: number, most: number): Range[] {
  const pieces: Range[] = []
  if (most === Number.POSITIVE_INFINITY) return from < to ? [{ from, to }] : []
  for (let start = from; start < to; start += most * ms) pieces.push({ from: start, to: Math.min(to, start + most * ms) })
  return pieces
}
