import type { Connection } from './database.js'
import { mergeNewest, type RowQuery, rowsSql } from './read-rows.js'
import type { FundingRow } from './rows.js'

export interface FundingQuery extends RowQuery {
  /** All kinds when missing. A stream leaves an estimate each second, an exchange settles three times a day. */
  readonly kind?: FundingRow['kind']
}

const FILTERS: Readonly<Record<FundingRow['kind'], string>> = {
  settled: " AND kind = 'settled'",
  estimated: " AND kind = 'estimated'",
  special: " AND kind = 'special'",
}

export function readFundingRates(db: Connection, query: FundingQuery = {}): FundingRow[] {
  const filter = query.kind === undefined ? '' : FILTERS[query.kind]
  return mergeNewest(db, 'funding_rates', query, rowsSql('funding_rates', 'funding_rates', filter))
}
