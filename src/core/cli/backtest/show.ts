/** `mts backtest list`, `show` and `compare`. */

import { comparisonWarnings, parametersText } from '../../backtest/report/comparison.js'
import { minuteText } from '../../backtest/report/figures.js'
import { readRun } from '../../backtest/store.js'
import { UsageError } from '../../errors.js'
import type { ListedRun } from '../../storage/backtests.js'
import type { Reader } from '../../storage/reader.js'
import type { BaseSession } from '../base-command.js'
import type { Column } from '../output/column.js'
import { percentColumn } from './figure-columns.js'
import { openBars } from './prepare.js'
import { comparisonView } from './print-comparison.js'
import { checkTarget, printRun, type ShowFlags, writeReports } from './run.js'

const LIST_COLUMNS: readonly Column[] = [
  { key: 'id' },
  { key: 'strategy' },
  { key: 'parameters', kind: 'text', cut: 'end', isMinor: true, text: (value) => parametersText(value) },
  { key: 'assets', kind: 'text', text: (value) => (Array.isArray(value) ? value.join(' ') : String(value)) },
  { key: 'interval', isMinor: true },
  { key: 'started_at', heading: 'from', kind: 'text', text: (value) => dayText(value) },
  { key: 'ended_at', heading: 'to', kind: 'text', text: (value) => dayText(value) },
  percentColumn('total_return', 'return'),
  percentColumn('benchmark_return', 'buy and hold', { brief: 'hold', isMinor: true }),
  { key: 'sharpe', kind: 'number', decimals: 2 },
  percentColumn('max_drawdown', 'max draw-down', { brief: 'dd' }),
  { key: 'trades', kind: 'number', decimals: 0, isMinor: true },
]

export async function listRuns(session: BaseSession, limit: number): Promise<void> {
  const runs = await withReader(session, (reader) => reader.backtests(limit))
  if (runs.length === 0) session.note('Nothing is stored yet: mts backtest --strategy buyhold --symbols BTC')
  await session.print({ data: runs.map(rowOf), columns: LIST_COLUMNS, fields: LIST_COLUMNS.map(({ key }) => key) })
}

function rowOf({ parameters, assets, ...run }: ListedRun): object {
  return { ...run, parameters: JSON.parse(parameters) as object, assets: assets.split(',') }
}

export async function showRun(session: BaseSession, id: string, flags: ShowFlags): Promise<void> {
  checkTarget(flags.report)
  const run = await withReader(session, (reader) => readRun(reader, id))
  await writeReports(session, flags.report, [run])
  await printRun(session, run, flags, undefined)
}

export async function compareRuns(session: BaseSession, words: readonly string[], report: string | undefined): Promise<void> {
  checkTarget(report)
  const ids = [...new Set(words.flatMap((word) => word.split(',')).filter((word) => word !== ''))]
  if (ids.length < 2) {
    throw new UsageError('USAGE_MISSING_ARGUMENT', 'Two runs or more are needed to compare', {
      suggestions: ['Their ids: mts backtest list'],
    })
  }
  const runs = await withReader(session, (reader) => ids.map((id) => readRun(reader, id)))
  await writeReports(session, report, runs)
  await session.print({
    data: runs.map(({ document }) => document),
    warnings: comparisonWarnings(runs),
    view: comparisonView(runs),
  })
}

async function withReader<Result>(session: BaseSession, work: (reader: Reader) => Result): Promise<Result> {
  const reader = await openBars(session)
  try {
    return work(reader)
  } finally {
    reader.close()
  }
}

function dayText(value: unknown): string {
  return typeof value === 'number' ? minuteText(value).slice(0, 10) : '–'
}
