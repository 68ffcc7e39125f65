/**
 * Funding of perpetuals on one basis. A rate is a fraction of the notional for one interval, longs pay shorts where it is above 0;
 * intervals are 1, 2, 4 or 8 h and change, so that nothing is compared but rates per hour.
 */
import { HOUR_MS, MINUTE_MS } from '../market/time.js'
import { deviation, mean } from './statistics.js'

const HOURS_PER_YEAR = 24 * 365
const BPS = 10_000
/** Where exchanges state a threshold for a rate, it is for eight hours. */
const COMMON_HOURS = 8

/** rate / hours: fraction per hour; `null` where the interval is not known. */
export function ratePerHour(rate: number | null, intervalHours: number | null): number | null {
  if (rate === null || intervalHours === null || !(intervalHours > 0)) return null
  return rate / intervalHours
}

/** Per hour · 24 · 365, a fraction a year: simple interest, nothing is reinvested. */
export function annualised(perHour: number | null): number | null {
  return perHour === null ? null : perHour * HOURS_PER_YEAR
}

/** What a leg costs and what it is worth: rate per hour as a fraction, taker fee as a fraction. */
export interface FundingLeg {
  readonly exchange: string
  readonly ratePerHour: number
  readonly takerFee: number
}

export interface FundingSpread {
  /** Short where the rate is higher: the pair of positions receives the difference. */
  readonly shortExchange: string
  readonly longExchange: string
  /** At least 0, a fraction per hour. */
  readonly rateDiffPerHour: number
  readonly rateDiff8h: number
  readonly rateDiffAnnualised: number
  /** Of four fills, a fraction of one leg's notional: both legs are opened and closed as taker. */
  readonly fees: number
  /** Until the difference has paid for the fills; `null`: never, there is none. */
  readonly breakEvenHours: number | null
  /** (difference per hour · hours − fees) · 10 000, of one leg's notional. */
  readonly profitBps: number
}

/** Two legs of equal notional, held for `holdHours` at the present rates; no price risk, no slippage, no cost of capital. */
export function fundingSpread(a: FundingLeg, b: FundingLeg, holdHours: number): FundingSpread {
  const [short, long] = a.ratePerHour >= b.ratePerHour ? [a, b] : [b, a]
  const difference = short.ratePerHour - long.ratePerHour
  const fees = 2 * (a.takerFee + b.takerFee)
  return {
    shortExchange: short.exchange,
    longExchange: long.exchange,
    rateDiffPerHour: difference,
    rateDiff8h: difference * COMMON_HOURS,
    rateDiffAnnualised: difference * HOURS_PER_YEAR,
    fees,
    breakEvenHours: difference > 0 ? fees / difference : null,
    profitBps: (difference * holdHours - fees) * BPS,
  }
}

/** One payment that was settled. */
export interface Settlement {
  /** ms */
  readonly timestamp: number
  /** Fraction for the interval that ends there. */
  readonly fundingRate: number
}

export interface FundingStability {
  /** Hours that both histories know. */
  readonly hours: number
  /** Share of these in which the difference had the sign of the present one; `null`: no hours, or no present difference. */
  readonly sameSignShare: number | null
  /** Of a − b per hour; the deviation with ddof 1. */
  readonly mean: number | null
  readonly deviation: number | null
}

/** How a − b per hour ran over the hours of both histories, each ascending; `sign` is that of the present difference. */
export function fundingStability(a: readonly Settlement[], b: readonly Settlement[], sign: number): FundingStability {
  const other = hourlyRates(b)
  const differences: number[] = []
  for (const [hour, rate] of hourlyRates(a)) {
    const against = other.get(hour)
    if (against !== undefined) differences.push(rate - against)
  }
  const hours = differences.length
  const same = differences.filter((difference) => Math.sign(difference) === Math.sign(sign)).length
  return {
    hours,
    sameSignShare: hours === 0 || sign === 0 ? null : same / hours,
    mean: hours === 0 ? null : mean(differences),
    deviation: hours < 2 ? null : deviation(differences, 1),
  }
}

/** Rate per hour by the hour (ms / 3 600 000) in which it accrued. */
function hourlyRates(settlements: readonly Settlement[]): Map<number, number> {
  const intervals = settlementIntervals(settlements.map(({ timestamp }) => timestamp))
  const rates = new Map<number, number>()
  for (const [i, { timestamp, fundingRate }] of settlements.entries()) {
    const hours = intervals[i] ?? null
    const perHour = ratePerHour(fundingRate, hours)
    if (hours === null || perHour === null) continue
    const end = Math.round(timestamp / HOUR_MS)
    for (let hour = end - hours; hour < end; hour++) rates.set(hour, perHour)
  }
  return rates
}

/** Hours that each settlement paid for, by the times (ms, ascending) alone; `null` where a single time tells nothing. */
export function settlementIntervals(times: readonly number[]): (number | null)[] {
  const gaps = gapsOf(times)
  return times.map((_, i) => {
    const at = Math.max(0, i - 1)
    const gap = gaps[at]
    if (gap === undefined) return null
    return Math.max(1, Math.round((i === 0 ? stepAt(gaps, at) : Math.min(gap, stepAt(gaps, at))) / HOUR_MS))
  })
}

/** A span without a settlement that should have one: `from <= time < to`, ms. */
export interface MissingSettlements {
  readonly from: number
  readonly to: number
  readonly settlements: number
}

/**
 * Settlements that are missing between `times` (ms, ascending) and up to `end`, by the usual distance of their neighbours: the
 * larger of the smallest of three gaps on either side, so that a change of the interval is no hole; at most 8 h.
 */
export function missingSettlements(times: readonly number[], end: number): MissingSettlements[] {
  const gaps = gapsOf(times)
  const missing = gaps.flatMap((gap, i) => holeAfter(times[i] ?? 0, gap, stepAt(gaps, i)))
  const last = times.at(-1)
  const usual = Math.min(LONGEST_MS, gaps.at(-1) ?? LONGEST_MS)
  return last === undefined || end <= last ? missing : [...missing, ...holeAfter(last, end - last + usual, usual)]
}

const REACH = 3
/** No exchange pays more seldom. */
const LONGEST_MS = 8 * HOUR_MS
/** Exchanges stamp a settlement some ms to seconds off its hour. */
export const SETTLEMENT_JITTER_MS = MINUTE_MS

function gapsOf(times: readonly number[]): number[] {
  return times.slice(1).map((time, i) => Math.round((time - (times[i] ?? time)) / SETTLEMENT_JITTER_MS) * SETTLEMENT_JITTER_MS)
}

function stepAt(gaps: readonly number[], i: number): number {
  const before = smallest(gaps.slice(Math.max(0, i - REACH), i))
  const after = smallest(gaps.slice(i + 1, i + 1 + REACH))
  if (before !== undefined && after !== undefined) return Math.min(LONGEST_MS, Math.max(before, after))
  // At an end only the very next gap is of the same time.
  return Math.min(LONGEST_MS, gaps[i - 1] ?? gaps[i + 1] ?? gaps[i] ?? 0)
}

function smallest(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : Math.min(...values)
}

function holeAfter(time: number, gap: number, step: number): MissingSettlements[] {
  if (!(step > 0)) return []
  const settlements = Math.floor(gap / step + SETTLEMENT_JITTER_MS / step) - 1
  return settlements > 0 ? [{ from: time + step, to: time + step * (settlements + 1), settlements }] : []
}
