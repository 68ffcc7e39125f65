/** A run at a terminal: the answer, its picture, the figures, what it cost, and how to have it again. */
import { type Compatible, REASONS, type RunCharts, type RunDocument } from '../../backtest/report/document.js'
import { benchmarkTitle, figuresOf, GROUPS, KEY_FIGURES, minuteText, numberText } from '../../backtest/report/figures.js'
import type { Painter } from '../output/color.js'
import type { Column } from '../output/column.js'
import { dotChart } from '../output/spark.js'
import { renderTable } from '../output/table.js'
import { wrapLines } from '../output/text-width.js'

export interface DrawOptions {
  readonly isExplained: boolean
  readonly metricsAs: keyof Compatible | undefined
}

const CHART_HEIGHT = 4
const WIDEST_CHART = 72
const USUAL_WIDTH = 80
const LABEL_WIDTH = 14

export async function drawRun(
  document: RunDocument,
  charts: RunCharts,
  painter: Painter,
  width: number | undefined,
  { isExplained, metricsAs }: DrawOptions,
): Promise<string> {
  const figures =
    metricsAs === undefined ? drawFigures(document, painter, width, isExplained) : drawAs(charts, metricsAs, painter, width)
  const told = (text: string): string => wrapLines(text, width)
  const parts = [
    painter.strong(told(document.answer)),
    document.diagnosis === null ? '' : painter.warn(told(document.diagnosis)),
    painter.quiet(told(subjectOf(document))),
    chartOf(document, charts, painter, width),
    figures,
    told(costsOf(document)),
    told(pairsOf(document)),
    `${painter.quiet('run')}  ${document.id}\n${painter.quiet(document.command)}`,
  ]
  return parts.filter((part) => part !== '').join('\n\n')
}

/** `binance bitcoin, 1h bars, 2026-10-22 14:00 to 2026-11-21 14:00 UTC: 720 bars after 99 of warm-up`. */
function subjectOf({ source, assets, interval, period, strategy, parameters, journal }: RunDocument): string {
  const given = Object.entries(parameters).map(([name, value]) => `${name} ${value}`)
  const warmup = period.warmupBars === 0 ? '' : ` after ${period.warmupBars} of warm-up`
  const bars = `${assets.map(({ asset }) => asset).join(', ')}, ${source} ${interval}`
  return [
    [strategy, ...given].join(', '),
    `${bars}, ${minuteText(period.start)} to ${minuteText(period.end)} UTC, ${period.bars} ${(journal ?? null) === null ? 'bars' : 'steps'}${warmup}`,
  ].join('\n')
}

function chartOf(document: RunDocument, { equity }: RunCharts, painter: Painter, width = USUAL_WIDTH): string {
  const values = [document.result.cash, ...equity.equity]
  if (values.length < 3) return ''
  const columns = Math.max(10, Math.min(WIDEST_CHART, width - LABEL_WIDTH - 2))
  const lines = dotChart(values, columns, CHART_HEIGHT)
  const labels = lines.map((_, i) => {
    if (i === 0) return numberText(Math.max(...values), 0)
    return i === lines.length - 1 ? numberText(Math.min(...values), 0) : ''
  })
  const isUp = document.result.netProfit >= 0
  const drawn = lines.map(
    (line, i) => `${labels[i]?.padStart(LABEL_WIDTH - 1) ?? ''} ${isUp ? painter.good(line) : painter.bad(line)}`,
  )
  return [`${'equity'.padStart(LABEL_WIDTH - 1)} ${painter.quiet(document.currency)}`, ...drawn].join('\n')
}

function drawFigures(document: RunDocument, painter: Painter, width: number | undefined, isExplained: boolean): string {
  const names = isExplained ? GROUPS.flatMap((group) => group.names) : KEY_FIGURES
  const figures = figuresOf(document, names).filter(({ metric }) => metric.reason !== 'no-benchmark')
  const { benchmark: held } = document
  const hasBenchmark = held !== null && (document.strategy !== 'buyhold' || typeof held.asset === 'string')
  const rows = figures.map(({ title, unit, text, benchmark = '', metric }) => ({
    title: unit === '' ? title : `${title} (${unit})`,
    value: text,
    benchmark,
    n: metric.n,
    definition: metric.periods === null ? metric.definition : `${metric.definition}; P = ${metric.periods}`,
  }))
  const columns: Column[] = [
    { key: 'title', heading: '' },
    { key: 'value', heading: document.strategy, kind: 'number' },
    ...(hasBenchmark ? [{ key: 'benchmark', heading: benchmarkTitle(document).toLowerCase(), kind: 'number' } as const] : []),
    ...(isExplained
      ? [{ key: 'n', kind: 'number', decimals: 0 } as const, { key: 'definition', kind: 'text', cut: 'end' } as const]
      : []),
  ]
  return renderTable(rows, columns.map(asWritten), painter, width)
}

/** Texts that are numbers stay as they were written. */
function asWritten(column: Column): Column {
  return column.key === 'n' ? column : { ...column, text: (value) => String(value) }
}

function drawAs({ compatible }: RunCharts, program: keyof Compatible, painter: Painter, width: number | undefined): string {
  const rows = Object.entries(compatible[program]).map(([name, value]) => ({ name, value }))
  return renderTable(
    rows,
    [
      { key: 'name', heading: `as ${program} has it` },
      { key: 'value', kind: 'number', decimals: 6 },
    ],
    painter,
    width,
  )
}

function costsOf({ costs, currency, fundingPayments }: RunDocument): string {
  if (costs.fills === 0) return ''
  const share = costs.bps === null ? '' : `, ${numberText(costs.bps, 2)} bps of ${numberText(costs.traded, 0)} traded`
  const funding =
    fundingPayments.length === 0 ? '' : `, funding ${numberText(-costs.funding, 2)} in ${fundingPayments.length} payments`
  return `Costs ${numberText(costs.total, 2)} ${currency}${share}: fees ${numberText(costs.fees, 2)} in ${costs.fills} fills, slippage ${numberText(costs.slippage, 2)}${funding}`
}

/** Of a hedged pair one leg always loses: only both together say what was won. Runs stored before there were journals have none. */
function pairsOf({ journal, currency }: RunDocument): string {
  const pairs = (journal ?? null)?.pairs ?? []
  if (pairs.length === 0) return ''
  const won = pairs.filter(({ pnl }) => pnl > 0).length
  const total = pairs.reduce((sum, { pnl }) => sum + pnl, 0)
  return `Pairs ${pairs.length} closed, ${won} with a profit, ${numberText(total, 2)} ${currency} after costs`
}

/** A row a metric, for `-o csv` and `-o ndjson`. */
export function metricRows(document: RunDocument) {
  return Object.entries(document.metrics).map(([name, metric]) => ({
    metric: name,
    value: metric.value,
    unit: metric.unit,
    reason: metric.reason === null ? null : REASONS[metric.reason],
    n: metric.n,
    periods: metric.periods,
    definition: metric.definition,
  }))
}

export const METRIC_COLUMNS: readonly Column[] = ['metric', 'value', 'unit', 'reason', 'n', 'periods', 'definition'].map((key) => ({
  key,
}))
