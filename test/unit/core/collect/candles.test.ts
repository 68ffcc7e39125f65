import { describe, expect, it } from 'vitest'
import { checkCandles } from '../../../../src/core/collect/check-candles.js'
import { autoInterval } from '../../../../src/core/collect/choose-interval.js'
import { periodOf } from '../../../../src/core/collect/period.js'
import type { CandleRow } from '../../../../src/core/storage/rows.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const START = Date.UTC(2026, 0, 2)

function bar(index: number, changes: Partial<CandleRow> = {}): CandleRow {
  const base = { source: 'binance', cryptocurrency: 'bitcoin', interval: '1h', quality: '' }
  return { ...base, timestamp: START + index * HOUR, open: 100, high: 110, low: 90, close: 105, volume: 3, ...changes }
}

const LATER = START + 1000 * HOUR

describe('a bar before it is stored', () => {
  it.each([
    ['a high below the low', { high: 80, open: 80, close: 80, low: 90 }, 'the high is below the low'],
    ['a high below the close', { high: 104 }, 'the high is below open or close'],
    ['a low above the open', { low: 101 }, 'the low is above open or close'],
    ['a negative price', { low: -1 }, 'a price is zero or negative'],
    ['a price of zero', { open: 0, low: 0 }, 'a price is zero or negative'],
    ['NaN', { close: Number.NaN }, 'a price is no number'],
    ['infinity', { high: Number.POSITIVE_INFINITY }, 'a price is no number'],
    ['a negative volume', { volume: -1 }, 'the volume is negative or no number'],
    ['a time off the grid', { timestamp: START + 1 }, 'the time is off the grid of the interval'],
    ['a time that is none', { timestamp: Number.NaN }, 'the time is no time'],
  ])('is refused for %s, and its neighbours are kept', (_, changes, reason) => {
    const { rows, rejected } = checkCandles([bar(0), bar(1, changes), bar(2)], HOUR, LATER)
    expect(rejected.map((each) => each.reason)).toStrictEqual([reason])
    expect(rows.map(({ timestamp }) => timestamp)).toStrictEqual([START, START + 2 * HOUR])
  })

  it('is refused when time goes back or one time has two bars; the same bar twice is no fault', () => {
    const { rows, rejected } = checkCandles([bar(1), bar(0), bar(1), bar(1, { close: 100 }), bar(2)], HOUR, LATER)
    expect(rejected.map((each) => each.reason)).toStrictEqual([
      'the time goes back',
      'a second bar of the same time, with other figures',
    ])
    expect(rows).toHaveLength(2)
  })

  it('is left out without a word while it is not over', () => {
    expect(checkCandles([bar(0), bar(1)], HOUR, START + HOUR)).toStrictEqual({ rows: [bar(0)], rejected: [] })
  })

  it('may have no volume, and none at all', () => {
    expect(checkCandles([bar(0, { volume: null }), bar(1, { volume: 0 })], HOUR, LATER).rows).toHaveLength(2)
  })
})

describe('the interval that auto takes', () => {
  it.each([
    [DAY, '5m'],
    [DAY + 1, '1h'],
    [90 * DAY, '1h'],
    [90 * DAY + 1, '1d'],
  ])('for %d ms is %s', (span, interval) => {
    expect(autoInterval(span)).toBe(interval)
  })
})

describe('the time that flags name', () => {
  const now = Date.UTC(2026, 10, 21, 13, 30)
  const flags = { days: undefined, from: undefined, to: undefined }

  it('is the last days, or half open between two times, UTC without a zone', () => {
    expect(periodOf(flags, now, 7)).toStrictEqual({ from: now - 7 * DAY, to: now, isBack: true })
    expect(periodOf({ ...flags, days: 2, to: '2026-11-10' }, now, 7)).toMatchObject({
      from: Date.UTC(2026, 10, 8),
      to: Date.UTC(2026, 10, 10),
    })
    expect(periodOf({ ...flags, from: '2026-11-01', to: '2026-11-02T12:30+02:00' }, now, 7)).toStrictEqual({
      from: Date.UTC(2026, 10, 1),
      to: Date.UTC(2026, 10, 2, 10, 30),
      isBack: false,
    })
    expect(periodOf({ ...flags, from: '2026-11-01', to: '2030-01-01' }, now, 7).to).toBe(now)
  })

  it.each([
    [{ from: '2026-02-30' }, 'not a time: 2026-02-30'],
    [{ from: 'yesterday' }, 'not a time: yesterday'],
    [{ from: '2026-11-02', to: '2026-11-01' }, 'is empty'],
    [{ from: '2026-11-02', to: '2026-11-02' }, 'is empty'],
    [{ from: '2027-01-01' }, 'has not come yet'],
  ])('is refused: %j', (given, message) => {
    expect(() => periodOf({ ...flags, ...given }, now, 7)).toThrow(message)
  })
})
