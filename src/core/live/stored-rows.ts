import { nearest, UsageError } from '../errors.js'
import type { Exchange } from '../exchanges/contract.js'
import type { RowQuery, Instrument as StoredInstrument } from '../storage/read-rows.js'
import type { Reader } from '../storage/reader.js'
import type { StreamTable } from '../storage/rows.js'
import { NamedInstruments } from './named.js'

export interface StoredQuery {
  /** Instruments as the user names them; all when empty. */
  readonly names: readonly string[]
  /** All when missing. */
  readonly exchanges?: readonly string[] | undefined
  /** ms, half open. */
  readonly since: number
  readonly until: number
}

export interface NamedRows {
  readonly query: RowQuery
  /** Instruments that were seen, and of which this table has nothing. */
  readonly warnings: readonly string[]
}

/**
 * The query for rows of a table whose instruments the user named as a base asset, a symbol or a pair. Throws `UsageError` for a name
 * of which nothing at all is stored, with the nearest that are: what was never looked at must not pass for quiet.
 */
export function storedQuery(
  reader: Pick<Reader, 'instruments'>,
  table: StreamTable,
  known: ReadonlyMap<string, Exchange>,
  { names, exchanges, since, until }: StoredQuery,
): NamedRows {
  const named = new NamedInstruments(names, known)
  const withPair = ({ exchange, symbol }: StoredInstrument) => ({ exchange, symbol, pair: pairOf(known, exchange, symbol) })
  const stored = reader.instruments(table).map(withPair)
  const seen = [...stored, ...reader.instruments('coverage').map(withPair)]
  const unknown = seen.length === 0 ? [] : named.missing(seen)
  if (unknown.length > 0)
    throw notStored(
      unknown,
      seen.map(({ symbol }) => symbol),
    )
  const wanted = stored.filter((each) => (exchanges?.includes(each.exchange) ?? true) && named.has(each))
  const where = exchanges === undefined ? '' : ` on ${exchanges.join(', ')}`
  return {
    query: {
      ...{ since, until, limit: Number.POSITIVE_INFINITY },
      symbols: [...new Set(wanted.map(({ symbol }) => symbol))],
      exchanges: [...new Set(wanted.map(({ exchange }) => exchange))],
    },
    warnings: wanted.length === 0 ? [] : named.missing(wanted).map((name) => `Nothing of this kind is stored of ${name}${where}`),
  }
}

export function pairOf(known: ReadonlyMap<string, Exchange>, exchange: string, symbol: string): string {
  return known.get(exchange)?.symbols.parse(symbol)?.pair ?? symbol
}

/** For names of which nothing is stored, with the nearest that are. */
export function notStored(names: readonly string[], symbols: readonly string[]): UsageError {
  const all = [...new Set(symbols)]
  const near = nearest(names[0] ?? '', all)
  return new UsageError('USAGE_UNKNOWN_SYMBOL', `Nothing is stored of ${names.join(', ')}`, {
    suggestions: [near.length > 0 ? `Did you mean ${near.join(', ')}?` : `Stored are ${all.slice(0, 10).join(', ')}`],
  })
}

/** Rows of each instrument, oldest first; instruments by exchange and symbol. */
export function bySeries<Row extends { readonly exchange: string; readonly symbol: string; readonly timestamp: number }>(
  rows: readonly Row[],
): Row[][] {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const key = `${row.exchange} ${row.symbol}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [row])
    else group.push(row)
  }
  return [...groups]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, group]) => group.toSorted((a, b) => a.timestamp - b.timestamp))
}
