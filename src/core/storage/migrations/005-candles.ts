/**
 * A series is a small number, so that a bar costs half the bytes of one keyed by text. `content_version` changes at random with
 * every change of a series' bars: what was made from them elsewhere (column files) can tell that it is stale, also against a
 * database that was restored from a copy. The program sets it with each batch, the triggers do for whoever deletes or
 * changes bars by hand and so leaves `created_at` as it was; one for inserts would cost each of them a sixth. `interval_ms` is null where the calendar decides (months).
 */
export const sql = `
CREATE TABLE candle_series (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  cryptocurrency TEXT NOT NULL,
  interval TEXT NOT NULL,
  interval_ms INTEGER,
  content_version INTEGER NOT NULL DEFAULT (random() & 9007199254740991),
  UNIQUE (source, cryptocurrency, interval)
) STRICT;

CREATE TABLE candles (
  series_id INTEGER NOT NULL REFERENCES candle_series (id),
  timestamp INTEGER NOT NULL,
  open REAL NOT NULL,
  high REAL NOT NULL,
  low REAL NOT NULL,
  close REAL NOT NULL,
  volume REAL,
  quality TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  PRIMARY KEY (series_id, timestamp)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER candles_deleted AFTER DELETE ON candles BEGIN
  UPDATE candle_series SET content_version = random() & 9007199254740991 WHERE id = OLD.series_id;
END;

CREATE TRIGGER candles_changed AFTER UPDATE ON candles WHEN NEW.created_at = OLD.created_at BEGIN
  UPDATE candle_series SET content_version = random() & 9007199254740991 WHERE id IN (OLD.series_id, NEW.series_id);
END;

CREATE TABLE candle_holes (
  series_id INTEGER NOT NULL REFERENCES candle_series (id),
  started_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  confirmed_at INTEGER NOT NULL,
  PRIMARY KEY (series_id, started_at)
) STRICT, WITHOUT ROWID;

CREATE VIEW crypto_ohlcv AS
  SELECT source, cryptocurrency, interval, timestamp, strftime('%Y-%m-%d', timestamp / 1000, 'unixepoch') AS date_str,
    open, high, low, close, volume, quality, created_at
  FROM candle_series CROSS JOIN candles ON series_id = id;
`
