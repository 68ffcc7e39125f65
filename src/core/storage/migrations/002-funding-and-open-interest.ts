export const sql = `
CREATE TABLE funding_rates (
  exchange TEXT NOT NULL,
  symbol TEXT NOT NULL,
  timestamp INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('settled', 'estimated', 'special')),
  funding_rate REAL NOT NULL,
  predicted_rate REAL,
  funding_time INTEGER,
  interval_hours REAL,
  metadata TEXT,
  PRIMARY KEY (exchange, symbol, timestamp, kind)
) STRICT, WITHOUT ROWID;

CREATE INDEX funding_rates_by_rate ON funding_rates (funding_rate);

CREATE TABLE open_interest (
  exchange TEXT NOT NULL,
  symbol TEXT NOT NULL,
  timestamp INTEGER NOT NULL,
  open_interest REAL NOT NULL,
  open_interest_usd REAL,
  metadata TEXT,
  PRIMARY KEY (exchange, symbol, timestamp)
) STRICT, WITHOUT ROWID;
`
