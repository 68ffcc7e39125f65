/** Keys begin with exchange, symbol and time, as in every table: one way to read them all. */
export const sql = `
CREATE TABLE coverage (
  exchange TEXT NOT NULL,
  symbol TEXT NOT NULL,
  channel TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  state TEXT NOT NULL,
  detail TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (exchange, symbol, started_at, channel)
) STRICT, WITHOUT ROWID;

CREATE TABLE stream_stats (
  minute INTEGER NOT NULL,
  exchange TEXT NOT NULL,
  symbol TEXT NOT NULL,
  channel TEXT NOT NULL,
  messages INTEGER NOT NULL,
  errors INTEGER NOT NULL,
  valid_share REAL,
  latency_mean REAL,
  latency_p50 REAL,
  latency_p99 REAL,
  PRIMARY KEY (exchange, symbol, minute, channel)
) STRICT, WITHOUT ROWID;
`
