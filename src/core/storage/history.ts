/**
 * The writer of jobs that end: bars, macro series, settled funding. It works on the calling thread, and each call is one
 * transaction: all of its rows are stored or, when it throws, none.
 */
import type { Clock } from '../clock.js'
import { type BacktestRecord, saveBacktest } from './backtests.js'
import { type CandleSeries, type CandleSpan, newestQualityOf, spanOf, timesOf } from './candle-series.js'
import { type Connection, limitWal, openForWriting } from './database.js'
import { confirmedHoles, confirmHoles, type Hole } from './holes.js'
import { BUSY_TIMEOUT_MS, WAL_LIMIT_BYTES } from './limits.js'
import { type MacroPast, macroPast, rememberLook } from './macro-looks.js'
import { migrateDatabase } from './migrate.js'
import { readMacro } from './read-history.js'
import { type MacroSpan, type ReplaceCounts, removeUnfilled } from './replace-macro.js'
import type { CandleRow, FundingRow, MacroRow, MacroVintageRow, SignalRow } from './rows.js'
import { saveSignals } from './signals.js'
import { guarded } from './storage-errors.js'
import { startUpserts, type UpsertCounts } from './upsert.js'
import { prepareCandles } from './upsert-candles.js'
import { prepareRows } from './upsert-rows.js'

export interface HistoryOptions {
  readonly path: string
  readonly clock: Pick<Clock, 'now'>
  readonly programVersion: string
  readonly busyTimeoutMs?: number
  /** The database may not grow beyond this; without it, as far as the disk goes. */
  readonly maxFileBytes?: number
}

/**
 * A row with a known key replaces the one that is there; an equal one is `unchanged` and keeps its `created_at`. Everything
 * throws `StorageError`, and `BugError` for a row that no check should have let through.
 */
export interface History {
  upsertCandles(rows: readonly CandleRow[]): UpsertCounts
  upsertMacro(rows: readonly MacroRow[]): UpsertCounts
  /** What is stored of the published days of a span, and when its provider was asked for them last. */
  macroPast(span: MacroSpan): MacroPast
  /** What a provider told of a span, with wordings of its days; filled days of it that are not among the rows go. */
  replaceMacro(span: MacroSpan, rows: readonly MacroRow[], vintages: readonly MacroVintageRow[]): ReplaceCounts
  upsertVintages(rows: readonly MacroVintageRow[]): UpsertCounts
  upsertFunding(rows: readonly FundingRow[]): UpsertCounts
  candleSpan(series: CandleSeries): CandleSpan
  /** Quality of the newest bar; `undefined` where nothing is stored. */
  newestQuality(series: CandleSeries): string | undefined
  /** Quality of the newest day of an indicator; `undefined` where nothing is stored. */
  macroQuality(indicator: string): string | undefined
  /** Open times of the stored bars with `from <= open < to`, ascending, ms. */
  candleTimes(series: CandleSeries, from: number, to: number): number[]
  /** Spans that the source itself has no bars for, asked again and found true. They stay until bars are stored there. */
  confirmHoles(series: CandleSeries, holes: readonly Hole[]): void
  /** Those that touch `from <= time < to`, ascending; what has bars by now is left out. */
  confirmedHoles(series: CandleSeries, from: number, to: number): Hole[]
  /** False: this very run is stored already. */
  saveBacktest(record: BacktestRecord): boolean
  /** How many of them were not stored yet; what is there stays as it is. */
  saveSignals(rows: readonly SignalRow[]): number
  close(): void
}

/** Opens, or creates and migrates, the database. Throws `StorageError`. */
export function openHistory(options: HistoryOptions): History {
  const { path, clock, programVersion, busyTimeoutMs = BUSY_TIMEOUT_MS } = options
  const db = openForWriting(path, busyTimeoutMs)
  try {
    migrateDatabase(db, { appliedAt: clock.now(), programVersion })
    if (options.maxFileBytes !== undefined) limitSize(db, options.maxFileBytes)
  } catch (error) {
    db.close()
    throw error
  }
  const prepare = startUpserts(db)
  const candles = prepareCandles(db, prepare)
  const macro = prepareRows(prepare, 'macro_indicators')
  const vintages = prepareRows(prepare, 'macro_vintages')
  const funding = prepareRows(prepare, 'funding_rates')
  const write = <Result>(work: () => Result): Result =>
    guarded(path, () => {
      const result = inTransaction(db, work)
      limitWal(db, WAL_LIMIT_BYTES, busyTimeoutMs)
      return result
    })
  const read = <Result>(work: () => Result): Result => guarded(path, work)
  return {
    upsertCandles: (rows) => write(() => candles(rows, clock.now())),
    upsertMacro: (rows) => write(() => macro(rows, clock.now())),
    macroPast: (span) => read(() => macroPast(db, span)),
    replaceMacro: (span, rows, worded) =>
      write(() => {
        const now = clock.now()
        const newVintages = vintages(worded, now).inserted
        const removed = removeUnfilled(db, span, rows)
        const counts = macro(rows, now)
        rememberLook(db, span, now)
        return { ...counts, removed, newVintages }
      }),
    upsertVintages: (rows) => write(() => vintages(rows, clock.now())),
    upsertFunding: (rows) => write(() => funding(rows, clock.now())),
    candleSpan: (series) => read(() => spanOf(db, series)),
    newestQuality: (series) => read(() => newestQualityOf(db, series)),
    macroQuality: (indicator) => read(() => readMacro(db, { indicators: [indicator], limit: 1 })[0]?.quality),
    candleTimes: (series, from, to) => read(() => timesOf(db, series, from, to)),
    confirmHoles: (series, holes) => write(() => confirmHoles(db, series, holes, clock.now())),
    confirmedHoles: (series, from, to) => read(() => confirmedHoles(db, series, from, to)),
    saveBacktest: (record) => write(() => saveBacktest(db, record, clock.now())),
    saveSignals: (rows) => write(() => saveSignals(db, rows)),
    close: () => {
      db.close()
    },
  }
}

function inTransaction<Result>(db: Connection, work: () => Result): Result {
  db.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    db.exec('COMMIT')
    return result
  } catch (error) {
    // A full disk has already rolled it back.
    if (db.inTransaction) db.exec('ROLLBACK')
    throw error
  }
}

function limitSize(db: Connection, bytes: number): void {
  db.pragma(`max_page_count = ${Math.floor(bytes / Number(db.pragma('page_size', { simple: true })))}`)
}
