/** What a command prints. One function for commands that end, one for those that run; the format is the user's choice. */
import type { Clock } from '../../clock.js'
import type { Format } from '../flags.js'
import type { Painter } from './color.js'
import { type Column, columnOf } from './column.js'
import { csvColumns, loadCsv } from './csv.js'
import { checkFields, fieldsOf, isRow, pick, type Row } from './fields.js'
import { type Plain, toJson, toPlain } from './keys.js'
import { createLineWriter } from './line-writer.js'
import { renderRecord, renderTable } from './table.js'
import { wrapLines } from './text-width.js'

export interface Failure {
  /** Id of the exchange or the provider. */
  readonly exchange?: string
  readonly source?: string
  /** Of a history job: what it was about, and what kind of trouble it is. */
  readonly series?: string
  readonly category?: string
  readonly code: string
  readonly message: string
}

/** What a command that ends has found. Keys may be camelCase; they leave as snake_case. */
export interface Result {
  readonly data: readonly object[] | object
  /** Default: the command's own flags and arguments. */
  readonly params?: object
  readonly warnings?: readonly string[]
  readonly failures?: readonly Failure[]
  /** Of the table; default: every field. */
  readonly columns?: readonly Column[]
  /** Where `data` is one object with a list inside: what a table and CSV show of it when no fields are chosen. */
  readonly view?: View
  /** Of a job that does something: where nobody is there, only its failures are told. */
  readonly isForPeople?: boolean
  /** Names allowed in `--fields` even when no row has them. */
  readonly fields?: readonly string[]
}

export interface View {
  /** A line above the table. */
  readonly heading: string
  readonly rows: readonly object[]
  readonly columns: readonly Column[]
  /** What a person sees instead of heading and rows. */
  readonly draw?: (painter: Painter, width: number | undefined) => Promise<string>
}

export interface Settings {
  readonly command: string
  readonly format: Format
  readonly fields: readonly string[] | undefined
  readonly painter: Painter
  readonly stdout: NodeJS.WritableStream
  /** Columns of the terminal; `undefined`: no terminal, no bound. */
  readonly width?: number | undefined
  /** One line to stderr. */
  readonly note: (line: string) => void
}

/** Prints a result in the chosen format; resolves when it has been written. Throws `UsageError` for an unknown field. */
export async function printResult(result: Result, settings: Settings): Promise<void> {
  const plain = toPlain(result.data)
  const isList = Array.isArray(plain)
  const all: readonly Row[] = isList ? plain.filter(isRow) : isRow(plain) ? [plain] : []
  const { fields, format } = settings
  if (fields !== undefined) checkFields(fields, validFields(all, result))
  const rows = fields === undefined ? all : all.map((row) => pick(row, fields))
  if (format !== 'json') tellProblems(result, settings)
  const job: Job = { rows, isList, result, settings }
  const { view } = result
  const isViewed = view !== undefined && fields === undefined && (format === 'table' || format === 'csv')
  await write(settings.stdout, await renderers[format](isViewed ? viewJob(view, job) : job))
}

interface Job {
  readonly rows: readonly Row[]
  readonly isList: boolean
  readonly result: Result
  readonly settings: Settings
  readonly view?: View
}

const renderers: Readonly<Record<Format, (job: Job) => Promise<string> | string>> = {
  json: ({ rows, isList, result, settings }) => {
    const { params = {}, warnings = [], failures = [] } = result
    const document = { schema_version: 1, command: settings.command, params, data: isList ? rows : rows[0], warnings, failures }
    return `${toJson(document)}\n`
  },
  ndjson: ({ rows }) => rows.map((row) => `${toJson(row)}\n`).join(''),
  csv: async ({ rows, result, settings }) => {
    const renderCsv = await loadCsv()
    const known = csvColumns(rows)
    const columns = settings.fields ?? (known.length > 0 ? known : (result.columns ?? []).map((column) => column.key))
    return renderCsv(rows, { columns, hasHeader: true })
  },
  table: async ({ rows, isList, result, view, settings: { fields, painter, width } }) => {
    if (view?.draw !== undefined) return `${await view.draw(painter, width)}\n`
    const [record] = rows
    const above = view === undefined ? '' : `${painter.strong(wrapLines(view.heading, width))}\n`
    if (record === undefined) return above
    if (!isList && result.columns === undefined && fields === undefined) return `${renderRecord(record, painter, width)}\n`
    const columns = fields?.map((key) => columnFor(key, result.columns ?? result.view?.columns)) ?? result.columns
    return `${above}${renderTable(rows, columns, painter, width)}\n`
  },
}

