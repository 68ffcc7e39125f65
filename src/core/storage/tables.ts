/** The tables as data, and the one border between camelCase rows and snake_case columns. */
import type { HistoryTable, Rows, StreamTable, TableName } from './rows.js'

/** Levels a side that a sample keeps. */
const MAX_LEVELS = 100

type Snake<Text extends string> = Text extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${Snake<Rest>}`
  : ''
type Column<Table extends TableName> = Snake<keyof Rows[Table] & string>

interface TableOf<Table extends TableName> {
  /** In the order of the contract; CSV files have the same. */
  readonly columns: readonly Column<Table>[]
  readonly key: readonly Column<Table>[]
  /** The column by which rows are newest. */
  readonly time: Column<Table>
  /** What a second write of the same key changes; nothing in rows that never change. */
  readonly updates: readonly Column<Table>[]
  /** Written besides, for the program's own use: no part of what others are given. */
  readonly own?: readonly Column<Table>[]
}

export const TABLES: { readonly [Table in TableName]: TableOf<Table> } = {
  order_book_samples: {
    columns: ['exchange', 'symbol', 'timestamp', 'sequence', 'bids', 'asks', 'metadata'],
    key: ['exchange', 'symbol', 'timestamp'],
    time: 'timestamp',
    updates: [],
  },
  bid_ask_spreads: {
    columns: [
      'exchange',
      'symbol',
      'timestamp',
      'bid_price',
      'ask_price',
      'spread_absolute',
      'spread_percentage',
      'mid_price',
      'quality',
    ],
    key: ['exchange', 'symbol', 'timestamp'],
    time: 'timestamp',
    updates: [],
  },
  funding_rates: {
    columns: [
      'exchange',
      'symbol',
      'timestamp',
      'kind',
      'funding_rate',
      'predicted_rate',
      'funding_time',
      'interval_hours',
      'metadata',
    ],
    key: ['exchange', 'symbol', 'timestamp', 'kind'],
    time: 'timestamp',
    updates: [],
  },
  open_interest: {
    columns: ['exchange', 'symbol', 'timestamp', 'open_interest', 'open_interest_usd', 'metadata'],
    key: ['exchange', 'symbol', 'timestamp'],
    time: 'timestamp',
    updates: [],
  },
  large_trades: {
    columns: ['exchange', 'symbol', 'trade_id', 'side', 'price', 'size', 'value_usd', 'timestamp', 'is_liquidation', 'metadata'],
    key: ['exchange', 'symbol', 'trade_id'],
    time: 'timestamp',
    updates: [],
  },
  arbitrage_opportunities: {
    columns: [
      'id',
      'timestamp',
      'symbol',
      'type',
      'exchange_a',
      'exchange_b',
      'price_a',
      'price_b',
      'spread_percentage',
      'potential_profit',
      'confidence',
      'symbol_b',
      'quantity',
      'net_bps',
      'closed_at',
      'closed_by',
      'life_ms',
      'is_feasible',
      'is_phantom',
      'metadata',
    ],
    key: ['id'],
    time: 'timestamp',
    updates: ['closed_at', 'closed_by', 'life_ms', 'is_feasible', 'is_phantom', 'metadata'],
  },
  signals: {
    columns: [
      'id',
      'timestamp',
      'strategy',
      'asset',
      'signal',
      'strength',
      'confidence',
      'position_size',
      'risk_level',
      'expires_at',
      'context',
      'created_at',
    ],
    key: ['id'],
    time: 'timestamp',
    updates: [],
  },
  coverage: {
    columns: ['exchange', 'symbol', 'channel', 'started_at', 'ended_at', 'state', 'detail'],
    key: ['exchange', 'symbol', 'channel', 'started_at'],
    time: 'started_at',
    updates: ['ended_at', 'state', 'detail', 'run'],
    own: ['run'],
  },
  coverage_runs: { columns: ['run', 'sealed_at'], key: ['run'], time: 'sealed_at', updates: ['sealed_at'] },
  stream_stats: {
    columns: [
      'minute',
      'exchange',
      'symbol',
      'channel',
      'messages',
      'errors',
      'valid_share',
      'latency_mean',
      'latency_p50',
      'latency_p99',
    ],
    key: ['minute', 'exchange', 'symbol', 'channel'],
    time: 'minute',
    updates: ['messages', 'errors', 'valid_share', 'latency_mean', 'latency_p50', 'latency_p99'],
  },
  crypto_ohlcv: {
    columns: [
      'source',
      'cryptocurrency',
      'interval',
      'timestamp',
      'date_str',
      'open',
      'high',
      'low',
      'close',
      'volume',
      'quality',
      'created_at',
    ],
    key: ['source', 'cryptocurrency', 'interval', 'timestamp'],
    time: 'timestamp',
    updates: ['open', 'high', 'low', 'close', 'volume', 'quality'],
  },
  macro_vintages: {
    columns: ['indicator', 'date', 'available_at', 'value'],
    key: ['indicator', 'date', 'available_at'],
    time: 'available_at',
    updates: ['value'],
  },
  macro_indicators: {
    columns: ['indicator', 'date', 'value', 'is_interpolated', 'is_forward_filled', 'available_at', 'quality', 'created_at'],
    key: ['indicator', 'date'],
    time: 'available_at',
    updates: ['value', 'is_interpolated', 'is_forward_filled', 'available_at', 'quality'],
  },
}

export const TABLE_NAMES = Object.keys(TABLES) as readonly TableName[]

const HISTORY_TABLES: readonly TableName[] = ['crypto_ohlcv', 'macro_vintages', 'macro_indicators'] satisfies HistoryTable[]
export const STREAM_TABLES = TABLE_NAMES.filter(isStreamTable)

export function isStreamTable(table: TableName): table is StreamTable {
  return !HISTORY_TABLES.includes(table)
}

/** What SQLite stores in one cell. */
export type Cell = string | number | null

type Kind = 'plain' | 'levels' | 'object' | 'flag'
const KINDS: Readonly<Record<string, Kind>> = {
  bids: 'levels',
  asks: 'levels',
  metadata: 'object',
  context: 'object',
  is_liquidation: 'flag',
  is_feasible: 'flag',
  is_phantom: 'flag',
  is_interpolated: 'flag',
  is_forward_filled: 'flag',
}

interface Field {
  readonly column: string
  readonly property: string
  readonly kind: Kind
}

const FIELDS = new Map<TableName, readonly Field[]>(TABLE_NAMES.map((table) => [table, writtenColumns(table).map(field)]))

function fieldsOf(table: TableName): readonly Field[] {
  return FIELDS.get(table) ?? []
}

function field(column: string): Field {
  const property = column.replace(/_(\w)/g, (_match, letter: string) => letter.toUpperCase())
  return { column, property, kind: KINDS[column] ?? 'plain' }
}

/** Those that others are given, then the program's own. */
export function writtenColumns(table: TableName): readonly string[] {
  const { columns, own = [] } = TABLES[table]
  return [...columns, ...own]
}

/** A row's cells in the order of `writtenColumns(table)`. */
export function toCells<Table extends TableName>(table: Table, row: Rows[Table]): Cell[] {
  const values = row as unknown as Readonly<Record<string, unknown>>
  return fieldsOf(table).map(({ property, kind }) => toCell(kind, values[property]))
}

function toCell(kind: Kind, value: unknown): Cell {
  if (value === null || value === undefined) return null
  if (kind === 'flag') return value === true ? 1 : 0
  if (kind === 'object') return JSON.stringify(value)
  if (kind === 'plain') return value as Cell
  const levels = value as readonly unknown[]
  return JSON.stringify(levels.length > MAX_LEVELS ? levels.slice(0, MAX_LEVELS) : levels)
}

/** A row from what SQLite gave, keyed by column. */
export function toRow<Table extends TableName>(table: Table, record: Readonly<Record<string, unknown>>): Rows[Table] {
  const row: Record<string, unknown> = {}
  for (const { column, property, kind } of fieldsOf(table)) {
    if (column in record) row[property] = fromCell(kind, record[column])
  }
  return row as unknown as Rows[Table]
}

function fromCell(kind: Kind, value: unknown): unknown {
  if (value === null || kind === 'plain') return value
  return kind === 'flag' ? value === 1 : JSON.parse(String(value))
}

/** Writing a row twice is the same as writing it once. */
export function insertSql(table: TableName): string {
  const { key, updates } = TABLES[table]
  const columns = writtenColumns(table)
  const changes = updates.map((column) => `${column} = excluded.${column}`).join(', ')
  const onConflict = changes === '' ? 'DO NOTHING' : `DO UPDATE SET ${changes}`
  const places = columns.map(() => '?').join(', ')
  return `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places}) ON CONFLICT (${key.join(', ')}) ${onConflict}`
}
