/** Which SQL may run: one statement that reads. */
import type { DuckDBResult } from '@duckdb/node-api'
import { UsageError } from '../../errors.js'
import type { Engine } from './engine.js'
import { sqlError } from './sql-error.js'

/** Where a statement is looked at, and the tables that it may name. */
interface Names {
  readonly engine: Engine
  readonly relations: readonly string[]
}

/** Numbers of DuckDB's kinds of statements. */
const SELECT = 1
const EXPLAIN = 4
const CREATE = 7

const EXPLAIN_WORDS = /^explain\s+(?:analyze\s+)?(?:\([^)]*\)\s*)?/i
/** DuckDB makes folders already when it prepares an EXPORT: what does not begin like reading is not even prepared. */
const READING_WORDS = /^\(*\s*(?:select|with|from|values|table|describe|desc|show|summarize|explain|pivot|pivot_wider|unpivot)\b/i
const QUOTED = /'(?:[^']|'')*'|"(?:[^"]|"")*"/g
const LEADING = /^(?:\s|;|--.*|\/\*[\s\S]*?\*\/)+/
const COMMENTS = /--.*|\/\*[\s\S]*?\*\//g

/** Before anything is read: is it SQL, does it name what there is, and does it only read? Throws `UsageError` `USAGE_SQL`. */
export async function checkStatement(names: Names, text: string): Promise<void> {
  try {
    const sql = text.replace(LEADING, '')
    const rest = sql
      .replace(QUOTED, ' ')
      .replace(COMMENTS, ' ')
      .replace(/[;\s]+$/, '')
    if (rest === '') throw refusal('The query is empty')
    const statements = await names.engine.connection.extractStatements(text)
    if (!READING_WORDS.test(sql)) throw refusal('Only statements that read can be run')
    if (rest.includes(';')) throw refusal('Only one statement at a time')
    // What follows the first part of a PIVOT builds on it and cannot be prepared yet.
    const kind = (await statements.prepare(0)).statementType
    if (statements.count === 1) await requireReading(names, kind, sql)
  } catch (error) {
    throw sqlError(error, names.relations)
  }
}

/** The archive's folder is open to DuckDB: what could write there must not run. Throws `UsageError` `USAGE_SQL`. */
async function requireReading(names: Names, kind: number, sql: string): Promise<void> {
  if (kind === SELECT) return
  const explained = sql.replace(EXPLAIN_WORDS, '')
  // EXPLAIN ANALYZE runs what it explains.
  if (kind === EXPLAIN && explained !== sql) return checkStatement(names, explained)
  throw refusal('Only statements that read can be run')
}

/** DuckDB makes several statements of a PIVOT: the types of its columns, then the reading one. */
export async function startReading({ connection }: Engine, sql: string): Promise<DuckDBResult> {
  const statements = await connection.extractStatements(sql)
  for (let i = 0; ; i++) {
    const statement = await statements.prepare(i)
    if (i === statements.count - 1) {
      if (statement.statementType !== SELECT && statement.statementType !== EXPLAIN)
        throw refusal('Only statements that read can be run')
      return statement.stream()
    }
    if (statement.statementType !== CREATE) throw refusal('Only one statement at a time')
    await statement.run()
  }
}

function refusal(message: string): UsageError {
  return new UsageError('USAGE_SQL', message, { suggestions: ['Write one SELECT, WITH, DESCRIBE, SUMMARIZE or EXPLAIN'] })
}
