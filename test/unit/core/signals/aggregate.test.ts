import { describe, expect, it } from 'vitest'
import { aggregate } from '../../../../src/core/signals/aggregate.js'
import { settle, type Voter } from '../../../../src/core/signals/conflict.js'
import type { AssetRisk, ConflictRule } from '../../../../src/core/signals/contract.js'
import { gradeOf, riskOf, volatilityFactor } from '../../../../src/core/signals/grade.js'
import { shrunkHitRate, weightOf } from '../../../../src/core/signals/track-record.js'
import { NOW, opinion, rules } from '../../../support/opinions.js'

const WILD: AssetRisk = { volatility: 1, usualVolatility: 0.5, riskLevel: 'HIGH' }

/** `long 0.8 x2`: signal, confidence, weight. */
function voters(...texts: readonly string[]): Voter[] {
  return texts.map((text, i) => {
    const [signal = '', confidence = '', weight = 'x1'] = text.split(' ')
    return {
      strategy: 'abcdef'[i] ?? '',
      signal: signal as Voter['signal'],
      confidence: Number(confidence),
      weight: Number(weight.slice(1)),
    }
  })
}

describe('who wins where strategies contradict each other', () => {
  const cases: [ConflictRule, string[], string | null, string, number][] = [
    ['weighted', ['long 0.8'], 'long', 'a', 1],
    ['weighted', ['long 0.8', 'long 0.2'], 'long', 'ab', 1],
    ['weighted', ['long 0.9', 'short 0.3'], 'long', 'a', 0.5],
    ['weighted', ['long 0.6', 'short 0.4'], 'long', 'a', 0.2],
    ['weighted', ['long 0.6', 'short 0.5'], null, '', 0],
    ['weighted', ['long 0.5', 'short 0.5 x3'], 'short', 'b', 0.5],
    ['weighted', ['long 0.5', 'flat 1'], 'long', 'a', 1],
    ['weighted', ['flat 0.5', 'flat 1'], 'flat', 'ab', 1],
    ['weighted', ['long 0.9', 'short 0.3', 'flat 1'], 'long', 'a', 0.5],
    ['weighted', ['long 0', 'short 0'], null, '', 0],
    ['majority', ['long 0.1', 'long 0.1', 'short 1 x2'], 'long', 'ab', 1 / 3],
    ['majority', ['long 1', 'short 0.1'], null, '', 0],
    ['majority', ['long 1', 'short 1', 'flat 1'], null, '', 0],
    ['majority', ['long 1', 'flat 1', 'flat 1'], 'long', 'a', 1],
    ['veto', ['long 0.9', 'long 0.9', 'short 0.1'], null, '', 0],
    ['veto', ['long 0.9', 'flat 0.1'], 'long', 'a', 1],
    ['veto', ['long 0.9', 'short 0.1', 'flat 1'], null, '', 0],
    ['veto', ['long 0.9', 'long 0.1'], 'long', 'ab', 1],
    ['strongest', ['long 0.9', 'short 0.8', 'short 0.8'], 'long', 'a', 1],
    ['strongest', ['long 0.5 x2', 'short 0.9'], 'long', 'a', 1],
    ['strongest', ['long 0.5', 'short 0.5'], null, '', 0],
    ['strongest', ['short 0.5', 'flat 1'], 'short', 'a', 1],
    ['strongest', ['long 0.5', 'long 0.5', 'short 0.1'], 'long', 'ab', 1],
  ]
  it.each(cases)('%s: %j gives %s by %s', (rule, texts, signal, winners, agreement) => {
    const verdict = settle(rule, voters(...texts))
    expect(verdict.signal).toBe(signal)
    expect([...verdict.winners].join('')).toBe(winners)
    expect(verdict.agreement).toBeCloseTo(agreement, 12)
    expect(verdict.why).not.toBe('')
  })
})

