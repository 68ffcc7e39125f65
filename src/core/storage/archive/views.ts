/** The views of the contract, for DuckDB. */
import { TABLES } from '../tables.js'

/** Levels of a side, best first; level 0 is the best. */
const side = (name: string, levels: string): string => `
  SELECT exchange, symbol, timestamp, '${name}' AS side, level, pair[1] AS price, pair[2] AS quantity FROM (
    SELECT exchange, symbol, timestamp, unnest(${levels}) AS pair, generate_subscripts(${levels}, 1) - 1 AS level
    FROM order_book_samples
  )`

/**
 * The value of each indicator that anybody could know from `known_at` on: of the newest day published by then, in its newest
 * wording by then. Where vintages of a day are kept, they are its wordings.
 */
const MACRO_KNOWN = `
  WITH said AS (
    SELECT indicator, date, available_at, value FROM macro_vintages
    UNION ALL
    SELECT indicator, date, available_at, value FROM macro_indicators AS newest WHERE NOT EXISTS (
      SELECT 1 FROM macro_vintages AS vintage WHERE vintage.indicator = newest.indicator AND vintage.date = newest.date
    )
  ),
  told AS (
    SELECT *, greatest(available_at, epoch_ms(date::TIMESTAMP)) AS known_at FROM said WHERE value IS NOT NULL
  )
  SELECT DISTINCT indicator, known_at, arg_max(value, (date, available_at)) OVER (
    PARTITION BY indicator ORDER BY known_at
  ) AS value
  FROM told`

const UNITS = "MAP {'s': 1000, 'm': 60000, 'h': 3600000, 'd': 86400000, 'w': 604800000}"

/** Bars with the moment at which they are over, ms; months end where the calendar says. */
const BARS = `
  SELECT *, coalesce(
    timestamp + try_cast(regexp_extract(interval, '^(\\d+)[smhdw]$', 1) AS BIGINT) * (${UNITS})[right(interval, 1)],
    epoch_ms(date_trunc('month', make_timestamp(timestamp * 1000)) + to_months(try_cast(regexp_extract(interval, '^\\d+') AS INTEGER)))
  ) AS closed_at
  FROM crypto_ohlcv`

const CRYPTO_MACRO = `
  SELECT bar.*, coalesce(to_json(map_from_entries(
    list({'key': series.indicator, 'value': known.value} ORDER BY series.indicator) FILTER (WHERE series.indicator IS NOT NULL)
  )), '{}'::JSON) AS macro
  FROM bars AS bar
  LEFT JOIN (SELECT DISTINCT indicator FROM macro_known) AS series ON true
  ASOF LEFT JOIN macro_known AS known ON known.indicator = series.indicator AND bar.closed_at >= known.known_at
  GROUP BY ALL`

export interface View {
  readonly name: string
  readonly sql: string
  /** Tables whose rows it shows. */
  readonly reads: readonly string[]
}

const MACRO = ['macro_indicators', 'macro_vintages']
const SAMPLES = 'SELECT exchange, symbol, timestamp, sequence, bids, asks, metadata FROM order_book_samples'

/** In an order in which each may build on those before it. */
export const VIEWS: readonly View[] = [
  { name: 'exchange_orderbooks', sql: SAMPLES, reads: ['order_book_samples'] },
  { name: 'order_book', sql: `${side('bid', 'bids')} UNION ALL ${side('ask', 'asks')}`, reads: ['order_book_samples'] },
  {
    name: 'macro_data',
    sql: `SELECT ${TABLES.macro_indicators.columns.join(', ')} FROM macro_indicators`,
    reads: ['macro_indicators'],
  },
  { name: 'macro_known', sql: MACRO_KNOWN, reads: MACRO },
  { name: 'bars', sql: BARS, reads: ['crypto_ohlcv'] },
  { name: 'crypto_macro', sql: CRYPTO_MACRO, reads: ['crypto_ohlcv', ...MACRO] },
]
