import type { ExchangeSummary } from '../live/summary.js'
import type { Painter } from './color.js'
import { isRow, type Row } from './output/fields.js'
import { toPlain } from './output/keys.js'
import { type Column, renderTable } from './output/table.js'

const EXCHANGE_COLUMNS: readonly Column[] = [
  { key: 'exchange' },
  { key: 'frames', kind: 'number', decimals: 0 },
  { key: 'book_updates', heading: 'updates', kind: 'number', decimals: 0 },
  { key: 'books', heading: 'readable', kind: 'text' },
  { key: 'gaps', kind: 'number', decimals: 0 },
  { key: 'resyncs', kind: 'number', decimals: 0 },
  { key: 'flagged', kind: 'number', decimals: 0 },
  { key: 'unknown', kind: 'number', decimals: 0 },
  { key: 'clock_offset_ms', heading: 'clock', unit: 'ms', kind: 'number', decimals: 1 },
  { key: 'latency_p50_ms', heading: 'late p50', unit: 'ms', kind: 'number', decimals: 2 },
  { key: 'latency_p99_ms', heading: 'p99', unit: 'ms', kind: 'number', decimals: 2 },
  { key: 'processing_p50_us', heading: 'work p50', unit: 'µs', kind: 'number', decimals: 1 },
  { key: 'processing_p99_us', heading: 'p99', unit: 'µs', kind: 'number', decimals: 1 },
]

/** The end of a stream as a table: what came, what is missing, how fast. */
export function renderSummary(exchanges: readonly ExchangeSummary[], painter: Painter): Promise<string> {
  const rows: Row[] = exchanges.map((each) => ({ ...plainRow(each), books: `${each.booksReadable}/${each.books}` }))
  return renderTable(rows, EXCHANGE_COLUMNS, painter)
}

export const CHANNEL_COLUMNS: readonly Column[] = [
  { key: 'exchange' },
  { key: 'symbol' },
  { key: 'channel' },
  { key: 'messages', kind: 'number', decimals: 0 },
  { key: 'errors', kind: 'number', decimals: 0 },
  { key: 'valid_share', heading: 'valid', kind: 'number', decimals: 4 },
  { key: 'latency_mean_ms', heading: 'late mean', unit: 'ms', kind: 'number', decimals: 2 },
  { key: 'latency_p50_ms', heading: 'p50', unit: 'ms', kind: 'number', decimals: 2 },
  { key: 'latency_p99_ms', heading: 'p99', unit: 'ms', kind: 'number', decimals: 2 },
]

export function plainRow(value: object): Row {
  const plain = toPlain(value)
  return isRow(plain) ? plain : {}
}
