/** Tables that are JSON: answers of FRED's interface, arrays of objects, arrays of arrays as exchanges give candles. */
import type { FileRecord } from './contract.js'
import { unreadable } from './open-text.js'

type Json = string | number | boolean | null | readonly Json[] | JsonObject

/** The first record has the names of the columns where there are any. Throws `DataValidationError`. */
export function jsonRecords(path: string, text: string): FileRecord[] {
  const { rows, isFirstRelease } = rowsOf(path, parsed(path, text))
  if (rows.every(Array.isArray)) return rows.map((row: readonly Json[], at) => record(at + 1, row.map(textOfJson), row))
  const objects = rows.filter(isObject)
  if (objects.length !== rows.length || objects.length === 0) throw unreadable(path, 'its JSON is no list of rows')
  const names = [...new Set(objects.flatMap((row) => Object.keys(row)))]
  const shown = isFirstRelease ? names.map((name) => (name === 'realtime_start' ? 'known_from' : name)) : names
  return [
    record(1, shown, shown),
    ...objects.map((row, at) => {
      const cells = new Map(Object.entries(row))
      return record(
        at + 2,
        names.map((name) => textOfJson(cells.get(name) ?? null)),
        row,
      )
    }),
  ]
}

interface JsonObject {
  readonly [key: string]: Json
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function record(line: number, cells: readonly string[], row: Json): FileRecord {
  return { line, cells, raw: JSON.stringify(row) }
}

function parsed(path: string, text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch (cause) {
    // One object a line.
    const lines = text.split('\n').filter((line) => line.trim() !== '')
    try {
      if (lines.length > 1) return lines.map((line) => JSON.parse(line) as Json)
    } catch {
      throw unreadable(path, 'its JSON is broken or cut off', 'Fetch it again', cause)
    }
    throw unreadable(path, 'its JSON is broken or cut off', 'Fetch it again', cause)
  }
}

/** FRED tells with each observation from when it was known; unless vintages were asked for, that is the day of the question. */
function rowsOf(path: string, json: Json): { readonly rows: readonly Json[]; readonly isFirstRelease: boolean } {
  if (Array.isArray(json)) return { rows: json, isFirstRelease: false }
  const body = new Map(Object.entries(isObject(json) ? json : {}))
  const observations = body.get('observations')
  if (Array.isArray(observations)) {
    const starts = new Set((observations as readonly Json[]).map((row) => fieldOf(row, 'realtime_start')))
    const isFirstRelease = starts.size > 1 || (starts.size === 1 && !starts.has(body.get('realtime_start') ?? null))
    return { rows: observations as readonly Json[], isFirstRelease }
  }
  const lists = [...body.values()].filter((value) => Array.isArray(value))
  const [only] = lists
  if (lists.length === 1 && only !== undefined) return { rows: only as readonly Json[], isFirstRelease: false }
  // One row, as a file of one object a line may have.
  if (isObject(json) && lists.length === 0 && body.size > 1) return { rows: [json], isFirstRelease: false }
  throw unreadable(path, 'its JSON holds no list of rows')
}

function fieldOf(row: Json, name: string): Json {
  return isObject(row) ? (row[name] ?? null) : null
}

function textOfJson(value: Json): string {
  if (value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
