import { describe, expect, it } from 'vitest'
import { luckOf, neighbourhoodOf, ranked } from '../../../src/core/backtest/optimise/rank.js'
import type { Trial } from '../../../src/core/backtest/optimise/trial.js'

function trial(fast: number, slow: number, sharpe: number | null, finalEquity = 100): Trial {
  const sample = sharpe === null ? null : { ratio: sharpe / Math.sqrt(365), n: 700, skew: 0, kurtosis: 3 }
  const metrics = { sharpe, max_drawdown: -0.1 * fast, ulcer_index: 0.01 * fast }
  return { configHash: `${fast}-${slow}`, parameters: { fast, slow }, metrics, finalEquity, sample, blocks: null, blocked: {} }
}

const grid = (score: (fast: number, slow: number) => number) =>
  [5, 10, 15, 20].flatMap((fast) => [30, 60, 90].map((slow) => trial(fast, slow, score(fast, slow))))

function shapeOf(trials: readonly Trial[]) {
  const [winner] = ranked(trials, 'sharpe')
  if (winner === undefined) throw new Error('there is no winner')
  return neighbourhoodOf(winner, trials, ['fast', 'slow'], 'sharpe')
}

describe('the neighbours of the winner', () => {
  it('are the sets one tried step away, and tell a plateau from a spike', () => {
    const plateau = shapeOf(grid((fast, slow) => 2 - Math.abs(fast - 10) / 50 - Math.abs(slow - 60) / 300))
    expect(plateau).toMatchObject({ neighbours: 8, shape: 'plateau' })
    const spike = shapeOf(grid((fast, slow) => (fast === 10 && slow === 60 ? 2 : 0.1)))
    expect(spike).toMatchObject({ neighbours: 8, median: 0.1, worst: 0.1, shape: 'spike' })
  })

  it('are the nearest ones where a random search has none one step away', () => {
    const scattered = [trial(5, 90, 1), trial(11, 31, 0.9), trial(17, 77, 0.8), trial(12, 60, 2), trial(19, 33, 0.5)]
    expect(shapeOf(scattered).neighbours).toBeGreaterThanOrEqual(2)
  })
})

describe('the order of trials', () => {
  it('puts those without a number last, whatever they earned', () => {
    const order = ranked([trial(1, 2, null, 900), trial(2, 3, -1), trial(3, 4, 1)], 'sharpe')
    expect(order.map(({ parameters }) => parameters['fast'])).toStrictEqual([3, 2, 1])
  })

  it('takes less for better where less is better, and the smaller fall of two', () => {
    const trials = [trial(3, 9, 1), trial(1, 9, 1), trial(2, 9, 1)]
    expect(ranked(trials, 'ulcer_index')[0]?.parameters['fast']).toBe(1)
    expect(ranked(trials, 'max_drawdown')[0]?.parameters['fast']).toBe(1)
  })
})

it('believes the same winner less the more was tried', () => {
  const few = grid((fast) => fast / 10)
  const many = [...few, ...Array.from({ length: 500 }, (_, i) => trial(100 + i, 999, (i % 20) / 10))]
  const [winner] = ranked(few, 'sharpe')
  if (winner === undefined) throw new Error('there is no winner')
  const [a, b] = [luckOf(winner, few, few, 365), luckOf(winner, few, many, 365)]
  expect(b.trials).toBe(512)
  expect(b.deflatedSharpe ?? 1).toBeLessThan(a.deflatedSharpe ?? 0)
  expect(a.overfitting).toBeNull()
})
