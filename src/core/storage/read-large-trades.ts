/** Large trades by value: which index is quicker depends on how rare the value is, so that is looked at first. */
import type { Connection } from './database.js'
import { DEFAULT_LIMIT, mergeNewest, type RowQuery, rowsSql, sqlLimit } from './read-rows.js'
import type { LargeTradeRow } from './rows.js'
import { TABLES, toRow } from './tables.js'

export interface LargeTradeQuery extends RowQuery {
  /** In quote currency. */
  readonly minValueUsd?: number
  readonly onlyLiquidations?: boolean
}

/** So many rows are fetched and sorted in about 10 ms. */
const FEW_ROWS = 10_000

/**
 * Either few rows reach the value: the index by value gives them all. Or many do: then the newest of them are near the end
 * of the index by time, which holds the value too.
 */
export function readLargeTrades(db: Connection, query: LargeTradeQuery = {}): LargeTradeRow[] {
  const { minValueUsd } = query
  if (query.onlyLiquidations === true) {
    const filter = `${minValueUsd === undefined ? '' : ' AND value_usd >= ?'} AND is_liquidation = 1`
    const sql = rowsSql('large_trades', 'large_trades INDEXED BY liquidations_by_time', filter)
    return mergeNewest(db, 'large_trades', query, sql, minValueUsd === undefined ? [] : [minValueUsd])
  }
  const byTime = 'large_trades INDEXED BY large_trades_by_time'
  if (minValueUsd === undefined) return mergeNewest(db, 'large_trades', query, rowsSql('large_trades', byTime))
  if (isRare(db, minValueUsd)) return readByValue(db, query, minValueUsd)
  return mergeNewest(db, 'large_trades', query, rowsSql('large_trades', byTime, ' AND value_usd >= ?'), [minValueUsd])
}

function isRare(db: Connection, minValueUsd: number): boolean {
  const sql = 'SELECT count(*) FROM (SELECT 1 FROM large_trades INDEXED BY large_trades_by_value WHERE value_usd >= ? LIMIT ?)'
  const count =
    db
      .prepare<[number, number], number>(sql)
      .pluck()
      .get(minValueUsd, FEW_ROWS + 1) ?? 0
  return count <= FEW_ROWS
}

function readByValue(db: Connection, query: LargeTradeQuery, minValueUsd: number): LargeTradeRow[] {
  const conditions = ['value_usd >= ?']
  const values: (string | number)[] = [minValueUsd]
  const add = (condition: string, ...added: (string | number)[]): void => {
    conditions.push(condition)
    values.push(...added)
  }
  if (query.since !== undefined) add('timestamp >= ?', query.since)
  if (query.until !== undefined) add('timestamp < ?', query.until)
  if (query.exchanges !== undefined) add(`exchange IN (${query.exchanges.map(() => '?').join(', ')})`, ...query.exchanges)
  if (query.symbols !== undefined) add(`symbol IN (${query.symbols.map(() => '?').join(', ')})`, ...query.symbols)
  const sql = `SELECT ${TABLES.large_trades.columns.join(', ')} FROM large_trades INDEXED BY large_trades_by_value
    WHERE ${conditions.join(' AND ')} ORDER BY timestamp DESC, exchange, symbol LIMIT ?`
  const rows = db
    .prepare<(string | number)[], Readonly<Record<string, unknown>>>(sql)
    .all(...values, sqlLimit(query.limit ?? DEFAULT_LIMIT))
  return rows.map((row) => toRow('large_trades', row))
}
