/**
 * Candles of samples. CoinGecko's charts are prices at single moments, over all venues, and never on a grid; what can be made
 * of them honestly is less than a candle, and says so (docs/numbers.md).
 */
import { BugError, DataValidationError } from '../../errors.js'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../market/time.js'
import type { PricePoint, SampledCandle, SampledOptions } from '../contract.js'
import { lengthOf } from './intervals.js'

/** Distances between samples that CoinGecko has. */
const SPACINGS = [5 * MINUTE_MS, HOUR_MS, DAY_MS]
/** A bar of fewer samples would show neither its high nor its low. */
const LEAST_SAMPLES = 4
/** Until then an answer may come from a cache that lacks the last samples: 30 s for 5-minute samples, 30 min, 40 min past midnight. */
const SETTLE_MS: Readonly<Record<number, number>> = {
  [5 * MINUTE_MS]: 2 * MINUTE_MS,
  [HOUR_MS]: 35 * MINUTE_MS,
  [DAY_MS]: 45 * MINUTE_MS,
}

type Sample = PricePoint & { readonly price: number }

/** Throws `DataValidationError` when the samples lie too far apart for bars of this interval. */
export function sampled(points: readonly PricePoint[], { interval, from, to, now }: SampledOptions): SampledCandle[] {
  const length = lengthOf(interval)
  const samples = cleaned(points).filter(({ timestamp }) => timestamp <= now)
  if (samples.length === 0) return []
  const spacing = spacingOf(samples)
  const bars = spacing === DAY_MS ? dailyBars(samples, length, now) : bucketBars(samples, length, spacing, now)
  return bars.filter(({ timestamp }) => timestamp >= from && timestamp < to)
}

/** In order, one for each moment (the later told), with prices above 0 only. */
function cleaned(points: readonly PricePoint[]): Sample[] {
  const byTime = new Map(points.map((point) => [point.timestamp, point]))
  const isSample = (point: PricePoint): point is Sample => point.price !== null && Number.isFinite(point.price) && point.price > 0
  return [...byTime.values()].filter(isSample).sort((a, b) => a.timestamp - b.timestamp)
}

/** The spacing of CoinGecko's that is nearest to the median distance. A single sample says nothing: daily is the most careful. */
function spacingOf(samples: readonly Sample[]): number {
  const distances = samples.slice(1).map(({ timestamp }, i) => timestamp - (samples[i]?.timestamp ?? 0))
  const median = distances.sort((a, b) => a - b)[distances.length >> 1] ?? DAY_MS
  const farness = (spacing: number) => Math.abs(Math.log(spacing / median))
  return SPACINGS.reduce((best, spacing) => (farness(spacing) < farness(best) ? spacing : best))
}

/** Open is the first sample in the bar's time and close the last: no bar knows anything from outside its own time. */
function bucketBars(samples: readonly Sample[], length: number, spacing: number, now: number): SampledCandle[] {
  if (length < LEAST_SAMPLES * spacing) throw tooCoarse(length, spacing)
  const buckets = new Map<number, Sample[]>()
  for (const sample of samples) {
    const open = Math.floor(sample.timestamp / length) * length
    const bucket = buckets.get(open)
    if (bucket === undefined) buckets.set(open, [sample])
    else bucket.push(sample)
  }
  return [...buckets].map(([timestamp, bucket]) => {
    const end = timestamp + length
    const prices = bucket.map(({ price }) => price)
    const isPartial = end + (SETTLE_MS[spacing] ?? 0) > now
    return barOf(bucket, {
      timestamp,
      high: Math.max(...prices),
      low: Math.min(...prices),
      expectedSamples: Math.round(length / spacing),
      isPartial,
      isSynthetic: false,
    })
  })
}

/**
 * With one sample a day, that of midnight is the close of the day before, so it makes that day's bar. What is not at midnight is
 * the live price: the bar of a day that runs.
 */
function dailyBars(samples: readonly Sample[], length: number, now: number): SampledCandle[] {
  if (length !== DAY_MS) throw tooCoarse(length, DAY_MS)
  const bars = new Map<number, SampledCandle>()
  for (const sample of samples) {
    const { timestamp: at, price } = sample
    const isMidnight = at % DAY_MS === 0
    const timestamp = isMidnight ? at - DAY_MS : Math.floor(at / DAY_MS) * DAY_MS
    const isPartial = !isMidnight || at + (SETTLE_MS[DAY_MS] ?? 0) > now
    const bar = barOf([sample], { timestamp, high: price, low: price, expectedSamples: 1, isPartial, isSynthetic: true })
    // The whole day wins over a live price of it.
    if (isMidnight || !bars.has(timestamp)) bars.set(timestamp, bar)
  }
  return [...bars.values()].sort((a, b) => a.timestamp - b.timestamp)
}

interface Shape {
  readonly timestamp: number
  readonly high: number
  readonly low: number
  readonly expectedSamples: number
  readonly isPartial: boolean
  readonly isSynthetic: boolean
}

function barOf(bucket: readonly Sample[], shape: Shape): SampledCandle {
  const { isPartial, isSynthetic, ...bar } = shape
  const [first, last] = [bucket[0], bucket.at(-1)]
  if (first === undefined || last === undefined) throw new BugError('a bar without samples')
  const flags = {
    sampled: true,
    synthetic: isSynthetic,
    sparse: !isPartial && bucket.length * 2 < bar.expectedSamples,
    partial: isPartial,
  }
  const quality = Object.entries(flags).flatMap(([name, isSet]) => (isSet ? [name] : []))
  return {
    ...bar,
    open: first.price,
    close: last.price,
    // What CoinGecko tells is of the 24 h before a moment, and no bar's.
    volume: null,
    volume24h: last.volume24h,
    samples: bucket.length,
    quality: quality.join(','),
  }
}

function tooCoarse(length: number, spacing: number): DataValidationError {
  const minutes = (ms: number) => `${ms / MINUTE_MS} min`
  return new DataValidationError(
    'DATA_TOO_COARSE',
    `coingecko: samples ${minutes(spacing)} apart make no honest bars of ${minutes(length)}: at least ${LEAST_SAMPLES} are needed`,
    { suggestions: ['Take a longer --interval, or --source with an exchange that lists the coin'] },
  )
}
