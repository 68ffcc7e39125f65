-- What a coin did in the day after each macro value became known. macro_known has, for each indicator, the moment from which anybody
-- could know a value (ms): joining on it can never look ahead.
-- Run: mts db query --file examples/macro.sql
WITH news AS (
  SELECT indicator, known_at, value, value - lag(value) OVER (PARTITION BY indicator ORDER BY known_at) AS change
  FROM macro_known
),
moves AS (
  SELECT news.indicator, news.change, before.cryptocurrency, later.close / before.close - 1 AS day_after
  FROM news
  ASOF JOIN (SELECT * FROM bars WHERE interval = '1h' AND cryptocurrency = 'bitcoin') AS before ON news.known_at >= before.closed_at
  JOIN bars AS later
    ON later.source = before.source AND later.cryptocurrency = before.cryptocurrency AND later.interval = before.interval
    AND later.closed_at = before.closed_at + 24 * 3600000
  WHERE news.change IS NOT NULL AND news.known_at - before.closed_at < 3600000
)
SELECT indicator, cryptocurrency, count(*) AS days,
  round(avg(day_after) FILTER (WHERE change > 0), 5) AS after_rise,
  round(avg(day_after) FILTER (WHERE change < 0), 5) AS after_fall,
  round(corr(change, day_after), 3) AS correlation
FROM moves
GROUP BY indicator, cryptocurrency
ORDER BY indicator
