/** Long series made short enough to draw, without losing what a chart of this width would show. */

/** A wide screen has no more pixels to tell apart; on a narrower one several spans share a pixel, which still shows every extreme. */
const SPANS = 700

/**
 * Rows to draw of several series over one time: of each of `spans` equal spans of time the first row, the last, and of each series the
 * lowest and the highest (M4: Jugel et al., PVLDB 7, 2014). Ascending; all rows when there are hardly more.
 */
export function thinnedRows(timestamp: Float64Array, series: readonly Float64Array[], spans = SPANS): number[] {
  const n = timestamp.length
  if (n <= 2 * spans) return [...timestamp.keys()]
  const start = timestamp[0] ?? 0
  const width = ((timestamp[n - 1] ?? 0) - start) / spans
  const kept = new Set<number>()
  let first = 0
  while (first < n) {
    const end = start + (Math.floor(((timestamp[first] ?? 0) - start) / width) + 1) * width
    let last = first
    while (last + 1 < n && (timestamp[last + 1] ?? 0) < end) last += 1
    kept.add(first).add(last)
    for (const values of series) addExtremes(values, first, last, kept)
    first = last + 1
  }
  return [...kept].sort((a, b) => a - b)
}

function addExtremes(values: Float64Array, first: number, last: number, kept: Set<number>): void {
  let low = first
  let high = first
  for (let row = first + 1; row <= last; row++) {
    if ((values[row] ?? 0) < (values[low] ?? 0)) low = row
    if ((values[row] ?? 0) > (values[high] ?? 0)) high = row
  }
  kept.add(low).add(high)
}
