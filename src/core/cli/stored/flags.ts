/** Of the commands that read what streams have stored. */
import type { Exchange } from '../../exchanges/contract.js'
import { type StoredQuery, storedQuery } from '../../live/stored-rows.js'
import { HOUR_MS } from '../../market/time.js'
import type { RowQuery } from '../../storage/read-rows.js'
import { openReader, type Reader } from '../../storage/reader.js'
import type { StreamTable } from '../../storage/rows.js'
import type { BaseSession } from '../base-command.js'
import { loadAllExchanges, loadExchanges } from '../exchanges.js'
import { durationFlag, listFlag, numberFlag } from '../flags.js'

const DAY_HOURS = 24

export const storedFlags = {
  since: durationFlag({ description: 'The last so much time; 24h', min: 1, exclusive: ['hours'] }),
  hours: numberFlag({ description: 'The last so many hours: the same', min: 0.001 }),
  exchanges: listFlag({ description: 'Only these exchanges', helpValue: '<binance,bybit>' }),
}

export interface StoredFlags {
  readonly since: number | undefined
  readonly hours: number | undefined
  readonly exchanges: readonly string[] | undefined
}

/** Length of the time asked for, ms; a day without a wish. */
export function spanOf({ since, hours }: Pick<StoredFlags, 'since' | 'hours'>): number {
  return since ?? (hours ?? DAY_HOURS) * HOUR_MS
}

export interface StoredRows<Row> {
  readonly rows: Row[]
  /** All exchanges, by id. */
  readonly known: ReadonlyMap<string, Exchange>
  /** Instruments that were named and of which there is nothing. */
  readonly warnings: readonly string[]
}

/** Opens the database, finds the instruments, reads, closes. Throws `UsageError` for unknown names, `StorageError`. */
export async function readStored<Row>(
  session: BaseSession,
  table: StreamTable,
  { names, flags }: { readonly names: readonly string[]; readonly flags: StoredFlags },
  read: (reader: Reader, query: RowQuery) => Row[],
): Promise<StoredRows<Row>> {
  if (flags.exchanges !== undefined) await loadExchanges(flags.exchanges, session.config)
  const known = new Map((await loadAllExchanges()).map((exchange) => [exchange.id, exchange]))
  const until = (await session.clock()).now()
  const wanted: StoredQuery = { names, exchanges: flags.exchanges, since: until - spanOf(flags), until: until + HOUR_MS }
  const reader = openReader(session.config.db)
  try {
    const { query, warnings } = storedQuery(reader, table, known, wanted)
    return { rows: read(reader, query), known, warnings }
  } finally {
    reader.close()
  }
}
