/** Whether what is stored reaches the moment that is asked about: what ended long before says nothing of it. */
import type { MacroData, SeriesData } from '../../backtest/data.js'
import { collectCommand } from '../../backtest/load/choose.js'
import { DataError } from '../../errors.js'
import { DAY_MS } from '../../market/time.js'
import { reportDataStatus } from '../data-status.js'

export interface Moment {
  /** ms UTC. */
  readonly at: number
  /** A series may be so many of its intervals old. */
  readonly maxIntervals: number
}

/** Throws `DataError` `DATA_STALE` with the command that gets the rest. */
export function checkBars(series: readonly SeriesData[], source: string, { at, maxIntervals }: Moment): void {
  for (const { asset, interval, intervalMs, columns } of series) {
    const over = (columns.timestamp.at(-1) ?? Number.NEGATIVE_INFINITY) + intervalMs
    if (at - over <= maxIntervals * intervalMs) continue
    const command = collectCommand({ coins: [asset], source, interval, start: over, warmup: 0 })
    throw new DataError(
      'DATA_STALE',
      `The ${source} ${interval} bars of ${asset} end on ${iso(over)}: nothing is known of ${iso(at)}`,
      {
        suggestions: [`Get the rest: ${command}`],
      },
    )
  }
}

/** Throws `DataError` `DATA_STALE` with the command that gets the rest. */
export function checkMacro(series: readonly MacroData[], moment: Moment): void {
  for (const each of series) {
    const stale = staleMacro(each, moment)
    if (stale === undefined) continue
    throw new DataError('DATA_STALE', stale.message, { suggestions: [`Get the rest: ${stale.command}`] })
  }
}

/** By the rule of `mts status`: what is wrong, and the command that gets the rest; undefined for a series that is fresh. */
export function staleMacro(
  { indicator, date, availableAt }: MacroData,
  { at, maxIntervals }: Moment,
): { readonly message: string; readonly command: string } | undefined {
  const newest = newestDays(date, availableAt)
  const [last] = newest
  if (last === undefined) return undefined
  const first = new Date(date[0] ?? 0).toISOString()
  const facts = { indicator, first, last: last.date, rows: date.length, missing: 0, availableAt: last.availableAt, newest }
  const rules = { now: at, maxIntervals, liveWithin: undefined }
  const [status] = reportDataStatus({ candles: [], macro: [facts], live: [] }, rules).series
  if (status?.status !== 'stale') return undefined
  const days = Math.ceil((at - Date.parse(last.date)) / DAY_MS) + 1
  return {
    message: `The macro series ${indicator} ends on ${last.date}: nothing is known of ${iso(at)}`,
    command: `mts macro --indicators ${indicator} --days ${days}`,
  }
}

const OBSERVATIONS = 30

/** Each day once, as it was first told, newest first. */
function newestDays(date: Float64Array, availableAt: Float64Array): { date: string; availableAt: number }[] {
  const days = new Map<number, number>()
  for (const [i, day] of date.entries()) {
    const known = availableAt[i] ?? 0
    days.set(day, Math.min(known, days.get(day) ?? known))
  }
  return [...days]
    .sort((a, b) => b[0] - a[0])
    .slice(0, OBSERVATIONS)
    .map(([day, known]) => ({ date: new Date(day).toISOString().slice(0, 10), availableAt: known }))
}

/** Why the last `count` bars cannot be relied on: some between them are missing; null where all are there. */
export function holeAmong({ interval, intervalMs, columns: { timestamp } }: SeriesData, count: number): string | null {
  const bars = timestamp.subarray(Math.max(0, timestamp.length - Math.max(1, count)))
  const span = ((bars.at(-1) ?? 0) - (bars[0] ?? 0)) / intervalMs + 1
  const missing = Math.round(span) - bars.length
  if (missing === 0) return null
  return `${missing} of the last ${Math.round(span)} ${interval} bars are missing`
}

function iso(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ')
}
