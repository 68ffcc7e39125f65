import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findRevisions } from '../../../../src/core/collect/macro-revisions.js'
import type { MacroPast } from '../../../../src/core/storage/macro-looks.js'
import type { MacroRow } from '../../../../src/core/storage/rows.js'

const DAY = 86_400_000
const START = Date.UTC(2026, 2, 1)
const LAG_DAYS = 6
const NOTHING: MacroPast = { look: undefined, rows: [], vintages: [] }
const SPAN = { firstDay: dayOf(0), lastDay: dayOf(30) }

function dayOf(index: number): string {
  return new Date(START + index * DAY).toISOString().slice(0, 10)
}

function at(index: number): number {
  return START + index * DAY
}

/** What a provider has: the value of some days, `null` for one that it calls missing. */
type Told = Readonly<Record<number, number | null>>

function rowsOf(told: Told): MacroRow[] {
  return Object.entries(told).map(([index, value]) => {
    const flags = { isInterpolated: false, isForwardFilled: false, quality: '' }
    return { indicator: 'VIX', date: dayOf(Number(index)), value, ...flags, availableAt: at(Number(index) + LAG_DAYS) }
  })
}

/** As the database keeps it: rows by day, an equal one with its time of storing. */
function look(past: MacroPast, told: Told, now: number): MacroPast & { readonly revised: number; readonly late: number } {
  const { rows, vintages, revised, late } = findRevisions(rowsOf(told), past, now)
  const stored = new Map(past.rows.map((row) => [row.date, row]))
  for (const row of rows) {
    const before = stored.get(row.date)
    const isSame = before?.value === row.value && before.availableAt === row.availableAt
    if (!isSame) stored.set(row.date, { ...row, createdAt: now })
  }
  const order = (a: { date: string; availableAt: number }) => a.date + String(a.availableAt).padStart(15, '0')
  return {
    look: { ...SPAN, lookedAt: now },
    rows: [...stored.values()].toSorted((a, b) => (a.date < b.date ? -1 : 1)),
    vintages: [...past.vintages, ...vintages].toSorted((a, b) => (order(a) < order(b) ? -1 : 1)),
    revised,
    late,
  }
}

/** What a backtest takes for known of a day at a moment. */
function known({ rows, vintages }: MacroPast, index: number, moment: number): number | null {
  const worded = vintages.filter(({ date }) => date === dayOf(index))
  const said = worded.length > 0 ? worded : rows.filter(({ date }) => date === dayOf(index))
  return said.findLast(({ availableAt, value }) => availableAt <= moment && value !== null)?.value ?? null
}

describe('what a macro series says otherwise than before', () => {
  it('is by the lag of the series when it is asked for the first time', () => {
    const past = look(NOTHING, { 1: 20, 2: 21 }, at(20))
    expect(past).toMatchObject({ revised: 0, late: 0, vintages: [] })
    expect(past.rows.map(({ availableAt }) => availableAt)).toEqual([at(7), at(8)])
  })

  it('holds from now on where a value changed: until now it was the old one', () => {
    const past = look(look(NOTHING, { 1: 20, 2: 21 }, at(20)), { 1: 20, 2: 25 }, at(21))
    expect(past).toMatchObject({ revised: 1, late: 0 })
    expect([7, 8, 20.9, 21].map((index) => known(past, 2, at(index)))).toEqual([null, 21, 21, 25])
    expect(past.rows[1]?.availableAt).toBe(at(21))
    expect(known(past, 1, at(7))).toBe(20)
  })

  it('is known from now on where a day came later than its lag: a run before had not got it', () => {
    const past = look(look(NOTHING, { 1: 20 }, at(20)), { 1: 20, 2: 21 }, at(21))
    expect(past).toMatchObject({ revised: 0, late: 1 })
    expect([8, 20, 21].map((index) => known(past, 2, at(index)))).toEqual([null, null, 21])
  })

  it('is by the lag where a day came in time, or was corrected before anybody was taken to know it', () => {
    const first = look(NOTHING, { 1: 20, 2: 21 }, at(3))
    const past = look(first, { 1: 20, 2: 25, 3: 30 }, at(4))
    expect(past).toMatchObject({ revised: 0, late: 0, vintages: [] })
    expect([8, 9].map((index) => known(past, index - 6, at(index)))).toEqual([25, 30])
  })

  it('changes nothing more when the provider says the same again', () => {
    const told = { 1: 20, 2: 25, 3: 30 }
    const once = look(look(NOTHING, { 1: 20, 2: 21 }, at(20)), told, at(21))
    const { revised, late, ...again } = look(once, told, at(22))
    expect({ revised, late }).toEqual({ revised: 0, late: 0 })
    expect(again).toEqual({ look: { ...SPAN, lookedAt: at(22) }, rows: once.rows, vintages: once.vintages })
  })

  it('is no revision where somebody else stored the value since, or the day was not asked for', () => {
    const past = look(NOTHING, { 1: 20 }, at(20))
    const imported = { ...past, rows: past.rows.map((row) => ({ ...row, value: 99, createdAt: at(20) + 1 })) }
    expect(look(imported, { 1: 20 }, at(21))).toMatchObject({ revised: 0, vintages: [] })
    const narrow = { ...past, look: { firstDay: dayOf(5), lastDay: dayOf(30), lookedAt: at(20) } }
    expect(look(narrow, { 0: 18, 1: 22 }, at(21))).toMatchObject({ revised: 0, late: 0, vintages: [] })
  })

  it('keeps since when a wording held that the provider itself dated', () => {
    const vintages = [
      { indicator: 'VIX', date: dayOf(1), availableAt: at(9), value: 20 },
      { indicator: 'VIX', date: dayOf(1), availableAt: at(40), value: 21 },
    ]
    const { rows, vintages: more } = findRevisions(rowsOf({ 1: 21 }), { ...NOTHING, vintages }, at(60))
    expect({ at: rows[0]?.availableAt, more }).toEqual({ at: at(40), more: [] })
  })

  it('never changes what a run of an earlier day knew, whatever comes', () => {
    const value = fc.option(fc.integer({ min: 1, max: 3 }))
    const day = fc.record({
      at: fc.integer({ min: 1, max: 40 }),
      told: fc.dictionary(fc.integer({ min: 0, max: 12 }).map(String), value),
    })
    fc.assert(
      fc.property(fc.array(day, { minLength: 2, maxLength: 8 }), (days) => {
        const runs = days.toSorted((a, b) => a.at - b.at).map((each, i) => ({ ...each, now: at(each.at) + i * 1000 }))
        const pasts: MacroPast[] = []
        for (const { told, now } of runs) pasts.push(look(pasts.at(-1) ?? NOTHING, told as Told, now))
        const last = pasts.at(-1) ?? NOTHING
        for (const [i, { now }] of runs.entries()) {
          for (let index = 0; index <= 12; index++) expect(known(last, index, now)).toBe(known(pasts[i] ?? NOTHING, index, now))
        }
      }),
      { numRuns: 500 },
    )
  })
})
