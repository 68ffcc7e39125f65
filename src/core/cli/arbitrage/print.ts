import { storedStatistics } from '../../live/arbitrage/stored.js'
import { openReader } from '../../storage/reader.js'
import type { ArbitrageRow } from '../../storage/rows.js'
import type { BaseSession } from '../base-command.js'
import { type Column, yesOrNo } from '../output/column.js'

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
  await session.print({ data: rows, columns: LIST })
}

export async function printArbitrageStatistics(session: BaseSession, query: StoredQuery): Promise<void> {
  const data = storedStatistics(await readOpportunities(session, { ...query, limit: Number.POSITIVE_INFINITY }))
  const percent = (share: number | null) => (share === null ? '–' : `${(share * 100).toFixed(0)} %`)
  const ms = (value: number | null) => (value === null ? '–' : `${value.toFixed(0)} ms`)
  const heading = [
    `${data.count} over`,
    `life: median ${ms(data.lifeMedianMs)}, 90 % within ${ms(data.lifeP90Ms)}, longest ${ms(data.lifeLongestMs)}`,
    `feasible ${percent(data.feasibleShare)}, phantoms ${percent(data.phantomShare)}`,
  ].join('; ')
  const columns: Column[] = [
    { key: 'late_ms', heading: 'late', unit: 'ms', kind: 'number', decimals: 0 },
    { key: 'count', heading: 'still there', kind: 'number', decimals: 0 },
    { key: 'net_profit', heading: 'profit left', kind: 'number', decimals: 2 },
  ]
  await session.print({ data, view: { heading, rows: data.captured, columns } })
}

export async function readOpportunities(session: BaseSession, { sinceMs, types, id, limit }: StoredQuery): Promise<ArbitrageRow[]> {
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
