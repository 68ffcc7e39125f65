import { describe, expect, it } from 'vitest'
import { proposeSets, type Scored } from '../../../src/core/backtest/optimise/propose.js'
import { cornersOf, randomSets, readSpace } from '../../../src/core/backtest/optimise/space.js'
import { type Random, seededRandom } from '../../../src/core/backtest/random.js'
import { defineStrategy } from '../../../src/core/strategies/contract.js'
import type { ParameterValues } from '../../../src/core/strategies/parameters.js'

const NUMBER = { kind: 'number', unit: 'of nothing', min: -10, max: 1000, default: 0, description: 'a number' } as const
const strategy = defineStrategy({
  name: 'landscape',
  description: 'Only its parameters matter',
  parameters: {
    x: NUMBER,
    y: NUMBER,
    n: { ...NUMBER, kind: 'integer' },
    mode: { kind: 'choice', choices: ['calm', 'wild', 'odd'], default: 'calm', description: 'a word' },
  },
  check: ({ x, y }) => (x + y <= 15 ? undefined : 'x and y are more than 15 together'),
  warmup: ({ n }) => n,
  create: () => ({ onBar: () => undefined }),
})
const WARMUP = 60

/** Branin's function with its sign turned: three hills of one height, -0.397887. */
function branin({ x, y }: ParameterValues): number {
  const [a, b] = [Number(x), Number(y)]
  return -((b - (5.1 / (4 * Math.PI ** 2)) * a * a + (5 / Math.PI) * a - 6) ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(a) + 10)
}

/** Listed numbers and words: best at n = 240 where the mode is wild. */
function stepped({ n, mode }: ParameterValues): number {
  return -Math.abs(Number(n) - 240) - (mode === 'wild' ? 0 : 50)
}

function bestOfSearch(score: (set: ParameterValues) => number, params: Record<string, string>, budget: number, random: Random) {
  const space = readSpace(strategy, params)
  const sets = [...randomSets(strategy, space, 15, random).sets]
  const scored = (): Scored[] => sets.map((parameters) => ({ parameters, score: score(parameters) }))
  while (sets.length < budget) {
    const next = proposeSets({ strategy, space, random, warmup: 1000 }, scored(), 3)
    if (next.length === 0) break
    sets.push(...next)
  }
  return { best: Math.max(...scored().map((each) => each.score)), sets }
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

const SEEDS = Array.from({ length: 15 }, (_, seed) => seed + 1)

describe('a bayesian search', () => {
  it.each([
    ['a smooth landscape with three hills and a forbidden corner', branin, { x: '-5:10', y: '0:15' }, 3],
    ['steps and words', stepped, { n: '0:600:1', mode: 'calm,wild,odd' }, 2],
  ] as const)('comes nearer to the top of %s than as many random sets', (_, score, params, factor) => {
    const top = score === branin ? -0.397887 : 0
    const missed = (values: number[]) => top - median(values)
    const found = missed(SEEDS.map((seed) => bestOfSearch(score, params, 60, seededRandom(seed)).best))
    const guessed = missed(
      SEEDS.map((seed) => {
        const { sets } = randomSets(strategy, readSpace(strategy, params), 60, seededRandom(1000 + seed))
        return Math.max(...sets.map(score))
      }),
    )
    expect(found * factor).toBeLessThan(guessed)
  })

  it('proposes only sets that are new, valid, and have bars enough before their start', () => {
    const { sets } = bestOfSearch(branin, { x: '-5:10', y: '0:15' }, 60, seededRandom(3))
    expect(new Set(sets.map((set) => JSON.stringify(set))).size).toBe(60)
    expect(sets.every(({ x, y }) => Number(x) + Number(y) <= 15)).toBe(true)
    const space = readSpace(strategy, { n: '50:80:1' })
    const wish = { strategy, space, random: seededRandom(1), warmup: WARMUP }
    expect(proposeSets(wish, [{ parameters: { x: 0, y: 0, n: 50, mode: 'calm' }, score: 1 }], 40)).toHaveLength(10)
  })

  it('proposes the same sets for the same seed and the same results', () => {
    const run = () => bestOfSearch(branin, { x: '-5:10', y: '0:15' }, 40, seededRandom(9)).sets
    expect(run()).toStrictEqual(run())
  })

  it('takes a set without a number for the worst, not for the best', () => {
    const space = readSpace(strategy, { n: '0:60:1' })
    const tried = Array.from({ length: 40 }, (_, i) => ({
      parameters: { x: 0, y: 0, n: i, mode: 'calm' },
      score: i < 20 ? Number.NaN : i,
    }))
    const next = proposeSets({ strategy, space, random: seededRandom(1), warmup: WARMUP }, tried, 10)
    expect(next.every(({ n }) => Number(n) >= 40)).toBe(true)
  })

  it('asks for the bars that the far ends of its ranges need', () => {
    const corners = cornersOf(strategy, readSpace(strategy, { n: '10:60:5', mode: 'calm,odd' }))
    expect(corners.map(({ n, mode }) => `${n} ${mode}`)).toEqual(['10 calm', '10 odd', '60 calm', '60 odd'])
  })
})
