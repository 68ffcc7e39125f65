/** What there is of each series, for who asks whether it is fresh and whole. */
import { barEnd } from '../market/interval.js'
import type { CandleSeries } from './candle-series.js'
import type { Connection } from './database.js'
import { confirmedHoles } from './holes.js'
import { type CandleQuery, type MacroSeries, matchingSeries, readMacroSeries } from './read-history.js'
import { instrumentsOf, MAX_TIME } from './read-rows.js'
import type { StreamTable } from './rows.js'

export interface CandleFacts extends CandleSeries {
  /** Open of the first and the last bar, ms. */
  readonly first: number
  readonly last: number
  readonly rows: number
  /** Places where one bar or more are missing. */
  readonly holes: number
  /** Bars missing there. */
  readonly missing: number
  /** Those of them that the source itself does not have. */
  readonly confirmed: number
}

export interface MacroFacts extends MacroSeries {
  /** Its newest observations, newest first, and when each was first public; rows that were filled or have no value are none. */
  readonly newest: readonly { readonly date: string; readonly availableAt: number }[]
}

export interface LiveFacts {
  readonly table: StreamTable
  readonly exchange: string
  readonly symbols: number
  readonly rows: number
  /** ms */
  readonly first: number
  readonly last: number
}

const OBSERVATIONS = 30
const LIVE_TABLES = ['order_book_samples', 'bid_ask_spreads', 'funding_rates', 'open_interest', 'large_trades'] as const

/** Series without bars are left out. */
export function readCandleFacts(db: Connection, query: CandleQuery = {}): CandleFacts[] {
  return matchingSeries(db, query).flatMap((series) => candleFacts(db, series) ?? [])
}

/** Where all bars lie on one grid, their number tells whether any is missing; only then the places are looked for. */
function candleFacts(db: Connection, series: CandleSeries): CandleFacts | undefined {
  const known = db
    .prepare<CandleSeries[], { id: number; step: number; first: number | null; last: number | null }>(
      `SELECT id, coalesce(interval_ms, 0) AS step, (SELECT min(timestamp) FROM candles WHERE series_id = id) AS first,
          (SELECT max(timestamp) FROM candles WHERE series_id = id) AS last
        FROM candle_series WHERE source = @source AND cryptocurrency = @cryptocurrency AND interval = @interval`,
    )
    .get(series)
  if (known === undefined || known.first === null || known.last === null) return undefined
  const { id, step, first, last } = known
  const { rows, off } = readGrid(db, id, step, first)
  const isWhole = off === 0 && (last - first) / step + 1 === rows
  const { holes, missing } = isWhole ? { holes: 0, missing: 0 } : findHoles(db, id, series.interval)
  const atSource = holes === 0 || step === 0 ? [] : confirmedHoles(db, series, first, last)
  const confirmed = atSource.reduce((sum, { from, to }) => sum + Math.round((Math.min(to, last) - Math.max(from, first)) / step), 0)
  return { ...series, first, last, rows, holes, missing, confirmed: Math.min(confirmed, missing) }
}

interface Grid {
  readonly rows: number
  /** Bars beside the grid; `null`: the interval is not of one length. */
  readonly off: number | null
}

function readGrid(db: Connection, id: number, step: number, first: number): Grid {
  const sql = 'SELECT count(*) AS rows, sum((timestamp - ?) % ? <> 0) AS off FROM candles WHERE series_id = ?'
  return db.prepare<[number, number, number], Grid>(sql).get(first, step, id) ?? { rows: 0, off: 0 }
}

function findHoles(db: Connection, id: number, interval: string): Pick<CandleFacts, 'holes' | 'missing'> {
  let [holes, missing] = [0, 0]
  let due = Number.POSITIVE_INFINITY
  db.function('take_time', { directOnly: true }, (time: number) => {
    // A bar that comes a little late, as sampled ones do, leaves no bar out.
    const missed = time > due ? barsBetween(due, time, interval) : 0
    if (missed > 0) holes += 1
    missing += missed
    due = barEnd(time, interval) ?? Number.POSITIVE_INFINITY
    return 0
  })
  db.prepare<[number]>('SELECT sum(take_time(timestamp)) FROM candles WHERE series_id = ?').get(id)
  return { holes, missing }
}

function barsBetween(from: number, to: number, interval: string): number {
  const step = (barEnd(from, interval) ?? to) - from
  return step > 0 ? Math.round((to - from) / step) : 0
}

export function readMacroFacts(db: Connection): MacroFacts[] {
  const newest = db.prepare<[string, number], MacroFacts['newest'][number]>(
    `SELECT date, coalesce((
        SELECT min(available_at) FROM macro_vintages AS wording WHERE wording.indicator = day.indicator AND wording.date = day.date
      ), available_at) AS availableAt
      FROM macro_indicators AS day
      WHERE indicator = ? AND value IS NOT NULL AND is_interpolated = 0 AND is_forward_filled = 0 ORDER BY date DESC LIMIT ?`,
  )
  return readMacroSeries(db).map((series) => ({ ...series, newest: newest.all(series.indicator, OBSERVATIONS) }))
}

export function readLiveFacts(db: Connection): LiveFacts[] {
  return LIVE_TABLES.flatMap((table) => {
    const instruments = instrumentsOf(db, table)
    const count = db.prepare<[string], number>(`SELECT count(*) FROM ${table} WHERE exchange = ?`).pluck()
    const first = db
      .prepare<[string, string], number>(`SELECT min(timestamp) FROM ${table} WHERE exchange = ? AND symbol = ?`)
      .pluck()
    return [...new Set(instruments.map(({ exchange }) => exchange))].map((exchange) => {
      const own = instruments.filter((instrument) => instrument.exchange === exchange)
      return {
        table,
        exchange,
        symbols: own.length,
        rows: count.get(exchange) ?? 0,
        first: Math.min(...own.map(({ symbol }) => first.get(exchange, symbol) ?? MAX_TIME)),
        last: Math.max(...own.map(({ newest }) => newest)),
      }
    })
  })
}
