/** The kinds of columns, in SQLite, in DuckDB and in the files of the archive. */
import type { Connection } from '../database.js'
import { quoteName } from './engine.js'

export type ColumnKind = 'text' | 'integer' | 'real' | 'flag' | 'levels'

export interface StoredColumn {
  readonly name: string
  readonly kind: ColumnKind
}

/** What a query sees. */
export const SEEN_TYPES: Readonly<Record<ColumnKind, string>> = {
  text: 'VARCHAR',
  integer: 'BIGINT',
  real: 'DOUBLE',
  flag: 'BOOLEAN',
  levels: 'DOUBLE[][]',
}

/** As rows come from SQLite: levels are JSON text, and read as lists only where a query looks at them. */
export const STAGED_TYPES: Readonly<Record<ColumnKind, string>> = { ...SEEN_TYPES, levels: 'VARCHAR' }

/** The columns of a table or a view, in its order. */
export function columnsOf(db: Connection, table: string): StoredColumn[] {
  const described = db.prepare<[string], { name: string; type: string }>('SELECT name, type FROM pragma_table_xinfo(?)').all(table)
  return described.map(({ name, type }) => ({ name, kind: kindOf(name, type) }))
}

function kindOf(name: string, type: string): ColumnKind {
  if (name === 'bids' || name === 'asks') return 'levels'
  if (type === 'REAL') return 'real'
  if (type !== 'INTEGER') return 'text'
  return name.startsWith('is_') ? 'flag' : 'integer'
}

/** A staged column as a query sees it. */
export function seenExpression({ name, kind }: StoredColumn): string {
  const quoted = quoteName(name)
  return kind === 'levels' ? `TRY_CAST(${quoted} AS ${SEEN_TYPES.levels}) AS ${quoted}` : quoted
}
