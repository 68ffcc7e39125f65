/** The files of the archive as rows: for queries as a relation, for checks as the cells that the database had. */
import path from 'node:path'
import type { DuckDBValue } from '@duckdb/node-api'
import { StorageError } from '../../errors.js'
import type { Cell } from '../tables.js'
import { type ColumnKind, SEEN_TYPES, type StoredColumn } from './columns.js'
import { type Engine, quoteName, quoteText } from './engine.js'
import type { Partition } from './manifest.js'
import { expressionFromFile } from './shape.js'

/** A partition and where its file is. */
export interface Located {
  readonly partition: Partition
  readonly path: string
  /** Values of columns that are the same in all its rows: not read, and files of other series are not even opened. */
  readonly constants?: Readonly<Record<string, string>>
}

export function locate(folder: string, partition: Partition): Located {
  return { partition, path: path.join(folder, partition.file) }
}

/** Selects `columns` of all the files, each read by its own types. `undefined` where there are no files. */
export function filesSql(columns: readonly StoredColumn[], files: readonly Located[]): string | undefined {
  const groups = new Map<string, [Located, ...Located[]]>()
  for (const file of files) {
    const alike = JSON.stringify([file.partition.columns, file.partition.derived, file.constants])
    const group = groups.get(alike)
    if (group === undefined) groups.set(alike, [file])
    else group.push(file)
  }
  const parts = [...groups.values()].map((group) => groupSql(columns, group))
  return parts.length === 0 ? undefined : parts.join('\nUNION ALL\n')
}

function groupSql(columns: readonly StoredColumn[], group: readonly [Located, ...Located[]]): string {
  const [{ partition, constants = {} }] = group
  const { columns: types, derived } = partition
  const inner = columns
    .filter(({ name }) => derived[name] === undefined)
    .map((column) => {
      const { name, kind } = column
      const type = types[name]
      const constant = constants[name]
      if (constant !== undefined) return `${quoteText(constant)} AS ${quoteName(name)}`
      // A column that came with a later schema is not in older files.
      return type === undefined
        ? `NULL::${SEEN_TYPES[kind]} AS ${quoteName(name)}`
        : expressionFromFile(column, type, SEEN_TYPES[kind])
    })
  const outer = columns.map(({ name, kind }) => {
    const formula = derived[name]
    return formula === undefined ? quoteName(name) : `(${formula})::${SEEN_TYPES[kind]} AS ${quoteName(name)}`
  })
  const source = `read_parquet([${group.map(({ path: file }) => quoteText(file)).join(', ')}], hive_partitioning = false)`
  return `SELECT ${outer.join(', ')} FROM (SELECT ${inner.join(', ')} FROM ${source})`
}

/** The cells of a file as SQLite had them. Throws `StorageError` `STORAGE_ARCHIVE_DAMAGED` when the file cannot be read to its end. */
export async function* cellsOfFile(
  { connection }: Engine,
  columns: readonly StoredColumn[],
  file: Located,
): AsyncGenerator<Cell[], void, undefined> {
  try {
    const exact = columns.map((column) => asKept(column, file.partition))
    const result = await connection.stream(filesSql(exact, [file]) ?? '')
    for await (const chunk of result) {
      const values = chunk.getColumns()
      for (let row = 0; row < chunk.rowCount; row++) {
        yield exact.map(({ kind }, i) => toCell(kind, values[i]?.[row] ?? null))
      }
    }
  } catch (error) {
    throw damaged(file.path, error)
  }
}

export function damaged(file: string, cause: unknown): StorageError {
  const text = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
  return new StorageError('STORAGE_ARCHIVE_DAMAGED', `The archived file ${file} is damaged: ${text}`, {
    cause,
    suggestions: [
      'Restore it from a backup; or run mts db archive --verify, which makes it again where the database still has its rows',
    ],
  })
}

/** Levels that were kept as text are compared as text. */
function asKept({ name, kind }: StoredColumn, { columns }: Partition): StoredColumn {
  return kind === 'levels' && columns[name] === 'VARCHAR' ? { name, kind: 'text' } : { name, kind }
}

function toCell(kind: ColumnKind, value: DuckDBValue): Cell {
  if (value === null) return null
  if (kind === 'flag') return value === true ? 1 : 0
  if (kind === 'levels') return JSON.stringify(toLevels(value))
  return typeof value === 'number' || kind === 'text' ? (value as Cell) : Number(value)
}

interface ListValue {
  readonly items: readonly DuckDBValue[]
}

function toLevels(value: DuckDBValue): unknown {
  return typeof value === 'object' && value !== null && 'items' in value ? (value as ListValue).items.map(toLevels) : value
}
