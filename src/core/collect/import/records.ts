/** The records of a file one by one, with the line that each began on. CSV is streamed; JSON is a whole. */
import { Readable } from 'node:stream'
import { parse } from 'csv-parse'
import { DataValidationError } from '../../errors.js'
import type { FileRecord } from './contract.js'
import { type Dialect, findDialect } from './dialect.js'
import { jsonRecords } from './json-records.js'
import { type TextFile, textOf, unreadable } from './open-text.js'

export interface Table {
  readonly form: 'csv' | 'json'
  readonly dialect: Dialect | undefined
  readonly records: AsyncIterable<FileRecord>
}

const HEAD_CHARACTERS = 64 * 1024
/** A record may be so long; beyond, a quote was opened and never closed. */
const MOST_RECORD_BYTES = 64 * 1024
const MOST_JSON_CHARACTERS = 256 * 1024 * 1024

/** Throws `DataValidationError` for what holds no table. */
export async function openTable(file: TextFile, onBytes: (bytes: number) => void): Promise<Table> {
  const pieces = textOf(file, onBytes)
  const head = await takeHead(pieces)
  if (/^\s*[[{]/.test(head)) {
    const rows = jsonRecords(file.path, await rest(file.path, head, pieces))
    return { form: 'json', dialect: undefined, records: Readable.from(rows) as AsyncIterable<FileRecord> }
  }
  const dialect = findDialect(head)
  if (dialect === undefined) {
    await pieces.return(undefined)
    throw unreadable(file.path, 'it has no columns', 'Separate them by commas, semicolons, tabs or bars')
  }
  return { form: 'csv', dialect, records: csvRecords(file.path, dialect, head, pieces) }
}

async function takeHead(pieces: AsyncGenerator<string>): Promise<string> {
  let head = ''
  while (head.length < HEAD_CHARACTERS) {
    const { value, done } = await pieces.next()
    if (done === true) break
    head += value
  }
  return head
}

async function rest(path: string, head: string, pieces: AsyncGenerator<string>): Promise<string> {
  const all = [head]
  let length = head.length
  for await (const piece of pieces) {
    all.push(piece)
    length += piece.length
    if (length > MOST_JSON_CHARACTERS) throw unreadable(path, 'it is JSON of more than 256 MiB', 'Turn it into CSV')
  }
  return all.join('')
}

async function* csvRecords(
  path: string,
  { delimiter, preamble }: Dialect,
  head: string,
  pieces: AsyncGenerator<string>,
): AsyncGenerator<FileRecord> {
  async function* text() {
    yield head
    yield* pieces
  }
  const parser = Readable.from(text()).pipe(
    parse({
      delimiter,
      raw: true,
      from_line: preamble.length + 1,
      relax_column_count: true,
      relax_quotes: true,
      max_record_size: MOST_RECORD_BYTES,
    }),
  )
  let line = preamble.length + 1
  try {
    for await (const { raw, record } of parser as AsyncIterable<{ raw: string; record: string[] }>) {
      const isBlank = record.length === 1 && record[0]?.trim() === ''
      if (!isBlank) yield { line, cells: record, raw: raw.trimEnd() }
      line += linesIn(raw)
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('CSV_'))) throw error
    throw new DataValidationError(
      'DATA_IMPORT_FILE',
      `${path} cannot be read from line ${line} on: ${reasonOf(String(error.code))}`,
      {
        cause: error,
        suggestions: [`Look at line ${line}`],
      },
    )
  }
}

/** csv-parse knows the lines too, but telling them makes it three times as slow. */
function linesIn(raw: string): number {
  let lines = 0
  for (let at = raw.indexOf('\n'); at >= 0; at = raw.indexOf('\n', at + 1)) lines += 1
  return Math.max(1, lines)
}

function reasonOf(code: string): string {
  return code === 'CSV_QUOTE_NOT_CLOSED' || code === 'CSV_MAX_RECORD_SIZE' ? 'a quote is opened and not closed' : code
}
