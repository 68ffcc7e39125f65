-- Trend of each coin by hour: two moving averages of the close, how far it is from its high, and its volatility a year.
-- Run: mts db query --file examples/trend.sql
WITH bars AS (
  SELECT cryptocurrency, source, timestamp, close,
    avg(close) OVER fast AS sma_20,
    avg(close) OVER slow AS sma_100,
    max(high) OVER slow AS high_100,
    stddev_samp(ln(close)) OVER fast AS spread_of_log,
    ln(close / lag(close) OVER series) AS log_return
  FROM crypto_ohlcv
  WHERE interval = '1h'
  WINDOW series AS (PARTITION BY source, cryptocurrency ORDER BY timestamp),
    fast AS (PARTITION BY source, cryptocurrency ORDER BY timestamp ROWS 19 PRECEDING),
    slow AS (PARTITION BY source, cryptocurrency ORDER BY timestamp ROWS 99 PRECEDING)
)
SELECT cryptocurrency, source,
  strftime(make_timestamp(max(timestamp) * 1000), '%Y-%m-%d %H:%M') AS last_bar,
  arg_max(close, timestamp) AS close,
  round(arg_max(sma_20, timestamp), 2) AS sma_20,
  round(arg_max(sma_100, timestamp), 2) AS sma_100,
  CASE WHEN arg_max(sma_20, timestamp) > arg_max(sma_100, timestamp) THEN 'up' ELSE 'down' END AS trend,
  round(arg_max(close / high_100 - 1, timestamp), 4) AS from_high,
  round(stddev_samp(log_return) * sqrt(24 * 365), 3) AS volatility
FROM bars
GROUP BY cryptocurrency, source
ORDER BY cryptocurrency, source
