import { describe, expect, it } from 'vitest'
import { type Renewable, Renewals } from '../../../../src/core/feed/renewal.js'

const DAY_MS = 86_400_000

function renewed(behindMs: number) {
  const connection = (): Renewable => ({ isOpen: true, topics: new Set(['trades']) })
  const [old, successor] = [connection(), connection()]
  const told: string[] = []
  const state = { isReady: false }
  const renewals = new Renewals<Renewable>(DAY_MS, () => 0, {
    open: () => {
      told.push('opened')
      return successor
    },
    isReady: () => state.isReady,
    behindMs: () => behindMs,
    retire: () => told.push('retired'),
    drop: () => told.push('dropped'),
  })
  renewals.opened(old, 0)
  const due = (DAY_MS * 23) / 24
  renewals.watch(due)
  return { told, state, watch: (ms: number) => renewals.watch(due + ms) }
}

describe('a connection that a successor takes over from', () => {
  it('stays until what was sent before the successor brought everything has come, when it is late', () => {
    const { told, state, watch } = renewed(2_500)
    watch(1_000)
    state.isReady = true
    for (const ms of [2_000, 3_000, 4_000]) watch(ms)
    expect(told).toEqual(['opened'])
    watch(5_000)
    expect(told).toEqual(['opened', 'retired'])
  })

  it('counts that time anew when the successor misses something meanwhile', () => {
    const { told, state, watch } = renewed(2_500)
    for (const [ms, isReady] of [
      [2_000, true],
      [4_000, false],
      [5_000, true],
      [7_000, true],
    ] as const) {
      state.isReady = isReady
      watch(ms)
    }
    expect(told).toEqual(['opened'])
    watch(8_000)
    expect(told).toEqual(['opened', 'retired'])
  })

  it('goes at once when it is not late', () => {
    const { told, state, watch } = renewed(0)
    state.isReady = true
    watch(1_000)
    expect(told).toEqual(['opened', 'retired'])
  })
})
