/** What is told of a file and of its series once it is read. */
import type { UpsertCounts } from '../../storage/upsert.js'
import type { FileReport, ImportSeries, SeriesReport } from './contract.js'
import type { TextFile } from './open-text.js'
import type { RowReader } from './read-rows.js'
import type { Table } from './records.js'
import type { Settled } from './settle.js'

/** What wraps the rows. */
export function formOf(file: TextFile, table: Table): FileReport['decisions'] {
  const { isGzip, hasMark, encoding } = file
  const preamble = table.dialect?.preamble ?? []
  return [
    ...(isGzip ? [{ about: 'compression', decided: 'gzip', because: 'its first bytes' }] : []),
    ...(hasMark ? [{ about: 'encoding', decided: encoding, because: 'its byte-order mark' }] : []),
    ...(preamble.length > 0
      ? [{ about: 'first lines', decided: `${preamble.length} left out`, because: `no table: ${preamble[0]?.slice(0, 60)}` }]
      : []),
  ]
}

/** Where most rows disagree, the other column has another meaning. */
export function disagreement({ disagreeing }: RowReader, rows: number): string[] {
  if (disagreeing.rows === 0 || disagreeing.rows > rows / 2) return []
  return [`${disagreeing.rows} rows tell two different times, the first in line ${disagreeing.line}; the counted one is taken`]
}

const NO_ROWS: Omit<Settled, 'kind' | 'series'> = {
  rows: 0,
  duplicates: 0,
  conflicts: 0,
  otherPrices: 0,
  unfinished: 0,
  holes: null,
  holeRanges: [],
  first: null,
  last: null,
}

export function reportOf(
  series: ImportSeries,
  settled: Settled | undefined,
  counts: UpsertCounts | undefined,
  missing: number,
  isStored: boolean,
): SeriesReport {
  const stored = isStored ? { inserted: 0, updated: 0, unchanged: 0, ...counts } : undefined
  return {
    ...NO_ROWS,
    kind: series.kind,
    series: series.name,
    ...settled,
    missing,
    stored: stored?.inserted ?? null,
    updated: stored?.updated ?? null,
    unchanged: stored?.unchanged ?? null,
  }
}
