/**
 * What strategies said. Ids are made of content, so that the same signal is stored once. `context` is a JSON object: reason, numbers,
 * the series it was made of, and what became of it among the others; the view takes it apart.
 */
export const sql = `
CREATE TABLE signals (
  id TEXT NOT NULL PRIMARY KEY,
  timestamp INTEGER NOT NULL,
  strategy TEXT NOT NULL,
  asset TEXT NOT NULL,
  signal TEXT NOT NULL CHECK (signal IN ('long', 'short', 'flat')),
  strength TEXT NOT NULL CHECK (strength IN ('WEAK', 'MODERATE', 'STRONG')),
  confidence REAL NOT NULL CHECK (confidence BETWEEN 0 AND 1),
  position_size REAL NOT NULL CHECK (position_size >= 0),
  risk_level TEXT CHECK (risk_level IN ('LOW', 'MEDIUM', 'HIGH')),
  expires_at INTEGER,
  context TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX signals_by_time ON signals (timestamp);
CREATE INDEX signals_by_strategy ON signals (strategy, asset, timestamp);

CREATE VIEW signal_history AS
SELECT id, timestamp, strftime('%Y-%m-%d %H:%M:%S', timestamp / 1000, 'unixepoch') AS time_str,
  strategy, asset, signal, strength, confidence, position_size, risk_level, expires_at,
  json_extract(context, '$.fate') AS fate, json_extract(context, '$.why') AS why, json_extract(context, '$.reason') AS reason,
  json_extract(context, '$.source') AS source, json_extract(context, '$.interval') AS interval, context, created_at
FROM signals;
`
