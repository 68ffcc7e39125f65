/** Rows of the database into the tables that a query reads. */
import type { Connection } from '../database.js'
import { guarded } from '../storage-errors.js'
import type { Cell } from '../tables.js'
import { type Engine, quoteName } from './engine.js'
import { type Needed, neededOf } from './narrow.js'
import { type Relation, STORE } from './relations.js'
import { openStage, stageTableSql } from './stage.js'

/** What `sql` needs, and of tables that `wheres` names only the rows that its condition takes. */
export async function fillRelations(
  engine: Engine,
  db: Connection,
  sql: string,
  relations: readonly Relation[],
  { wheres, signal }: { readonly wheres: ReadonlyMap<string, string> | undefined; readonly signal: AbortSignal },
): Promise<void> {
  const needed = await neededOf(engine, sql, relations)
  const fill = (relation: Relation, part: Needed | undefined) =>
    fillRelation(engine, db, relation, wheres?.get(relation.name) ?? 'true', part, signal)
  for (const relation of relations) await fill(relation, needed?.get(relation.name))
  if (needed === undefined) return
  // The plan over the rows is the one that will run: should it look at more, everything is brought in after all.
  const after = await neededOf(engine, sql, relations)
  for (const relation of relations) {
    const [before, now] = [needed.get(relation.name), after?.get(relation.name)]
    if (before === undefined || isWithin(now, before)) continue
    await engine.connection.run(stageTableSql(STORE, relation.name, relation.columns))
    await fill(relation, undefined)
  }
}

function isWithin(now: Needed | undefined, before: Needed): boolean {
  return now !== undefined && [...now.columns].every((name) => before.columns.has(name))
}

/** Beyond its memory DuckDB puts rows on the disk. */
async function fillRelation(
  engine: Engine,
  db: Connection,
  { name, columns }: Relation,
  where: string,
  needed: Needed | undefined,
  signal: AbortSignal,
): Promise<void> {
  const stage = await openStage(engine, STORE, name, columns)
  try {
    const read = columns.map((column) => (needed?.columns.has(column.name) === false ? 'NULL' : quoteName(column.name)))
    const sql = `SELECT ${read.join(', ')} FROM ${quoteName(name)} WHERE ${where} AND ${needed?.where ?? 'true'}`
    guarded(db.name, () => {
      for (const cells of db.prepare<[], Cell[]>(sql).raw().iterate()) {
        signal.throwIfAborted()
        stage.add(cells)
      }
    })
  } finally {
    stage.close()
  }
}
