import { describe, expect, it } from 'vitest'
import { gridOf, randomSets, readSpace } from '../../../src/core/backtest/optimise/space.js'
import { seededRandom } from '../../../src/core/backtest/random.js'
import { smaCross } from '../../../src/core/strategies/sma-cross.js'
import { zscoreReversion } from '../../../src/core/strategies/zscore-reversion.js'

describe('what is searched', () => {
  it('is a range with its end, a list, or one value', () => {
    const space = readSpace(smaCross, { fast: '5:20:5', slow: '30,60', short: 'true' })
    const { sets } = gridOf(smaCross, space)
    expect(sets).toHaveLength(8)
    expect(sets[0]).toStrictEqual({ fast: 5, slow: 30, short: true })
    expect(sets.at(-1)).toStrictEqual({ fast: 20, slow: 60, short: true })
  })

  it('counts sets that break a rule of the strategy instead of running them', () => {
    const { sets, invalid, rule } = gridOf(smaCross, readSpace(smaCross, { fast: '10:40:10', slow: '20:40:20' }))
    expect(sets.map(({ fast, slow }) => [fast, slow])).toStrictEqual([
      [10, 20],
      [10, 40],
      [20, 40],
      [30, 40],
    ])
    expect(invalid).toBe(4)
    expect(rule).toContain('has to be smaller than slow')
  })

  it('ends where steps of a tenth should end', () => {
    const name = Object.entries(zscoreReversion.parameters).find(([, { kind }]) => kind === 'number')?.[0] ?? ''
    const space = readSpace(zscoreReversion, { [name]: '1.1:1.7:0.1' })
    const [dimension] = space.dimensions
    expect(dimension).toStrictEqual({ name, values: [1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7] })
  })

  it.each(['5:1:1', '5:10:0', '5:10:-1', ':10', '1:2:3:4', 'a:b'])('refuses %s with an example', (text) => {
    expect(() => readSpace(smaCross, { fast: text })).toThrow(expect.objectContaining({ code: 'USAGE_BAD_PARAMETER' }))
  })

  it('refuses a value that the parameter may not have, and a name that it does not know', () => {
    expect(() => readSpace(smaCross, { fast: '0:10:5' })).toThrow(/fast cannot be 0/)
    expect(() => readSpace(smaCross, { fats: '1:10:5' })).toThrow(expect.objectContaining({ code: 'USAGE_UNKNOWN_PARAMETER' }))
  })

  it('refuses more sets than anybody waits for', () => {
    expect(() => gridOf(smaCross, readSpace(smaCross, { fast: '1:500:1', slow: '501:1000:1' }))).toThrow(/250,000/)
  })
})

describe('a random search', () => {
  const space = readSpace(smaCross, { fast: '5:50:5', slow: '20:200:20' })

  it('draws the same different sets from the same seed', () => {
    const draw = (seed: number) => randomSets(smaCross, space, 20, seededRandom(seed)).sets
    expect(draw(1)).toStrictEqual(draw(1))
    expect(draw(1)).not.toStrictEqual(draw(2))
    expect(new Set(draw(1).map((set) => JSON.stringify(set))).size).toBe(20)
  })

  it('ends with all of them where there are fewer', () => {
    expect(randomSets(smaCross, space, 1000, seededRandom(1)).sets).toHaveLength(90)
  })
})
