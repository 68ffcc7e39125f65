/** What DuckDB says of a query, in one line, with the place. */
import { MtsError, nearest, StorageError, UsageError } from '../../errors.js'
import { damaged } from './read-files.js'

/** Errors of the machine; all others are of the query. */
/** Only a query asks for extensions. */
const EXTENSION = /^IO Error: Extension/
const OURS = /^(?:IO|Out of Memory|Internal|INTERNAL|Fatal|Serialization|Connection) Error: /
const PREFIXES =
  /^(?:Failed to extract statements: )?(?:Parser|Binder|Catalog|Permission|Not implemented|Syntax|Invalid Input|Conversion|Out of Range|IO) Error: /
const PLACE = /^LINE (\d+): (.*)\n( *)\^/m

/** `relations`: what may be named. */
export function sqlError(error: unknown, relations: readonly string[]): MtsError {
  if (error instanceof MtsError) return error
  const text = error instanceof Error ? error.message : String(error)
  const [, file] = /['"]([^'"]+\.parquet)['"]/.exec(text) ?? []
  if (file !== undefined && !text.includes('Permission Error')) return damaged(file, error)
  if (OURS.test(text) && !EXTENSION.test(text)) return new StorageError('STORAGE_DUCKDB', firstLine(text), { cause: error })
  const place = placeOf(text)
  const message = `The query cannot be run: ${firstLine(text)}${place.where}`
  return new UsageError('USAGE_SQL', message, { cause: error, suggestions: [...place.lines, ...hints(text, relations)] })
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? text).replace(PREFIXES, '')
}

interface Place {
  readonly where: string
  /** The line of the query and below it a caret. */
  readonly lines: readonly string[]
}

function placeOf(text: string): Place {
  const [, line, source = '', indent = ''] = PLACE.exec(text) ?? []
  if (line === undefined) return { where: '', lines: [] }
  const before = Math.max(0, indent.length - `LINE ${line}: `.length)
  // A long line is shown in part: then the caret is right, and its number is not known.
  const column = source.startsWith('...') ? '' : `, column ${before + 1}`
  return { where: ` (line ${line}${column})`, lines: [source, `${' '.repeat(before)}^`] }
}

function hints(text: string, relations: readonly string[]): string[] {
  const tables = `Tables: ${relations.join(', ')}`
  const [, unknown] = /Table with name (\S+) does not exist/.exec(text) ?? []
  if (unknown !== undefined) {
    if (relations.includes(unknown)) return ['Write its name as it is: only tables whose names stand in the query are read']
    const [near] = nearest(unknown, relations, 1)
    return [...(near === undefined ? [] : [`Did you mean ${near}?`]), tables]
  }
  if (text.includes('Permission Error') || EXTENSION.test(text))
    return ['A query sees the tables of mts and no other files', tables]
  const [, candidates] = /Candidate bindings: (.*)/.exec(text) ?? []
  return candidates === undefined ? [] : [`Columns: ${candidates.replaceAll('"', '')}`]
}
