/**
 * `macro_vintages` keeps every value that a day ever had, `macro_indicators` one row a day. A bar of `crypto_macro` sees what was
 * published when it closed: the newest observation, in its wording of that time where vintages are kept. The keys begin with
 * the indicator and end with the day, so that each value is a seek and a few steps back.
 */
export const sql = `
CREATE TABLE macro_vintages (
  indicator TEXT NOT NULL,
  date TEXT NOT NULL,
  available_at INTEGER NOT NULL,
  value REAL,
  PRIMARY KEY (indicator, date, available_at)
) STRICT, WITHOUT ROWID;

CREATE TABLE macro_indicators (
  indicator TEXT NOT NULL,
  date TEXT NOT NULL,
  value REAL,
  is_interpolated INTEGER NOT NULL CHECK (is_interpolated IN (0, 1)),
  is_forward_filled INTEGER NOT NULL CHECK (is_forward_filled IN (0, 1)),
  available_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (indicator, date)
) STRICT, WITHOUT ROWID;

CREATE VIEW macro_data AS
  SELECT indicator, date, value, is_interpolated, is_forward_filled, available_at, created_at FROM macro_indicators;

CREATE VIEW crypto_macro AS
  WITH indicators AS MATERIALIZED (SELECT indicator FROM macro_indicators UNION SELECT indicator FROM macro_vintages),
  bars AS (
    SELECT source, cryptocurrency, interval, timestamp, strftime('%Y-%m-%d', timestamp / 1000, 'unixepoch') AS date_str,
      open, high, low, close, volume, quality, created_at,
      coalesce(timestamp + interval_ms, 1000 * CAST(strftime('%s', timestamp / 1000, 'unixepoch', 'start of month',
        '+' || CAST(interval AS INTEGER) || ' months') AS INTEGER)) AS closed_at
    FROM candle_series CROSS JOIN candles ON series_id = id
  )
  SELECT bars.*, (
    SELECT json_group_object(indicator, (
      SELECT value FROM (
        SELECT * FROM (
          SELECT date, value FROM macro_vintages AS vintage
          WHERE vintage.indicator = indicators.indicator AND date <= strftime('%Y-%m-%d', closed_at / 1000, 'unixepoch')
            AND available_at <= closed_at AND value IS NOT NULL
          ORDER BY date DESC, available_at DESC LIMIT 1
        )
        UNION ALL
        SELECT * FROM (
          SELECT date, value FROM macro_indicators AS newest
          WHERE newest.indicator = indicators.indicator AND date <= strftime('%Y-%m-%d', closed_at / 1000, 'unixepoch')
            AND available_at <= closed_at AND value IS NOT NULL AND NOT EXISTS (
              SELECT 1 FROM macro_vintages AS vintage WHERE vintage.indicator = newest.indicator AND vintage.date = newest.date
            )
          ORDER BY date DESC LIMIT 1
        )
      ) ORDER BY date DESC LIMIT 1
    )) FROM indicators
  ) AS macro
  FROM bars;
`
