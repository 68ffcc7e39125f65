/** Rows of SQLite on their way into DuckDB, 2 048 at a time and column by column: what its appender takes fastest. */
import type { DuckDBAppender, DuckDBType, DuckDBValue } from '@duckdb/node-api'
import type { Cell } from '../tables.js'
import { type ColumnKind, STAGED_TYPES, type StoredColumn } from './columns.js'
import { type Engine, quoteName } from './engine.js'

const CHUNK_ROWS = 2048

export interface Stage {
  add(cells: readonly Cell[]): void
  /** Rows are visible from then on. */
  close(): void
}

export function stageTableSql(schema: string, table: string, columns: readonly StoredColumn[]): string {
  const described = columns.map(({ name, kind }) => `${quoteName(name)} ${STAGED_TYPES[kind]}`)
  return `CREATE OR REPLACE TABLE ${schema}.${quoteName(table)} (${described.join(', ')})`
}

export async function openStage(engine: Engine, schema: string, table: string, columns: readonly StoredColumn[]): Promise<Stage> {
  const appender = await engine.connection.createAppender(table, schema)
  const types = columns.map(({ kind }) => duckType(engine, kind))
  const lists: DuckDBValue[][] = columns.map(() => [])
  let rows = 0
  const flush = (): void => {
    if (rows > 0) appendChunk(engine, appender, types, lists)
    for (const list of lists) list.length = 0
    rows = 0
  }
  return {
    add: (cells) => {
      for (let i = 0; i < columns.length; i++) lists[i]?.push(toValue(columns[i]?.kind ?? 'text', cells[i] ?? null))
      rows++
      if (rows === CHUNK_ROWS) flush()
    },
    close: () => {
      flush()
      appender.closeSync()
    },
  }
}

function appendChunk({ api }: Engine, appender: DuckDBAppender, types: DuckDBType[], lists: readonly DuckDBValue[][]): void {
  const chunk = api.DuckDBDataChunk.create(types, lists[0]?.length ?? 0)
  chunk.setColumns(lists)
  appender.appendDataChunk(chunk)
}

function duckType({ api }: Engine, kind: ColumnKind): DuckDBType {
  const types = { text: api.VARCHAR, levels: api.VARCHAR, integer: api.BIGINT, real: api.DOUBLE, flag: api.BOOLEAN }
  return types[kind]
}

function toValue(kind: ColumnKind, cell: Cell): DuckDBValue {
  if (cell === null) return null
  if (kind === 'integer') return BigInt(cell)
  if (kind === 'real') return Number(cell)
  return kind === 'flag' ? cell === 1 : String(cell)
}
