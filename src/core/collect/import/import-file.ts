/** One file: looked at, decided on, read into the staging, settled and stored. Nothing of it is stored before all of it was read. */
import { BugError } from '../../errors.js'
import type { MacroProvider } from '../../providers/contract.js'
import type { History } from '../../storage/history.js'
import { openStaging, type Staging } from '../../storage/staging.js'
import { createSimulatedCheck, type SimulatedCheck } from './check-simulated.js'
import type { FileRecord, FileReport, ImportSeries, ImportWish, Rejected } from './contract.js'
import { disagreement, formOf, reportOf } from './file-report.js'
import type { MacroNames } from './macro-names.js'
import { isMissing } from './numbers.js'
import { inspectFile, type TextFile } from './open-text.js'
import { type Plan, planImport } from './plan.js'
import { createRowReader, type RowReader } from './read-rows.js'
import { openTable, type Table } from './records.js'
import { checkUsable, createRefused, type Quarantine, type Refused } from './refused-rows.js'
import { QUALITY, type SettledRow, STAGED_WIDTH, settle } from './settle.js'
import { createRowWriter, type StoredRow, storedRow } from './write-rows.js'

export interface ImportWorld extends Pick<Quarantine, 'quarantine'> {
  readonly now: number
  readonly signal: AbortSignal
  readonly provider: MacroProvider
  readonly macro: MacroNames
  /** Missing in a dry run. */
  readonly history: History | undefined
  onProgress(done: number, expected: number): void
}

/** So many rows decide what a file is. */
const HEAD_ROWS = 20_000
const SAMPLE_ROWS = 5

/** Throws `DataValidationError` for a file that cannot be used as a whole, `StorageError`, and the signal's reason. */
export async function importFile(world: ImportWorld, path: string, wish: ImportWish): Promise<FileReport> {
  const file = await inspectFile(path)
  let read = 0
  let rows = 0
  const progress = (settled: number) => {
    const expected = read === 0 ? 1 : Math.max(rows, Math.round((rows * file.bytes) / read))
    world.onProgress((rows + settled) / 2, expected)
  }
  const table = await openTable(file, (bytes) => {
    read = bytes
    progress(0)
  })
  const records = table.records[Symbol.asyncIterator]()
  const staging = openStaging(STAGED_WIDTH)
  try {
    const head = await takeHead(records)
    const plan = await planImport({ path, delimiter: table.dialect?.delimiter ?? ',', head, wish, macro: world.macro })
    const { quarantine, history } = world
    const refused = createRefused({ quarantine, isDryRun: history === undefined }, path)
    const reader = createRowReader({ plan, releasedAt: (day) => world.provider.releasedAt(day) })
    const simulated = createSimulatedCheck(path)
    const stage = (record: FileRecord) => {
      rows += 1
      if (rows % 1000 === 0) world.signal.throwIfAborted()
      stageRecord({ staging, reader, simulated }, record, refused.add)
    }
    for (const record of head.slice(plan.headingRows)) stage(record)
    checkUsable(path, rows, refused)
    for (let next = await records.next(); next.done !== true; next = await records.next()) stage(next.value)
    world.signal.throwIfAborted()
    checkUsable(path, rows, refused)
    simulated.check(plan.book.all, history)
    return finish({ world, path, file, table, plan, staging, reader, refused, rows, progress })
  } finally {
    await records.return?.(undefined)
    staging.close()
  }
}

async function takeHead(records: AsyncIterator<FileRecord>): Promise<FileRecord[]> {
  const head: FileRecord[] = []
  while (head.length < HEAD_ROWS) {
    const next = await records.next()
    if (next.done === true) break
    head.push(next.value)
  }
  return head
}

interface Stage {
  readonly staging: Staging
  readonly reader: RowReader
  readonly simulated: SimulatedCheck
}

function stageRecord({ staging, reader, simulated }: Stage, record: FileRecord, refuse: (rejected: Rejected) => void): void {
  const { line, raw } = record
  let filled = -1
  const reason = reader.read(record, ({ series, time, sub, values }) => {
    if (filled < 0) filled = record.cells.reduce((sum, cell) => sum + (isMissing(cell) ? 0 : 1), 0)
    simulated.see(series, values[QUALITY])
    const cells = [series, time, sub, line, filled, ...values]
    while (cells.length < STAGED_WIDTH) cells.push(null)
    staging.add(cells, raw)
  })
  if (reason !== undefined) refuse({ line, reason, raw })
}

interface Read {
  readonly world: ImportWorld
  readonly path: string
  readonly file: TextFile
  readonly table: Table
  readonly plan: Plan
  readonly staging: Staging
  readonly reader: RowReader
  readonly refused: Refused
  readonly rows: number
  progress(settled: number): void
}

function finish(read: Read): FileReport {
  const { world, path, plan, staging, reader, refused, rows, progress } = read
  const { all } = plan.book
  const warnings = [...plan.macro.warnings, ...disagreement(reader, rows)]
  const sample: StoredRow[] = []
  let written = 0
  const onWritten = (more: number) => {
    written += more
    progress(written)
  }
  const writer = world.history === undefined ? undefined : createRowWriter(world.history, all, onWritten)
  const take = (row: SettledRow) => {
    writer?.take(row)
    if (sample.length < SAMPLE_ROWS) sample.push(storedRow(seriesAt(all, row.series), row))
    world.signal.throwIfAborted()
  }
  const warn = (text: string) => warnings.push(text)
  const settled = settle(staging.sorted(), {
    series: all,
    now: world.now,
    hasQuality: plan.columns.at.has('quality'),
    take,
    refuse: refused.lose,
    textOf: staging.textOf,
    warn,
  })
  const counts = writer?.end()
  return {
    file: path,
    kinds: plan.kinds,
    rowsRead: rows,
    refused: refused.count,
    reasons: Object.fromEntries(refused.reasons),
    quarantined: refused.count + refused.lost,
    quarantineFile: refused.end(),
    decisions: [...formOf(read.file, read.table), ...plan.decisions],
    warnings,
    series: all.map((series, at) =>
      reportOf(series, settled.get(at), counts?.get(at), reader.missing.get(at) ?? 0, writer !== undefined),
    ),
    sample: sample.map((row) => ({ ...row })),
  }
}

function seriesAt(all: readonly ImportSeries[], at: number): ImportSeries {
  const series = all[at]
  if (series === undefined) throw new BugError(`A row of series ${at}, of ${all.length}`)
  return series
}
