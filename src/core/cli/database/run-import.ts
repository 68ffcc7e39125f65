/** `mts db import` from its flags to its output. */
import path from 'node:path'
import { failuresOf } from '../../collect/failures.js'
import { readMap } from '../../collect/import/columns.js'
import type { DateOrder, FileReport, ImportKind, ImportWish, Rejected } from '../../collect/import/contract.js'
import type { ImportWorld } from '../../collect/import/import-file.js'
import { type ImportResult, importFiles } from '../../collect/import/import-files.js'
import { createMacroNames } from '../../collect/import/macro-names.js'
import { zoneNamed } from '../../collect/import/zone.js'
import { loadMacroProvider } from '../../providers/registry.js'
import type { History } from '../../storage/history.js'
import { appendToQuarantine, clearQuarantine } from '../../storage/quarantine.js'
import type { BaseSession } from '../base-command.js'
import { asJob } from '../history/job.js'
import type { Column } from '../output/column.js'
import { isRow, type Row } from '../output/fields.js'
import { toPlain } from '../output/keys.js'
import type { View } from '../output/output.js'
import { renderTable } from '../output/table.js'
import { pathFromHere } from '../paths.js'

export interface ImportFlags {
  readonly kind: ImportKind | undefined
  readonly source: string | undefined
  readonly exchange: string | undefined
  readonly coin: string | undefined
  readonly symbol: string | undefined
  readonly interval: string | undefined
  readonly indicator: string | undefined
  readonly tz: string | undefined
  readonly dates: DateOrder | undefined
  readonly lag: number | undefined
  readonly map: readonly string[] | undefined
  readonly 'dry-run': boolean
  readonly wait: boolean
}

const COLUMNS: readonly Column[] = [
  { key: 'file', text: (file) => path.basename(String(file)), cut: 'end', isMinor: true },
  { key: 'kind', isMinor: true },
  { key: 'series' },
  { key: 'rows', kind: 'number', decimals: 0 },
  { key: 'stored', kind: 'number', decimals: 0 },
  { key: 'updated', kind: 'number', decimals: 0, isMinor: true },
  { key: 'unchanged', brief: 'same', kind: 'number', decimals: 0 },
  { key: 'duplicates', brief: 'twice', kind: 'number', decimals: 0 },
  {
    key: 'quarantined',
    brief: 'kept out',
    kind: 'number',
    decimals: 0,
    paint: (text, value, painter) => (value === 0 ? text : painter.strong(text)),
  },
  { key: 'missing', kind: 'number', decimals: 0 },
  { key: 'holes', kind: 'number', decimals: 0, paint: (text, value, painter) => (value === 0 ? text : painter.strong(text)) },
  { key: 'first', unit: 'UTC', kind: 'text', text: (ms) => minuteOf(Number(ms)) },
  { key: 'last', unit: 'UTC', kind: 'text', text: (ms) => minuteOf(Number(ms)) },
]
const QUARANTINE_COLUMNS = ['file', 'line', 'raw']
/** Counts that nothing was done for. */
const NOT_IN_DRY_RUN = new Set(['stored', 'updated', 'unchanged'])

/** Throws `UsageError`; `DataValidationError` where no file can be used; `LockedError`, `StorageError`. */
export async function runImport(session: BaseSession, files: readonly string[], flags: ImportFlags): Promise<void> {
  const wish = wishOf(flags)
  const isDryRun = flags['dry-run']
  const provider = await loadMacroProvider()
  const macro = createMacroNames(provider, session.config.macroIndicators, flags.lag)
  const clock = await session.clock()
  const bar = await session.bar('rows')
  const run = (history: History | undefined): Promise<ImportResult[]> => {
    const quarantine = keeper(session, clock.now())
    const onProgress: ImportWorld['onProgress'] = (done, expected) => bar.set(done, expected)
    return importFiles({ now: clock.now(), signal: session.signal, provider, macro, history, quarantine, onProgress }, files, wish)
  }
  const work = isDryRun ? run(undefined) : asJob(session, { job: 'import', scope: 'all', isWaiting: flags.wait }, run)
  const results = await work.finally(() => bar.end())
  const failures = failuresOf(results, ({ file, report }) => ({ source: 'import', series: file, hasStored: report !== undefined }))
  const reports = results.flatMap(({ report }) => report ?? [])
  await session.print({
    data: reports,
    warnings: reports.flatMap(warningsOf),
    failures: failures.map((each) => ({ ...each, message: each.message.replace(`${each.series}: `, '') })),
    view: viewOf(reports, isDryRun),
    isForPeople: !isDryRun,
  })
}

