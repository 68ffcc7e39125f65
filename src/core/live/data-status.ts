/** Is what is stored still fresh, and is it whole? Pure: facts and the time in, a judgement of each series out. */
import { barEnd } from '../market/interval.js'
import { DAY_MS, HOUR_MS } from '../market/time.js'
import type { CandleFacts, LiveFacts, MacroFacts } from '../storage/read-series.js'

/** `idle`: a live table that gets no rows at present, which is no fault unless it was asked for. */
export type Freshness = 'fresh' | 'stale' | 'idle'

export interface SeriesStatus {
  readonly kind: 'candles' | 'macro' | 'live'
  /** Exchange or provider; `null` where the database does not tell. */
  readonly source: string | null
  /** Coin, indicator or channel. */
  readonly name: string
  readonly interval: string | null
  readonly status: Freshness
  /** Hours since the newest row was over. */
  readonly ageHours: number
  /** From this age on it is stale; `null`: never. */
  readonly limitHours: number | null
  /** Opens of the first and the last bar, first and last day, first and last row; ms. */
  readonly first: number
  readonly last: number
  readonly rows: number
  /** Places where bars are missing; `null` where that cannot be told from the rows: see the coverage. */
  readonly holes: number | null
  /** Bars missing there; days without a value. */
  readonly missing: number | null
  /** Missing bars that the source itself does not have. */
  readonly confirmed: number | null
}

export interface CoinStatus {
  readonly cryptocurrency: string
  /** Stale when any of its series is. */
  readonly status: Freshness
  /** Of its newest bar. */
  readonly ageHours: number
  readonly recordsCount: number
}

export interface StatusReport {
  readonly overallStatus: 'fresh' | 'stale' | 'empty'
  readonly freshCount: number
  readonly staleCount: number
  readonly coins: readonly CoinStatus[]
  readonly series: readonly SeriesStatus[]
}

export interface FreshnessRules {
  readonly now: number
  /** A series may be so many of its intervals old, and its usual delay. */
  readonly maxIntervals: number
  /** A live table must have a row of the last so much time (ms); without it, none is stale. */
  readonly liveWithin: number | undefined
}

export interface StoredFacts {
  readonly candles: readonly CandleFacts[]
  readonly macro: readonly MacroFacts[]
  readonly live: readonly LiveFacts[]
}

/** A live table with a row of the last two minutes is being written. */
const LIVE_MS = 120_000
const CHANNELS: Readonly<Record<string, string>> = {
  order_book_samples: 'book',
  bid_ask_spreads: 'spread',
  funding_rates: 'funding',
  open_interest: 'open-interest',
  large_trades: 'large-trades',
}

export function reportDataStatus(facts: StoredFacts, rules: FreshnessRules): StatusReport {
  const candles = facts.candles.map((each) => ofCandles(each, rules))
  const series = [...candles, ...facts.macro.map((each) => ofMacro(each, rules)), ...facts.live.map((each) => ofLive(each, rules))]
  const staleCount = series.filter(({ status }) => status === 'stale').length
  const names = [...new Set(candles.map(({ name }) => name))]
  return {
    overallStatus: series.length === 0 ? 'empty' : staleCount > 0 ? 'stale' : 'fresh',
    freshCount: series.filter(({ status }) => status === 'fresh').length,
    staleCount,
    coins: names.map((name) => ofCoin(name, candles)),
    series,
  }
}

function ofCandles(facts: CandleFacts, { now, maxIntervals }: FreshnessRules): SeriesStatus {
  const { source, cryptocurrency, interval, first, last, rows, holes, missing, confirmed } = facts
  const end = barEnd(last, interval) ?? last
  const limit = maxIntervals * (end - last)
  const age = Math.max(0, now - end)
  return {
    kind: 'candles',
    source,
    name: cryptocurrency,
    interval,
    ...judged(age, limit),
    first,
    last,
    rows,
    holes,
    missing,
    confirmed,
  }
}

function ofMacro({ indicator, first, last, rows, missing, newest }: MacroFacts, rules: FreshnessRules): SeriesStatus {
  const days = newest.map(({ date }) => Date.parse(date))
  const observed = days[0] ?? Date.parse(last)
  const step = medianStep(days)
  const isWorkdays = step === DAY_MS && days.every((day) => !isWeekend(day))
  const between = isWorkdays ? workTime : calendarTime
  const delays = newest.map(({ date, availableAt }) => between(Date.parse(date), availableAt))
  const age = between(observed, rules.now)
  return {
    kind: 'macro',
    source: null,
    name: indicator,
    interval: `${Math.round(step / DAY_MS)}d`,
    ...judged(age, rules.maxIntervals * step + Math.max(0, ...delays)),
    first: Date.parse(first),
    last: Date.parse(last),
    rows,
    holes: null,
    missing,
    confirmed: null,
  }
}

function ofLive({ table, exchange, rows, first, last }: LiveFacts, { now, liveWithin }: FreshnessRules): SeriesStatus {
  const age = Math.max(0, now - last)
  const isLate = age > (liveWithin ?? LIVE_MS)
  return {
    kind: 'live',
    source: exchange,
    name: CHANNELS[table] ?? table,
    interval: null,
    ...judged(age, liveWithin ?? Number.POSITIVE_INFINITY),
    ...(liveWithin === undefined && isLate ? { status: 'idle' as const } : {}),
    first,
    last,
    rows,
    holes: null,
    missing: null,
    confirmed: null,
  }
}

function ofCoin(name: string, candles: readonly SeriesStatus[]): CoinStatus {
  const own = candles.filter((each) => each.name === name)
  return {
    cryptocurrency: name,
    status: own.some(({ status }) => status === 'stale') ? 'stale' : 'fresh',
    ageHours: Math.min(...own.map(({ ageHours }) => ageHours)),
    recordsCount: own.reduce((sum, { rows }) => sum + rows, 0),
  }
}

function judged(ageMs: number, limitMs: number): Pick<SeriesStatus, 'status' | 'ageHours' | 'limitHours'> {
  return {
    status: ageMs > limitMs ? 'stale' : 'fresh',
    ageHours: hours(ageMs),
    limitHours: Number.isFinite(limitMs) ? hours(limitMs) : null,
  }
}

/** To a third of a second: bars of a minute are stale after 0.0333 h. */
function hours(ms: number): number {
  return Math.round((ms / HOUR_MS) * 10_000) / 10_000
}

/** Usual distance of days, newest first; of fewer than two, a day. */
function medianStep(days: readonly number[]): number {
  const steps = days.slice(1).map((day, at) => (days[at] ?? day) - day)
  return steps.toSorted((a, b) => a - b)[steps.length >> 1] ?? DAY_MS
}

function isWeekend(day: number): boolean {
  return [0, 6].includes(new Date(day).getUTCDay())
}

function calendarTime(from: number, to: number): number {
  return Math.max(0, to - from)
}

/** Time from `from` to `to` without Saturdays and Sundays, UTC: nothing is published then. */
function workTime(from: number, to: number): number {
  let total = 0
  for (let at = from; at < to; ) {
    const next = Math.min(to, Math.floor(at / DAY_MS) * DAY_MS + DAY_MS)
    if (!isWeekend(at)) total += next - at
    at = next
  }
  return total
}
