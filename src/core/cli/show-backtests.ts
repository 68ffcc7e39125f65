/** `mts backtest list`, `show` and `compare`. */

import type { MetricName } from '../backtest/performance/definitions.js'
import { figuresOf, minuteText, percentText } from '../backtest/report/figures.js'
import { readRun, type ShownRun } from '../backtest/store.js'
import { UsageError } from '../errors.js'
import type { ListedRun } from '../storage/backtests.js'
import type { Reader } from '../storage/reader.js'
import type { BaseSession } from './base-command.js'
import type { Column } from './output/column.js'
import { renderSheet } from './output/sheet.js'
import { openBars } from './prepare-backtest.js'
import { checkTarget, printRun, type ShowFlags, writeReports } from './run-backtest.js'

const LIST_COLUMNS: readonly Column[] = [
  { key: 'id' },
  { key: 'strategy' },
  { key: 'parameters', kind: 'text', cut: 'end', isMinor: true, text: (value) => parametersText(value) },
  { key: 'assets', kind: 'text', text: (value) => (Array.isArray(value) ? value.join(' ') : String(value)) },
  { key: 'interval' },
  { key: 'started_at', heading: 'from', kind: 'text', text: (value) => dayText(value) },
  { key: 'ended_at', heading: 'to', kind: 'text', text: (value) => dayText(value) },
  { key: 'total_return', heading: 'return', unit: '%', kind: 'number', text: (value) => percentOf(value) },
  { key: 'benchmark_return', heading: 'buy and hold', unit: '%', brief: 'hold', kind: 'number', text: (value) => percentOf(value) },
  { key: 'sharpe', kind: 'number', decimals: 2 },
  { key: 'max_drawdown', heading: 'max draw-down', unit: '%', brief: 'dd', kind: 'number', text: (value) => percentOf(value) },
  { key: 'trades', kind: 'number', decimals: 0 },
]

const COMPARED: readonly MetricName[] = [
  'total_return',
  'cagr',
  'volatility',
  'sharpe',
  'sortino',
  'max_drawdown',
  'max_drawdown_bars',
  'calmar',
  'exposure',
  'turnover',
  'trades',
  'win_rate',
  'profit_factor',
  'expectancy',
  'fees',
  'slippage',
  'funding',
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
  const rows = comparison(runs)
  await session.print({
    data: runs.map(({ document }) => document),
    warnings: warningsOf(runs),
    view: {
      heading: '',
      rows,
      columns: [{ key: 'figure' }, ...runs.map((_, i) => ({ key: `run${i + 1}`, heading: headings(runs)[i] ?? '' }))],
      draw: (painter, width) =>
        renderSheet(
          '',
          headings(runs),
          rows.map(({ figure, ...values }) => ({ label: figure, texts: Object.values(values) })),
          painter,
          width,
        ),
    },
  })
}

/** A line for each figure; numbers only mean the same where time and costs do. */
function comparison(runs: readonly ShownRun[]): ({ readonly figure: string } & Record<string, string>)[] {
  const line = (figure: string, text: (run: ShownRun) => string) => ({
    figure,
    ...Object.fromEntries(runs.map((run, i) => [`run${i + 1}`, text(run)])),
  })
  const metrics = COMPARED.map((name) => {
    const [first] = runs.flatMap(({ document }) => figuresOf(document, [name]))
    const title = first === undefined ? name : first.title
    const unit = first === undefined || first.unit === '' ? '' : ` (${first.unit})`
    return line(`${title}${unit}`, ({ document }) => figuresOf(document, [name])[0]?.text ?? '–')
  })
  return [
    line('run', ({ document }) => document.id.slice(0, 8)),
    line('parameters', ({ document }) => parametersText(document.parameters) || '–'),
    line('assets', ({ document }) => document.assets.map(({ asset }) => asset).join(' ')),
    line('bars', ({ document }) => `${document.source} ${document.interval}`),
    line('from (UTC)', ({ document }) => minuteText(document.period.start)),
    line('to (UTC)', ({ document }) => minuteText(document.period.end)),
    ...metrics,
    line('Buy and hold (%)', ({ document }) => percentText(document.result.benchmarkReturn)),
  ]
}

function headings(runs: readonly ShownRun[]): string[] {
  return runs.map(({ document }) => document.strategy)
}

function warningsOf(runs: readonly ShownRun[]): string[] {
  const differs = (of: (run: ShownRun) => string): boolean => new Set(runs.map(of)).size > 1
  return [
    ...(differs(({ document }) => document.provenance.dataHash)
      ? ['The runs saw different data: time, bars or what stands beside them']
      : []),
    ...(differs(({ document }) => JSON.stringify([document.config.fees, document.config.slippage, document.config.fill]))
      ? ['The runs paid different costs or filled in different ways']
      : []),
  ]
}

async function withReader<Result>(session: BaseSession, work: (reader: Reader) => Result): Promise<Result> {
  const reader = await openBars(session)
  try {
    return work(reader)
  } finally {
    reader.close()
  }
}

function parametersText(parameters: unknown): string {
  return Object.entries(parameters as Record<string, unknown>)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ')
}

function percentOf(value: unknown): string {
  return typeof value === 'number' ? percentText(value) : '–'
}

function dayText(value: unknown): string {
  return typeof value === 'number' ? minuteText(value).slice(0, 10) : '–'
}
