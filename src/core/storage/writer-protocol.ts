/** What the store and its writer thread say to each other. */
import type { StreamTable } from './rows.js'
import type { Cell } from './tables.js'

export interface WriterSettings {
  readonly path: string
  /** Written beside migrations that opening applies. */
  readonly openedAt: number
  readonly programVersion: string
  readonly busyTimeoutMs: number
  readonly walLimitBytes: number
  /** The database may not grow beyond this; 0: as far as the disk goes. */
  readonly maxFileBytes: number
}

/**
 * One transaction. Rows lie flat, one after the other: the table's place in `STREAM_TABLES`, then its cells. One array of plain
 * values is what crosses threads fastest.
 */
export interface Batch {
  readonly kind: 'batch'
  readonly cells: readonly Cell[]
}

export interface Close {
  readonly kind: 'close'
}

export type ToWriter = Batch | Close

/** `stored` answers each batch, in order. `rejected`: rows that broke a rule of their table. */
export type FromWriter =
  | { readonly kind: 'ready' | 'closed' }
  | { readonly kind: 'stored'; readonly rejected: readonly StreamTable[] }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly suggestions: readonly string[] }
