import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Histogram } from '../../../../src/core/feed/histogram.js'

function filled(values: readonly number[]): Histogram {
  const histogram = new Histogram()
  for (const value of values) histogram.record(value)
  return histogram
}

/** The smallest value that so large a share of all does not exceed. */
function exactQuantile(values: readonly number[], fraction: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(fraction * sorted.length) - 1)] ?? Number.NaN
}

describe('a histogram', () => {
  it('never tells a quantile that is too low, nor more than a sixteenth too high', () => {
    const value = fc.oneof(
      fc.double({ min: 0, max: 0.02, noNaN: true }),
      fc.double({ min: 0, max: 100, noNaN: true }),
      fc.double({ min: 0, max: 4e9, noNaN: true }),
      fc.integer({ min: 0, max: 52 }).map((power) => 2 ** (power - 20)),
    )
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 300 }),
        fc.constantFrom(0.01, 0.5, 0.9, 0.99, 1),
        (values, fraction) => {
          const exact = exactQuantile(values, fraction)
          const told = filled(values).quantile(fraction) ?? Number.NaN
          expect(told).toBeGreaterThanOrEqual(exact)
          expect(told).toBeLessThanOrEqual(exact * (1 + 1 / 16) + 1 / 1024)
        },
      ),
      { numRuns: 500, seed: 3 },
    )
  })

  it('keeps count, largest and mean exactly', () => {
    const histogram = filled([1, 2, 3, 1_000])
    expect([histogram.count, histogram.max, histogram.mean]).toEqual([4, 1_000, 251.5])
    expect(histogram.quantile(1)).toBe(1_000)
  })

  it('takes a time before the beginning, and what is no number, for none at all', () => {
    const histogram = filled([-5, Number.NaN, -0])
    expect([histogram.count, histogram.max, histogram.mean]).toEqual([3, 0, 0])
    expect(histogram.quantile(0.99)).toBe(0)
  })

  it('takes numbers beyond its range into its last step', () => {
    expect(filled([1e300]).quantile(0.5)).toBeGreaterThan(1e9)
  })

  it('knows nothing without values, and nothing again after a reset', () => {
    const histogram = filled([])
    expect([histogram.quantile(0.5), histogram.mean]).toEqual([undefined, undefined])
    histogram.record(7)
    histogram.reset()
    expect([histogram.quantile(0.5), histogram.mean, histogram.count, histogram.max]).toEqual([undefined, undefined, 0, 0])
    histogram.record(2)
    expect(histogram.quantile(1)).toBe(2)
  })
})
