/** What is stored, read back. Every query is short, so that no reader keeps the WAL from being emptied. */
import { StorageError } from '../errors.js'
import { findBacktests, type ListedRun, readBacktest, readBacktestEquity, readBacktests, type StoredRun } from './backtests.js'
import type { CandleColumns } from './candle-columns.js'
import type { CandleSeries } from './candle-series.js'
import { cachedColumns } from './column-cache.js'
import { keepColumnNote, readColumnNote } from './column-notes.js'
import { type Connection, openForReading } from './database.js'
import { schemaVersion } from './migrate.js'
import { SCHEMA_VERSION } from './migrations/index.js'
import { type FundingQuery, readFundingRates } from './read-funding.js'
import {
  type CandleQuery,
  type MacroQuery,
  type MacroSeries,
  readCandleSeries,
  readCandleSpans,
  readCandles,
  readMacro,
  readMacroSeries,
  readVintages,
  type SeriesSpan,
  type StoredCandleSeries,
} from './read-history.js'
import { type LargeTradeQuery, readLargeTrades } from './read-large-trades.js'
import { type OpportunityQuery, readOpportunities } from './read-opportunities.js'
import {
  type CoverageSeries,
  type Instrument,
  instrumentsOf,
  MAX_TIME,
  MIN_TIME,
  newestRows,
  type RowQuery,
  readCoverage,
  readCoverageSeries,
} from './read-rows.js'
import { type CandleFacts, type LiveFacts, type MacroFacts, readCandleFacts, readLiveFacts, readMacroFacts } from './read-series.js'
import { readStatus, type StorageStatus } from './reader-status.js'
import type {
  ArbitrageRow,
  CoverageRow,
  FundingRow,
  LargeTradeRow,
  MacroVintageRow,
  OpenInterestRow,
  OrderBookSampleRow,
  SignalRow,
  SpreadRow,
  StoredCandleRow,
  StoredMacroRow,
  StreamStatsRow,
  StreamTable,
} from './rows.js'
import { readSignals, type SignalQuery } from './signals.js'
import { guarded } from './storage-errors.js'

/** Rows come newest first. Everything throws `StorageError`; `STORAGE_OUTDATED` when the database must be migrated first. */
export interface Reader {
  orderBookSamples(query?: RowQuery): OrderBookSampleRow[]
  spreads(query?: RowQuery): SpreadRow[]
  fundingRates(query?: FundingQuery): FundingRow[]
  openInterest(query?: RowQuery): OpenInterestRow[]
  largeTrades(query?: LargeTradeQuery): LargeTradeRow[]
  streamStats(query?: RowQuery): StreamStatsRow[]
  opportunities(query?: OpportunityQuery): ArbitrageRow[]
  signals(query?: SignalQuery): SignalRow[]
  /** Rows of which any part lies in `since <= time < until`; a row without an end still runs. */
  coverage(query?: RowQuery): CoverageRow[]
  /** Every channel of which anything is known, and from when to when. */
  coverageSeries(): CoverageSeries[]
  /** Every instrument of a table with the time of its newest row. */
  instruments(table: StreamTable): Instrument[]
  candles(query?: CandleQuery): StoredCandleRow[]
  /** Every series of bars; the query's times and limit do not matter here. */
  candleSeries(query?: CandleQuery): StoredCandleSeries[]
  /** The same without the number of rows, which takes a scan. */
  candleSpans(query?: CandleQuery): SeriesSpan[]
  /** The bars with `from <= open < to` (ms) as columns, ascending; all without bounds. Of long series from a file beside the database. */
  candleColumns(series: CandleSeries, from?: number, to?: number): CandleColumns
  /** What was kept under this key beside the columns, which says of which bytes it is true. */
  columnNote(key: string): string | undefined
  keepColumnNote(key: string, text: string): void
  macro(query?: MacroQuery): StoredMacroRow[]
  macroVintages(query?: MacroQuery): MacroVintageRow[]
  macroSeries(): MacroSeries[]
  candleFacts(query?: CandleQuery): CandleFacts[]
  macroFacts(): MacroFacts[]
  liveFacts(): LiveFacts[]
  /** Newest first. */
  backtests(limit: number): ListedRun[]
  /** Ids that begin so, at most ten. */
  backtestIds(prefix: string): string[]
  backtest(id: string): StoredRun | undefined
  /** By bar, of long runs by day. */
  backtestEquity(id: string): { readonly timestamp: Float64Array; readonly equity: Float64Array }
  /** Also for a database that must be migrated first. */
  status(): StorageStatus
  close(): void
}

/** Opens an existing database for reading only. Throws `StorageError`: missing, damaged, newer, not ours. */
export function openReader(path: string, busyTimeoutMs?: number): Reader {
  const db = openForReading(path, busyTimeoutMs)
  try {
    guarded(path, () => schemaVersion(db))
  } catch (error) {
    db.close()
    throw error
  }
  const read = <Result>(work: () => Result): Result =>
    guarded(path, () => {
      requireSchema(db)
      return work()
    })
  return {
    orderBookSamples: (query) => read(() => newestRows(db, 'order_book_samples', query)),
    spreads: (query) => read(() => newestRows(db, 'bid_ask_spreads', query)),
    fundingRates: (query) => read(() => readFundingRates(db, query)),
    openInterest: (query) => read(() => newestRows(db, 'open_interest', query)),
    largeTrades: (query) => read(() => readLargeTrades(db, query)),
    streamStats: (query) => read(() => newestRows(db, 'stream_stats', query)),
    opportunities: (query) => read(() => readOpportunities(db, query)),
    signals: (query) => read(() => readSignals(db, query)),
    coverage: (query) => read(() => readCoverage(db, query)),
    coverageSeries: () => read(() => readCoverageSeries(db)),
    instruments: (table) => read(() => instrumentsOf(db, table)),
    candles: (query) => read(() => readCandles(db, query)),
    candleSeries: (query) => read(() => readCandleSeries(db, query)),
    candleSpans: (query) => read(() => readCandleSpans(db, query)),
    candleColumns: (series, from = MIN_TIME, to = MAX_TIME) => read(() => cachedColumns(db, series, from, to)),
    columnNote: (key) => readColumnNote(db.name, key),
    keepColumnNote: (key, text) => keepColumnNote(db.name, key, text),
    macro: (query) => read(() => readMacro(db, query)),
    macroVintages: (query) => read(() => readVintages(db, query)),
    macroSeries: () => read(() => readMacroSeries(db)),
    candleFacts: (query) => read(() => readCandleFacts(db, query)),
    macroFacts: () => read(() => readMacroFacts(db)),
    liveFacts: () => read(() => readLiveFacts(db)),
    backtests: (limit) => read(() => readBacktests(db, limit)),
    backtestIds: (prefix) => read(() => findBacktests(db, prefix)),
    backtest: (id) => read(() => readBacktest(db, id)),
    backtestEquity: (id) => read(() => readBacktestEquity(db, id)),
    status: () => guarded(path, () => readStatus(db)),
    close: () => {
      db.close()
    },
  }
}

/** Throws `StorageError` `STORAGE_OUTDATED`. */
export function requireSchema(db: Connection): void {
  const version = schemaVersion(db)
  if (version === SCHEMA_VERSION) return
  const message = `The database ${db.name} is older than this mts: its schema is ${version}, needed is ${SCHEMA_VERSION}`
  throw new StorageError('STORAGE_OUTDATED', message, { suggestions: ['Upgrade it with: mts db migrate'] })
}
