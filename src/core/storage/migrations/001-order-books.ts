/**
 * One row per sample of a book. The levels are JSON text: a fifth of the bytes of a row per level, and `json_each` gives any
 * SQLite client the levels back. A rowid table, because rows of this size would spill out of an index b-tree's pages.
 */
export const sql = `
CREATE TABLE order_book_samples (
  exchange TEXT NOT NULL,
  symbol TEXT NOT NULL,
  timestamp INTEGER NOT NULL,
  sequence INTEGER,
  bids TEXT NOT NULL,
  asks TEXT NOT NULL,
  metadata TEXT,
  UNIQUE (exchange, symbol, timestamp)
) STRICT;

CREATE VIEW exchange_orderbooks AS
  SELECT exchange, symbol, timestamp, sequence, bids, asks, metadata FROM order_book_samples;

CREATE VIEW order_book AS
  SELECT exchange, symbol, timestamp, 'bid' AS side, level.key AS level,
    json_extract(level.value, '$[0]') AS price, json_extract(level.value, '$[1]') AS quantity
  FROM order_book_samples, json_each(bids) AS level
  UNION ALL
  SELECT exchange, symbol, timestamp, 'ask' AS side, level.key AS level,
    json_extract(level.value, '$[0]') AS price, json_extract(level.value, '$[1]') AS quantity
  FROM order_book_samples, json_each(asks) AS level;

CREATE TABLE bid_ask_spreads (
  exchange TEXT NOT NULL,
  symbol TEXT NOT NULL,
  timestamp INTEGER NOT NULL,
  bid_price REAL NOT NULL,
  ask_price REAL NOT NULL,
  spread_absolute REAL NOT NULL,
  spread_percentage REAL NOT NULL,
  mid_price REAL NOT NULL,
  quality TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (exchange, symbol, timestamp)
) STRICT, WITHOUT ROWID;
`
