import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  clipRanges,
  countBars,
  mergeRanges,
  missingRanges,
  onGrid,
  type Range,
  splitRange,
  subtractRanges,
} from '../../src/core/collect/ranges.js'

const BAR = 10
const bars = fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 40 }).map((all) => all.toSorted((a, b) => a - b))
const range = fc
  .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 60 }))
  .map(([a, b]): Range => ({ from: Math.min(a, b) * BAR, to: Math.max(a, b) * BAR }))
const ranges = fc.array(range, { maxLength: 8 })

/** The same by brute force: the bars that the spans hold. */
function barsIn(spans: readonly Range[]): Set<number> {
  const all = new Set<number>()
  for (const { from, to } of spans) for (let time = from; time < to; time += BAR) all.add(time)
  return all
}

const sorted = (set: ReadonlySet<number>) => [...set].toSorted((a, b) => a - b)

function expectNormal(spans: readonly Range[]): void {
  for (const [i, { from, to }] of spans.entries()) {
    expect(from).toBeLessThan(to)
    if (i > 0) expect(from).toBeGreaterThan(spans[i - 1]?.to ?? 0)
  }
}

describe('what is missing of a series', () => {
  it('is every bar of the span that is not stored, and no other', () => {
    fc.assert(
      fc.property(bars, range, (stored, span) => {
        const times = stored.map((bar) => bar * BAR)
        const missing = missingRanges(times, span, BAR)
        expectNormal(missing)
        const expected = sorted(barsIn([span])).filter((time) => !times.includes(time))
        expect(sorted(barsIn(missing))).toStrictEqual(expected)
        expect(countBars(missing, BAR)).toBe(expected.length)
      }),
    )
  })

  it('is asked for in pieces that make up the whole, none larger than allowed', () => {
    fc.assert(
      fc.property(range, fc.integer({ min: 1, max: 7 }), (span, most) => {
        const pieces = splitRange(span, BAR, most)
        for (const piece of pieces) expect(countBars([piece], BAR)).toBeLessThanOrEqual(most)
        expect(pieces.reduce((sum, piece) => sum + countBars([piece], BAR), 0)).toBe(countBars([span], BAR))
        expect(sorted(barsIn(pieces))).toStrictEqual(sorted(barsIn([span])))
      }),
    )
  })
})

describe('spans of time', () => {
  it('are merged without losing or adding a bar', () => {
    fc.assert(
      fc.property(ranges, (spans) => {
        const merged = mergeRanges(spans)
        expectNormal(merged)
        expect(sorted(barsIn(merged))).toStrictEqual(sorted(barsIn(spans)))
      }),
    )
  })

  it('are subtracted, and cut to a window, bar by bar', () => {
    fc.assert(
      fc.property(ranges, ranges, range, (spans, taken, window) => {
        const cut = barsIn(taken)
        expect(sorted(barsIn(subtractRanges(spans, taken)))).toStrictEqual(sorted(barsIn(spans)).filter((time) => !cut.has(time)))
        const inside = barsIn([window])
        expect(sorted(barsIn(clipRanges(spans, window)))).toStrictEqual(sorted(barsIn(spans)).filter((time) => inside.has(time)))
      }),
    )
  })

  it('hold the bars that open in them: half open, weeks from Monday', () => {
    const hour = 3_600_000
    expect(onGrid({ from: 1, to: 2 * hour }, hour)).toStrictEqual({ from: hour, to: 2 * hour })
    expect(onGrid({ from: 0, to: 2 * hour + 1 }, hour)).toStrictEqual({ from: 0, to: 3 * hour })
    const week = 7 * 24 * hour
    const { from } = onGrid({ from: Date.UTC(2026, 10, 18), to: Date.UTC(2026, 11, 1) }, week)
    expect(new Date(from).toISOString()).toBe('2026-11-23T00:00:00.000Z')
  })
})
