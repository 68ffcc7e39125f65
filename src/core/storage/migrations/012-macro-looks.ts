/**
 * When a provider was last asked for which days of a series. What it tells otherwise afterwards, or tells of a day that had nothing
 * then, became known in between, whatever its usual lag says.
 */
export const sql = `
CREATE TABLE macro_looks (
  indicator TEXT PRIMARY KEY,
  first_day TEXT NOT NULL,
  last_day TEXT NOT NULL,
  looked_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`