function viewJob(view: View, job: Job): Job {
  const rows = view.rows.map(toPlain).filter(isRow)
  return { ...job, rows, isList: true, view, result: { ...job.result, columns: view.columns } }
}

function columnFor(key: string, columns: readonly Column[] = []): Column {
  return columns.find((column) => column.key === key) ?? columnOf(key)
}

function validFields(rows: readonly Row[], { columns = [], fields = [] }: Result): string[] {
  const found = fieldsOf(rows)
  return [...new Set([...found, ...fields, ...(found.length === 0 ? columns.map((column) => column.key) : [])])]
}

/** One line for each failure, on stderr. */
export function tellFailures({ failures = [] }: Pick<Result, 'failures'>, note: Settings['note']): void {
  for (const { exchange, source, series, code, message } of failures) {
    note(`Failed: ${[exchange ?? source, series].filter(Boolean).join(' ')}: ${message} (${code})`)
  }
}

export function tellProblems(result: Pick<Result, 'warnings' | 'failures'>, { note }: Pick<Settings, 'note'>): void {
  for (const warning of result.warnings ?? []) note(`Warning: ${warning}`)
  tellFailures(result, note)
}

/** Events of a command that runs. */
export interface EventWriter {
  write(event: object): void
  /** Lines wait for the reader. */
  readonly isBehind: boolean
  /** Lines that a slow reader missed so far. */
  readonly lost: number
  /** For who can wait (a replay): resolves when the reader has caught up. */
  ready(): Promise<void>
}

export interface EventOptions {
  readonly clock: Clock
  /** Names allowed in `--fields`, and the columns of CSV when no fields are chosen. */
  readonly fields: readonly string[]
  /** Bytes and lines that may wait for a slow reader. */
  readonly maxBytes?: number
  readonly maxLines?: number
}

const QUEUE_BYTES = 8 * 1024 * 1024
const QUEUE_LINES = 10_000
/** Of these only the newest of an instrument matters to a reader that lags. */
const STATES = new Set(['book', 'spread', 'ticker', 'funding', 'open_interest', 'structure'])
/** These tell what is missing: `--fields` never cuts them. */
const NOTICES = new Set(['gap', 'lag', 'status', 'summary'])

/** NDJSON, or CSV, where a notice goes to stderr. Nothing is lost in silence: a `lag` line tells how many lines a slow reader missed. */
export async function createEventWriter(settings: Settings, options: EventOptions): Promise<EventWriter> {
  const { clock, fields: valid, maxBytes = QUEUE_BYTES, maxLines = QUEUE_LINES } = options
  const { fields, note } = settings
  if (fields !== undefined) checkFields(fields, valid)
  const base = { exchange: '', symbol: '', pair: '', timestamp: null }
  const lag = (lost: number) => ({ type: 'lag', ...base, receivedAt: clock.now(), consumer: 'stdout', policy: 'keep-newest', lost })
  const isCsv = settings.format === 'csv'
  const lossLine = (lost: number): string | undefined => {
    if (!isCsv) return toJson(lag(lost))
    note(`Warning: the reader was too slow: ${lost} rows are missing`)
    return undefined
  }
  const writer = createLineWriter({ stream: settings.stdout as NodeJS.WriteStream, maxBytes, maxLines, lossLine })
  const render = isCsv ? await csvLine(fields ?? valid, writer.write) : (event: object) => eventJson(event, fields)
  return {
    write: (event) => {
      const { type = '', exchange = '', symbol = '' } = event as { type?: string; exchange?: string; symbol?: string }
      if (isCsv && NOTICES.has(type)) note(toJson(event))
      else writer.write(render(event), STATES.has(type) ? `${type}|${exchange}|${symbol}` : undefined)
    },
    get isBehind() {
      return writer.isBlocked
    },
    get lost() {
      return writer.lost
    },
    ready: writer.drained,
  }
}

function eventJson(event: object, fields: readonly string[] | undefined): string {
  if (fields === undefined || NOTICES.has(String((event as { type?: string }).type))) return toJson(event)
  const plain = toPlain(event)
  return toJson(isRow(plain) ? pick(plain, fields) : plain)
}

async function csvLine(columns: readonly string[], writeLine: (line: string) => void): Promise<(event: object) => string> {
  const renderCsv = await loadCsv()
  writeLine(columns.join(','))
  return (event) => {
    const plain: Plain = toPlain(event)
    return renderCsv(isRow(plain) ? [plain] : [], { columns, hasHeader: false }).trimEnd()
  }
}

/** Resolves when written, also when nobody reads any more: the pipe's own error ends the command. */
export function write(stream: NodeJS.WritableStream, text: string): Promise<void> {
  if (text === '') return Promise.resolve()
  return new Promise((resolve) => stream.write(text, () => resolve()))
}
