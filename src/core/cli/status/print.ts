import { CheckFailedError } from '../../errors.js'
import type { SeriesStatus, StatusReport } from '../../live/data-status.js'
import { HOUR_MS } from '../../market/time.js'
import type { BaseSession } from '../base-command.js'
import { formatDuration } from '../duration.js'
import type { Painter } from '../output/color.js'
import type { Column } from '../output/column.js'
import type { Plain } from '../output/keys.js'
import { formatTime } from '../output/number.js'

const CHECK_FAILED = 4

const COLUMNS: readonly Column[] = [
  { key: 'status', paint: paintStatus },
  { key: 'kind' },
  { key: 'source' },
  { key: 'name' },
  { key: 'interval', isMinor: true },
  { key: 'age_hours', heading: 'age', text: (value) => span(value) },
  { key: 'limit_hours', heading: 'stale after', brief: 'limit', text: (value) => span(value) },
  { key: 'rows', kind: 'number', decimals: 0, isMinor: true },
  { key: 'holes', kind: 'number', decimals: 0 },
  { key: 'missing', kind: 'number', decimals: 0, isMinor: true },
  { key: 'confirmed', heading: 'not at source', brief: 'n/a', kind: 'number', decimals: 0, isMinor: true },
  { key: 'first', unit: 'UTC', text: minute, isMinor: true },
  { key: 'last', unit: 'UTC', text: minute },
]

/** Prints the report; exit code 4 when a series is stale, or there is none. */
export async function printStatus(
  session: Pick<BaseSession, 'print' | 'painter'>,
  report: StatusReport,
  isJson: boolean,
): Promise<void> {
  const failure = failureOf(report)
  const heading = headingOf(report)
  await session.print({
    data: report,
    warnings: failure !== undefined && isJson ? [failure.message] : [],
    view: { heading, rows: report.series, columns: columnsOf(report.series) },
  })
  if (failure === undefined) return
  // One document is all that stdout may hold.
  if (isJson) process.exitCode = CHECK_FAILED
  else throw failure
}

function columnsOf(series: readonly SeriesStatus[]): readonly Column[] {
  return COLUMNS.filter(({ key }) => key !== 'confirmed' || series.some(({ confirmed }) => (confirmed ?? 0) > 0))
}

function headingOf({ overallStatus, freshCount, staleCount, series }: StatusReport): string {
  if (overallStatus === 'empty') return 'Nothing of that is stored'
  const idle = series.length - freshCount - staleCount
  const holes = series.reduce((sum, each) => sum + (each.holes ?? 0), 0)
  const parts = [`${freshCount} fresh`, `${staleCount} stale`, ...(idle > 0 ? [`${idle} idle`] : []), `${holes} holes`]
  return `${overallStatus === 'fresh' ? 'Fresh' : 'Stale'}: ${parts.join(', ')}`
}

function failureOf({ staleCount, series }: StatusReport): CheckFailedError | undefined {
  if (series.length === 0)
    return new CheckFailedError('CHECK_STALE', 'Nothing of that is stored, so nothing of it is fresh', {
      suggestions: ['Fill it with: mts collect, mts macro, mts stream'],
    })
  if (staleCount === 0) return undefined
  const stale = series.filter(({ status }) => status === 'stale')
  const names = stale.slice(0, 3).map(({ source, name, interval }) => [source, name, interval].filter(Boolean).join(' '))
  const more = staleCount > names.length ? ` and ${staleCount - names.length} more` : ''
  return new CheckFailedError('CHECK_STALE', `Stale: ${names.join(', ')}${more}`, {
    suggestions: ['Bring it up to date with: mts collect, mts macro', 'Leave out what is not kept any more with --coins, --kinds'],
  })
}

function span(hours: Plain): string {
  if (typeof hours !== 'number') return '–'
  if (hours >= 72) return `${Math.floor(hours / 24)}d`
  const ms = hours * HOUR_MS
  return formatDuration(ms >= 600_000 ? Math.round(ms / 60_000) * 60_000 : Math.round(ms / 1000) * 1000)
}

function minute(value: Plain): string {
  return typeof value === 'number' ? formatTime(value).slice(0, 16) : '–'
}

function paintStatus(text: string, value: Plain, painter: Painter): string {
  if (value === 'stale') return painter.bad(text)
  return value === 'fresh' ? painter.good(text) : text
}
