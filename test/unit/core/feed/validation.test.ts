import { describe, expect, it } from 'vitest'
import { DEFAULT_LIMITS, isPlausibleTrade, isTimeSuspect, PriceGuard } from '../../../../src/core/feed/validation.js'

function guardAfter(prices: readonly number[]): PriceGuard {
  const guard = new PriceGuard(DEFAULT_LIMITS)
  for (const price of prices) guard.isOutlier(price)
  return guard
}

const calm = Array.from({ length: 200 }, (_, i) => 50_000 + (i % 7) * 10)

describe('the guard of prices', () => {
  it('flags a price far from the recent ones, and only that', () => {
    const guard = guardAfter(calm)
    expect([50_030, 50_500, 51_500, 48_000, 5_000_000, 50_010].map((price) => guard.isOutlier(price))).toEqual([
      false,
      false,
      true,
      true,
      true,
      false,
    ])
  })

  it('takes the first 25 as they come: there is nothing to compare them with', () => {
    const guard = new PriceGuard(DEFAULT_LIMITS)
    for (let i = 0; i < 25; i++) expect(guard.isOutlier(i % 2 === 0 ? 100 : 1)).toBe(false)
  })

  it('does not call the smallest move of a still market an outlier', () => {
    const guard = guardAfter(Array.from({ length: 200 }, () => 100))
    expect(guard.isOutlier(100.01)).toBe(false)
    expect(guard.isOutlier(100.99)).toBe(false)
    expect(guard.isOutlier(101.01)).toBe(true)
  })

  it('follows the market to a new price within its window', () => {
    const guard = guardAfter(calm)
    const flags = Array.from({ length: 101 }, () => guard.isOutlier(60_000))
    expect(flags[0]).toBe(true)
    expect(flags.at(-1)).toBe(false)
  })

  it('is not worn down by a few absurd prices', () => {
    const guard = guardAfter([...calm, 1, 1, 1, 9e9, 9e9])
    expect([guard.isOutlier(50_020), guard.isOutlier(1)]).toEqual([false, true])
  })
})

describe('the checks of times and trades', () => {
  it('suspect a time from the future and one from long ago, by the limits that are set', () => {
    expect([-5_001, -5_000, 0, 60_000, 60_001].map((latency) => isTimeSuspect(latency, DEFAULT_LIMITS))).toEqual([
      true,
      false,
      false,
      false,
      true,
    ])
  })

  it('suspect a trade without a price or a size', () => {
    expect(isPlausibleTrade(100, 1)).toBe(true)
    for (const [price, quantity] of [
      [0, 1],
      [100, 0],
      [-1, 1],
      [100, -1],
      [Number.NaN, 1],
      [100, Number.POSITIVE_INFINITY],
    ] as const)
      expect(isPlausibleTrade(price, quantity)).toBe(false)
  })
})
