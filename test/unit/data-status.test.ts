import { describe, expect, it } from 'vitest'
import { type FreshnessRules, reportDataStatus, type StoredFacts } from '../../src/core/live/data-status.js'
import type { CandleFacts, MacroFacts } from '../../src/core/storage/read-series.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** A Monday. */
const MONDAY = Date.UTC(2026, 10, 16)

function candles(changes: Partial<CandleFacts>): CandleFacts {
  const series = { source: 'binance', cryptocurrency: 'bitcoin', interval: '1h' }
  return { ...series, first: MONDAY - DAY, last: MONDAY, rows: 25, holes: 0, missing: 0, confirmed: 0, ...changes }
}

/** Observed on the days given (newest first), each published `delay` after its midnight. */
function macro(days: readonly number[], delay: number): MacroFacts {
  const dates = days.map((day) => new Date(day).toISOString().slice(0, 10))
  const newest = dates.map((date) => ({ date, availableAt: Date.parse(date) + delay }))
  const [last = ''] = dates
  return { indicator: 'VIX', first: dates.at(-1) ?? '', last, rows: days.length, missing: 0, availableAt: 0, newest }
}

function report(facts: Partial<StoredFacts>, rules: Partial<FreshnessRules>) {
  const all = { candles: [], macro: [], live: [], ...facts }
  return reportDataStatus(all, { now: MONDAY, maxIntervals: 2, liveWithin: undefined, ...rules })
}

function workdays(before: number, count: number): number[] {
  const days: number[] = []
  for (let day = before; days.length < count; day -= DAY) if (![0, 6].includes(new Date(day).getUTCDay())) days.push(day)
  return days
}

describe('freshness of candles', () => {
  it('counts from the end of the newest bar: fresh up to two intervals, stale after', () => {
    const end = MONDAY + HOUR
    expect(report({ candles: [candles({})] }, { now: end + 2 * HOUR }).series[0]).toMatchObject({ status: 'fresh', ageHours: 2 })
    const late = report({ candles: [candles({})] }, { now: end + 2 * HOUR + 1 })
    expect(late).toMatchObject({ overallStatus: 'stale', freshCount: 0, staleCount: 1 })
  })

  it('tells the limit of short bars as it is', () => {
    expect(report({ candles: [candles({ interval: '1m' })] }, { now: MONDAY }).series[0]?.limitHours).toBeCloseTo(2 / 60, 4)
  })

  it('lets the user say how many intervals', () => {
    const now = MONDAY + 6 * HOUR
    expect(report({ candles: [candles({})] }, { now, maxIntervals: 5 }).overallStatus).toBe('fresh')
  })

  it('knows how long a month is', () => {
    const month = candles({ interval: '1M', last: Date.UTC(2026, 1, 1) })
    expect(report({ candles: [month] }, { now: Date.UTC(2026, 2, 1) }).series[0]).toMatchObject({
      ageHours: 0,
      limitHours: 2 * 28 * 24,
    })
  })

  it('sums up a coin over its series: stale when one is, as old as its newest bar', () => {
    const old = candles({ interval: '5m', last: MONDAY - DAY, rows: 100 })
    const coin = report({ candles: [old, candles({})] }, { now: MONDAY + 2 * HOUR }).coins
    expect(coin).toEqual([{ cryptocurrency: 'bitcoin', status: 'stale', ageHours: 1, recordsCount: 125 }])
  })
})

describe('freshness of macro series', () => {
  it('does not count weekends where nothing is published on them', () => {
    const friday = MONDAY - 3 * DAY
    const vix = macro(workdays(friday, 20), 36 * HOUR)
    expect(report({ macro: [vix] }, { now: MONDAY + 2 * DAY }).overallStatus).toBe('fresh')
    expect(report({ macro: [vix] }, { now: MONDAY + 3 * DAY }).overallStatus).toBe('stale')
  })

  it('counts a delay of a week as the five days on which something is published', () => {
    const vix = macro(workdays(MONDAY, 20), 7 * DAY)
    expect(report({ macro: [vix] }, { now: MONDAY + DAY }).series[0]).toMatchObject({ limitHours: (2 + 5) * 24 })
  })

  it('takes the distance and the delay that a series has had of late', () => {
    const months = Array.from({ length: 12 }, (_, at) => Date.UTC(2026, 8 - at, 1))
    const cpi = macro(months, 42 * DAY)
    const { series } = report({ macro: [cpi] }, { now: Date.UTC(2026, 11, 1) })
    expect(series[0]).toMatchObject({ status: 'fresh', limitHours: (2 * 31 + 42) * 24 })
    expect(report({ macro: [cpi] }, { now: Date.UTC(2026, 11, 20) }).overallStatus).toBe('stale')
  })
})

describe('live tables', () => {
  const book = { table: 'order_book_samples', exchange: 'binance', symbols: 2, rows: 5, first: MONDAY, last: MONDAY } as const

  it('may stand still, unless rows of late are asked for', () => {
    const now = MONDAY + DAY
    expect(report({ live: [book] }, { now })).toMatchObject({ overallStatus: 'fresh', staleCount: 0, series: [{ status: 'idle' }] })
    expect(report({ live: [book] }, { now, liveWithin: HOUR })).toMatchObject({
      overallStatus: 'stale',
      series: [{ name: 'book' }],
    })
  })
})

it('says that nothing is stored rather than that all is well', () => {
  expect(report({}, {}).overallStatus).toBe('empty')
})
