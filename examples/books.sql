-- How deep and how lopsided each book was, hour by hour. Level 1 of a list is the best; a level is [price, size].
-- Run: mts db query --file examples/books.sql
WITH sides AS (
  SELECT exchange, symbol, timestamp,
    (bids[1][1] + asks[1][1]) / 2 AS mid,
    asks[1][1] - bids[1][1] AS spread,
    list_sum(list_transform(bids[1:5], level -> level[1] * level[2])) AS bid_value,
    list_sum(list_transform(asks[1:5], level -> level[1] * level[2])) AS ask_value
  FROM order_book_samples
  WHERE len(bids) > 0 AND len(asks) > 0
)
SELECT exchange, symbol,
  strftime(date_trunc('hour', make_timestamp(timestamp * 1000)), '%Y-%m-%d %H:%M') AS hour,
  count(*) AS samples,
  round(avg(spread / mid) * 10000, 3) AS spread_bps,
  round(quantile_cont(spread / mid, 0.95) * 10000, 3) AS spread_bps_p95,
  round(avg(bid_value + ask_value)) AS value_of_5_levels,
  round(avg((bid_value - ask_value) / (bid_value + ask_value)), 3) AS imbalance
FROM sides
GROUP BY ALL
ORDER BY hour, exchange, symbol
