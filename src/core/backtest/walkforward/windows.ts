import { DataError, UsageError } from '../../errors.js'
import { DAY_MS } from '../../market/time.js'

/** Half open, ms UTC: parameters are chosen in `trainFrom`–`trainTo` and then used in `trainTo`–`testTo`. */
export interface Window {
  readonly trainFrom: number
  readonly trainTo: number
  readonly testTo: number
}

export interface WindowPlan {
  readonly train: number
  readonly test: number
  /** Training always begins at the start, and grows. */
  readonly isAnchored: boolean
}

const MOST_WINDOWS = 1000

/**
 * Windows that follow each other without hole or overlap of their tests; the last test may be shorter. Errors: `USAGE_BAD_PERIOD`;
 * `DATA_TOO_SHORT` where not even one test fits.
 */
export function windowsOf(from: number, to: number, { train, test, isAnchored }: WindowPlan): Window[] {
  if ((to - from - train) / test > MOST_WINDOWS) {
    throw new UsageError('USAGE_BAD_PERIOD', `That makes more than ${MOST_WINDOWS} windows`, {
      suggestions: ['Take a longer --test'],
    })
  }
  const windows: Window[] = []
  for (let trainTo = from + train; trainTo < to; trainTo += test) {
    windows.push({ trainFrom: isAnchored ? from : trainTo - train, trainTo, testTo: Math.min(to, trainTo + test) })
  }
  if (windows.length > 0) return windows
  const days = (ms: number) => `${Math.floor(ms / DAY_MS)} days`
  throw new DataError('DATA_TOO_SHORT', `${days(to - from)} of bars hold no training of ${days(train)} and a test after it`, {
    suggestions: ['Shorter --train and --test, or more bars: mts collect --days 1000'],
  })
}
