/** Funding, mark price and open interest of a perpetual as pure functions of seed and time. */
import type { SandboxMarket } from '../../exchanges/sandbox-contract.js'
import { HOUR_MS, MINUTE_MS } from '../../market/time.js'
import { indexPriceAt, type MarketInstrument, ticksAt } from './instrument.js'
import { bell, mix } from './random.js'
import { HISTORY_START_MS, stepAt } from './time.js'

/** What an 8-hour contract pays when nobody is in a hurry; shorter intervals pay their part of it. */
const IDLE_RATE_8H = 0.0001
const RATE_SPREAD_8H = 0.00012
const PREMIUM_BPS = 1.5
/** Open interest as a multiple of what is traded in a day. */
const OPEN_INTEREST_DAYS = 0.6
const OPEN_INTEREST_POINT_MS = 300_000

export interface FundingState {
  /** Running estimate of the rate that is paid at `nextTime`. */
  readonly rate: number
  readonly nextTime: number
  readonly intervalHours: number
}

export function fundingAt(instrument: MarketInstrument, timeMs: number): FundingState {
  const intervalHours = instrument.path.asset.fundingHours
  const interval = intervalHours * HOUR_MS
  const period = Math.floor(timeMs / interval) + 1
  // The estimate wanders until it is settled, ever less.
  const left = 1 - (timeMs % interval) / interval
  const wander = smooth(mix(instrument.key, 11), timeMs / MINUTE_MS) * left * 0.25 * RATE_SPREAD_8H * (intervalHours / 8)
  return { rate: toRate(settledRate(instrument, period) + wander), nextTime: period * interval, intervalHours }
}

/** Payments in `from <= time < to` that are over by `now`, oldest first. */
export function fundingBetween(
  instrument: MarketInstrument,
  from: number,
  to: number,
  now: number,
): ReturnType<SandboxMarket['fundingHistory']> {
  const interval = instrument.path.asset.fundingHours * HOUR_MS
  const rows: { timestamp: number; rate: number; markPrice: number }[] = []
  let period = Math.ceil(Math.max(from, HISTORY_START_MS) / interval)
  for (; period * interval < to && period * interval <= now; period++) {
    const timestamp = period * interval
    rows.push({ timestamp, rate: toRate(settledRate(instrument, period)), markPrice: markPriceAt(instrument, timestamp) })
  }
  return rows
}

export function markPriceAt(instrument: MarketInstrument, timeMs: number): number {
  const { minute, step } = stepAt(timeMs)
  const premium = (PREMIUM_BPS / 10_000) * smooth(mix(instrument.key, 12), timeMs / MINUTE_MS)
  return indexPriceAt(instrument, minute, step) * (1 + premium)
}

/** One-sided, in units of quantity. */
export function openInterestAt(instrument: MarketInstrument, timeMs: number): number {
  const { asset } = instrument.path
  const typical = (asset.dailyTurnover * OPEN_INTEREST_DAYS) / (asset.price * instrument.listing.multiplier)
  const key = mix(instrument.key, 13)
  const days = smooth(key, timeMs / (24 * HOUR_MS))
  const minutes = smooth(mix(key, 1), timeMs / OPEN_INTEREST_POINT_MS)
  return instrument.quantity.of(instrument.quantity.steps(typical * (1 + 0.12 * days + 0.004 * minutes)))
}

/** Open interest at the end of each period that ends in `from <= time < to`, up to `now`, oldest first. */
export function openInterestBetween(
  instrument: MarketInstrument,
  periodMs: number,
  from: number,
  to: number,
  now: number,
): ReturnType<SandboxMarket['openInterestHistory']> {
  const rows: { timestamp: number; openInterest: number; price: number }[] = []
  let timestamp = Math.ceil(Math.max(from, HISTORY_START_MS) / periodMs) * periodMs
  for (; timestamp < to && timestamp <= now; timestamp += periodMs) {
    const { minute, step } = stepAt(timestamp)
    const price = instrument.price.of(ticksAt(instrument, minute, step))
    rows.push({ timestamp, openInterest: openInterestAt(instrument, timestamp), price })
  }
  return rows
}

/** Rates of neighbouring periods resemble each other. */
function settledRate(instrument: MarketInstrument, period: number): number {
  const key = mix(instrument.key, 10)
  const mood = 0.5 * bell(mix(key, period)) + 0.3 * bell(mix(key, period - 1)) + 0.2 * bell(mix(key, period - 2))
  return (IDLE_RATE_8H + RATE_SPREAD_8H * mood) * (instrument.path.asset.fundingHours / 8)
}

/** Exchanges quote rates with eight decimals. */
function toRate(value: number): number {
  return Math.round(value * 1e8) / 1e8
}

/** Noise of variance about 1 that runs straight from one whole number to the next. */
function smooth(key: number, x: number): number {
  const from = Math.floor(x)
  const share = x - from
  return bell(mix(key, from)) * (1 - share) + bell(mix(key, from + 1)) * share
}
