import { UsageError } from '../errors.js'
import { fillsOf, storedOpportunity, storedStatistics } from '../live/arbitrage/stored.js'
import { openReader } from '../storage/reader.js'
import type { ArbitrageRow } from '../storage/rows.js'
import type { BaseSession } from './base-command.js'
import type { Column } from './output/column.js'

const LIST: readonly Column[] = [
  { key: 'timestamp', heading: 'opened', kind: 'time' },
  { key: 'type' },
  { key: 'symbol' },
  { key: 'exchange_a', heading: 'buy' },
  { key: 'exchange_b', heading: 'sell' },
  { key: 'net_bps', heading: 'net', unit: 'bps', kind: 'number', decimals: 2 },
  { key: 'quantity', kind: 'number' },
  { key: 'potential_profit', heading: 'profit', kind: 'number', decimals: 2 },
  { key: 'confidence', kind: 'number', decimals: 2 },
  { key: 'life_ms', heading: 'life', unit: 'ms', kind: 'number', decimals: 0 },
  { key: 'closed_by' },
  { key: 'is_phantom', heading: 'phantom' },
  { key: 'id' },
]

const FILLS: readonly Column[] = [
  { key: 'side' },
  { key: 'exchange' },
  { key: 'symbol' },
  { key: 'level', kind: 'number', decimals: 0 },
  { key: 'price', kind: 'number' },
  { key: 'held', kind: 'number' },
  { key: 'quantity', heading: 'taken', kind: 'number' },
  { key: 'notional', kind: 'number', decimals: 2 },
  { key: 'fee', kind: 'number', decimals: 4 },
]

export interface StoredQuery {
  readonly sinceMs?: number
  readonly types?: readonly string[] | undefined
  readonly id?: string
  readonly limit?: number
}

export async function printOpportunities(session: BaseSession, query: StoredQuery): Promise<void> {
  const rows = (await read(session, query)).map(({ metadata: _, ...row }) => row)
  await session.print({ data: rows, columns: LIST })
}

export async function printArbitrageStatistics(session: BaseSession, query: StoredQuery): Promise<void> {
  const data = storedStatistics(await read(session, { ...query, limit: Number.POSITIVE_INFINITY }))
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

/** Every fill of the opening. Throws `UsageError` when there is no such id, or several. */
export async function explainOpportunity(session: BaseSession, id: string): Promise<void> {
  const rows = await read(session, { id, limit: 5 })
  const [row] = rows
  if (row === undefined || rows.length > 1)
    throw new UsageError(
      'USAGE_UNKNOWN_OPPORTUNITY',
      row === undefined ? `No opportunity ${id}` : `Several opportunities begin with ${id}`,
      {
        suggestions: [
          row === undefined ? 'What there is: `mts arb list`' : `Give one of ${rows.map((each) => each.id).join(', ')}`,
        ],
      },
    )
  const opportunity = storedOpportunity(row)
  const fills = fillsOf(opportunity)
  const { opened } = opportunity
  const book = (leg: typeof opened.buy) =>
    `${leg.exchange} ${leg.symbol} book ${leg.sequence}, received at ${leg.stamp} µs, ${leg.ageMs.toFixed(1)} ms old`
  const heading = [
    `${opportunity.type} ${opportunity.id}: ${opened.quantity} ${opportunity.base}, net ${opened.netProfit.toFixed(4)} ${opportunity.quote} (${opened.netBps.toFixed(2)} bps) after ${opened.fees.toFixed(4)} of fees`,
    `buy:  ${book(opened.buy)}`,
    `sell: ${book(opened.sell)}`,
    `ended by ${opened.endedBy}; skew ${opened.skewMs.toFixed(1)} ms; confidence ${opened.confidence.toFixed(2)}; score ${opened.scoreBps.toFixed(2)} bps`,
    row.closedBy === null ? 'still open when it was stored' : `closed by ${row.closedBy} after ${(row.lifeMs ?? 0).toFixed(0)} ms`,
  ].join('\n')
  await session.print({ data: { ...opportunity, fills }, view: { heading, rows: fills, columns: FILLS } })
}

async function read(session: BaseSession, { sinceMs, types, id, limit }: StoredQuery): Promise<ArbitrageRow[]> {
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
