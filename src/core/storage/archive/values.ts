/** What DuckDB gives, as values that JSON has. */
import type { DuckDBValue } from '@duckdb/node-api'
import type { Engine } from './engine.js'

export type PlainValue = null | boolean | number | string | readonly PlainValue[] | { readonly [key: string]: PlainValue }

/** Digits that a float64 keeps. */
const SAFE_DIGITS = 15

/**
 * Numbers stay numbers as long as a float64 has all their digits, and are text beyond; times are ISO 8601 in UTC; what is not
 * finite is `null`.
 */
export function plainValue({ api }: Engine): (value: DuckDBValue) => PlainValue {
  const plain = (value: DuckDBValue): PlainValue => {
    if (typeof value === 'number') return Number.isFinite(value) ? value : null
    if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
    return typeof value === 'object' && value !== null ? nested(value) : value
  }
  const nested = (value: object): PlainValue => {
    if (value instanceof api.DuckDBDecimalValue) return exactNumber(value.toString())
    if (value instanceof api.DuckDBListValue || value instanceof api.DuckDBArrayValue) return value.items.map(plain)
    if (value instanceof api.DuckDBStructValue) return record(Object.entries(value.entries), plain)
    if (value instanceof api.DuckDBMapValue) return record(value.entries.map(keyAndValue), plain)
    if (value instanceof api.DuckDBUnionValue) return plain(value.value)
    if (value instanceof api.DuckDBTimestampValue || value instanceof api.DuckDBTimestampTZValue) return isoTime(value.micros)
    return String(value)
  }
  return plain
}

function keyAndValue({ key, value }: { readonly key: DuckDBValue; readonly value: DuckDBValue }): [string, DuckDBValue] {
  return [String(key), value]
}

function record(entries: readonly (readonly [string, DuckDBValue])[], plain: (value: DuckDBValue) => PlainValue): PlainValue {
  return Object.fromEntries(entries.map(([key, value]) => [key, plain(value)]))
}

function exactNumber(text: string): number | string {
  const digits = text.replace(/^-?0*\.?0*/, '').replace('.', '')
  return digits.length <= SAFE_DIGITS ? Number(text) : text
}

const MICROS_PER_MS = 1000n
const LAST_MS = 8_640_000_000_000_000n

function isoTime(micros: bigint): string {
  const ms = micros / MICROS_PER_MS
  if (ms > LAST_MS || ms < -LAST_MS) return String(micros)
  const rest = micros % MICROS_PER_MS
  const text = new Date(Number(ms)).toISOString()
  return rest > 0n ? text.replace('Z', `${String(rest).padStart(3, '0')}Z`) : text
}
