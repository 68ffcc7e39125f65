import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Fill, fillDays } from '../../../../src/core/collect/fill.js'
import type { MacroRow } from '../../../../src/core/storage/rows.js'

const DAY = 86_400_000
const day = (index: number) => new Date(Date.UTC(2026, 0, 1) + index * DAY).toISOString().slice(0, 10)

/** Published on the second day after its own. */
function row(index: number, value: number | null): MacroRow {
  const availableAt = Date.UTC(2026, 0, 1) + (index + 2) * DAY
  return { indicator: 'VIX', date: day(index), value, isInterpolated: false, isForwardFilled: false, availableAt, quality: '' }
}

const fill = (rows: readonly MacroRow[], fills: readonly Fill[], lastDay = day(40)) =>
  fillDays(rows, { fills: new Set(fills), limitDays: 10, lastDay })
const values = (rows: readonly MacroRow[]) => rows.map(({ date, value }) => [Number(date.slice(8)) - 1, value])

/** Friday, a weekend without rows, Monday, a holiday that was published as missing, Wednesday. */
const WEEK = [row(1, 10), row(4, 16), row(5, null), row(6, 12)]

describe('filling a macro series', () => {
  it('is nothing unless it is asked for: what is missing stays missing', () => {
    expect(fill(WEEK, ['none'])).toStrictEqual(WEEK)
  })

  it('forward repeats the last observation, known since that one was, to the last day and no further than ten', () => {
    const filled = fill(WEEK, ['forward'], day(8))
    expect(values(filled)).toStrictEqual([
      [1, 10],
      [2, 10],
      [3, 10],
      [4, 16],
      [5, 16],
      [6, 12],
      [7, 12],
      [8, 12],
    ])
    expect(filled[1]).toMatchObject({ isForwardFilled: true, isInterpolated: false, availableAt: row(1, 0).availableAt })
    expect(filled[4]).toMatchObject({ isForwardFilled: true, availableAt: row(4, 0).availableAt })
    expect(fill(WEEK, ['forward']).at(-1)?.date).toBe(day(16))
  })

  it('interpolate goes straight from one observation to the next, known when the later one is, and never beyond the last', () => {
    const filled = fill(WEEK, ['interpolate'])
    expect(values(filled)).toStrictEqual([
      [1, 10],
      [2, 12],
      [3, 14],
      [4, 16],
      [5, 14],
      [6, 12],
    ])
    expect(filled[1]).toMatchObject({ isInterpolated: true, isForwardFilled: false, availableAt: row(4, 0).availableAt })
  })

  it('with both interpolates between observations and carries on after the last one', () => {
    expect(values(fill(WEEK, ['forward', 'interpolate'], day(7)))).toStrictEqual([
      [1, 10],
      [2, 12],
      [3, 14],
      [4, 16],
      [5, 14],
      [6, 12],
      [7, 12],
    ])
  })

  it('does not bridge more than its limit: with both such a gap is carried forward as far as that goes', () => {
    const far = [row(0, 1), row(20, 3)]
    expect(fill(far, ['interpolate'])).toStrictEqual(far)
    const both = fill(far, ['forward', 'interpolate'], day(20))
    expect(both).toHaveLength(12)
    expect(both.slice(1, -1).every(({ value, isForwardFilled }) => value === 1 && isForwardFilled)).toBe(true)
  })

  it('never changes an observation, never knows a day before what it was made from, and leaves no day twice', () => {
    const series = fc
      .uniqueArray(fc.tuple(fc.integer({ min: 0, max: 27 }), fc.option(fc.integer({ min: -50, max: 50 }))), {
        selector: ([index]) => index,
        maxLength: 20,
      })
      .map((all) => all.toSorted(([a], [b]) => a - b).map(([index, value]) => row(index, value)))
    const fills = fc.subarray<Fill>(['forward', 'interpolate'])
    fc.assert(
      fc.property(series, fills, (rows, chosen) => {
        const filled = fill(rows, chosen, day(27))
        const dates = filled.map(({ date }) => date)
        expect(dates).toStrictEqual([...new Set(dates)].toSorted())
        const known = rows.filter(({ value }) => value !== null)
        for (const each of known) expect(filled).toContainEqual(each)
        for (const { date, isInterpolated, isForwardFilled, availableAt } of filled) {
          const before = known.findLast((other) => other.date < date)
          const after = known.find((other) => other.date > date)
          if (isForwardFilled) expect(availableAt).toBe(before?.availableAt)
          if (isInterpolated) expect(availableAt).toBe(after?.availableAt)
          expect(isForwardFilled && isInterpolated).toBe(false)
        }
      }),
    )
  })
})
