import { findJournalFiles, type JournalFileInfo } from '../feed/journal/reader.js'
import { type Repair, repairFile } from '../feed/journal/repair.js'
import { type Survey, surveyFile } from '../feed/journal/survey.js'

export interface ListedFile extends JournalFileInfo, Survey {
  readonly state: 'whole' | 'torn'
}

/** Every file of a journal with what its headers say. Throws `DataValidationError` where there is none. */
export async function listJournal(path: string): Promise<ListedFile[]> {
  const listed: ListedFile[] = []
  for (const file of await findJournalFiles(path)) {
    const survey = await surveyFile(file.path)
    listed.push({ ...file, ...survey, state: survey.tornBytes === 0 ? 'whole' : 'torn' })
  }
  return listed
}

export interface RepairedFile extends Repair {
  readonly path: string
  readonly exchange: string
}

/** Repairs every torn file at `path`, or tells with `isDryRun` what it would do. Throws `DataValidationError`, `StorageError`. */
export async function repairJournal(path: string, isDryRun: boolean): Promise<RepairedFile[]> {
  const repaired: RepairedFile[] = []
  for (const file of await findJournalFiles(path)) {
    const connection = Number(/-(\d+)\.frames\.gz$/.exec(file.path)?.[1] ?? 0)
    repaired.push({ path: file.path, exchange: file.exchange, ...(await repairFile(file.path, { isDryRun, connection })) })
  }
  return repaired
}
