import { storedStatistics } from '../../live/arbitrage/stored.js'
import { openReader } from '../../storage/reader.js'
import type { ArbitrageRow } from '../../storage/rows.js'
import type { BaseSession } from '../base-command.js'
import { type Column, yesOrNo } from '../output/column.js'
import type { Plain } from '../output/keys.js'
import { formatNumber } from '../output/number.js'
import { storedTypes } from './options.js'

const LIST: readonly Column[] = [
  { key: 'timestamp', heading: 'opened', kind: 'time' },
  { key: 'type', isMinor: true },
  { key: 'symbol' },
  { key: 'exchange_a', heading: 'buy' },
  { key: 'exchange_b', heading: 'sell' },
  { key: 'net_bps', heading: 'net', unit: 'bps', kind: 'number', decimals: 2 },
  { key: 'quantity', kind: 'number', isMinor: true },
  { key: 'potential_profit', heading: 'profit', kind: 'number', decimals: 2 },
  { key: 'confidence', kind: 'number', decimals: 2, isMinor: true },
  { key: 'life_ms', heading: 'life', unit: 'ms', kind: 'number', decimals: 0, isMinor: true },
  { key: 'closed_by', isMinor: true },
  { key: 'is_phantom', heading: 'phantom', text: yesOrNo, isMinor: true },
  { key: 'id' },
]

export interface StoredQuery {
  readonly sinceMs?: number
  readonly types?: readonly string[] | undefined
  readonly id?: string
  readonly limit?: number
}

export async function printOpportunities(session: BaseSession, query: StoredQuery): Promise<void> {
  const rows = (await readOpportunities(session, query)).map(({ metadata: _, ...row }) => row)
  await session.print({ data: rows, columns: LIST, warnings: nothingStored(rows) })
}

const LATE: readonly Column[] = [
  { key: 'late_ms', heading: 'late', unit: 'ms', kind: 'number', decimals: 0 },
  { key: 'count', heading: 'still there', kind: 'number', decimals: 0 },
  { key: 'net_profit', heading: 'profit left', kind: 'number', decimals: 2 },
]

const percentOf = (value: Plain) => (typeof value === 'number' ? formatNumber(value * 100, 0) : '–')

const ROUTES: readonly Column[] = [
  { key: 'type' },
  { key: 'symbol' },
  { key: 'exchange_a', heading: 'buy' },
  { key: 'exchange_b', heading: 'sell' },
  { key: 'count', kind: 'number', decimals: 0 },
  { key: 'life_median_ms', heading: 'median life', brief: 'life', unit: 'ms', kind: 'number', decimals: 0 },
  { key: 'opened_profit', heading: 'profit', kind: 'number', decimals: 2 },
  { key: 'feasible_share', heading: 'feasible', unit: '%', kind: 'number', text: percentOf },
  { key: 'phantom_share', heading: 'phantoms', unit: '%', kind: 'number', text: percentOf },
]

export async function printArbitrageStatistics(session: BaseSession, query: StoredQuery, isByRoute: boolean): Promise<void> {
  const rows = await readOpportunities(session, { ...query, limit: Number.POSITIVE_INFINITY })
  const data = storedStatistics(rows)
  const { end: ends = 0 } = data.closedBy
  const percent = (share: number | null) => (share === null ? '–' : `${(share * 100).toFixed(0)} %`)
  const ms = (value: number | null) => (value === null ? '–' : `${formatNumber(value, 0)} ms`)
  const heading = [
    `${data.count} over${ends > 0 ? ` (${ends} cut off by the end of the run)` : ''}`,
    `life: median ${ms(data.lifeMedianMs)}, 90 % within ${ms(data.lifeP90Ms)}, longest ${ms(data.lifeLongestMs)}`,
    `feasible ${percent(data.feasibleShare)}, phantoms ${percent(data.phantomShare)}`,
  ].join('; ')
  const view = isByRoute ? { rows: data.routes, columns: ROUTES } : { rows: data.captured, columns: LATE }
  await session.print({ data, warnings: nothingStored(rows), view: { heading, ...view } })
}

function nothingStored(rows: readonly unknown[]): string[] {
  return rows.length > 0 ? [] : ['Nothing of that kind is stored of that time: mts arb scan --watch or --journal stores it']
}

export async function readOpportunities(
  session: BaseSession,
  { sinceMs, id, limit, ...query }: StoredQuery,
): Promise<ArbitrageRow[]> {
  const types = storedTypes(query.types)
  const now = (await session.clock()).now()
  const reader = openReader(session.config.db)
  try {
    return reader.opportunities({
      ...(sinceMs === undefined ? {} : { since: now - sinceMs }),
      ...(types === undefined ? {} : { types }),
      ...(id === undefined ? {} : { id }),
      ...(limit === undefined ? {} : { limit }),
    })
  } finally {
    reader.close()
  }
}
