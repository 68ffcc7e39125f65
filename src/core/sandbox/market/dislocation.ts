/**
 * Planted moments of cross-exchange arbitrage: for a few seconds one exchange's price of an asset stands apart from all
 * the others'. They are part of the path, so they are known for any time, past or future.
 */
import { type AssetPath, extremeSteps } from './path.js'
import { mix, unit } from './random.js'
import { STEP_MS, STEPS_PER_MINUTE } from './time.js'

/** Share of an asset's minutes that hold one. */
const SHARE = 0.5
const SHORTEST_MS = 1_500
const LONGEST_MS = 5_000
/** Both takers' fees for the way in are about 10.5 bps, and there are spreads: these are worth taking. */
const SMALLEST_BPS = 30
const LARGEST_BPS = 50
/** Not at a minute's ends, which belong to its open and close. */
const MARGIN_STEPS = 50

export interface Dislocation {
  /** Which of the exchanges that list the asset, by their order. */
  readonly place: number
  /** Steps of the minute, half open. */
  readonly from: number
  readonly to: number
  /** Log distance from the asset's own high (> 0: dear) or low (< 0: cheap) of that minute. */
  readonly shift: number
}

/** An asset's dislocation in a minute, listed on `places` exchanges. */
export function dislocationIn(path: AssetPath, places: number, minute: number): Dislocation | undefined {
  const key = mix(mix(path.key, 7), minute)
  if (places < 2 || unit(key) > SHARE) return undefined
  const length = Math.floor((SHORTEST_MS + unit(mix(key, 1)) * (LONGEST_MS - SHORTEST_MS)) / STEP_MS)
  const from = MARGIN_STEPS + Math.floor(unit(mix(key, 2)) * (STEPS_PER_MINUTE - 2 * MARGIN_STEPS - length))
  const to = from + length
  const touched = extremeSteps(path.key, minute)
  // The extremes of the minute must be traded undisturbed on this exchange too.
  if (isWithin(touched.high, from, to) || isWithin(touched.low, from, to)) return undefined
  const size = (SMALLEST_BPS + unit(mix(key, 3)) * (LARGEST_BPS - SMALLEST_BPS)) / 10_000
  const isDear = unit(mix(key, 4)) < 0.5
  return { place: Math.floor(unit(mix(key, 5)) * places), from, to, shift: isDear ? size : -size }
}

function isWithin(step: number, from: number, to: number): boolean {
  return step >= from && step < to
}
