/** What stands beside the bars: funding and macro series, as far as they were known at each moment. */
import { coinOf } from '../../market/coins.js'
import type { Instrument } from '../../market/instrument.js'
import { HOUR_MS } from '../../market/time.js'
import type { Reader } from '../../storage/reader.js'
import type { FundingData, MacroData } from '../data.js'

const USUAL_FUNDING_HOURS = 8

/**
 * Settled rates of a perpetual with `from <= time < to`, ms. Without any it is an empty series, so that the engine counts what is
 * missing while a position is held.
 */
export function readFunding(reader: Reader, coin: string, { exchange, symbol }: Instrument, from: number, to: number): FundingData {
  const rows = reader
    .fundingRates({ exchanges: [exchange], symbols: [symbol], since: from, until: to, limit: Number.POSITIVE_INFINITY })
    .filter(({ kind }) => kind !== 'estimated')
    .reverse()
  const timestamp = Float64Array.from(rows, (row) => row.timestamp)
  const told = rows.findLast(({ intervalHours }) => intervalHours !== null)?.intervalHours
  return {
    asset: coin,
    timestamp,
    rate: Float64Array.from(rows, (row) => row.fundingRate),
    intervalHours: told ?? commonStep(timestamp) ?? USUAL_FUNDING_HOURS,
  }
}

/** Hours between two settlements, by the most frequent distance. */
function commonStep(timestamp: Float64Array): number | undefined {
  const counts = new Map<number, number>()
  for (let i = 1; i < timestamp.length; i++) {
    const hours = Math.round(((timestamp[i] ?? 0) - (timestamp[i - 1] ?? 0)) / HOUR_MS)
    if (hours > 0) counts.set(hours, (counts.get(hours) ?? 0) + 1)
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0]
}

/**
 * Each wording of each day from when it could be known; days without a kept wording as they are told today. Days that were filled were
 * never observed: to a correlation of changes they would be days on which nothing changed.
 * Oldest publication first, up to `until` (ms): what became known later is nothing that the run could tell apart.
 */
export function readMacro(reader: Reader, indicator: string, until: number): MacroData | undefined {
  const query = { indicators: [indicator], limit: Number.POSITIVE_INFINITY }
  const vintages = reader.macroVintages(query)
  const worded = new Set(vintages.map(({ date }) => date))
  const published = reader.macro(query).filter((row) => !row.isInterpolated && !row.isForwardFilled && !worded.has(row.date))
  const rows = [...vintages, ...published]
    .flatMap(({ date, availableAt, value }) =>
      value === null ? [] : [{ date: Date.parse(`${date}T00:00:00Z`), availableAt, value }],
    )
    .filter(({ availableAt }) => availableAt <= until)
    .sort((a, b) => a.availableAt - b.availableAt || a.date - b.date)
  if (rows.length === 0) return undefined
  return {
    indicator,
    date: Float64Array.from(rows, (row) => row.date),
    availableAt: Float64Array.from(rows, (row) => row.availableAt),
    value: Float64Array.from(rows, (row) => row.value),
  }
}

/** Exchanges name a coin by its ticker, the database by its id. */
export function tickerOf(coin: string): string {
  return coinOf(coin)?.ticker ?? coin.toUpperCase()
}
