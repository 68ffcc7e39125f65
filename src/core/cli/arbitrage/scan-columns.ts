import type { OpportunityKind } from '../../live/arbitrage/options.js'
import { type Column, yesOrNo } from '../output/column.js'
import type { Plain } from '../output/keys.js'
import { formatNumber } from '../output/number.js'

const inBps = (value: Plain) => (typeof value === 'number' ? formatNumber(value * 10_000, 3) : '–')

const SIGNIFICANT = 8
const MOST_DECIMALS = 12

const NET: Column = { key: 'net_bps', heading: 'net', unit: 'bps', kind: 'number', decimals: 2 }
const PROFIT: Column = { key: 'net_profit', brief: 'profit', kind: 'number', decimals: 2 }
const CONFIDENCE: Column = { key: 'confidence', brief: 'conf.', kind: 'number', decimals: 2 }
const STATE: Column = {
  key: 'state',
  paint: (text, value, painter) => (value === 'opportunity' ? painter.good(text) : painter.quiet(text)),
}

/** An average over levels has more digits than any price: eight of them are told. */
function averageDecimals(price: Plain | undefined): number {
  if (typeof price !== 'number' || price <= 0) return 0
  return Math.min(MOST_DECIMALS, Math.max(0, SIGNIFICANT - 1 - Math.floor(Math.log10(price))))
}

/** Routes as they stand, of books. */
const ROUTE_COLUMNS: readonly Column[] = [
  { key: 'pair', cut: 'end' },
  { key: 'buy_exchange' },
  { key: 'sell_exchange' },
  { key: 'buy_price', kind: 'number', decimals: (row) => averageDecimals(row['buy_price']) },
  { key: 'sell_price', kind: 'number', decimals: (row) => averageDecimals(row['sell_price']) },
  NET,
  { key: 'quantity', kind: 'number' },
  PROFIT,
  CONFIDENCE,
  STATE,
]

/** The same of funding: bought is the long leg, sold the short one. */
const FUNDING_ROUTE_COLUMNS: readonly Column[] = [
  { key: 'pair', cut: 'end' },
  { key: 'buy_exchange', heading: 'long' },
  { key: 'sell_exchange', heading: 'short' },
  { key: 'rate_diff_8h', heading: 'difference', unit: 'bps/8h', brief: 'diff.', kind: 'number', text: inBps },
  { key: 'break_even_hours', heading: 'break-even', unit: 'h', kind: 'number', decimals: 0 },
  NET,
  PROFIT,
  CONFIDENCE,
  STATE,
]

/** What suits both. */
export function routeColumns(kinds: ReadonlySet<OpportunityKind>): readonly Column[] {
  if (!kinds.has('funding')) return ROUTE_COLUMNS
  return kinds.has('spread') ? [{ key: 'type' }, ...ROUTE_COLUMNS] : FUNDING_ROUTE_COLUMNS
}

/** Opportunities that are over. */
export const FOUND_COLUMNS: readonly Column[] = [
  { key: 'received_at', kind: 'time' },
  { key: 'pair', cut: 'end' },
  { key: 'exchange' },
  { key: 'sell_exchange' },
  NET,
  { key: 'quantity', kind: 'number' },
  PROFIT,
  { key: 'life_ms', unit: 'ms', kind: 'number', decimals: 0 },
  { key: 'closed_by', isMinor: true },
  { key: 'is_phantom', heading: 'phantom', text: yesOrNo, isMinor: true },
  { key: 'id' },
]
