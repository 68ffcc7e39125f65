/** Imports of files made on the spot or recorded, into a database of their own. */
import { writeFileSync } from 'node:fs'
import { readMap } from '../../src/core/collect/import/columns.js'
import type { ImportWish, Rejected } from '../../src/core/collect/import/contract.js'
import { type ImportWorld, importFile } from '../../src/core/collect/import/import-file.js'
import { createMacroNames } from '../../src/core/collect/import/macro-names.js'
import { loadMacroProvider } from '../../src/core/providers/registry.js'
import { openHistory } from '../../src/core/storage/history.js'
import { openReader, type Reader } from '../../src/core/storage/reader.js'
import { temporaryFolder } from './storage.js'

export type Wish = Partial<Omit<ImportWish, 'map'>> & { readonly map?: readonly string[] }

export const NOW = Date.UTC(2026, 10, 21, 12)

export async function openImport(now = NOW) {
  const folder = temporaryFolder()
  const provider = await loadMacroProvider()
  const database = folder.file('crypto_data.db')
  const history = openHistory({ path: database, clock: { now: () => now }, programVersion: '1.2.3' })
  const refused: Rejected[] = []
  const wishOf = ({ map, ...wish }: Wish): ImportWish => ({ ...NO_WISH, ...wish, map: readMap(map ?? []) })
  const worldOf = (kept: ImportWorld['history'], lagDays?: number): ImportWorld => ({
    now,
    signal: new AbortController().signal,
    provider,
    macro: createMacroNames(provider, [], lagDays),
    history: kept,
    quarantine: (_file, rows) => {
      refused.push(...rows)
      return 'quarantine.csv'
    },
    onProgress: () => undefined,
  })
  return {
    file: (path: string, wish: Wish = {}) => importFile(worldOf(history, wish.lagDays), path, wishOf(wish)),
    dry: (path: string, wish: Wish = {}) => importFile(worldOf(undefined, wish.lagDays), path, wishOf(wish)),
    /** A file of this name and text. */
    text(name: string, text: string | Uint8Array, wish: Wish = {}) {
      writeFileSync(folder.file(name), text)
      return importFile(worldOf(history, wish.lagDays), folder.file(name), wishOf(wish))
    },
    path: folder.file,
    refused,
    read<Result>(question: (reader: Reader) => Result): Result {
      const reader = openReader(database)
      try {
        return question(reader)
      } finally {
        reader.close()
      }
    },
    close() {
      history.close()
      folder.remove()
    },
  }
}

const NO_WISH: Omit<ImportWish, 'map'> = {
  kind: undefined,
  source: undefined,
  exchange: undefined,
  coin: undefined,
  symbol: undefined,
  interval: undefined,
  indicator: undefined,
  zone: undefined,
  dateOrder: undefined,
  lagDays: undefined,
}
