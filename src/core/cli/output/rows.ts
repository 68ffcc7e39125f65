/** Rows that come by and by, as many as there are: printed as they come, one batch in memory. A table alone has to wait for all. */
import { columnOf } from './column.js'
import { checkFields } from './fields.js'
import type { Plain } from './keys.js'
import { type Failure, type Settings, tellProblems, write } from './output.js'
import { renderTable } from './table.js'

export interface RowSource {
  /** Names as the user chose them: they are printed as they are. */
  readonly columns: readonly string[]
  readonly batches: AsyncIterable<readonly (readonly Plain[])[]>
  readonly params?: object
  readonly warnings?: readonly string[]
  readonly failures?: readonly Failure[]
}

type Batches = AsyncIterable<readonly (readonly Plain[])[]>
type RowSettings = Omit<Settings, 'painter'> & Partial<Pick<Settings, 'painter'>>

/** More lines than anybody reads at a terminal. */
const TABLE_ROWS = 10_000

/** Gives the number of rows; resolves when they are written. Throws `UsageError` for an unknown field, and what `signal` was aborted with. */
export async function printRows(source: RowSource, settings: RowSettings, signal: AbortSignal): Promise<number> {
  const { format, fields } = settings
  if (fields !== undefined) checkFields(fields, source.columns)
  const columns = fields ?? source.columns
  const places = columns.map((name) => source.columns.indexOf(name))
  const batches = fields === undefined ? source.batches : picked(source.batches, places)
  if (format !== 'json') tellProblems(source, settings)
  const printer = { columns, batches, source, settings, signal }
  return format === 'table' ? printTable(printer) : printStream(printer, await writers[format](printer))
}

interface Printer {
  readonly columns: readonly string[]
  readonly batches: Batches
  readonly source: RowSource
  readonly settings: RowSettings
  readonly signal: AbortSignal
}

async function* picked(batches: Batches, places: readonly number[]): AsyncGenerator<(readonly Plain[])[], void, undefined> {
  for await (const batch of batches) yield batch.map((row) => places.map((place) => row[place] ?? null))
}

/** Text before, for each batch, and after. */
interface Writer {
  readonly head: string
  batch(rows: readonly (readonly Plain[])[], isFirst: boolean): string
  readonly tail: string
}

const writers: Readonly<Record<'json' | 'ndjson' | 'csv', (printer: Printer) => Writer | Promise<Writer>>> = {
  json: ({ columns, source, settings: { command } }) => {
    const { params = {}, warnings = [], failures = [] } = source
    const head = JSON.stringify({ schema_version: 1, command, params })
    const tail = JSON.stringify({ warnings, failures })
    const objects = rowJson(columns)
    return {
      head: `${head.slice(0, -1)},"data":[`,
      batch: (rows, isFirst) => `${isFirst ? '' : ','}${rows.map(objects).join(',')}`,
      tail: `],${tail.slice(1)}\n`,
    }
  },
  ndjson: ({ columns }) => {
    const objects = rowJson(columns)
    return { head: '', batch: (rows) => rows.map((row) => `${objects(row)}\n`).join(''), tail: '' }
  },
  csv: async ({ columns }) => {
    const { stringify } = await import('csv-stringify/sync')
    const text = (rows: readonly (readonly string[])[]): string => stringify([...rows], { record_delimiter: 'unix' })
    return { head: text([columns]), batch: (rows) => text(rows.map((row) => row.map(csvCell))), tail: '' }
  },
}

async function printStream({ batches, settings: { stdout }, signal }: Printer, writer: Writer): Promise<number> {
  let rows = 0
  await write(stdout, writer.head)
  for await (const batch of batches) {
    signal.throwIfAborted()
    if (batch.length > 0) await write(stdout, writer.batch(batch, rows === 0))
    rows += batch.length
  }
  signal.throwIfAborted()
  await write(stdout, writer.tail)
  return rows
}

async function printTable({ columns, batches, settings, signal }: Printer): Promise<number> {
  const shown: Record<string, Plain>[] = []
  let isMore = false
  for await (const batch of batches) {
    signal.throwIfAborted()
    for (const row of batch) {
      if (shown.length < TABLE_ROWS) shown.push(Object.fromEntries(columns.map((name, i) => [name, row[i] ?? null])))
      else isMore = true
    }
    if (isMore) break
  }
  const { painter, stdout, width } = settings
  const keys = columns.map((key) => ({ ...columnOf(key), heading: key }))
  if (painter !== undefined) await write(stdout, `${renderTable(shown, keys, painter, width)}\n`)
  if (isMore) settings.note(`Only the first ${TABLE_ROWS} rows are shown: -o csv or -o ndjson gives all of them`)
  return shown.length
}

function rowJson(columns: readonly string[]): (row: readonly Plain[]) => string {
  const keys = columns.map((name) => `${JSON.stringify(name)}:`)
  return (row) => `{${keys.map((key, i) => `${key}${JSON.stringify(row[i] ?? null)}`).join(',')}}`
}

function csvCell(value: Plain): string {
  if (value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
