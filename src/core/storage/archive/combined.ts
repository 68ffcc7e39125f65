/** Candles with every macro value known by then. */
import { TABLES } from '../tables.js'
import { quoteName, quoteText } from './engine.js'

/**
 * One row a candle; for each indicator one column with the value that anybody could know when the candle closed: of the newest
 * day published by then, `null` before the first one.
 */
export function combinedSql(indicators: readonly string[], wheres: ReadonlyMap<string, string>): string {
  const columns = TABLES.crypto_ohlcv.columns.filter((name) => name !== 'created_at').map((name) => `bar.${quoteName(name)}`)
  const values = indicators.map((indicator, i) => `known_${i}.value AS ${quoteName(indicator)}`)
  const joins = indicators.map(
    (
      indicator,
      i,
    ) => `ASOF LEFT JOIN (SELECT known_at, value FROM main.macro_known WHERE indicator = ${quoteText(indicator)}) AS known_${i}
      ON bar.closed_at >= known_${i}.known_at`,
  )
  const where = wheres.get('crypto_ohlcv') ?? 'true'
  return `SELECT ${[...columns, ...values].join(', ')} FROM (SELECT * FROM main.bars WHERE ${where}) AS bar ${joins.join('\n')}
    ORDER BY bar.source, bar.cryptocurrency, bar.interval, bar.timestamp`
}
