/** `--fields a,b.c`: the same choice for every format. */
import { nearest, UsageError } from '../../errors.js'
import type { Plain } from './keys.js'

export type Row = { readonly [key: string]: Plain }

export function isRow(value: Plain | undefined): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Every dotted path of the rows, groups included, in order of appearance. */
export function fieldsOf(rows: Iterable<Row>): string[] {
  const paths = new Set<string>()
  for (const row of rows) addPaths(row, '', paths)
  return [...paths]
}

/** Throws `UsageError` listing what there is when a field is not among `valid`; an empty `valid` means: nothing to check. */
export function checkFields(fields: readonly string[], valid: readonly string[]): void {
  if (valid.length === 0) return
  const unknown = fields.find((field) => !valid.includes(field))
  if (unknown === undefined) return
  const near = nearest(unknown, valid, 1)[0]
  const hint = near === undefined ? [] : [`Did you mean ${near}?`]
  throw new UsageError('USAGE_UNKNOWN_FIELD', `Unknown field: ${unknown}`, {
    suggestions: [...hint, `Fields: ${valid.join(', ')}`],
  })
}

/** The value at a dotted path; `null` where there is none. */
export function valueAt(row: Row, path: string): Plain {
  const direct = row[path]
  if (direct !== undefined) return direct
  let value: Plain | undefined = row
  for (const part of path.split('.')) value = isRow(value) ? value[part] : undefined
  return value ?? null
}

/** The row cut to the fields, nesting kept: `b.c` gives `{"b":{"c":…}}`. */
export function pick(row: Row, fields: readonly string[]): Row {
  const picked: { [key: string]: Plain } = {}
  for (const field of fields) place(picked, field.split('.'), valueAt(row, field))
  return picked
}

function place(target: { [key: string]: Plain }, [head = '', ...rest]: readonly string[], value: Plain): void {
  if (rest.length === 0) {
    target[head] = value
    return
  }
  const inner = target[head]
  const child: { [key: string]: Plain } = isRow(inner) ? { ...inner } : {}
  place(child, rest, value)
  target[head] = child
}

function addPaths(row: Row, prefix: string, paths: Set<string>): void {
  for (const [key, value] of Object.entries(row)) {
    paths.add(prefix + key)
    if (isRow(value)) addPaths(value, `${prefix}${key}.`, paths)
  }
}
