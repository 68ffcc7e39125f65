/** Closes of the last bars, and of the days that a macro series has too, in arrays that are made once. */
import { intervalMs } from '../market/interval.js'
import { DAY_MS } from '../market/time.js'
import type { Bars, Observations } from './contract.js'

/** Why nothing can be said: what data do not allow. */
export const FAULTS = {
  tooFewBars: 'too few bars for the look-back',
  barsMissing: 'bars are missing in the look-back',
  barsStale: 'the newest daily bar is not there',
  noVolume: 'a bar of the look-back has no traded volume: candles of an exchange are needed',
  noMacro: 'no value of the macro series is known yet',
  tooFewMacro: 'too few values of the macro series for the look-back',
  macroMissing: 'values of the macro series are missing in the look-back',
  macroStale: 'nothing new of the macro series has been published for more than 7 days',
} as const

export type Fault = (typeof FAULTS)[keyof typeof FAULTS]

/** Longer than any weekend with holidays; only closed markets (2001, 7 days) come near it. */
const LONGEST_PAUSE_MS = 7 * DAY_MS

/** Fills `into` with the last closes, oldest first. Undefined where every bar is there, else why not. */
export function readCloses(bars: Bars, into: Float64Array): Fault | undefined {
  const last = into.length - 1
  if (bars.length <= last) return FAULTS.tooFewBars
  const step = intervalMs(bars.interval)
  // Opens lie a whole number of steps apart, so the ends tell about all between.
  if (step !== undefined && bars.timestamp(0) - bars.timestamp(last) !== last * step) return FAULTS.barsMissing
  for (let back = 0; back <= last; back++) into[last - back] = bars.close(back)
  return undefined
}

/** Fills `into`, one shorter than `closes`, with ln(close / close before). */
export function logReturns(closes: Float64Array, into: Float64Array): Float64Array {
  for (let i = 0; i < into.length; i++) into[i] = Math.log((closes[i + 1] as number) / (closes[i] as number))
  return into
}

/** Fills `into`, one shorter than `values`, with value − value before. */
export function changes(values: Float64Array, into: Float64Array): Float64Array {
  for (let i = 0; i < into.length; i++) into[i] = (values[i + 1] as number) - (values[i] as number)
  return into
}

/** Why the daily bars cannot be used at `time` (ms), or undefined. */
export function faultOfDaily(daily: Bars, time: number): Fault | undefined {
  if (daily.length === 0) return FAULTS.tooFewBars
  return time - daily.timestamp(0) >= 2 * DAY_MS ? FAULTS.barsStale : undefined
}

/** Why the newest value of a daily macro series cannot be used at `time` (ms), or undefined. */
export function faultOfNewest(values: Observations, time: number): Fault | undefined {
  if (values.length === 0) return FAULTS.noMacro
  // By its publication: values are taken for known only days after their date.
  return time - values.availableAt(0) > LONGEST_PAUSE_MS ? FAULTS.macroStale : undefined
}

/**
 * Fills `closes` and `levels`, equally long, oldest first, with the closes of the last days that the macro series has a value of: the
 * inner join by date, so that what follows a weekend spans it. Undefined where all is there, else why not.
 */
export function joinByDate(daily: Bars, values: Observations, closes: Float64Array, levels: Float64Array): Fault | undefined {
  const newest = daily.timestamp(0)
  let back = 0
  let row = closes.length - 1
  let before = Number.NaN
  for (let i = 0; row >= 0; i++) {
    if (i >= values.length) return FAULTS.tooFewMacro
    const date = values.date(i)
    if (before - date > LONGEST_PAUSE_MS) return FAULTS.macroMissing
    before = date
    // A value may be out before the day's bar has closed.
    if (date > newest) continue
    while (back < daily.length && daily.timestamp(back) > date) back += 1
    if (back >= daily.length) return FAULTS.tooFewBars
    if (daily.timestamp(back) !== date) return FAULTS.barsMissing
    closes[row] = daily.close(back)
    levels[row] = values.value(i)
    row -= 1
  }
  return undefined
}
