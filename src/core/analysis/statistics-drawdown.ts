/** How far below its highest value a series lies, and for how long. */

type Series = Readonly<ArrayLike<number>>

/** value / highest so far − 1, at most 0. `start` counts as a first value that is not in the series. */
export function drawdowns(values: Series, start = Number.NEGATIVE_INFINITY): Float64Array {
  const depths = new Float64Array(values.length)
  let peak = start
  for (let i = 0; i < depths.length; i++) {
    const value = values[i] as number
    peak = Math.max(peak, value)
    depths[i] = peak > 0 ? value / peak - 1 : 0
  }
  return depths
}

/** One time under water. Rows of the series; the peak may be −1, the start value. */
export interface DrawdownPeriod {
  readonly peak: number
  readonly trough: number
  /** First row at or above the peak again; null while it lasts. */
  readonly recovery: number | null
  /** Last row under water. */
  readonly last: number
  /** At the trough, below 0. */
  readonly depth: number
}

/** Every time under water, oldest first. */
export function drawdownPeriods(depths: Series): DrawdownPeriod[] {
  const periods: DrawdownPeriod[] = []
  let from = 0
  while (from < depths.length) {
    if ((depths[from] as number) >= 0) {
      from += 1
      continue
    }
    const period = periodFrom(depths, from)
    periods.push(period)
    from = period.last + 1
  }
  return periods
}

function periodFrom(depths: Series, from: number): DrawdownPeriod {
  let trough = from
  let row = from
  for (; row < depths.length && (depths[row] as number) < 0; row++) {
    if ((depths[row] as number) < (depths[trough] as number)) trough = row
  }
  const recovery = row < depths.length ? row : null
  return { peak: from - 1, trough, recovery, last: row - 1, depth: depths[trough] as number }
}

/** Of all times under water, in rows. */
export interface Falls {
  /** At most 0. */
  readonly deepest: number
  /** From the peak to the recovery, or to the end, of the longest. */
  readonly peakToRecovery: number
  /** The longest run of rows below a peak. */
  readonly underwater: number
}

/** The same as by `drawdownPeriods`, in one pass and without a column: searches ask it of millions of bars. `start` is above 0. */
export function fallsOf(values: Series, start: number): Falls {
  let [peak, row, deepest, peakToRecovery, underwater] = [start, -1, 0, 0, 0]
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    if (value < peak) {
      deepest = Math.min(deepest, value / peak - 1)
      underwater = Math.max(underwater, i - row)
      peakToRecovery = Math.max(peakToRecovery, i - row)
      continue
    }
    if (i - row > 1) peakToRecovery = Math.max(peakToRecovery, i - row)
    peak = value
    row = i
  }
  return { deepest, peakToRecovery, underwater }
}
