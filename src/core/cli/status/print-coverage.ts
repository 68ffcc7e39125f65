import { CheckFailedError, UsageError } from '../../errors.js'
import { COVERAGE_STATES } from '../../feed/coverage-span.js'
import { type ChannelCoverage, type CoverageReport, type Unseen, type Window, worstOf } from '../../live/coverage-report.js'
import { DAY_MS } from '../../market/time.js'
import type { BaseSession } from '../base-command.js'
import type { Column } from '../output/column.js'
import { toPlain } from '../output/keys.js'
import { renderTable } from '../output/table.js'

const CHECK_FAILED = 4

function columnsOf(channels: readonly ChannelCoverage[]): readonly Column[] {
  const states = COVERAGE_STATES.filter((state) => channels.some((each) => each.ms[state] > 0))
  return [
    { key: 'exchange' },
    { key: 'symbol' },
    { key: 'channel' },
    { key: 'seconds', kind: 'number', decimals: 1, isMinor: true },
    { key: 'seen_percentage', heading: 'seen', unit: '%', kind: 'number', decimals: 3 },
    ...(channels.some((each) => each.backfilledMs > 0) ? [BACKFILLED] : []),
    ...states.map(
      (state): Column => ({
        key: `percentages.${state}`,
        heading: state,
        unit: '%',
        kind: 'number',
        decimals: 2,
        isMinor: SEEN_STATES.has(state),
      }),
    ),
    { key: 'gaps', kind: 'number', decimals: 0 },
  ]
}

/** What was not seen is never left out. */
const SEEN_STATES: ReadonlySet<string> = new Set(['contiguous', 'quiet', 'unproven'])

const BACKFILLED: Column = {
  key: 'backfilled_percentage',
  heading: 'backfilled',
  unit: '%',
  kind: 'number',
  decimals: 3,
}

const UNSEEN_COLUMNS: readonly Column[] = [
  { key: 'started_at', heading: 'from', kind: 'time', unit: 'UTC' },
  { key: 'seconds', kind: 'number', decimals: 3 },
  { key: 'exchange' },
  { key: 'symbol' },
  { key: 'channel' },
  { key: 'state' },
  { key: 'detail', cut: 'end' },
]

/** The time that the flags name; `undefined`: everything stored. */
export function windowOf(sinceMs: number | undefined, day: string | undefined, nowMs: number): Window | undefined {
  if (sinceMs !== undefined) return { from: nowMs - sinceMs, to: nowMs, isOpen: true }
  if (day === undefined) return undefined
  const from = /^\d{4}-\d\d-\d\d$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN
  // 30 February becomes 2 March.
  if (Number.isNaN(from) || new Date(from).toISOString().slice(0, 10) !== day)
    throw new UsageError('USAGE_BAD_DAY', `Not a day: ${day}`, { suggestions: ['Write it like 2026-11-21; days are UTC'] })
  return { from, to: Math.min(nowMs, from + DAY_MS), isOpen: nowMs < from + DAY_MS }
}

/** Prints the report; with `min`, fails with exit code 4 when a channel was seen less than that, and names the worst. */
export async function printCoverage(
  session: Pick<BaseSession, 'print'>,
  report: CoverageReport & { readonly absent: readonly string[] },
  options: { readonly min: number | undefined; readonly isJson: boolean },
): Promise<void> {
  const channels = report.channels.map((each) => ({ ...each, seconds: (each.to - each.from) / 1000 }))
  const failure = failureOf(report, options.min)
  const heading = channels.length === 0 ? 'Nothing is stored of that time' : ''
  await session.print({
    data: { channels, unseen: report.unseen },
    warnings: [
      ...report.absent.map((name) => `Nothing is stored of ${name}`),
      ...(failure !== undefined && options.isJson ? [failure.message] : []),
    ],
    view: {
      heading,
      rows: channels,
      columns: columnsOf(channels),
      draw: async (painter, width) => {
        if (channels.length === 0) return heading
        const rows = channels.map((each) => toPlain(each)) as Parameters<typeof renderTable>[0]
        const table = renderTable(rows, columnsOf(channels), painter, width)
        const losses = report.unseen.filter(({ state }) => state !== 'resync').map(unseenRow)
        return losses.length === 0 ? table : `${table}\n\n${renderTable(losses, UNSEEN_COLUMNS, painter, width)}`
      },
    },
  })
  if (failure === undefined) return
  // One document is all that stdout may hold.
  if (options.isJson) process.exitCode = CHECK_FAILED
  else throw failure
}

function failureOf(
  { channels, absent }: { readonly channels: readonly ChannelCoverage[]; readonly absent: readonly string[] },
  min: number | undefined,
): CheckFailedError | undefined {
  if (min === undefined) return undefined
  const worst = worstOf(channels)
  if (worst !== undefined && absent.length > 0 && min > 0)
    return new CheckFailedError('CHECK_COVERAGE', `Nothing was seen of ${absent.join(', ')}, less than ${min} %`)
  if (worst !== undefined && worst.seenPercentage >= min) return undefined
  const seen = worst === undefined ? 'Nothing was seen' : `${nameOf(worst)} was seen ${worst.seenPercentage.toFixed(3)} %`
  const suggestions = ['The second table, or `unseen` with --json, says when and why']
  return new CheckFailedError('CHECK_COVERAGE', `${seen} of the time, less than ${min} %`, { suggestions })
}

function nameOf({ exchange, symbol, channel }: ChannelCoverage): string {
  return `${exchange} ${symbol} ${channel}`
}

function unseenRow({ startedAt, ms, exchange, symbol, channel, state, detail }: Unseen) {
  return { started_at: startedAt, seconds: ms / 1000, exchange, symbol, channel, state, detail }
}
