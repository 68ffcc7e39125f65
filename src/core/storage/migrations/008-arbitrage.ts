/** `metadata` has both findings and what is left for orders that are late: everything that `arb explain` and `arb stats` need. */
export const sql = `
CREATE TABLE arbitrage_opportunities (
  id TEXT NOT NULL PRIMARY KEY,
  timestamp INTEGER NOT NULL,
  symbol TEXT NOT NULL,
  type TEXT NOT NULL,
  exchange_a TEXT NOT NULL,
  exchange_b TEXT NOT NULL,
  price_a REAL NOT NULL,
  price_b REAL NOT NULL,
  spread_percentage REAL NOT NULL,
  potential_profit REAL NOT NULL,
  confidence REAL NOT NULL,
  symbol_b TEXT NOT NULL,
  quantity REAL NOT NULL,
  net_bps REAL NOT NULL,
  closed_at INTEGER,
  closed_by TEXT,
  life_ms REAL,
  is_feasible INTEGER CHECK (is_feasible IN (0, 1)),
  is_phantom INTEGER CHECK (is_phantom IN (0, 1)),
  metadata TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX arbitrage_opportunities_by_time ON arbitrage_opportunities (timestamp);
`
