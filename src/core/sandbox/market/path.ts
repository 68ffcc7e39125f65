/**
 * The price of an asset as a pure function of seed and time, from years back to single steps of 20 ms.
 *
 * Minutes: a random walk by midpoint displacement (Lévy's construction of Brownian motion) over a dyadic tree, so that any
 * minute costs O(log time). High and low of a minute are drawn from the exact law of the extremes of a Brownian bridge.
 * Inside a minute the path is a bridge that touches both at known steps and stays between them: what a live client sees
 * is what the candle of that minute tells, then and years later.
 */
import type { Asset } from './assets.js'
import { bell, mix, mixText, remember, unit } from './random.js'
import { DAY_MINUTES, STEPS_PER_MINUTE } from './time.js'

export const BLOCK_BITS = 10
export const BLOCK_MINUTES = 1 << BLOCK_BITS
/** The tree spans 2^26 minutes from 1970: to 2097. */
const ROOT_MINUTES = 1 << 26
/** Up to 2^15 minutes (three weeks) the walk is Brownian; beyond, its swings grow slower, or prices would leave their range. */
const BROWNIAN_MINUTES = 1 << 15
const SLOW_GROWTH = 1.15
const MARKET_DAILY_VOLATILITY = 0.018
const KEPT_BLOCKS = 64

/** 1 024 minutes of an asset: log prices at the boundaries, extremes, and cumulative activity (1 024 in total). */
export interface PathBlock {
  readonly boundary: Float64Array
  readonly high: Float64Array
  readonly low: Float64Array
  readonly activity: Float64Array
}

export interface AssetPath {
  readonly asset: Asset
  readonly key: number
  block(index: number): PathBlock
  /** Natural logarithm of the price in USD at a step. */
  logPriceAt(minute: number, step: number): number
}

/** Boundaries of a block of a walk with the given standard deviation of a minute. */
type Walk = (block: number) => Float64Array

export function marketWalk(seed: number): Walk {
  return walk(mixText(seed, 'market'), MARKET_DAILY_VOLATILITY / Math.sqrt(DAY_MINUTES))
}

export function assetPath(seed: number, asset: Asset, market: Walk): AssetPath {
  const key = mixText(seed, asset.base)
  const ownSigma = asset.ownDailyVolatility / Math.sqrt(DAY_MINUTES)
  const own = walk(mix(key, 1), ownSigma)
  const sigma = Math.hypot(ownSigma, (asset.beta * MARKET_DAILY_VOLATILITY) / Math.sqrt(DAY_MINUTES))
  const block = remember(KEPT_BLOCKS, (index) => fillBlock(index, key, asset, sigma, market(index), own(index)))
  let last = { minute: -1, step: -1, value: 0 }
  const logPriceAt = (minute: number, step: number) => {
    // Every exchange that lists the asset asks for the same step.
    if (last.minute !== minute || last.step !== step) last = { minute, step, value: insideMinute(block, key, sigma, minute, step) }
    return last.value
  }
  return { asset, key, block, logPriceAt }
}

/** The steps at which a minute touches its high and its low; neither is the first nor the last. */
export function extremeSteps(key: number, minute: number): { readonly high: number; readonly low: number } {
  const inner = STEPS_PER_MINUTE - 2
  const high = 1 + Math.floor(unit(mix(mix(key, 2), minute)) * inner)
  const other = 1 + Math.floor(unit(mix(mix(key, 3), minute)) * (inner - 1))
  return { high, low: other >= high ? other + 1 : other }
}

function walk(key: number, sigma: number): Walk {
  const cap = sigma * Math.sqrt(BROWNIAN_MINUTES)
  return remember(KEPT_BLOCKS, (index) => {
    const values = new Float64Array(BLOCK_MINUTES + 1)
    values[0] = coarse(key, sigma, cap, index * BLOCK_MINUTES)
    values[BLOCK_MINUTES] = coarse(key, sigma, cap, (index + 1) * BLOCK_MINUTES)
    for (let span = BLOCK_MINUTES; span > 1; span >>= 1) {
      const swing = (sigma * Math.sqrt(span)) / 2
      for (let low = 0; low < BLOCK_MINUTES; low += span) {
        const middle = low + (span >> 1)
        const mean = ((values[low] ?? 0) + (values[low + span] ?? 0)) / 2
        values[middle] = mean + swing * bell(mix(key, index * BLOCK_MINUTES + middle))
      }
    }
    return values
  })
}

