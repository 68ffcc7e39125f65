/**
 * A rowid table: it has several indexes, and each entry then holds a small number instead of the whole key. The value is in
 * the indexes by time, so that rows below a minimum are passed over without being fetched.
 */
export const sql = `
CREATE TABLE large_trades (
  exchange TEXT NOT NULL,
  symbol TEXT NOT NULL,
  trade_id TEXT NOT NULL,
  side TEXT NOT NULL CHECK (side IN ('buy', 'sell')),
  price REAL NOT NULL,
  size REAL NOT NULL,
  value_usd REAL NOT NULL,
  timestamp INTEGER NOT NULL,
  is_liquidation INTEGER NOT NULL CHECK (is_liquidation IN (0, 1)),
  metadata TEXT,
  UNIQUE (exchange, symbol, trade_id)
) STRICT;

CREATE INDEX large_trades_by_time ON large_trades (exchange, symbol, timestamp, value_usd);
CREATE INDEX large_trades_by_value ON large_trades (value_usd);
CREATE INDEX liquidations_by_time ON large_trades (exchange, symbol, timestamp, value_usd) WHERE is_liquidation = 1;
`
