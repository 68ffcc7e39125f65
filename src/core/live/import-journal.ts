import { join } from 'node:path'
import type { Clock } from '../clock.js'
import { type StorageError, UsageError } from '../errors.js'
import type { Exchange } from '../exchanges/contract.js'
import { type ImportResult, importRecording } from '../feed/journal/import.js'
import { findRecordings, restFile } from '../feed/journal/recording.js'
import { JournalWriter } from '../feed/journal/writer.js'

export interface ImportOptions {
  /** A recording, or a directory of recordings. */
  readonly path: string
  readonly exchange: Exchange
  /** Receive times, instead of the file beside the recording. */
  readonly recv: string | undefined
  /** REST bodies as `FILE` or `SYMBOL=FILE`, instead of those beside the recording. */
  readonly rest: readonly string[] | undefined
  readonly dataDirectory: string
  readonly blockBytes: number
  readonly clock: Clock
}

/** Turns recordings made elsewhere into a journal, each as a connection of its own. Throws `DataValidationError`, `StorageError`. */
export async function importJournal(options: ImportOptions): Promise<ImportResult[]> {
  const { exchange, recv, rest } = options
  const recordings = await findRecordings(options.path)
  if (recordings.length > 1 && (recv !== undefined || rest !== undefined)) {
    throw new UsageError(
      'USAGE_SEVERAL_RECORDINGS',
      `${options.path} has ${recordings.length} recordings: --recv and --rest go with one`,
      {
        suggestions: recordings.slice(0, 3).map((each) => `mts journal import ${each.frames} --exchange ${exchange.id} …`),
      },
    )
  }
  let failure: StorageError | undefined
  const journal = new JournalWriter({
    directory: join(options.dataDirectory, 'journal'),
    clock: options.clock,
    blockBytes: options.blockBytes,
    flushMs: 60_000,
    onFailure: (error) => {
      failure ??= error
    },
  })
  const results: ImportResult[] = []
  try {
    for (const [i, found] of recordings.entries()) {
      const recording = { ...found, recv: recv ?? found.recv, rest: rest?.map(restFile) ?? found.rest }
      results.push(await importRecording(recording, exchange, i + 1, journal))
    }
  } finally {
    await journal.close()
  }
  if (failure !== undefined) throw failure
  return results
}
