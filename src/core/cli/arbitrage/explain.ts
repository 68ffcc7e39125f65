import { join } from 'node:path'
import type { FoundLeg, Opportunity } from '../../analysis/arbitrage/contract.js'
import { DataValidationError, UsageError } from '../../errors.js'
import { findJournalFiles } from '../../feed/journal/reader.js'
import { type RebuiltBooks, rebuildBooks } from '../../live/arbitrage/rebuild.js'
import { addsUp, type Fill, fillsOf, fundingFills, storedFunding, storedOpportunity } from '../../live/arbitrage/stored.js'
import type { ArbitrageRow } from '../../storage/rows.js'
import type { BaseSession } from '../base-command.js'
import { loadExchanges } from '../exchanges.js'
import type { Column } from '../output/column.js'
import { formatNumber } from '../output/number.js'
import { renderTable } from '../output/table.js'
import { streamSettings } from '../stream/options.js'
import { plainRow } from '../stream/summary-table.js'
import { readOpportunities } from './print.js'

const MONEY: readonly Column[] = [
  { key: 'notional', kind: 'number', decimals: 2 },
  { key: 'fee', kind: 'number', decimals: 4 },
]

const FILLS: readonly Column[] = [
  { key: 'side' },
  { key: 'exchange' },
  { key: 'symbol' },
  { key: 'level', kind: 'number', decimals: 0 },
  { key: 'price', kind: 'number' },
  { key: 'held', kind: 'number' },
  { key: 'quantity', heading: 'taken', kind: 'number' },
  ...MONEY,
]

const FUNDING_FILLS: readonly Column[] = [{ key: 'when' }, { key: 'side' }, { key: 'exchange' }, { key: 'symbol' }, ...MONEY]

const LADDER: readonly Column[] = [
  { key: 'buy_bid_size', heading: 'size', kind: 'number' },
  { key: 'buy_bid', heading: 'bid', kind: 'number' },
  { key: 'buy_ask', heading: 'ask: bought', kind: 'number' },
  { key: 'buy_ask_size', heading: 'size', kind: 'number' },
  { key: 'sell_bid_size', heading: 'size', kind: 'number' },
  { key: 'sell_bid', heading: 'bid: sold', kind: 'number' },
  { key: 'sell_ask', heading: 'ask', kind: 'number' },
  { key: 'sell_ask_size', heading: 'size', kind: 'number' },
]

const DEPTH = 10

/**
 * Every fill and fee, and both books as they were: from the frames where a recording covers the moment, else what was stored of them.
 * Throws `UsageError` when there is no such id, or several; `DataValidationError` for a journal that was named and is not there.
 */
export async function explainOpportunity(session: BaseSession, id: string, journal: string | undefined): Promise<void> {
  const row = await theOne(session, id)
  if (row.type === 'funding') await explainFunding(session, row)
  else await explainSpread(session, row, journal)
}

async function theOne(session: BaseSession, id: string): Promise<ArbitrageRow> {
  const rows = await readOpportunities(session, { id, limit: 5 })
  const [row] = rows
  if (row !== undefined && rows.length === 1) return row
  const message = row === undefined ? `No opportunity ${id}` : `Several opportunities begin with ${id}`
  const next = row === undefined ? 'What there is: `mts arb list`' : `Give one of ${rows.map((each) => each.id).join(', ')}`
  throw new UsageError('USAGE_UNKNOWN_OPPORTUNITY', message, { suggestions: [next] })
}

async function explainSpread(session: BaseSession, row: ArbitrageRow, journal: string | undefined): Promise<void> {
  const opportunity = storedOpportunity(row)
  const fills = fillsOf(opportunity)
  const books = await rebuild(session, opportunity, journal)
  const source = books.buy !== undefined && books.sell !== undefined ? 'journal' : 'stored'
  const isAsTold = source === 'journal' ? books.buy?.isAsTold === true && books.sell?.isAsTold === true : null
  const proof = { source, isAsTold, isAddedUp: addsUp(opportunity, fills), ...books }
  const heading = [...headingOf(opportunity, row), ...proofLines(proof, fills)].join('\n')
  const view = {
    ...{ heading, rows: fills, columns: FILLS },
    draw: async (painter: BaseSession['painter'], width: number | undefined) => {
      const tables = [renderTable(fills.map(plainRow), FILLS, painter, width)]
      if (source === 'journal') tables.push(renderTable(ladder(books).map(plainRow), LADDER, painter, width))
      return [painter.strong(heading), ...tables].join('\n\n')
    },
  }
  await session.print({ data: { ...opportunity, fills, proof }, view })
}

