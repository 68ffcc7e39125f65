/**
 * What a provider tells otherwise than when it was asked last. The lag of a series says when a value is surely public; that it was
 * not, or was another one, mts has seen itself, and a backtest must not know more than a run of that day did.
 */
import type { MacroLook, MacroPast } from '../storage/macro-looks.js'
import type { MacroRow, MacroVintageRow, StoredMacroRow } from '../storage/rows.js'

export interface Revisions {
  /** The rows told, each available when it was known to be. */
  readonly rows: readonly MacroRow[]
  /** Wordings to keep. */
  readonly vintages: readonly MacroVintageRow[]
  /** Days whose value is another one than before, and days that came later than their lag. */
  readonly revised: number
  readonly late: number
}

/** `told` as published, with `availableAt` by the lag; `now` in ms. */
export function findRevisions(told: readonly MacroRow[], { look, rows, vintages }: MacroPast, now: number): Revisions {
  const stored = new Map(rows.map((row) => [row.date, row]))
  const worded = newestWordings(vintages)
  const kept: MacroVintageRow[] = []
  let [revised, late] = [0, 0]
  const dated = told.map((row): MacroRow => {
    const wording = worded.get(row.date)
    if (wording?.value === row.value) return { ...row, availableAt: wording.availableAt }
    const before = seenBefore(row, wording, stored.get(row.date), look)
    if (before === undefined) return row
    // Corrected before anybody was taken to know it.
    if (wording === undefined && before.availableAt >= now) return row
    if (before.value === null) late += 1
    else revised += 1
    const known = { ...row, availableAt: Math.max(now, before.availableAt + 1) }
    if (wording === undefined && before.value !== null) kept.push(wordingOf(row, before))
    kept.push(wordingOf(row, known))
    return known
  })
  return { rows: dated, vintages: kept, revised, late }
}

type Wording = Pick<MacroVintageRow, 'value' | 'availableAt'>

/** Of each day the wording that holds, from when it began to. */
function newestWordings(vintages: readonly MacroVintageRow[]): ReadonlyMap<string, Wording> {
  const newest = new Map<string, Wording>()
  for (const vintage of vintages) {
    const before = newest.get(vintage.date)
    if (before === undefined || before.value !== vintage.value) newest.set(vintage.date, vintage)
  }
  return newest
}

/** What the provider said of the day when it was asked last, value `null` for nothing; `undefined`: it was not asked, or said the same. */
function seenBefore(
  row: MacroRow,
  wording: Wording | undefined,
  stored: StoredMacroRow | undefined,
  look: MacroLook | undefined,
): Wording | undefined {
  if (wording !== undefined) return wording
  if (look === undefined || row.date < look.firstDay || row.date > look.lastDay) return undefined
  // What was stored since, by an import, nobody was told by the provider.
  if (stored !== undefined && stored.createdAt > look.lookedAt) return undefined
  const value = stored?.value ?? null
  if (value === row.value) return undefined
  // Not there before its lag was over is what is usual.
  if (value === null && row.availableAt > look.lookedAt) return undefined
  return { value, availableAt: stored?.availableAt ?? row.availableAt }
}

function wordingOf({ indicator, date }: MacroRow, { value, availableAt }: Wording): MacroVintageRow {
  return { indicator, date, availableAt, value }
}
