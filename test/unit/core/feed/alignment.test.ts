import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { align, MidHistory } from '../../../../src/core/feed/alignment.js'

function historyOf(entries: readonly (readonly [timeMs: number, mid: number])[]): MidHistory {
  const history = new MidHistory()
  for (const [timeMs, mid] of entries) history.add(timeMs, mid)
  return history
}

describe('two books of one pair', () => {
  it('are compared where they are nearest in time, before or after', () => {
    const other = historyOf([
      [1_000, 10],
      [1_040, 11],
      [1_100, 12],
    ])
    expect(align(1_050, 5, other, 100)).toEqual({ mid: 5, otherMid: 11, skewMs: -10 })
    expect(align(1_080, 5, other, 100)).toEqual({ mid: 5, otherMid: 12, skewMs: 20 })
    expect(align(1_040, 5, other, 0)).toEqual({ mid: 5, otherMid: 11, skewMs: 0 })
  })

  it('are not compared when nothing lies within the tolerance', () => {
    const other = historyOf([[1_000, 10]])
    expect(align(1_100, 5, other, 100)).toEqual({ mid: 5, otherMid: 10, skewMs: -100 })
    expect(align(1_101, 5, other, 100)).toBeUndefined()
    expect(align(899, 5, other, 100)).toBeUndefined()
    expect(align(1_000, 5, new MidHistory(), 100)).toBeUndefined()
  })

  it('find what a search through the last 256 entries finds, the earlier of two equally near', () => {
    const steps = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 600 })
    fc.assert(
      fc.property(steps, fc.integer({ min: -50, max: 9_000 }), fc.integer({ min: 0, max: 120 }), (gaps, time, tolerance) => {
        let now = 0
        const entries = gaps.map((gap, i) => {
          now += gap
          return [now, i] as const
        })
        const kept = entries.slice(-256)
        const nearest = Math.min(...kept.map(([at]) => Math.abs(at - time)))
        const found = historyOf(entries).nearest(time, tolerance)
        if (nearest > tolerance) expect(found).toBeUndefined()
        else expect(found?.timeMs).toBe(kept.find(([at]) => Math.abs(at - time) === nearest)?.[0])
      }),
      { numRuns: 500, seed: 5 },
    )
  })
})
