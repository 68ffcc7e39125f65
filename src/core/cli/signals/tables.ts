/** Live signals as tables for a screen. */
import type { SignalBoard, SignalSummary } from '../../live/signals/watch.js'
import type { Painter } from '../output/color.js'
import type { Column } from '../output/column.js'
import { renderTable } from '../output/table.js'
import { plainRow } from '../stream/summary-table.js'

/** Holds what stands at this moment: signals, the newest that are over, and what rules cannot look at. Drawn for so many columns. */
export function signalTables({ open, over, silent }: SignalBoard, painter: Painter): (width: number) => Promise<string> {
  const tables = [
    { rows: open.map(plainRow), columns: OPEN_COLUMNS },
    { rows: over.map(plainRow), columns: OVER_COLUMNS },
    { rows: silent.map(plainRow), columns: SILENT_COLUMNS },
  ].filter(({ rows }) => rows.length > 0)
  return async (width) => {
    const drawn = await Promise.all(tables.map(({ rows, columns }) => renderTable(rows, columns, painter, width)))
    return [...(open.length === 0 ? [painter.quiet('No signal stands')] : []), ...drawn].join('\n\n')
  }
}

const WHAT: readonly Column[] = [
  { key: 'strategy' },
  { key: 'asset' },
  { key: 'signal', paint: (text, value, painter) => (value === 'flat' ? painter.warn(text) : painter.good(text)) },
  { key: 'exchange' },
  { key: 'sell_exchange', heading: 'against', isMinor: true },
]

const OPEN_COLUMNS: readonly Column[] = [
  { key: 'opened_at', heading: 'since', kind: 'time' },
  ...WHAT,
  { key: 'strength', isMinor: true },
  { key: 'confidence', brief: 'conf.', kind: 'number', decimals: 2 },
  { key: 'expires_at', heading: 'until', kind: 'time' },
  { key: 'state', paint: (text, value, painter) => (value === 'suspended' ? painter.warn(text) : text), isMinor: true },
  { key: 'reason', cut: 'end' },
]

const OVER_COLUMNS: readonly Column[] = [
  { key: 'closed_at', heading: 'over', kind: 'time' },
  ...WHAT,
  { key: 'life_ms', heading: 'life', unit: 'ms', kind: 'number', decimals: 0 },
  { key: 'closed_by', heading: 'by' },
  { key: 'reason', cut: 'end' },
]

const SILENT_COLUMNS: readonly Column[] = [
  { key: 'strategy', heading: 'silent' },
  { key: 'exchange' },
  { key: 'symbol' },
  { key: 'reason', cut: 'end' },
]

const MOST_SILENCES = 3

/** What became of all of them, and why strategies on order books said nothing on most of their steps: lines for the end of a run. */
export function signalCounts({ opened, closed, open, confirmed, suspended, unsure, silences }: SignalSummary): string {
  const ends = Object.entries(closed).flatMap(([by, count]) => (count === 0 ? [] : [`${count} by ${by}`]))
  const counts = [
    `${opened} opened`,
    `${ends.length === 0 ? 'none' : ends.join(', ')} closed`,
    ...(open === 0 ? [] : [`${open} still open`]),
    `${confirmed} said again`,
    `${suspended} suspended`,
    `${unsure} not sure enough`,
  ]
  const why = silences
    .slice(0, MOST_SILENCES)
    .map(({ strategy, asset, reason, steps }) => `  ${strategy}${asset === null ? '' : ` on ${asset}`}: ${reason} (${steps} steps)`)
  return [`Signals: ${counts.join('; ')}`, ...(why.length === 0 ? [] : ['Silent most often:', ...why])].join('\n')
}
