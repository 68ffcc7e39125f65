/** What is stored of funding, summed up. */
import { annualised, ratePerHour, settlementIntervals } from '../analysis/funding.js'
import { mean } from '../analysis/statistics.js'
import type { FundingRow } from '../storage/rows.js'

export interface StoredFunding {
  readonly exchange: string
  readonly symbol: string
  readonly kind: FundingRow['kind']
  readonly count: number
  /** Of the rates as they are, a fraction for one interval. */
  readonly averageRate: number
  readonly minRate: number
  readonly maxRate: number
  /** Mean of the rates per hour; `null` where no interval is known. */
  readonly averagePerHour: number | null
  readonly averageAnnualised: number | null
  readonly first: number
  readonly last: number
}

export interface StoredFundingReport {
  readonly count: number
  /** Of all rows; `null` without any. */
  readonly averageRate: number | null
  readonly exchanges: readonly string[]
  readonly symbols: readonly string[]
  readonly series: readonly StoredFunding[]
}

/** Settled rates and running estimates are of different kinds: they are counted apart. */
export function reportStoredFunding(rows: readonly FundingRow[]): StoredFundingReport {
  const groups = new Map<string, FundingRow[]>()
  for (const row of rows) {
    const key = `${row.exchange} ${row.symbol} ${row.kind}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [row])
    else group.push(row)
  }
  return {
    count: rows.length,
    averageRate: rows.length === 0 ? null : mean(rows.map(({ fundingRate }) => fundingRate)),
    exchanges: [...new Set(rows.map(({ exchange }) => exchange))].toSorted(),
    symbols: [...new Set(rows.map(({ symbol }) => symbol))].toSorted(),
    series: [...groups.keys()].toSorted().flatMap((key) => seriesOf(groups.get(key) ?? [])),
  }
}

function seriesOf(group: readonly FundingRow[]): StoredFunding[] {
  const rows = group.toSorted((a, b) => a.timestamp - b.timestamp)
  const [first] = rows
  const last = rows.at(-1)
  if (first === undefined || last === undefined) return []
  const rates = rows.map(({ fundingRate }) => fundingRate)
  const inferred = first.kind === 'settled' ? settlementIntervals(rows.map(({ timestamp }) => timestamp)) : []
  const perHour = rows.flatMap((row, i) => ratePerHour(row.fundingRate, row.intervalHours ?? inferred[i] ?? null) ?? [])
  const averagePerHour = perHour.length === 0 ? null : mean(perHour)
  return [
    {
      ...{ exchange: first.exchange, symbol: first.symbol, kind: first.kind, count: rows.length },
      averageRate: mean(rates),
      minRate: rates.reduce((a, b) => Math.min(a, b)),
      maxRate: rates.reduce((a, b) => Math.max(a, b)),
      averagePerHour,
      averageAnnualised: annualised(averagePerHour),
      first: first.timestamp,
      last: last.timestamp,
    },
  ]
}
