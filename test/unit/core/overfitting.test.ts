import { describe, expect, it } from 'vitest'
import { normalCdf, normalQuantile } from '../../../src/core/analysis/statistics.js'
import { RollingMean, RollingMoments } from '../../../src/core/analysis/statistics-rolling.js'
import { numberOf } from '../../../src/core/backtest/performance/metric.js'
import { deflatedSharpe, probabilityOfOverfitting, varianceOfSharpes } from '../../../src/core/backtest/performance/overfitting.js'

function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** Sums of twelve uniform numbers: near enough to normal. */
function noise(seed: number, count: number, drift = 0): Float64Array {
  const next = chance(seed)
  return Float64Array.from({ length: count }, () => {
    let sum = -6
    for (let i = 0; i < 12; i++) sum += next()
    return drift + sum * 0.01
  })
}

function sharpe(returns: readonly number[]): number {
  const mean = returns.reduce((sum, r) => sum + r, 0) / returns.length
  const squares = returns.reduce((sum, r) => sum + (r - mean) ** 2, 0)
  return mean / Math.sqrt(squares / (returns.length - 1))
}

/** The procedure of the paper, word for word: every half of four blocks joined, ranked in sample and out of it. */
function plainly(trials: readonly Float64Array[]): number {
  const size = Math.floor((trials[0]?.length ?? 0) / 4)
  const halves = [
    [0, 1],
    [0, 2],
    [0, 3],
    [1, 2],
    [1, 3],
    [2, 3],
  ]
  const below = halves.filter((inside) => {
    const joined = (returns: Float64Array, isInside: boolean) =>
      [0, 1, 2, 3]
        .filter((block) => inside.includes(block) === isInside)
        .flatMap((block) => [...returns.slice(block * size, (block + 1) * size)])
    const scores = trials.map((returns) => sharpe(joined(returns, true)))
    const winner = scores.indexOf(Math.max(...scores))
    const outside = trials.map((returns) => sharpe(joined(returns, false)))
    const rank = 1 + outside.filter((score) => score < (outside[winner] ?? 0)).length
    return rank / (trials.length + 1) <= 0.5
  })
  return below.length / halves.length
}

describe('the probability of overfitting', () => {
  it.each([1, 2, 3, 4, 5])('is that of the plain procedure, seed %i', (seed) => {
    const trials = Array.from({ length: 7 }, (_, i) => noise(seed * 100 + i, 101))
    expect(probabilityOfOverfitting(trials, 4)?.probability).toBe(plainly(trials))
  })

  it('takes 12 870 splits of 16 blocks, is small for one that is truly better and large where there is nothing to find', () => {
    const luck = Array.from({ length: 10 }, (_, i) => noise(i + 1, 320))
    const found = probabilityOfOverfitting(luck)
    expect(found?.splits).toBe(12_870)
    expect(found?.probability).toBeGreaterThan(0.2)
    const skilled = [...luck.slice(1), noise(99, 320, 0.01)]
    expect(probabilityOfOverfitting(skilled)?.probability).toBeLessThan(0.001)
  })

  it('is not to be had from one trial, or from fewer than two returns a block', () => {
    expect(probabilityOfOverfitting([noise(1, 320)])).toBeUndefined()
    expect(probabilityOfOverfitting([noise(1, 20), noise(2, 20)])).toBeUndefined()
  })
})

it('believes the best of many trials less than a single one', () => {
  const winner = { ratio: 0.1, n: 1000, skew: 0, kurtosis: 3 }
  const variance = varianceOfSharpes([0.1, 0.02, -0.03, 0.05])
  const single = numberOf(deflatedSharpe(winner, 1, variance))
  expect(single).toBeCloseTo(0.999, 3)
  expect(numberOf(deflatedSharpe(winner, 10, variance))).toBeLessThan(single)
  expect(numberOf(deflatedSharpe(winner, 1000, variance))).toBeLessThan(numberOf(deflatedSharpe(winner, 10, variance)))
})

describe('the normal distribution', () => {
  it.each([
    [0, 0.5],
    [1.959963984540054, 0.975],
    [-1, 0.15865525393145707],
    [-3, 0.0013498980316300933],
    [-8, 6.220960574271786e-16],
    [6, 0.9999999990134123],
  ])('of %d is %d', (x, p) => {
    expect(Math.abs(normalCdf(x) / p - 1)).toBeLessThan(1e-13)
    if (x < 6) expect(normalQuantile(p)).toBeCloseTo(x, 9)
  })

  it('has no quantile beyond 0 and 1', () => {
    expect([normalQuantile(0), normalQuantile(1), normalQuantile(2)]).toStrictEqual([-Infinity, Infinity, Number.NaN])
  })
})

it('rounds no worse after a million values than after a few', () => {
  const mean = new RollingMean(50)
  const moments = new RollingMoments(50)
  const values = noise(7, 1_000_000, 1e6)
  for (const value of values) {
    mean.push(value)
    moments.push(value)
  }
  const last = [...values.slice(-50)]
  const average = last.reduce((sum, value) => sum + value, 0) / 50
  const squares = last.reduce((sum, value) => sum + (value - average) ** 2, 0)
  expect(Math.abs(mean.value / average - 1)).toBeLessThan(1e-14)
  expect(Math.abs(moments.deviation(1) / Math.sqrt(squares / 49) - 1)).toBeLessThan(1e-6)
  expect(moments.deviation(0)).toBeLessThan(moments.deviation(1))
})
