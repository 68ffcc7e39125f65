import { describe, expect, it } from 'vitest'
import { conditionOf, percentileRank, spreadPercentiles, tightestShares } from '../../../../src/core/analysis/spread.js'
import { trendOf } from '../../../../src/core/analysis/trend.js'

const RULES = { widePercentile: 90, stressedPercentile: 99 }

describe('a spread among others', () => {
  it.each([
    [[1, 2, 3, 4], 4, 87.5],
    [[1, 2, 3, 4], 1, 12.5],
    [[2, 2, 2], 2, 50],
    [[1, 2, 2, 3], 2, 50],
  ])('of %j: %d stands at %d', (values, value, rank) => {
    const spread = (bps: number) => ({ spreadBps: bps, spreadAbsolute: bps / 100 })
    expect(percentileRank(values.map(spread), spread(value))).toBe(rank)
  })

  it('does not stand higher because its price fell while it was one tick wide all the time', () => {
    const ticks = Array.from({ length: 100 }, (_, i) => ({ spreadAbsolute: 0.1, spreadBps: 1_000 / (100_000 - 100 * i) }))
    expect(percentileRank(ticks, { spreadAbsolute: 0.1, spreadBps: 1_000 / 90_100 })).toBe(50)
    expect(percentileRank(ticks, { spreadAbsolute: 0.2, spreadBps: 2_000 / 90_100 })).toBe(100)
  })

  it.each([
    [50, 'normal'],
    [89.9, 'normal'],
    [90, 'wide'],
    [99, 'stressed'],
  ])('at %d is %s', (percentile, condition) => {
    expect(conditionOf(percentile, RULES)).toBe(condition)
  })

  it('has percentiles between the samples', () => {
    const values = Array.from({ length: 101 }, (_, i) => 100 - i)
    expect(spreadPercentiles(values)).toStrictEqual({ p5: 5, p25: 25, p50: 50, p75: 75, p95: 95, p99: 99 })
    expect(spreadPercentiles([])).toBeUndefined()
  })
})

describe('exchanges against each other', () => {
  const points = (...spreads: readonly (number | undefined)[]) =>
    spreads.flatMap((spreadBps, i) => (spreadBps === undefined ? [] : [{ timestamp: i * 1000 + 137 * i, spreadBps }]))

  it('are counted by the seconds that both have; what is level is shared', () => {
    expect(tightestShares([points(1, 2, 3, undefined), points(2, 1, 3, 1)])).toStrictEqual([0.5, 0.5])
    expect(tightestShares([points(1, 1, 3), points(2, 2, 2)])).toStrictEqual([2 / 3, 1 / 3])
  })

  it('are level where both are one tick wide at prices a little apart', () => {
    const tick = (mid: number) => (0.1 / mid) * 10_000
    expect(tightestShares([points(tick(102_314.1)), points(tick(102_319.9))])).toStrictEqual([0.5, 0.5])
  })

  it('say nothing without a common second', () => {
    expect(tightestShares([points(1), points(undefined, 1)])).toBeUndefined()
  })
})

describe('a trend', () => {
  const hours = (...times: readonly number[]) => times.map((time) => time * 3_600_000)

  it('is the slope over uneven times: 100, 102, 108 at 0, 1, 4 h rise by 2 an hour', () => {
    const trend = trendOf(hours(0, 1, 4), [100, 102, 108], 0.01)
    expect(trend?.perHour).toBeCloseTo(2, 12)
    expect(trend?.fittedChange).toBeCloseTo((2 * 4) / (310 / 3), 12)
    expect(trend?.rSquared).toBeCloseTo(1, 12)
    expect(trend?.direction).toBe('rising')
  })

  it.each([
    [[100, 99.9, 100], 'flat'],
    [[100, 90, 80], 'falling'],
    [[7, 7, 7], 'flat'],
  ])('of %j is %s', (values, direction) => {
    expect(trendOf(hours(0, 1, 2), values, 0.01)?.direction).toBe(direction)
  })

  it('is none where the line is lost in the noise, however steep it is, nor of two samples', () => {
    const noise = [0.01, 0.01, 0.04, 0.01, 0.01, 0.01, 0.04, 0.01, 0.01, 0.03]
    const trend = trendOf(hours(...noise.keys()), noise, 0.01)
    expect(Math.abs(trend?.fittedChange ?? 0)).toBeGreaterThan(0.1)
    expect(trend?.direction).toBe('flat')
    expect(trendOf(hours(0, 1), [1, 2], 0.01)?.direction).toBe('flat')
  })

  it('of one moment is none', () => {
    expect(trendOf(hours(1), [1], 0.01)).toBeUndefined()
    expect(trendOf(hours(1, 1), [1, 2], 0.01)).toBeUndefined()
  })
})
