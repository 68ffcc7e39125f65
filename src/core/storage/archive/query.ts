/** `db query`: read-only SQL over the database and the archive together. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import type { DuckDBResult, DuckDBType } from '@duckdb/node-api'
import { type Connection, openForReading } from '../database.js'
import { requireSchema } from '../reader.js'
import { guarded } from '../storage-errors.js'
import type { ArchiveFailure } from './archive.js'
import { columnsOf } from './columns.js'
import { type Engine, openEngine, quoteName, quoteText } from './engine.js'
import { fillRelations } from './fill.js'
import { addArchive, type Relation, relationSql, STORE } from './relations.js'
import { sqlError } from './sql-error.js'
import { checkStatement, startReading } from './statements.js'
import { type PlainValue, plainValue } from './values.js'
import { VIEWS } from './views.js'

export interface QueryOptions {
  readonly database: string
  /** `data/archive` */
  readonly directory: string
  readonly signal: AbortSignal
}

export interface QueryResult {
  readonly columns: readonly string[]
  /** Some rows at a time, each with a value for each column. */
  readonly batches: AsyncIterable<readonly (readonly PlainValue[])[]>
  /** Archived files that could not be read: their rows are missing. */
  readonly failures: readonly ArchiveFailure[]
}

/** The database and the archive, open for queries. */
export interface Catalog {
  readonly engine: Engine
  readonly relations: readonly string[]
  /**
   * Brings in what `sql` reads; of tables that `wheres` names only the rows that its condition takes. Throws `UsageError`
   * `USAGE_SQL` where it cannot be understood. Afterwards the configuration cannot be changed.
   */
  prepare(sql: string, wheres?: ReadonlyMap<string, string>): Promise<readonly ArchiveFailure[]>
  /** From here on the files of the archive can be read, and no other file. */
  lock(): Promise<void>
  run(sql: string): Promise<void>
  stream(sql: string): Promise<Omit<QueryResult, 'failures'>>
  close(): void
}

/** Runs one statement that reads. Throws `UsageError` `USAGE_SQL`, `StorageError`. `work` gets the rows while they come. */
export async function queryHistory<Result>(
  options: QueryOptions,
  sql: string,
  work: (result: QueryResult) => Promise<Result>,
): Promise<Result> {
  const catalog = await openCatalog(options)
  try {
    await catalog.lock()
    await checkStatement(catalog, sql)
    const failures = await catalog.prepare(sql)
    return await work({ ...(await catalog.stream(sql)), failures })
  } finally {
    catalog.close()
  }
}

/** Throws `StorageError`. */
export async function openCatalog({ database, directory, signal }: QueryOptions): Promise<Catalog> {
  const db = openForReading(database)
  try {
    const relations = guarded(database, () => {
      requireSchema(db)
      return relationsOf(db)
    })
    const engine = await openEngine()
    try {
      await createAll(engine, relations)
      return catalogOf(engine, db, directory, relations, signal)
    } catch (error) {
      engine.close()
      throw error
    }
  } catch (error) {
    db.close()
    throw error
  }
}

function catalogOf(
  engine: Engine,
  db: Connection,
  directory: string,
  relations: readonly Relation[],
  signal: AbortSignal,
): Catalog {
  const names = [...relations.map(({ name }) => name), ...VIEWS.map(({ name }) => name)].sort()
  const interrupt = (): void => engine.connection.interrupt()
  signal.addEventListener('abort', interrupt)
  const attempt = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work()
    } catch (error) {
      signal.throwIfAborted()
      throw sqlError(error, names)
    }
  }
  return {
    engine,
    relations: names,
    prepare: (sql, wheres) =>
      attempt(async () => {
        const used = relationsIn(engine, sql, relations)
        // Whatever reaches a table in a way not seen here fails, instead of finding it empty.
        const unused = relations.filter((relation) => !used.includes(relation))
        const drops = unused.map(({ name }) => `DROP TABLE ${STORE}.${quoteName(name)}`)
        if (drops.length > 0) await engine.connection.run(['BEGIN', ...drops, 'COMMIT'].join(';\n'))
        const failures: ArchiveFailure[] = []
        for (const relation of used) failures.push(...(await addArchive(engine, db, directory, relation)))
        await fillRelations(engine, db, sql, used, { wheres, signal })
        await engine.connection.run('SET lock_configuration = true')
        return failures
      }),
    lock: () => lockDoors(engine, directory),
    run: (sql) =>
      attempt(async () => {
        await engine.connection.run(sql)
      }),
    stream: (sql) =>
      attempt(async () => {
        const result = await startReading(engine, sql)
        return { columns: result.deduplicatedColumnNames(), batches: batchesOf(engine, result, attempt) }
      }),
    close: () => {
      signal.removeEventListener('abort', interrupt)
      engine.close()
      db.close()
    },
  }
}

