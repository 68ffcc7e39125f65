/** Results of backtests, kept whole and shown again as they were. */
import { DAY_MS } from '../market/time.js'
import type { Connection } from './database.js'

export interface BacktestRunRow {
  readonly id: string
  readonly strategy: string
  /** JSON object. */
  readonly parameters: string
  /** Comma list. */
  readonly assets: string
  readonly source: string
  readonly interval: string
  /** Open of the first bar traded and close of the last, ms. */
  readonly startedAt: number
  readonly endedAt: number
  readonly bars: number
  readonly cash: number
  readonly finalEquity: number
  readonly totalReturn: number | null
  readonly benchmarkReturn: number | null
  readonly sharpe: number | null
  readonly maxDrawdown: number | null
  readonly trades: number
  readonly dataHash: string
  readonly configHash: string
  /** Of the user's own file; null for a strategy of mts. */
  readonly strategyHash: string | null
  readonly seed: number
  readonly version: string
}

export interface BacktestTradeRow {
  readonly asset: string
  readonly side: 'long' | 'short'
  readonly entryTime: number
  readonly exitTime: number
  readonly quantity: number
  readonly entryPrice: number
  readonly exitPrice: number
  readonly fees: number
  readonly funding: number
  readonly pnl: number
  readonly return: number
  readonly bars: number
  readonly exitReason: string
}

/** One entry a bar; `benchmark` as long as the others, or missing. */
export interface EquityColumns {
  readonly timestamp: Float64Array
  readonly equity: Float64Array
  readonly benchmark: Float64Array | undefined
}

export interface BacktestRecord {
  readonly run: BacktestRunRow
  readonly trades: readonly BacktestTradeRow[]
  readonly equity: EquityColumns
  /** JSON texts. */
  readonly document: string
  readonly charts: string
}

export interface ListedRun extends BacktestRunRow {
  readonly createdAt: number
}

export interface StoredRun {
  readonly document: string
  readonly charts: string
}

/** Beyond this a run keeps the last bar of each day. */
const MOST_EQUITY_ROWS = 200_000

const RUN_COLUMNS = {
  id: 'id',
  strategy: 'strategy',
  parameters: 'parameters',
  assets: 'assets',
  source: 'source',
  interval: 'interval',
  startedAt: 'started_at',
  endedAt: 'ended_at',
  bars: 'bars',
  cash: 'cash',
  finalEquity: 'final_equity',
  totalReturn: 'total_return',
  benchmarkReturn: 'benchmark_return',
  sharpe: 'sharpe',
  maxDrawdown: 'max_drawdown',
  trades: 'trades',
  dataHash: 'data_hash',
  configHash: 'config_hash',
  strategyHash: 'strategy_hash',
  seed: 'seed',
  version: 'version',
} as const satisfies Record<keyof BacktestRunRow, string>

const TRADE_COLUMNS = {
  asset: 'asset',
  side: 'side',
  entryTime: 'entry_time',
  exitTime: 'exit_time',
  quantity: 'quantity',
  entryPrice: 'entry_price',
  exitPrice: 'exit_price',
  fees: 'fees',
  funding: 'funding',
  pnl: 'pnl',
  return: 'return',
  bars: 'bars',
  exitReason: 'exit_reason',
} as const satisfies Record<keyof BacktestTradeRow, string>

/** False: this very run is stored already. The caller's transaction is needed around it. */
export function saveBacktest(db: Connection, { run, trades, equity, document, charts }: BacktestRecord, now: number): boolean {
  if (db.prepare<[string], number>('SELECT 1 FROM backtest_runs WHERE id = ?').pluck().get(run.id) !== undefined) return false
  const rows = rowsToKeep(equity.timestamp)
  const step = rows.length === equity.timestamp.length ? 'bar' : 'day'
  const own = { created_at: now, equity_step: step, document, charts }
  preparedInsert(db, 'backtest_runs', [...Object.values(RUN_COLUMNS), ...Object.keys(own)]).run({
    ...renamed(run, RUN_COLUMNS),
    ...own,
  })
  const addTrade = preparedInsert(db, 'backtest_trades', ['run_id', 'trade', ...Object.values(TRADE_COLUMNS)])
  for (const [i, trade] of trades.entries()) addTrade.run({ run_id: run.id, trade: i + 1, ...renamed(trade, TRADE_COLUMNS) })
  const add = db.prepare('INSERT INTO backtest_equity (run_id, timestamp, equity, benchmark) VALUES (?, ?, ?, ?)')
  for (const row of rows) {
    add.run(run.id, equity.timestamp[row], equity.equity[row], equity.benchmark?.[row] ?? null)
  }
  return true
}

function rowsToKeep(timestamp: Float64Array): number[] {
  const rows = [...timestamp.keys()]
  if (rows.length <= MOST_EQUITY_ROWS) return rows
  const day = (row: number): number => Math.floor(((timestamp[row] ?? 0) - 1) / DAY_MS)
  return rows.filter((row) => row + 1 === rows.length || day(row + 1) !== day(row))
}

function preparedInsert(db: Connection, table: string, columns: readonly string[]) {
  const places = columns.map((column) => `@${column}`).join(', ')
  return db.prepare<[Record<string, unknown>]>(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places})`)
}

function renamed<Row extends object>(row: Row, names: Readonly<Record<keyof Row, string>>): Record<string, unknown> {
  const entries = Object.entries(names) as [keyof Row, string][]
  return Object.fromEntries(entries.map(([property, column]) => [column, row[property]]))
}

/** Newest first. */
export function readBacktests(db: Connection, limit: number): ListedRun[] {
  const columns = Object.entries(RUN_COLUMNS).map(([property, column]) => `${column} AS ${property}`)
  return db
    .prepare<[number], ListedRun>(
      `SELECT ${columns.join(', ')}, created_at AS createdAt FROM backtest_runs ORDER BY created_at DESC, id LIMIT ?`,
    )
    .all(limit)
}

/** Ids that begin with `prefix`, at most a few. */
export function findBacktests(db: Connection, prefix: string): string[] {
  const sql = 'SELECT id FROM backtest_runs WHERE substr(id, 1, length(@prefix)) = @prefix ORDER BY id LIMIT 10'
  return db.prepare<[{ readonly prefix: string }], string>(sql).pluck().all({ prefix })
}

/** Equity of a stored run by bar, of long runs by day; `timestamp` is the close, ms. */
export function readBacktestEquity(db: Connection, id: string): { timestamp: Float64Array; equity: Float64Array } {
  const rows = db
    .prepare<[string], { timestamp: number; equity: number }>(
      'SELECT timestamp, equity FROM backtest_equity WHERE run_id = ? ORDER BY timestamp',
    )
    .all(id)
  return {
    timestamp: Float64Array.from(rows, ({ timestamp }) => timestamp),
    equity: Float64Array.from(rows, ({ equity }) => equity),
  }
}

export function readBacktest(db: Connection, id: string): StoredRun | undefined {
  return db.prepare<[string], StoredRun>('SELECT document, charts FROM backtest_runs WHERE id = ?').get(id)
}
