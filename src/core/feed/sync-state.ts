/**
 * `empty`: nothing known. `buffering`: updates are kept until a snapshot comes. `synced`: the book is right and can be read.
 * `suspect`: it broke, no cure asked for yet. `resyncing`: one cure is in flight.
 */
export type BookState = 'empty' | 'buffering' | 'synced' | 'suspect' | 'resyncing'

/** What became of the updates of one book. */
export class SyncCounts {
  applied = 0
  duplicates = 0
  beforeSnapshot = 0
  gaps = 0
  crossed = 0
  snapshots = 0
  otherDepth = 0
}
