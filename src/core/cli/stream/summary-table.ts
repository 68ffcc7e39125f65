import type { ExchangeSummary } from '../../live/summary.js'
import type { Painter } from '../output/color.js'
import type { Column } from '../output/column.js'
import { isRow, type Row } from '../output/fields.js'
import { type Plain, toPlain } from '../output/keys.js'
import { formatNumber } from '../output/number.js'
import { renderSheet, type SheetLine } from '../output/sheet.js'

/** The end of a stream as a table: what came, what is missing, how fast. */
export function renderSummary(exchanges: readonly ExchangeSummary[], painter: Painter, width?: number): string {
  const line = (label: string, text: (each: ExchangeSummary) => string): SheetLine => ({ label, texts: exchanges.map(text) })
  const count = (label: string, value: (each: ExchangeSummary) => number) => line(label, (each) => formatNumber(value(each), 0))
  const trouble = (label: string, value: (each: ExchangeSummary) => number): SheetLine => ({
    ...count(label, value),
    paint: (text) => (text === '0' ? text : painter.warn(text)),
  })
  const times = (label: string, decimals: number, ...values: ((each: ExchangeSummary) => number | null)[]) =>
    line(label, (each) => values.map((value) => figure(value(each), decimals)).join(', '))
  const lines = [
    count('frames', (each) => each.frames),
    count('book updates', (each) => each.bookUpdates),
    line('books readable', (each) => `${each.booksReadable} of ${each.books}`),
    trouble('gaps', (each) => each.gaps),
    trouble('books seeded again', (each) => each.resyncs),
    trouble('crossed books refused', (each) => each.crossed),
    trouble('values flagged', (each) => each.flagged),
    trouble('frames not understood', (each) => each.unknown),
    times('clock offset (ms)', 1, (each) => each.clockOffsetMs),
    times(
      'latency p50, p99 (ms)',
      1,
      (each) => each.latencyP50Ms,
      (each) => each.latencyP99Ms,
    ),
    times(
      'processing p50, p99 (µs)',
      0,
      (each) => each.processingP50Us,
      (each) => each.processingP99Us,
    ),
  ]
  return renderSheet(
    'exchange',
    exchanges.map((each) => each.exchange),
    lines,
    painter,
    width,
  )
}

function figure(value: number | null, decimals: number): string {
  return value === null ? '–' : formatNumber(value, decimals)
}

export const CHANNEL_COLUMNS: readonly Column[] = [
  { key: 'exchange' },
  { key: 'symbol' },
  { key: 'channel' },
  { key: 'messages', kind: 'number', decimals: 0 },
  { key: 'errors', kind: 'number', decimals: 0 },
  { key: 'valid_share', heading: 'valid', unit: '%', kind: 'number', text: percent },
  { key: 'latency_mean_ms', heading: 'late mean', unit: 'ms', kind: 'number', decimals: 1, isMinor: true },
  { key: 'latency_p50_ms', heading: 'late p50', unit: 'ms', kind: 'number', decimals: 1 },
  { key: 'latency_p99_ms', heading: 'late p99', unit: 'ms', kind: 'number', decimals: 1 },
]

/** Whole only where nothing is missing: 99.996 is not 100. */
function percent(share: Plain): string {
  return typeof share === 'number' ? formatNumber(Math.floor(share * 10_000) / 100, 2) : '–'
}

export function plainRow(value: object): Row {
  const plain = toPlain(value)
  return isRow(plain) ? plain : {}
}
