/** The market's grid: it moves in steps of 20 ms, and a minute is the smallest candle. */
import { MINUTE_MS } from '../../market/time.js'
export const STEP_MS = 20
export const STEPS_PER_MINUTE = MINUTE_MS / STEP_MS
export const DAY_MINUTES = 1_440
/** There is no history before this time (2020-01-01). */
export const HISTORY_START_MS = Date.UTC(2020, 0, 1)

/** A step by its minute since the epoch and its place in that minute: both stay small enough to be hashed. */
export interface Step {
  readonly minute: number
  readonly step: number
}

export function stepAt(timeMs: number): Step {
  const minute = Math.floor(timeMs / MINUTE_MS)
  return { minute, step: Math.floor((timeMs - minute * MINUTE_MS) / STEP_MS) }
}

/** Open time of the candle that holds `timeMs`; weeks begin on Monday 00:00 UTC, as on every exchange. */
export function alignTime(timeMs: number, intervalMs: number): number {
  const offset = intervalMs % (7 * DAY_MINUTES * MINUTE_MS) === 0 ? 4 * DAY_MINUTES * MINUTE_MS : 0
  return Math.floor((timeMs - offset) / intervalMs) * intervalMs + offset
}
