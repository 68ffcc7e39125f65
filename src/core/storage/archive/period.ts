/** Spans of the calendar, UTC: what one file of the archive holds. */
export type PeriodKind = 'day' | 'month' | 'year'

export interface Period {
  /** `2026-11-21`, `2026-11`, `2026` */
  readonly name: string
  /** First ms. */
  readonly from: number
  /** First ms after it. */
  readonly until: number
}

const NAME_LENGTHS: Readonly<Record<PeriodKind, number>> = { day: 10, month: 7, year: 4 }

/** The period in which `time` (ms) lies. */
export function periodAt(time: number, kind: PeriodKind): Period {
  const date = new Date(time)
  const name = date.toISOString().slice(0, NAME_LENGTHS[kind])
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()]
  if (kind === 'day') return { name, from: Date.UTC(year, month, day), until: Date.UTC(year, month, day + 1) }
  if (kind === 'month') return { name, from: Date.UTC(year, month), until: Date.UTC(year, month + 1) }
  return { name, from: Date.UTC(year, 0), until: Date.UTC(year + 1, 0) }
}
