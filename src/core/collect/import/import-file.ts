/** One file: looked at, decided on, read into the staging, settled and stored. Nothing of it is stored before all of it was read. */
import { BugError, DataValidationError } from '../../errors.js'
import type { MacroProvider } from '../../providers/contract.js'
import type { History } from '../../storage/history.js'
import { openStaging, type Staging } from '../../storage/staging.js'
import type { UpsertCounts } from '../../storage/upsert.js'
import { createSimulatedCheck, type SimulatedCheck } from './check-simulated.js'
import type { FileRecord, FileReport, ImportSeries, ImportWish, Rejected, SeriesReport } from './contract.js'
import type { MacroNames } from './macro-names.js'
import { isMissing } from './numbers.js'
import { inspectFile, type TextFile } from './open-text.js'
import { type Plan, planImport } from './plan.js'
import { createRowReader, type RowReader } from './read-rows.js'
import { openTable, type Table } from './records.js'
import { QUALITY, type Settled, type SettledRow, STAGED_WIDTH, settle } from './settle.js'
import { createRowWriter, type StoredRow, storedRow } from './write-rows.js'

export interface ImportWorld {
  readonly now: number
  readonly signal: AbortSignal
  readonly provider: MacroProvider
  readonly macro: MacroNames
  /** Missing in a dry run. */
  readonly history: History | undefined
  /** Takes refused rows of a file; resolved to the path that they are kept in. */
  quarantine(file: string, rows: readonly Rejected[]): string
  onProgress(done: number, expected: number): void
}

/** So many rows decide what a file is. */
const HEAD_ROWS = 20_000
const QUARANTINE_ROWS = 1000
const SAMPLE_ROWS = 5
/** From this share of refused rows on, it is not the rows that are wrong but what the file was taken for. */
const MOST_REFUSED = 0.5

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
    const refused = createRefused(world, path)
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
    simulated.check(plan.book.all, world.history)
    return finish({ world, path, file, table, plan, staging, reader, refused, rows, progress })
  } finally {
    await records.return?.(undefined)
    staging.close()
  }
}

interface Refused {
  readonly count: number
  readonly reasons: ReadonlyMap<string, number>
  /** Rows that lose against another of their time. */
  readonly lost: number
  add(rejected: Rejected): void
  lose(rejected: Rejected): void
  /** Writes what waits; the file that has them, or `null` where there are none. */
  end(): string | null
}

/** Nothing reaches the quarantine before the file as a whole is known to be usable, save for what memory cannot hold. */
function createRefused({ quarantine, history }: ImportWorld, path: string): Refused {
  const reasons = new Map<string, number>()
  let waiting: Rejected[] = []
  let file: string | null = null
  let [count, lost] = [0, 0]
  const keep = (rejected: Rejected) => {
    waiting.push(rejected)
    if (waiting.length >= QUARANTINE_ROWS) flush()
  }
  const flush = () => {
    if (history !== undefined) file = quarantine(path, waiting)
    waiting = []
  }
  return {
    get count() {
      return count
    },
    get lost() {
      return lost
    },
    reasons,
    add(rejected) {
      count += 1
      const kind = rejected.reason.replace(/: .*$/, '')
      reasons.set(kind, (reasons.get(kind) ?? 0) + 1)
      keep(rejected)
    },
    lose(rejected) {
      lost += 1
      keep(rejected)
    },
    end() {
      if (waiting.length > 0) flush()
      // What an earlier import of this file left there is not of this one.
      else if (file === null && history !== undefined) quarantine(path, [])
      return file
    },
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

function checkUsable(path: string, rows: number, refused: Refused): void {
  const { count, reasons } = refused
  if (count <= rows * MOST_REFUSED) return
  const kept = refused.end()
  const [reason = ''] = [...reasons].toSorted((a, b) => b[1] - a[1])[0] ?? []
  throw new DataValidationError(
    'DATA_IMPORT_REFUSED',
    `${path}: ${count} of ${rows} rows cannot be used, most often because ${reason}`,
    {
      suggestions: [
        'Say better what it is with --map, --tz, --interval or --kind',
        ...(kept === null ? [] : [`The refused rows are in ${kept}`]),
      ],
    },
  )
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
    decisions: [...formOf(read), ...plan.decisions],
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

function formOf({ file, table }: Read): FileReport['decisions'] {
  const { isGzip, hasMark, encoding } = file
  const preamble = table.dialect?.preamble ?? []
  return [
    ...(isGzip ? [{ about: 'compression', decided: 'gzip', because: 'its first bytes' }] : []),
    ...(hasMark ? [{ about: 'encoding', decided: encoding, because: 'its byte-order mark' }] : []),
    ...(preamble.length > 0
      ? [{ about: 'first lines', decided: `${preamble.length} left out`, because: `no table: ${preamble[0]?.slice(0, 60)}` }]
      : []),
  ]
}

/** Where most rows disagree, the other column has another meaning. */
function disagreement({ disagreeing }: RowReader, rows: number): string[] {
  if (disagreeing.rows === 0 || disagreeing.rows > rows / 2) return []
  return [`${disagreeing.rows} rows tell two different times, the first in line ${disagreeing.line}; the counted one is taken`]
}

const NO_ROWS: Omit<Settled, 'kind' | 'series'> = {
  rows: 0,
  duplicates: 0,
  conflicts: 0,
  otherPrices: 0,
  unfinished: 0,
  holes: null,
  holeRanges: [],
  first: null,
  last: null,
}

function reportOf(
  series: ImportSeries,
  settled: Settled | undefined,
  counts: UpsertCounts | undefined,
  missing: number,
  isStored: boolean,
): SeriesReport {
  const stored = isStored ? { inserted: 0, updated: 0, unchanged: 0, ...counts } : undefined
  return {
    ...NO_ROWS,
    kind: series.kind,
    series: series.name,
    ...settled,
    missing,
    stored: stored?.inserted ?? null,
    updated: stored?.updated ?? null,
    unchanged: stored?.unchanged ?? null,
  }
}