/** Behind `crypto_ohlcv`, and of the schema itself. */
const INNER_TABLES = ['candles', 'candle_series', 'migrations']

/** Every table and view of the database that DuckDB does not define itself. */
function relationsOf(db: Connection): Relation[] {
  const own = new Set([...VIEWS.map(({ name }) => name), ...INNER_TABLES])
  return db
    .prepare<[], string>(
      "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY name",
    )
    .pluck()
    .all()
    .filter((name) => !own.has(name))
    .map((name) => ({ name, columns: columnsOf(db, name) }))
}

async function createAll({ connection }: Engine, relations: readonly Relation[]): Promise<void> {
  const schemas = [STORE, 'live', 'archive'].map((schema) => `CREATE SCHEMA ${schema}`)
  const views = VIEWS.map(({ name, sql }) => `CREATE VIEW main.${name} AS ${sql}`)
  // All at once, in one transaction: one by one they take longer than many a query.
  await connection.run(['BEGIN', ...schemas, ...relations.flatMap(relationSql), ...views, 'COMMIT'].join(';\n'))
}

/**
 * What a statement may read: every table whose name stands in it, also as part of a view, and whatever DuckDB finds besides. One
 * too many costs time, one too few would be a wrong answer, and DuckDB alone sees neither into a PIVOT nor past a WITH.
 */
function relationsIn({ connection }: Engine, sql: string, relations: readonly Relation[]): Relation[] {
  const isWritten = (name: string): boolean => new RegExp(`\\b${name}\\b`, 'i').test(sql)
  const inViews = VIEWS.filter(({ name }) => isWritten(name)).flatMap(({ reads }) => reads)
  const found = connection.getTableNames(sql, true).map((name) => name.split('.').at(-1) ?? '')
  const named = new Set([...found, ...inViews])
  return relations.filter(({ name }) => named.has(name) || isWritten(name))
}

async function lockDoors({ connection }: Engine, directory: string): Promise<void> {
  const allowed = existsSync(directory) ? [quoteText(`${path.resolve(directory)}/`)] : []
  await connection.run(`SET allowed_directories = [${allowed.join(', ')}]`)
  await connection.run('SET enable_external_access = false')
}

async function* batchesOf(
  engine: Engine,
  result: DuckDBResult,
  attempt: <Result>(work: () => Promise<Result>) => Promise<Result>,
): AsyncGenerator<PlainValue[][], void, undefined> {
  const plain = plainValue(engine)
  const readers = result.columnTypes().map((type) => (isJson(type) ? parsed : plain))
  for (;;) {
    const chunk = await attempt(() => result.fetchChunk())
    if (chunk === null || chunk.rowCount === 0) return
    const columns = chunk.getColumns()
    yield Array.from({ length: chunk.rowCount }, (_, row) => readers.map((read, i) => read(columns[i]?.[row] ?? null)))
  }
}

function isJson(type: DuckDBType): boolean {
  return type.alias === 'JSON'
}

function parsed(value: unknown): PlainValue {
  return typeof value === 'string' ? (JSON.parse(value) as PlainValue) : null
}
