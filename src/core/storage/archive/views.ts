/** The views of the contract, for DuckDB. */

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
  SELECT bar.*, (SELECT json_group_object(indicator, value) FROM (
    SELECT indicator, (
      SELECT arg_max(value, known_at) FROM macro_known AS known
      WHERE known.indicator = series.indicator AND known.known_at <= bar.closed_at
    ) AS value
    FROM (SELECT DISTINCT indicator FROM macro_known) AS series
  )) AS macro
  FROM bars AS bar`

/** In an order in which each may build on those before it. */
export const VIEWS: readonly (readonly [name: string, sql: string])[] = [
  ['exchange_orderbooks', 'SELECT exchange, symbol, timestamp, sequence, bids, asks, metadata FROM order_book_samples'],
  ['order_book', `${side('bid', 'bids')} UNION ALL ${side('ask', 'asks')}`],
  ['macro_data', 'SELECT * FROM macro_indicators'],
  ['macro_known', MACRO_KNOWN],
  ['bars', BARS],
  ['crypto_macro', CRYPTO_MACRO],
]
