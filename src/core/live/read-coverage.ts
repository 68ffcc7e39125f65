import type { Exchange } from '../exchanges/contract.js'
import type { Reader } from '../storage/reader.js'
import { type CoverageReport, reportCoverage, type Window } from './coverage-report.js'
import { NamedInstruments } from './named.js'
import { notStored, pairOf } from './stored-rows.js'

export interface CoverageQuery {
  /** Missing: each channel from the first thing stored to the last. */
  readonly window: Window | undefined
  readonly exchanges: readonly string[] | undefined
  /** Instruments as the user names them; all when empty. */
  readonly symbols: readonly string[]
  readonly channels: readonly string[] | undefined
}

/**
 * What is stored of coverage, as a report. `known` are the exchanges whose names can be told apart. Throws `UsageError` for a name
 * that nothing is stored of: what was never looked at must not pass for seen. Throws `StorageError`.
 */
export function readCoverageReport(
  reader: Pick<Reader, 'coverage' | 'coverageSeries'>,
  known: ReadonlyMap<string, Exchange>,
  query: CoverageQuery,
): CoverageReport & {
  /** Exchanges and channels that were asked for, and of which nothing is stored. */
  readonly absent: readonly string[]
} {
  const named = new NamedInstruments(query.symbols, known)
  const stored = reader.coverageSeries().map((each) => ({ ...each, pair: pairOf(known, each.exchange, each.symbol) }))
  const missing = stored.length === 0 ? [] : named.missing(stored)
  if (missing.length > 0)
    throw notStored(
      missing,
      stored.map(({ symbol }) => symbol),
    )
  const series = stored.filter(({ exchange, channel, ...each }) => {
    const isWanted = (query.exchanges?.includes(exchange) ?? true) && (query.channels?.includes(channel) ?? true)
    return isWanted && named.has({ exchange, ...each })
  })
  const { window } = query
  const range = window === undefined ? {} : { since: window.from, until: window.to }
  const absent = [
    ...(query.exchanges ?? []).filter((name) => !series.some(({ exchange }) => exchange === name)),
    ...(query.channels ?? []).filter((name) => !series.some(({ channel }) => channel === name)),
  ]
  return { ...reportCoverage(reader.coverage({ ...range, limit: Number.POSITIVE_INFINITY }), series, window), absent }
}
