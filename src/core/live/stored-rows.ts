import { nearest, UsageError } from '../errors.js'
import type { Exchange } from '../exchanges/contract.js'
import type { RowQuery } from '../storage/read-rows.js'
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

/**
 * The query for rows of a table whose instruments the user named as a base asset, a symbol or a pair. Throws `UsageError` when none
 * of the names is stored, with the nearest that are.
 */
export function storedQuery(
  reader: Pick<Reader, 'instruments'>,
  table: StreamTable,
  known: ReadonlyMap<string, Exchange>,
  { names, exchanges, since, until }: StoredQuery,
): RowQuery {
  const stored = reader.instruments(table)
  const named = new NamedInstruments(names, known)
  const found = stored.filter(({ exchange, symbol }) => {
    return (exchanges?.includes(exchange) ?? true) && named.has({ exchange, symbol, pair: pairOf(known, exchange, symbol) })
  })
  if (found.length === 0 && names.length > 0 && stored.length > 0)
    throw notStored(
      names,
      stored.map(({ symbol }) => symbol),
    )
  return {
    ...{ since, until, limit: Number.POSITIVE_INFINITY },
    symbols: [...new Set(found.map(({ symbol }) => symbol))],
    exchanges: [...new Set(found.map(({ exchange }) => exchange))],
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
