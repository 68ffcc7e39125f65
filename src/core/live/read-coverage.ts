import type { Exchange } from '../exchanges/contract.js'
import type { Reader } from '../storage/reader.js'
import { type CoverageReport, reportCoverage, type Window } from './coverage-report.js'
import { NamedInstruments } from './named.js'

export interface CoverageQuery {
  /** Missing: each channel from the first thing stored to the last. */
  readonly window: Window | undefined
  readonly exchanges: readonly string[] | undefined
  /** Instruments as the user names them; all when empty. */
  readonly symbols: readonly string[]
  readonly channels: readonly string[] | undefined
}

/** What is stored of coverage, as a report. `known` are the exchanges whose names can be told apart. Throws `StorageError`. */
export function readCoverageReport(
  reader: Pick<Reader, 'coverage' | 'coverageSeries'>,
  known: ReadonlyMap<string, Exchange>,
  query: CoverageQuery,
): CoverageReport {
  const named = new NamedInstruments(query.symbols, known)
  const series = reader.coverageSeries().filter(({ exchange, symbol, channel }) => {
    const pair = known.get(exchange)?.symbols.parse(symbol)?.pair ?? symbol
    const isWanted = (query.exchanges?.includes(exchange) ?? true) && (query.channels?.includes(channel) ?? true)
    return isWanted && named.has({ exchange, symbol, pair })
  })
  const { window } = query
  const range = window === undefined ? {} : { since: window.from, until: window.to }
  return reportCoverage(reader.coverage({ ...range, limit: Number.POSITIVE_INFINITY }), series, window)
}
