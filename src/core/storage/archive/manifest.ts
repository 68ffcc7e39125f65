/** What the archive holds of one series: the only list of its files. A file that no manifest names does not exist. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { StorageError } from '../../errors.js'
import { storageError } from '../storage-errors.js'
import { replaceFile } from './files.js'
import { ARCHIVE_PLANS, type ArchivePlan } from './plan.js'

const FORMAT = 1

/** What is put into SQL is held to what mts writes. */
const name = z.string().regex(/^[a-z][a-z0-9_]*$/)
const type = z.string().regex(/^(?:VARCHAR|BIGINT|BOOLEAN|DOUBLE|DECIMAL\(18,\d+\)|STRUCT\(price \S+, size \S+\)\[\])$/)
const formula = z.string().regex(/^[\w\s()+\-*/,'%]+$/)

const partition = z.object({
  /** `2026-11-21`, `2026-11`, `2026` */
  name: z.string(),
  file: z.string().regex(/^[0-9a-f-]+\.parquet$/),
  rows: z.number().int(),
  /** Time of the first and of the last row, ms. */
  first: z.number(),
  last: z.number(),
  bytes: z.number().int(),
  /** See content-hash.ts. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  /** 1, and one more for each time that late rows made a new file of it. */
  version: z.number().int(),
  written_at: z.number(),
  written_by: z.string(),
  /** Type of each column in the file. */
  columns: z.record(name, type),
  /** Columns that are not in the file because this formula gives them. */
  derived: z.record(name, formula),
})

const manifestSchema = z.object({
  format: z.literal(FORMAT),
  table: z.string(),
  series: z.array(z.string()),
  partitions: z.array(partition),
})

export type Partition = z.infer<typeof partition>

export interface Manifest {
  readonly plan: ArchivePlan
  /** Values of `plan.series`. */
  readonly series: readonly string[]
  /** Oldest first. */
  readonly partitions: readonly Partition[]
}

/** `bid_ask_spreads/exchange=binance/symbol=BTCUSDT`: what other tools read as partitions. */
export function seriesFolder(directory: string, plan: ArchivePlan, series: readonly string[]): string {
  const folders = plan.series.map((column, i) => `${column}=${encodeURIComponent(series[i] ?? '')}`)
  return path.join(directory, plan.table, ...folders)
}

/** An empty one where nothing is archived. Throws `StorageError` `STORAGE_ARCHIVE_MANIFEST` when it cannot be read, or is gone. */
export function readManifest(directory: string, plan: ArchivePlan, series: readonly string[]): Manifest {
  const folder = seriesFolder(directory, plan, series)
  return isListed(folder) ? parseManifest(path.join(folder, MANIFEST), plan) : { plan, series, partitions: [] }
}

/** Of every series that is archived, those of `tables` only where given. */
export function readManifests(directory: string, tables?: readonly string[]): Manifest[] {
  return ARCHIVE_PLANS.filter(({ table }) => tables?.includes(table) ?? true).flatMap((plan) => {
    const root = path.join(directory, plan.table)
    return manifestFiles(root, plan.series.length).map((file) => parseManifest(file, plan))
  })
}

/** Survives a crash at any moment: either the old one or the new one is there. */
export function writeManifest(directory: string, { plan, series, partitions }: Manifest): void {
  const sorted = [...partitions].sort((a, b) => (a.name < b.name ? -1 : 1))
  const content = { format: FORMAT, table: plan.table, series, partitions: sorted }
  replaceFile(path.join(seriesFolder(directory, plan, series), MANIFEST), `${JSON.stringify(content, undefined, 1)}\n`)
}

const MANIFEST = 'manifest.json'

/** Files whose list is gone may hold rows that nothing else has: they are neither passed over nor cleared away. */
function isListed(folder: string): boolean {
  if (!existsSync(folder)) return false
  if (existsSync(path.join(folder, MANIFEST))) return true
  const files = readdirSync(folder).filter((each) => each.endsWith('.parquet'))
  if (files.length > 0) throw unreadable(`The list of the ${files.length} archived files in ${folder} is missing`)
  return false
}

function manifestFiles(folder: string, depth: number): string[] {
  if (!existsSync(folder)) return []
  if (depth === 0) return isListed(folder) ? [path.join(folder, MANIFEST)] : []
  const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory() && entry.name.includes('='))
  return folders
    .map(({ name }) => name)
    .sort()
    .flatMap((name) => manifestFiles(path.join(folder, name), depth - 1))
}

function parseManifest(file: string, plan: ArchivePlan): Manifest {
  try {
    const { series, partitions } = manifestSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
    return { plan, series, partitions }
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw storageError(error, file)
    throw unreadable(`The list of archived files ${file} cannot be read`, error)
  }
}

function unreadable(message: string, cause?: unknown): StorageError {
  return new StorageError('STORAGE_ARCHIVE_MANIFEST', message, {
    cause,
    suggestions: [
      'Restore it from a backup of the archive',
      'Without it: move its folder away; mts db archive makes what the database still has',
    ],
  })
}
