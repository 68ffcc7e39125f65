import { describe, expect, it } from 'vitest'
import { backoff } from '../../../../src/core/feed/backoff.js'

const SETTINGS = { baseMs: 1_000, maxMs: 60_000 }

function ceilings(random: () => number): number[] {
  return Array.from({ length: 12 }, (_, i) => backoff(i + 1, SETTINGS, random))
}

describe('the pause before a new try', () => {
  it('is short at first, then has a ceiling that doubles up to the longest', () => {
    expect(ceilings(() => 1)).toEqual([250, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000, 60_000])
  })

  it('lies anywhere below its ceiling, so that not everybody comes back at once', () => {
    expect(ceilings(() => 0)).toEqual(Array.from({ length: 12 }, () => 0))
    expect(ceilings(() => 0.25).slice(0, 3)).toEqual([62.5, 250, 500])
  })

  it('is never longer than what was configured, nor infinite after days of tries', () => {
    expect(backoff(1, { baseMs: 20, maxMs: 50 }, () => 1)).toBe(20)
    expect(backoff(5_000, SETTINGS, () => 1)).toBe(60_000)
  })
})

describe('the pause before a new try after a short outage', () => {
  it('is a part of the outage, so that data is back soon after the exchange is', () => {
    expect(backoff(7, SETTINGS, () => 1, 10_000)).toBe(4_000)
    expect(backoff(7, SETTINGS, () => 1, 500)).toBe(1_000)
    expect(backoff(7, SETTINGS, () => 1, 1_000_000)).toBe(32_000)
  })
})