function wishOf({ kind, source, exchange, coin, symbol, interval, indicator, tz, dates, lag, map }: ImportFlags): ImportWish {
  if (tz !== undefined) zoneNamed(tz)
  return {
    kind,
    source,
    exchange,
    coin,
    symbol,
    interval,
    indicator,
    zone: tz,
    dateOrder: dates,
    lagDays: lag,
    map: readMap(map ?? []),
  }
}

/** Of each file the rows of its last import. */
function keeper({ config }: BaseSession, refusedAt: number): ImportWorld['quarantine'] {
  const begun = new Set<string>()
  return (file, rows: readonly Rejected[]) => {
    const kept = path.join(config.dataDir, 'quarantine', `${path.basename(file).replace(/(?:\.csv)?(?:\.gz)?$/i, '')}.csv`)
    if (!begun.has(kept)) clearQuarantine(kept)
    begun.add(kept)
    const lines = rows.map(({ line, reason, raw }) => ({ refusedAt, reason, cells: [file, line, raw] }))
    if (lines.length > 0) appendToQuarantine(kept, QUARANTINE_COLUMNS, lines)
    return kept
  }
}

function warningsOf({ file, warnings, quarantined, quarantineFile }: FileReport): string[] {
  const name = path.basename(file)
  const kept = quarantineFile === null ? '' : `; each is in ${pathFromHere(quarantineFile)} with its line and reason`
  return [
    ...warnings.map((warning) => `${name}: ${warning}`),
    ...(quarantined === 0 ? [] : [`${name}: ${quarantined === 1 ? '1 row is' : `${quarantined} rows are`} not stored${kept}`]),
  ]
}

function viewOf(reports: readonly FileReport[], isDryRun: boolean): View {
  const rows = reports.flatMap(rowsOf)
  const columns = columnsFor(rows, reports.length > 1, isDryRun)
  const changed = reports.flatMap(({ series }) => series).reduce((sum, each) => sum + (each.stored ?? 0) + (each.updated ?? 0), 0)
  const news = isDryRun ? 'dry run, nothing changed' : changed === 0 ? 'nothing new' : `${changed} rows stored or updated`
  const [first] = reports
  const heading = `${reports.length === 1 && first !== undefined ? path.basename(first.file) : `${reports.length} files`}: ${news}`
  if (!isDryRun) return { heading, rows, columns }
  return {
    heading,
    rows,
    columns,
    draw: (painter, width) => drawDecisions(heading, reports, { rows, columns }, { painter, width }),
  }
}

/** Refused rows are of no series; they stand beside the file's first one. */
function rowsOf({ file, series, refused }: FileReport) {
  return series.map((each, at) => ({ file, ...each, quarantined: each.conflicts + (at === 0 ? refused : 0) }))
}

function columnsFor(rows: ReturnType<typeof rowsOf>, hasSeveral: boolean, isDryRun: boolean): readonly Column[] {
  return COLUMNS.filter(({ key }) => {
    if (key === 'file') return hasSeveral
    if (key === 'missing') return rows.some(({ missing }) => missing > 0)
    return !isDryRun || !NOT_IN_DRY_RUN.has(key)
  })
}

type Drawing = Pick<View, 'rows' | 'columns'>
type Canvas = { readonly painter: Parameters<NonNullable<View['draw']>>[0]; readonly width: number | undefined }

async function drawDecisions(heading: string, reports: readonly FileReport[], view: Drawing, canvas: Canvas): Promise<string> {
  const { painter, width } = canvas
  const parts = [heading]
  for (const { file, kinds, decisions, sample } of reports) {
    const rows = [{ about: 'kind', decided: kinds.join(' and '), because: 'the columns' }, ...decisions].map((each) => ({
      ...each,
    }))
    const columns: readonly Column[] = [{ key: 'about' }, { key: 'decided' }, { key: 'because', cut: 'end' }]
    parts.push('', painter.strong(file), renderTable(rows, columns, painter, width))
    if (sample.length > 0) parts.push('', 'as it would be stored', renderTable(toRows(sample), undefined, painter, width))
  }
  return [...parts, '', renderTable(toRows(view.rows), view.columns, painter, width), ''].join('\n')
}

function toRows(values: readonly object[]): readonly Row[] {
  return values.map(toPlain).filter(isRow)
}

function minuteOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ')
}
