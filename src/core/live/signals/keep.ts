/** Where signals go: rows of the database, keys of Redis, a file of the whole answer. */
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Clock } from '../../clock.js'
import { redisEntry, rowOfCombined, rowOfSignal } from '../../signals/record.js'
import { setKeys } from '../../storage/redis/set-keys.js'
import type { SignalRow } from '../../storage/rows.js'
import { writeWhole } from '../../storage/whole-file.js'
import type { MadeSignals } from './make.js'

/** All that was said, dropped ones too, and what was made of it, newest bar by newest bar: `createdAt` is now, ms. */
export function rowsOf(made: MadeSignals, createdAt: number): SignalRow[] {
  const stamps = { evaluatedAt: made.timestamp, createdAt }
  const combined = made.combined.flatMap((each) => {
    const own = made.signals.filter(({ asset, strategy }) => asset === each.asset && each.strategies.includes(strategy))
    const newest = own.toSorted((a, b) => b.saidAt - a.saidAt)[0]
    if (newest === undefined) return []
    const { saidAt, source, interval } = newest
    return rowOfCombined(each, stamps, { saidAt, source, interval, conflict: made.rules.conflict }) ?? []
  })
  return [...[...made.signals, ...made.dropped].map((signal) => rowOfSignal(signal, stamps)), ...combined]
}

/** `<folder>/signals/2026-11-21T17-00-00.000Z.json`, whole or not at all; gives its path. Throws `StorageError`. */
export function writeSignals(folder: string, timestamp: number, text: string): string {
  const name = new Date(timestamp).toISOString().replaceAll(':', '-')
  const file = path.join(folder, 'signals', `${name}.json`)
  writeWhole(file, 'Do without it and without rows: --no-store', (descriptor) => writeFileSync(descriptor, text))
  return file
}

/** What counts, and what was made of it; what is told is why not all keys were set. */
export async function publishSignals(
  rows: readonly SignalRow[],
  { url, clock, render }: { readonly url: string; readonly clock: Clock; readonly render: (row: object) => string },
): Promise<string | undefined> {
  return setKeys(
    url,
    clock,
    rows.filter(({ context }) => context?.['fate'] !== 'dropped').map((row) => redisEntry(row, render)),
  )
}