/** The walk at a boundary of blocks, down from the root. */
function coarse(key: number, sigma: number, cap: number, minute: number): number {
  let low = 0
  let high = ROOT_MINUTES
  let lowValue = 0
  let highValue = 0
  while (high - low > BLOCK_MINUTES) {
    if (minute === low) return lowValue
    if (minute === high) return highValue
    const span = high - low
    const swing = (span <= BROWNIAN_MINUTES ? sigma * Math.sqrt(span) : cap * SLOW_GROWTH ** Math.log2(span / BROWNIAN_MINUTES)) / 2
    const middle = low + span / 2
    const value = (lowValue + highValue) / 2 + swing * bell(mix(key, middle))
    if (minute < middle) {
      high = middle
      highValue = value
    } else {
      low = middle
      lowValue = value
    }
  }
  return minute === low ? lowValue : highValue
}

function fillBlock(
  index: number,
  key: number,
  { price, beta }: Asset,
  sigma: number,
  market: Float64Array,
  own: Float64Array,
): PathBlock {
  const boundary = new Float64Array(BLOCK_MINUTES + 1)
  const level = Math.log(price)
  for (let i = 0; i <= BLOCK_MINUTES; i++) boundary[i] = level + beta * (market[i] ?? 0) + (own[i] ?? 0)
  const activity = fillActivity(mix(key, 4), index)
  const high = new Float64Array(BLOCK_MINUTES)
  const low = new Float64Array(BLOCK_MINUTES)
  for (let i = 0; i < BLOCK_MINUTES; i++) {
    const minuteKey = mix(mix(key, 5), index * BLOCK_MINUTES + i)
    const open = boundary[i] ?? 0
    const close = boundary[i + 1] ?? 0
    // Busy minutes range wider.
    const variance = sigma * sigma * Math.min(4, (activity[i + 1] ?? 0) - (activity[i] ?? 0))
    high[i] = (open + close + bridgeReach(open, close, variance, unit(minuteKey))) / 2
    low[i] = (open + close - bridgeReach(open, close, variance, unit(mix(minuteKey, 1)))) / 2
  }
  return { boundary, high, low, activity }
}

/** Twice the distance of a Brownian bridge's maximum from the middle of its ends: its distribution inverted at `u`. */
function bridgeReach(open: number, close: number, variance: number, u: number): number {
  return Math.sqrt((close - open) ** 2 - 2 * variance * Math.log(u))
}

/** A multiplicative cascade: calm and busy times cluster at every scale, and each block adds up to its number of minutes. */
function fillActivity(key: number, index: number): Float64Array {
  const total = new Float64Array(BLOCK_MINUTES + 1)
  total[BLOCK_MINUTES] = BLOCK_MINUTES
  for (let span = BLOCK_MINUTES; span > 1; span >>= 1) {
    for (let low = 0; low < BLOCK_MINUTES; low += span) {
      const share = 0.36 + 0.28 * unit(mix(key, index * BLOCK_MINUTES + low + (span >> 1)))
      const from = total[low] ?? 0
      total[low + (span >> 1)] = from + share * ((total[low + span] ?? 0) - from)
    }
  }
  return total
}

function insideMinute(block: (index: number) => PathBlock, key: number, sigma: number, minute: number, step: number): number {
  const { boundary, high, low } = block(minute >> BLOCK_BITS)
  const i = minute & (BLOCK_MINUTES - 1)
  const top = high[i] ?? 0
  const bottom = low[i] ?? 0
  const extremes = extremeSteps(key, minute)
  const isHighFirst = extremes.high < extremes.low
  const first = Math.min(extremes.high, extremes.low)
  const second = Math.max(extremes.high, extremes.low)
  const firstValue = isHighFirst ? top : bottom
  const secondValue = isHighFirst ? bottom : top
  const bridge = { key: mix(mix(key, 6), minute), sigma, top, bottom }
  if (step <= first) return onBridge(bridge, step, 0, boundary[i] ?? 0, first, firstValue)
  if (step <= second) return onBridge(bridge, step, first, firstValue, second, secondValue)
  return onBridge(bridge, step, second, secondValue, STEPS_PER_MINUTE - 1, boundary[i + 1] ?? 0)
}

interface Bridge {
  readonly key: number
  readonly sigma: number
  readonly top: number
  readonly bottom: number
}

/** A step between two known ones, by midpoint displacement held between the minute's extremes. */
function onBridge(bridge: Bridge, step: number, start: number, startValue: number, end: number, endValue: number): number {
  let [from, to, fromValue, toValue] = [start, end, startValue, endValue]
  while (step !== from && step !== to) {
    const middle = (from + to) >> 1
    const swing = (bridge.sigma * Math.sqrt((to - from) / STEPS_PER_MINUTE)) / 2
    const free = (fromValue + toValue) / 2 + swing * bell(mix(bridge.key, middle))
    const value = Math.min(bridge.top, Math.max(bridge.bottom, free))
    if (step < middle) {
      to = middle
      toValue = value
    } else {
      from = middle
      fromValue = value
    }
  }
  return step === from ? fromValue : toValue
}
