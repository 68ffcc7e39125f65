/** `mts db import`: files one after the other; one that cannot be used does not keep the others from being stored. */
import { MtsError, StorageError, UsageError } from '../../errors.js'
import { categoryOf } from '../failures.js'
import type { FileReport, ImportWish } from './contract.js'
import { type ImportWorld, importFile } from './import-file.js'

export interface ImportResult {
  readonly file: string
  readonly report: FileReport | undefined
  readonly failure: MtsError | undefined
}

/** Throws `UsageError`, `StorageError`, and the signal's reason; what is wrong with a file is in its result. */
export async function importFiles(world: ImportWorld, files: readonly string[], wish: ImportWish): Promise<ImportResult[]> {
  const results: ImportResult[] = []
  for (const file of files) {
    try {
      results.push({ file, report: await importFile(world, file, wish), failure: undefined })
    } catch (error) {
      if (
        !(error instanceof MtsError) ||
        error instanceof StorageError ||
        error instanceof UsageError ||
        categoryOf(error) === undefined
      )
        throw error
      results.push({ file, report: undefined, failure: error })
    }
  }
  return results
}
