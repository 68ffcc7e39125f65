import type { UpsertCounts } from '../storage/upsert.js'
import type { Rejected } from './check-candles.js'

export interface SeriesCounts {
  /** New bars; those that the source had changed; those that it told once more. */
  readonly stored: number
  readonly updated: number
  readonly unchanged: number
  readonly rejected: number
}

/** What became of the bars of one series. */
export interface Tally {
  /** Bars of a piece of work, of which some may not exist. */
  expect(bars: number): void
  stored(counts: UpsertCounts): void
  /** Those that were not refused before in this run. */
  refused(rejected: readonly Rejected[]): readonly Rejected[]
  done(bars: number): void
  counts(): SeriesCounts
}

export function createTally(onProgress: (done: number, expected: number) => void): Tally {
  const sum = { stored: 0, updated: 0, unchanged: 0, rejected: 0 }
  const known = new Set<string>()
  let expected = 0
  let done = 0
  return {
    expect(bars) {
      expected += bars
      onProgress(done, expected)
    },
    stored({ inserted, updated, unchanged }) {
      sum.stored += inserted
      sum.updated += updated
      sum.unchanged += unchanged
    },
    refused(rejected) {
      const fresh = rejected.filter(({ reason, row }) => !known.has(`${row.timestamp} ${reason}`))
      for (const { reason, row } of fresh) known.add(`${row.timestamp} ${reason}`)
      sum.rejected += fresh.length
      return fresh
    },
    done(bars) {
      done += bars
      onProgress(done, expected)
    },
    counts: () => ({ ...sum }),
  }
}
