/** Which macro values are of a simulated provider: they must never pass for real ones, nor stand beside them. */
export const sql = `
ALTER TABLE macro_indicators ADD COLUMN quality TEXT NOT NULL DEFAULT '';

DROP VIEW macro_data;

CREATE VIEW macro_data AS
  SELECT indicator, date, value, is_interpolated, is_forward_filled, available_at, quality, created_at FROM macro_indicators;
`
