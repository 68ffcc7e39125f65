import { DAY_MS } from '../market/time.js'
import type { TrackRecord } from './contract.js'

/** Signals are judged a week after they were said. */
export const TRACK_HORIZON_MS = 7 * DAY_MS

/** So many signals that were as good as a coin stand before the first real one: few signals say little. */
const PRIOR_SIGNALS = 20
const PRIOR_RATE = 0.5

/** Hit rate drawn towards one half, as by a beta prior of 10 hits in 20: 0.5 without any signal, 0.58 for 60 hits of 100. */
export function shrunkHitRate({ hits, count }: TrackRecord): number {
  return (hits + PRIOR_RATE * PRIOR_SIGNALS) / (count + PRIOR_SIGNALS)
}

/** What a strategy's word counts: the shrunk hit rate against that of a coin. 1 without a record, between 0 and 2. */
export function weightOf(record: TrackRecord | undefined): number {
  return shrunkHitRate(record ?? { hits: 0, count: 0 }) / PRIOR_RATE
}