describe('what counts', () => {
  it('is never what has expired, is not sure enough or rests on a hole: each says why it was dropped', () => {
    const said = [
      opinion({ strategy: 'late', expiresAt: NOW }),
      opinion({ strategy: 'unsure', confidence: 0.3 }),
      opinion({ strategy: 'holed', doubt: '2 of the last 31 1d bars are missing' }),
    ]
    const { signals, combined } = aggregate(said, rules({ minConfidence: new Map([['unsure', 0.5]]) }))
    expect(signals.map(({ fate, why, positionSize }) => [fate, why, positionSize])).toEqual([
      ['dropped', 'expired on 2026-01-10T00:00:00.000Z', 0],
      ['dropped', 'confidence 0.3 is below 0.5', 0],
      ['dropped', '2 of the last 31 1d bars are missing', 0],
    ])
    expect(combined).toEqual([])
  })

  it('is not shouted down by what was dropped', () => {
    const said = [opinion({ strategy: 'a' }), opinion({ strategy: 'b', signal: 'short', confidence: 1, doubt: 'a hole' })]
    const { signals, combined } = aggregate(said, rules())
    expect(signals.map(({ fate }) => fate)).toEqual(['kept', 'dropped'])
    expect(combined).toMatchObject([{ asset: 'bitcoin', signal: 'long', strategies: ['a'], confidence: 0.8 }])
  })

  it('is told apart by asset: a short of one is no conflict with a long of another', () => {
    const said = [opinion(), opinion({ asset: 'ethereum', signal: 'short' })]
    expect(aggregate(said, rules()).combined.map(({ asset, signal }) => [asset, signal])).toEqual([
      ['bitcoin', 'long'],
      ['ethereum', 'short'],
    ])
  })

  it('of those who lose says who won, and nothing is left where nobody does', () => {
    const said = [opinion({ strategy: 'a', confidence: 0.6 }), opinion({ strategy: 'b', signal: 'short', confidence: 0.5 })]
    const { signals, combined } = aggregate(said, rules())
    expect(signals.every(({ fate, positionSize }) => fate === 'dropped' && positionSize === 0)).toBe(true)
    expect(signals[0]?.why).toBe('long has 55 % of the weighted confidence, 60 % is needed')
    expect(combined).toMatchObject([{ signal: null, positionSize: 0, confidence: 0, expiresAt: null }])
  })

  it('lets a strategy that was right more often win', () => {
    const said = [opinion({ strategy: 'good' }), opinion({ strategy: 'poor', signal: 'short' })]
    const records = new Map([
      ['good', { hits: 80, count: 100 }],
      ['poor', { hits: 30, count: 100 }],
    ])
    expect(aggregate(said, rules()).combined[0]?.signal).toBe(null)
    expect(aggregate(said, rules({ records })).combined[0]?.signal).toBe('long')
  })
})

describe('the end of a position', () => {
  const leaving = opinion({ strategy: 'leaver', signal: 'flat', size: null, confidence: 1 })
  const standing = opinion({ strategy: 'stayer', confidence: 0.5, size: 0.03 })

  it.each(['weighted', 'majority', 'veto', 'strongest'] as const)(
    'takes no position from another strategy by the rule %s',
    (conflict) => {
      const { signals, combined } = aggregate([leaving, standing], rules({ conflict }))
      expect(signals.map(({ fate, positionSize }) => [fate, positionSize])).toEqual([
        ['kept', 0],
        ['kept', 0.03],
      ])
      expect(signals[0]?.why).toBe('ends its own position, which is no vote on what others hold')
      // The day after, when the leaver says nothing any more, the same is in force: nobody sells to buy back.
      const [after] = aggregate([standing], rules({ conflict })).combined
      expect(combined).toEqual([after])
      expect(after).toMatchObject({ signal: 'long', confidence: 0.5, strategies: ['stayer'], positionSize: 0.03 })
    },
  )

  it('is what all say where nobody holds anything', () => {
    expect(aggregate([leaving], rules()).combined).toMatchObject([{ signal: 'flat', strategies: ['leaver'], positionSize: 0 }])
  })
})

describe('a weight that the user gives', () => {
  const said = [opinion({ strategy: 'trusted', confidence: 0.5 }), opinion({ strategy: 'usual', signal: 'short', confidence: 0.6 })]
  const weights = new Map([['trusted', 3]])

  it.each([
    ['weighted', null, 'long'],
    ['strongest', 'short', 'long'],
    ['majority', null, null],
    ['veto', null, null],
  ] as const)('decides by the rule %s where a bare word does not, but counts no votes', (conflict, bare, weighed) => {
    expect(aggregate(said, rules({ conflict })).combined[0]?.signal).toBe(bare)
    expect(aggregate(said, rules({ conflict, weights })).combined[0]?.signal).toBe(weighed)
  })

  it('goes times what its track record is worth', () => {
    const records = new Map([['trusted', { hits: 60, count: 100 }]])
    expect(aggregate(said, rules({ weights, records })).signals[0]?.weight).toBeCloseTo(3 * (70 / 60), 12)
  })
})

describe('how much', () => {
  it('is what the strategy asks for: it has looked at volatility itself', () => {
    const [signal] = aggregate([opinion({ size: 0.013 })], rules({ risks: new Map([['bitcoin', WILD]]) })).signals
    expect(signal).toMatchObject({ positionSize: 0.013, fate: 'kept', riskLevel: 'HIGH' })
  })

  it('is the usual size, less where the asset moves more than usual, for one that asks for none', () => {
    const [signal] = aggregate([opinion({ size: null })], rules({ risks: new Map([['bitcoin', WILD]]) })).signals
    expect(signal).toMatchObject({ positionSize: 0.01, fate: 'changed', why: 'said by one alone; size 0.02: volatility ×0.5' })
  })

  it('is nothing where nobody can tell how much the asset moves', () => {
    const [signal] = aggregate([opinion({ size: null })], rules()).signals
    expect(signal).toMatchObject({ positionSize: 0, fate: 'dropped' })
    expect(signal?.why).toContain('too few bars')
  })

  it('shrinks with what speaks against it', () => {
    const said = [opinion({ strategy: 'a', confidence: 0.9 }), opinion({ strategy: 'b', signal: 'short', confidence: 0.3 })]
    const { signals, combined } = aggregate(said, rules())
    expect(signals[0]?.positionSize).toBeCloseTo(0.01, 12)
    expect(signals[0]?.why).toBe('long has 75 % of the weighted confidence; size 0.02: agreement ×0.5')
    expect(combined[0]).toMatchObject({ agreement: 0.5, confidence: 0.45 })
  })

  it('of all positions together stays within the cap, long and short alike', () => {
    const said = [opinion({ size: 0.06 }), opinion({ asset: 'ethereum', signal: 'short', size: 0.1 })]
    const { signals, combined } = aggregate(said, rules({ maxPortfolioRisk: 0.08 }))
    expect(signals.map(({ positionSize }) => positionSize)).toEqual([0.03, 0.05])
    expect(signals[0]?.why).toBe('said by one alone; size 0.06: portfolio cap ×0.5')
    expect(combined.map(({ positionSize }) => positionSize)).toEqual([0.03, 0.05])
  })

  it('adds up: an asset takes what its signals take', () => {
    const { combined } = aggregate([opinion({ strategy: 'a' }), opinion({ strategy: 'b', size: 0.03 })], rules())
    expect(combined[0]?.positionSize).toBeCloseTo(0.05, 12)
  })

  it('of a flat is nothing, whatever else is said', () => {
    expect(aggregate([opinion({ signal: 'flat', size: null })], rules()).signals[0]).toMatchObject({
      positionSize: 0,
      sizing: null,
      fate: 'kept',
    })
  })
})

