import { readdir, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { MtsError, StorageError } from '../../errors.js'
import { DAY_MS } from '../../market/time.js'
import type { DatabaseHealth } from '../../storage/health.js'
import { listJournal } from '../repair-journal.js'
import { type Finding, finding, type MachineCheck } from './contract.js'

/** A WAL is emptied beyond 16 MiB; several times that says that something keeps it from being. */
const LARGE_WAL_BYTES = 64 << 20
const FEW_DAYS = 7
const LEAST_FREE_BYTES = 512 << 20

export const checkDatabase: MachineCheck = async ({ clock }, { databasePath }) => {
  try {
    const { databaseHealth } = await import('../../storage/health.js')
    return judge(databasePath, databaseHealth(databasePath, clock.now() - DAY_MS))
  } catch (error) {
    if (!(error instanceof StorageError))
      return [finding('database', 'failure', `${databasePath} cannot be looked at: ${messageOf(error)}`)]
    // The first run makes it.
    if (error.code === 'STORAGE_MISSING') return [finding('database', 'ok', 'none yet: the first run makes it')]
    return [finding('database', 'failure', error.message, { advice: error.suggestions[0] ?? null })]
  }
}

function judge(path: string, health: DatabaseHealth): Finding[] {
  const { schemaVersion, newestSchema, fileBytes, walBytes, journalMode, complaints } = health
  const figures = { schemaVersion, fileBytes, walBytes, journalMode }
  const broken = complaints?.[0]
  if (broken !== undefined) {
    const advice = `Save what can be read: sqlite3 ${path} .recover | sqlite3 ${path}.recovered`
    return [finding('database', 'failure', `damaged: ${broken}`, { advice, figures })]
  }
  if (schemaVersion < newestSchema) {
    const message = `schema ${schemaVersion}, the newest is ${newestSchema}`
    return [finding('database', 'warning', message, { advice: 'Run: mts db migrate', figures })]
  }
  if (walBytes > LARGE_WAL_BYTES) {
    const message = `its WAL has ${megabytes(walBytes)}: a reader keeps it from being emptied`
    return [finding('database', 'warning', message, { advice: `See who reads it: lsof ${path}-wal`, figures })]
  }
  if (complaints === null) {
    const advice = `Check it at a quiet hour: sqlite3 ${path} 'PRAGMA quick_check'`
    return [finding('database', 'warning', `schema ${schemaVersion}; too large to be checked here`, { advice, figures })]
  }
  const message = `schema ${schemaVersion}, intact; ${megabytes(fileBytes)}, WAL ${megabytes(walBytes)}`
  return [finding('database', 'ok', message, { figures })]
}

/** Free space against what the journal and the database grew by in the last day. */
export const checkDisk: MachineCheck = async ({ clock }, { dataDirectory, databasePath }) => {
  const place = await existing(dataDirectory)
  const { bavail, bsize } = await statfs(place)
  const freeBytes = bavail * bsize
  const dayBytes =
    (await newBytes(dataDirectory, clock.now() - DAY_MS)) + (await databaseGrowth(databasePath, clock.now() - DAY_MS))
  const daysLeft = dayBytes === 0 ? null : Math.floor(freeBytes / dayBytes)
  const rate =
    daysLeft === null ? 'nothing written in the last day' : `${megabytes(dayBytes)} in the last day: ${days(daysLeft)} left`
  const isShort = freeBytes < LEAST_FREE_BYTES || (daysLeft !== null && daysLeft < FEW_DAYS)
  const advice = isShort ? 'Free some space, or move data_dir to another disk' : null
  const status = freeBytes < LEAST_FREE_BYTES || daysLeft === 0 ? 'failure' : isShort ? 'warning' : 'ok'
  const figures = { freeBytes, dayBytes, daysLeft }
  return [finding('disk', status, `${megabytes(freeBytes)} free; ${rate}`, { advice, figures })]
}

export const checkJournal: MachineCheck = async (_world, { dataDirectory }) => {
  try {
    const files = await listJournal(join(dataDirectory, 'journal'))
    const torn = files.filter((each) => each.state === 'torn').length
    const figures = { files: files.length, torn, records: files.reduce((sum, each) => sum + each.records, 0) }
    if (torn === 0) return [finding('journal', 'ok', `${files.length} files, all of them whole`, { figures })]
    const advice = 'Run: mts journal repair'
    return [finding('journal', 'warning', `${torn} of ${files.length} files are torn`, { advice, figures })]
  } catch (error) {
    if (error instanceof MtsError) return [finding('journal', 'ok', 'none yet: `mts stream --record` makes one')]
    throw error
  }
}

async function newBytes(directory: string, since: number): Promise<number> {
  const names = await readdir(directory, { recursive: true }).catch(() => [])
  let sum = 0
  for (const name of names.filter((each) => /\.(?:gz|csv|torn)$/.test(each))) {
    const found = await stat(join(directory, name))
    if (found.mtimeMs >= since) sum += found.size
  }
  return sum
}

async function databaseGrowth(path: string, since: number): Promise<number> {
  try {
    const { databaseHealth } = await import('../../storage/health.js')
    const { recentShare, fileBytes } = databaseHealth(path, since)
    return Math.round((recentShare ?? 0) * fileBytes)
  } catch {
    // The check of the database says why.
    return 0
  }
}

/** The directory itself, or the nearest above it that is there already. */
async function existing(directory: string): Promise<string> {
  const found = await stat(directory).catch(() => undefined)
  return found !== undefined || dirname(directory) === directory ? directory : existing(dirname(directory))
}

function days(count: number): string {
  return count > 3_650 ? 'more than ten years' : `${count} days`
}

function megabytes(bytes: number): string {
  return bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toFixed(1)} GiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
