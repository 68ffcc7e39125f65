import { describe, expect, it } from 'vitest'
import {
  annualised,
  fundingSpread,
  fundingStability,
  missingSettlements,
  ratePerHour,
  settlementIntervals,
} from '../../../../src/core/analysis/funding.js'
import { HOUR_MS } from '../../../../src/core/market/time.js'

const at = (hours: readonly number[]) => hours.map((hour) => hour * HOUR_MS)

describe('a rate', () => {
  it.each([
    [0.0001, 8, 0.0000125, 0.1095],
    [-0.0002, 4, -0.00005, -0.438],
    [0.00001, 1, 0.00001, 0.0876],
  ])('of %f for %i h is %f an hour and %f a year', (rate, hours, perHour, yearly) => {
    const hourly = ratePerHour(rate, hours)
    expect(hourly).toBeCloseTo(perHour, 15)
    expect(annualised(hourly)).toBeCloseTo(yearly, 12)
  })

  it('of an unknown interval says nothing per hour, and nothing a year', () => {
    expect([ratePerHour(0.0001, null), ratePerHour(0.0001, 0), ratePerHour(null, 8), annualised(null)]).toStrictEqual(
      Array.from({ length: 4 }, () => null),
    )
  })
})

describe('two exchanges', () => {
  const binance = { exchange: 'binance', ratePerHour: 0.0003 / 8, takerFee: 0.0005 }
  const bybit = { exchange: 'bybit', ratePerHour: 0.0001 / 4, takerFee: 0.00055 }

  it('are compared per hour: 3 bps in 8 h are more than 1 bp in 4 h by 0.125 bps an hour, which pays four fills in 168 h', () => {
    const spread = fundingSpread(binance, bybit, 240)
    expect(spread).toMatchObject({ shortExchange: 'binance', longExchange: 'bybit' })
    expect(spread.rateDiffPerHour).toBeCloseTo(0.0000125, 15)
    expect(spread.rateDiff8h).toBeCloseTo(0.0001, 15)
    expect(spread.fees).toBeCloseTo(0.0021, 15)
    expect(spread.breakEvenHours).toBeCloseTo(168, 9)
    expect(spread.profitBps).toBeCloseTo(9, 9)
  })

  it('give the same whichever is named first', () => {
    expect(fundingSpread(bybit, binance, 240)).toStrictEqual(fundingSpread(binance, bybit, 240))
  })

  it('with equal rates never break even', () => {
    expect(fundingSpread(binance, { ...bybit, ratePerHour: binance.ratePerHour }, 24)).toMatchObject({
      breakEvenHours: null,
      rateDiffPerHour: 0,
    })
  })
})

describe('the difference over its history', () => {
  it('is that of the hours, not of the payments: 8 h of one rate against two 4 h rates', () => {
    const a = at([0, 8, 16, 24]).map((timestamp) => ({ timestamp, fundingRate: 0.0008 }))
    const b = at([0, 4, 8, 12, 16, 20, 24]).map((timestamp, i) => ({ timestamp, fundingRate: i === 6 ? 0.0012 : 0.0002 }))
    // Per hour 1 bp against 0.5 bps for 20 of 24 hours, and against 3 bps for the last four.
    const stability = fundingStability(a, b, 1)
    expect(stability.hours).toBe(28)
    expect(stability.sameSignShare).toBeCloseTo(24 / 28, 12)
    expect(stability.mean).toBeCloseTo((24 * 0.00005 - 4 * 0.0002) / 28, 15)
  })

  it('is unknown where the histories do not meet', () => {
    const a = at([0, 8]).map((timestamp) => ({ timestamp, fundingRate: 0.0001 }))
    const b = at([80, 88]).map((timestamp) => ({ timestamp, fundingRate: 0.0001 }))
    expect(fundingStability(a, b, 1)).toStrictEqual({ hours: 0, sameSignShare: null, mean: null, deviation: null })
  })
})

describe('settlements', () => {
  it('have the interval of their neighbours, some ms of jitter or not', () => {
    const times = at([0, 8, 16, 20, 24, 25, 26]).map((time, i) => time + (i % 3))
    expect(settlementIntervals(times)).toStrictEqual([8, 8, 8, 4, 4, 1, 1])
  })

  it.each([
    ['none is missing', [0, 8, 16, 24, 32], 39, []],
    ['one of five is missing', [0, 8, 16, 32, 40, 48], 55, [[24, 32, 1]]],
    ['two in a row are missing', [0, 8, 32, 40, 48], 50, [[16, 32, 2]]],
    [
      'holes stand side by side',
      [0, 8, 24, 40, 48],
      50,
      [
        [16, 24, 1],
        [32, 40, 1],
      ],
    ],
    ['the interval becomes shorter', [0, 8, 16, 20, 24, 28], 31, []],
    ['the interval becomes longer', [0, 1, 2, 3, 11, 19, 27], 34, []],
    ['the newest is missing', [0, 8, 16, 24], 41, [[32, 48, 2]]],
  ] as const)('tell when %s', (_, hours, end, expected) => {
    const found = missingSettlements(at(hours), end * HOUR_MS)
    expect(found.map(({ from, to, settlements }) => [from / HOUR_MS, to / HOUR_MS, settlements])).toStrictEqual(expected)
  })
})
