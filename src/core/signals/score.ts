/** How the signals of a strategy have turned out so far. n stands beside every figure; what is not defined is null, with the reason. */
import { mean } from '../analysis/statistics.js'
import type { TrackRecord } from './contract.js'
import type { Outcome } from './outcome.js'

/** A signal that says long or short, or flat, and what came of it at each horizon. */
export interface ScoredSignal {
  readonly strategy: string
  readonly asset: string
  readonly timestamp: number
  readonly confidence: number
  /** One a horizon, in their order. */
  readonly outcomes: readonly Outcome[]
}

export interface HorizonScore {
  readonly horizonMs: number
  readonly n: number
  /** Of these, how many do not overlap in time with an earlier one of the same asset: only so many are evidence of their own. */
  readonly nIndependent: number
  readonly pending: number
  readonly noBar: number
  readonly hits: number
  readonly hitRate: number | null
  /** 95 % interval of the hit rate by Wilson (1927), by the independent ones. */
  readonly hitRateLow: number | null
  readonly hitRateHigh: number | null
  /** In the direction of the signal, costs apart. */
  readonly meanReturn: number | null
  /** Why there are no figures. */
  readonly reason: string | null
}

export interface CalibrationBucket {
  /** Confidence from (included) to (not included, but for 1). */
  readonly from: number
  readonly to: number
  readonly n: number
  readonly meanConfidence: number | null
  readonly hitRate: number | null
}

export interface StrategyScore {
  readonly strategy: string
  readonly signals: number
  readonly flat: number
  readonly horizons: readonly HorizonScore[]
  readonly calibration: readonly CalibrationBucket[]
  /** Mean of (confidence − hit)² at the horizon of the calibration (Brier 1950): 0.25 is a coin told as a coin. */
  readonly brier: number | null
}

const BUCKETS = 5
const Z_95 = 1.959963984540054

/** By strategy, in the order of their names. `calibrated` is the place of the horizon that confidence is held against. */
export function scoreSignals(signals: readonly ScoredSignal[], horizonsMs: readonly number[], calibrated: number): StrategyScore[] {
  const strategies = [...new Set(signals.map(({ strategy }) => strategy))].sort()
  return strategies.map((strategy) => {
    const own = signals.filter((each) => each.strategy === strategy).toSorted((a, b) => a.timestamp - b.timestamp)
    const held = own.filter(({ outcomes }) => outcomes[0]?.reason !== 'not-scored')
    const known = held.flatMap(({ confidence, outcomes }) => {
      const change = outcomes[calibrated]?.return ?? null
      return change === null ? [] : [{ confidence, isHit: change > 0 }]
    })
    return {
      strategy,
      signals: own.length,
      flat: own.length - held.length,
      horizons: horizonsMs.map((horizonMs, place) => horizonScore(held, horizonMs, place)),
      calibration: Array.from({ length: BUCKETS }, (_, i) => bucketOf(known, i)),
      brier: orNull(mean(known.map(({ confidence, isHit }) => (confidence - Number(isHit)) ** 2))),
    }
  })
}

/** Hits of signals whose horizon had passed by `now`: nothing that could not be known then. */
export function trackRecords(
  signals: readonly ScoredSignal[],
  place: number,
  horizonMs: number,
  now: number,
): Map<string, TrackRecord> {
  const records = new Map<string, TrackRecord>()
  for (const { strategy, timestamp, outcomes } of signals) {
    const change = outcomes[place]?.return ?? null
    if (change === null || timestamp + horizonMs > now) continue
    const { hits, count } = records.get(strategy) ?? { hits: 0, count: 0 }
    records.set(strategy, { hits: hits + Number(change > 0), count: count + 1 })
  }
  return records
}

function horizonScore(held: readonly ScoredSignal[], horizonMs: number, place: number): HorizonScore {
  const with_ = (reason: string): number => held.filter(({ outcomes }) => outcomes[place]?.reason === reason).length
  const known = held.filter(({ outcomes }) => (outcomes[place]?.return ?? null) !== null)
  const returns = known.map(({ outcomes }) => outcomes[place]?.return ?? 0)
  const n = returns.length
  const hits = returns.filter((change) => change > 0).length
  const nIndependent = countIndependent(known, horizonMs)
  const [low, high] = n === 0 ? [null, null] : wilson(hits / n, nIndependent)
  const pending = with_('pending')
  return {
    horizonMs,
    n,
    nIndependent,
    pending,
    noBar: with_('no-bar'),
    hits,
    hitRate: n === 0 ? null : hits / n,
    hitRateLow: low,
    hitRateHigh: high,
    meanReturn: orNull(mean(returns)),
    reason: n > 0 ? null : reasonOf(held.length, pending),
  }
}

function reasonOf(held: number, pending: number): string {
  if (held === 0) return 'it has never said long or short'
  return pending > 0 ? `the time of ${pending} signals is not over` : 'there are no bars where its signals begin or end'
}

/** Oldest first: each that begins when the one counted before is over. */
function countIndependent(known: readonly ScoredSignal[], horizonMs: number): number {
  const free = new Map<string, number>()
  let count = 0
  for (const { asset, timestamp } of known) {
    if (timestamp < (free.get(asset) ?? Number.NEGATIVE_INFINITY)) continue
    free.set(asset, timestamp + horizonMs)
    count += 1
  }
  return count
}

/** E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22 (1927). */
function wilson(rate: number, n: number): [number, number] {
  const z2 = Z_95 ** 2
  const centre = (rate + z2 / (2 * n)) / (1 + z2 / n)
  const half = (Z_95 / (1 + z2 / n)) * Math.sqrt((rate * (1 - rate)) / n + z2 / (4 * n * n))
  return [Math.max(0, centre - half), Math.min(1, centre + half)]
}

interface Known {
  readonly confidence: number
  readonly isHit: boolean
}

function bucketOf(known: readonly Known[], place: number): CalibrationBucket {
  const own = known.filter(({ confidence }) => Math.min(BUCKETS - 1, Math.floor(confidence * BUCKETS)) === place)
  return {
    from: place / BUCKETS,
    to: (place + 1) / BUCKETS,
    n: own.length,
    meanConfidence: orNull(mean(own.map(({ confidence }) => confidence))),
    hitRate: orNull(mean(own.map(({ isHit }) => Number(isHit)))),
  }
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value
}
