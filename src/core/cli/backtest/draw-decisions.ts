/** Everything that a strategy said in a run, and what came of it. */
import type { Decision } from '../../backtest/result.js'
import type { Painter } from '../output/color.js'
import type { Column } from '../output/column.js'
import { renderTable } from '../output/table.js'

const MOST_ROWS = 200

const COLUMNS: readonly Column[] = [
  { key: 'timestamp', heading: 'bar closed', unit: 'UTC', kind: 'time' },
  { key: 'asset' },
  { key: 'signal' },
  { key: 'outcome', heading: 'became' },
  { key: 'reason', cut: 'end' },
]

export function decisionRows(decisions: readonly Decision[]): readonly object[] {
  return decisions.map((decision) => ({ ...decision }))
}

export async function drawDecisions(decisions: readonly Decision[], painter: Painter, width: number | undefined): Promise<string> {
  if (decisions.length === 0) return 'The strategy said nothing.'
  const rows = decisions.slice(0, MOST_ROWS).map(({ timestamp, asset, signal, order, block, reason }) => ({
    timestamp,
    asset,
    signal,
    outcome: block ?? (order === null ? '–' : `order ${order}`),
    reason,
  }))
  const more = decisions.length > MOST_ROWS ? `\n… the first ${MOST_ROWS} of ${decisions.length}; --json has all` : ''
  return `${renderTable(rows, COLUMNS, painter, width)}${more}`
}