/** A journal that nobody named may be missing. */
async function rebuild(session: BaseSession, { opened }: Opportunity, journal: string | undefined): Promise<RebuiltBooks> {
  const { config, signal } = session
  const files = await findJournalFiles(journal ?? join(config.dataDir, 'journal')).catch((error: unknown) => {
    if (journal === undefined && error instanceof DataValidationError) return []
    throw error
  })
  const exchanges = await loadExchanges([...new Set([opened.buy.exchange, opened.sell.exchange])], config)
  return rebuildBooks(opened, { files, exchanges, limits: streamSettings(config).limits, depth: DEPTH, signal })
}

function headingOf({ type, id, base, quote, opened }: Opportunity, row: ArbitrageRow): string[] {
  const book = (leg: FoundLeg) =>
    `${leg.exchange} ${leg.symbol} book ${leg.sequence}, received at ${leg.stamp} µs, ${leg.ageMs.toFixed(1)} ms old`
  return [
    `${type} ${id}: ${opened.quantity} ${base}, net ${opened.netProfit.toFixed(4)} ${quote} (${opened.netBps.toFixed(2)} bps) after ${opened.fees.toFixed(4)} of fees`,
    `buy:  ${book(opened.buy)}`,
    `sell: ${book(opened.sell)}`,
    `ended by ${opened.endedBy}; skew ${opened.skewMs.toFixed(1)} ms; confidence ${opened.confidence.toFixed(2)}; score ${opened.scoreBps.toFixed(2)} bps`,
    endOf(row),
  ]
}

function endOf({ closedBy, lifeMs }: ArbitrageRow): string {
  return closedBy === null ? 'still open when it was stored' : `closed by ${closedBy} after ${formatNumber(lifeMs ?? 0, 0)} ms`
}

interface Proof extends RebuiltBooks {
  readonly source: string
  readonly isAsTold: boolean | null
  readonly isAddedUp: boolean
}

function proofLines({ source, isAsTold, isAddedUp }: Proof, fills: readonly Fill[]): string[] {
  const sums = `the fills and fees ${isAddedUp ? 'add up to the net profit' : 'do NOT add up to the net profit'}`
  if (source === 'stored')
    return [`no recording has both books at that moment: the ${fills.length} levels are those that were stored; ${sums}`]
  const levels = isAsTold === true ? 'hold what was told' : 'do NOT hold what was told'
  return [`both books rebuilt from the journal: the ${fills.length} levels that were taken from ${levels}; ${sums}`]
}

function ladder({ buy, sell }: RebuiltBooks): object[] {
  return Array.from({ length: DEPTH }, (_, i) => {
    const cells = (side: string, book: RebuiltBooks['buy']) => ({
      [`${side}BidSize`]: book?.bids[i]?.[1] ?? null,
      [`${side}Bid`]: book?.bids[i]?.[0] ?? null,
      [`${side}Ask`]: book?.asks[i]?.[0] ?? null,
      [`${side}AskSize`]: book?.asks[i]?.[1] ?? null,
    })
    return { ...cells('buy', buy), ...cells('sell', sell) }
  })
}

async function explainFunding(session: BaseSession, row: ArbitrageRow): Promise<void> {
  const opportunity = storedFunding(row)
  const { opened, id } = opportunity
  const { long, short, holdHours } = opened
  const fills = fundingFills(opportunity)
  const leg = (each: typeof long) =>
    `${each.exchange} ${each.symbol}: ${(each.fundingRate * 100).toFixed(4)} % every ${each.intervalHours} h`
  const heading = [
    `funding ${id}: ${(opened.rateDiff8h * 10_000).toFixed(3)} bps in 8 h, held ${holdHours} h ${opened.grossBps.toFixed(2)} bps, net ${opened.netProfit.toFixed(4)} ${opportunity.quote} (${opened.profitBps.toFixed(2)} bps) after ${opened.feeAmount.toFixed(4)} of fees`,
    `long:  ${leg(long)}`,
    `short: ${leg(short)}`,
    `the fees of four fills are paid after ${opened.breakEvenHours?.toFixed(0) ?? '–'} h`,
    endOf(row),
  ].join('\n')
  await session.print({ data: { ...opportunity, fills }, view: { heading, rows: fills, columns: FUNDING_FILLS } })
}