const DAY = 86_400_000

describe('words', () => {
  it.each([
    [0, 'WEAK'],
    [0.33, 'WEAK'],
    [1 / 3, 'MODERATE'],
    [0.66, 'MODERATE'],
    [2 / 3, 'STRONG'],
    [1, 'STRONG'],
  ])('a strength of %d is %s', (strength, word) => {
    expect(gradeOf(strength)).toBe(word)
  })

  /** Closes whose log returns are ±`calm`, in the last 30 ±`late`. */
  const closes = (count: number, calm: number, late: number) => {
    let price = 100
    return daily(
      Float64Array.from({ length: count }, (_, i) => {
        price *= Math.exp((i % 2 === 0 ? 1 : -1) * (i >= count - 30 ? late : calm))
        return price
      }),
    )
  }
  const daily = (close: Float64Array) => ({ timestamp: close.map((_, i) => i * DAY), close })

  it.each([
    ['as usual', 0.02, 0.02, null, 'MEDIUM', 1],
    ['calmer', 0.02, 0.015, null, 'LOW', 1],
    ['wilder', 0.02, 0.03, null, 'HIGH', 2 / 3],
    ['calmer under a stressed VIX', 0.02, 0.015, 31, 'MEDIUM', 1],
    ['four times and more as wild', 0.02, 0.2, null, 'HIGH', 0.25],
  ] as const)('risk of an asset %s', (_, calm, late, vix, level, factor) => {
    const risk = riskOf(closes(300, calm, late), DAY, vix)
    expect(risk.riskLevel).toBe(level)
    expect(volatilityFactor(risk)).toBeCloseTo(factor, 6)
    // Population of ±x about 0 with ddof 1: x · √(30 / 29), a year of days.
    expect(risk.volatility).toBeCloseTo(late * Math.sqrt((30 / 29) * 365), 6)
  })

  it.each([
    ['few', closes(60, 0.02, 0.02)],
    ['still', daily(new Float64Array(100).fill(5))],
    ['no', daily(new Float64Array(0))],
  ])('%s bars say nothing of risk', (_, few) => {
    expect(riskOf(few, DAY, 40)).toEqual({ volatility: null, usualVolatility: null, riskLevel: null })
    expect(volatilityFactor(riskOf(few, DAY, null))).toBeNaN()
  })
})

describe('the risk of an asset', () => {
  it('is not raised by a hole: what moved over missing days is no move of one day', () => {
    const whole = Float64Array.from(
      { length: 200 },
      (_, i) => 100 * Math.exp(0.02 * (i % 2) + 0.03 * Math.max(0, Math.min(10, i - 180))),
    )
    const kept = [...whole.keys()].filter((i) => i <= 180 || i >= 190)
    const holed = { timestamp: Float64Array.from(kept, (i) => i * DAY), close: Float64Array.from(kept, (i) => whole[i] ?? 0) }
    // Ten days of rise are missing; every return that is left is ±0.02.
    expect(riskOf(holed, DAY, null)).toMatchObject({ riskLevel: 'MEDIUM' })
    expect(riskOf(holed, DAY, null).volatility).toBeCloseTo(0.02 * Math.sqrt((30 / 29) * 365), 3)
  })
})

describe('a track record', () => {
  it.each([
    [0, 0, 0.5],
    [1, 1, 11 / 21],
    [60, 100, 70 / 120],
    [0, 20, 0.25],
  ])('of %d hits in %d counts as %d: few signals say little', (hits, count, rate) => {
    expect(shrunkHitRate({ hits, count })).toBeCloseTo(rate, 12)
    expect(weightOf({ hits, count })).toBeCloseTo(2 * rate, 12)
  })

  it('that is not there makes nobody better or worse', () => {
    expect(weightOf(undefined)).toBe(1)
  })
})
