import { describe, expect, it } from 'vitest'
import { automaticBlockLength } from '../../../src/core/backtest/montecarlo/block-length.js'
import { monteCarloInput } from '../../../src/core/backtest/montecarlo/input.js'
import { monteCarlo } from '../../../src/core/backtest/montecarlo/monte-carlo.js'
import { seededRandom } from '../../../src/core/backtest/random.js'

const DAY_MS = 86_400_000
const NO_TRADES = new Float64Array(0)

function noise(count: number, memory: number, seed: number): Float64Array {
  const random = seededRandom(seed)
  let value = 0
  return Float64Array.from({ length: count }, () => {
    value = memory * value + (random.next() - 0.5) * 0.02
    return value
  })
}

function ofReturns(returns: Float64Array, block?: number, runs = 2000) {
  const [result] = monteCarlo(
    { cash: 1000, returns, unit: 'day', periods: 365, tradeReturns: NO_TRADES },
    { runs, seed: 1, block, drawdown: 0.1 },
  )
  if (result === undefined) throw new Error('nothing was resampled')
  return result
}

describe('the block length', () => {
  // (2 φ / (1 − φ²))^(2/3) n^(1/3) is the optimum of an autoregression of one step.
  it.each([0.3, 0.5, 0.7])('is near the optimum of a series that remembers %d of its last value', (memory) => {
    const best = ((2 * memory) / (1 - memory ** 2)) ** (2 / 3) * 8000 ** (1 / 3)
    expect(automaticBlockLength(noise(8000, memory, 4)) / best).toBeGreaterThan(0.7)
    expect(automaticBlockLength(noise(8000, memory, 4)) / best).toBeLessThan(1.4)
  })

  it('is short for a series without memory, and 1 for one that never moves', () => {
    expect(automaticBlockLength(noise(8000, 0, 4))).toBeLessThan(6)
    expect(automaticBlockLength(new Float64Array(100).fill(0.01))).toBe(1)
  })
})

describe('resampled returns', () => {
  it('give the same bands from the same seed, and others from another', () => {
    const returns = noise(300, 0, 2)
    const draw = (seed: number) =>
      monteCarlo({ cash: 1, returns, unit: 'day', periods: 365, tradeReturns: NO_TRADES }, { runs: 200, seed, drawdown: 0.1 })
    expect(draw(5)).toStrictEqual(draw(5))
    expect(draw(5)).not.toStrictEqual(draw(6))
  })

  it('lie around what happened', () => {
    const returns = noise(400, 0, 3)
    const { finalEquity } = ofReturns(returns)
    const real = returns.reduce((product, r) => product * (1 + r), 1000)
    expect(finalEquity.p25).toBeLessThan(real)
    expect(finalEquity.p75).toBeGreaterThan(real)
    expect(finalEquity.p05).toBeLessThan(finalEquity.p95)
  })

  it('keep runs of bad days together: longer blocks fall deeper', () => {
    const waves = Float64Array.from({ length: 400 }, (_, i) => (i % 40 < 20 ? 0.01 : -0.01))
    expect(ofReturns(waves, 20).maxDrawdown.p50).toBeLessThan(1.5 * ofReturns(waves, 1).maxDrawdown.p50)
    expect(ofReturns(waves, 400, 500).finalEquity.p50).toBeCloseTo(
      waves.reduce((product, r) => product * (1 + r), 1000),
      0,
    )
  })

  it('count as a loss what ends below the deposit, and stay at nothing once all is lost', () => {
    const losing = new Float64Array(50).fill(-0.01)
    expect(ofReturns(losing)).toMatchObject({ probabilityOfLoss: 1, probabilityOfDrawdown: 1 })
    const ruin = Float64Array.from({ length: 50 }, (_, i) => (i === 25 ? -1.5 : 0.01))
    const { finalEquity, maxDrawdown } = ofReturns(ruin, 50, 200)
    expect([finalEquity.p50, maxDrawdown.p50]).toStrictEqual([0, -1])
  })

  it('are left out where there are too few', () => {
    expect(
      monteCarlo(
        { cash: 1, returns: noise(9, 0, 1), unit: 'day', periods: 365, tradeReturns: NO_TRADES },
        { runs: 100, seed: 1, drawdown: 0.1 },
      ),
    ).toStrictEqual([])
  })
})

it('takes the return of a trade from equity before its entry', () => {
  const timestamps = Float64Array.from({ length: 4 }, (_, i) => (i + 1) * DAY_MS)
  const equity = Float64Array.of(1000, 2000, 4000, 5000)
  const trades = [
    { entryTime: 0, pnl: 100 },
    { entryTime: 2 * DAY_MS, pnl: 500 },
  ]
  const input = monteCarloInput({ cash: 800, timestamps, equity, trades, intervalMs: DAY_MS })
  expect([...input.tradeReturns]).toStrictEqual([100 / 800, 500 / 2000])
  expect([...input.returns]).toStrictEqual([0.25, 1, 1, 0.25])
})

it('draws the bars of a run of few days, and the days of a long one', () => {
  const hours = (count: number) => {
    const timestamps = Float64Array.from({ length: count }, (_, i) => (i + 1) * (DAY_MS / 24))
    const equity = timestamps.map((_, i) => 1000 + i)
    return monteCarloInput({ cash: 1000, timestamps, equity, trades: [], intervalMs: DAY_MS / 24 })
  }
  expect(hours(99 * 24)).toMatchObject({ unit: 'bar', periods: 365 * 24, returns: { length: 99 * 24 } })
  expect(hours(100 * 24)).toMatchObject({ unit: 'day', periods: 365, returns: { length: 100 } })
})
