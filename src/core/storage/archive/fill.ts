/** Rows of the database into the tables that a query reads. */
import type { Connection } from '../database.js'
import { guarded } from '../storage-errors.js'
import type { Cell } from '../tables.js'
import { type Engine, quoteName } from './engine.js'
import { type Relation, STORE } from './relations.js'
import { openStage } from './stage.js'

/** Beyond its memory DuckDB puts rows on the disk. */
export async function fillRelation(
  engine: Engine,
  db: Connection,
  { name, columns }: Relation,
  where: string,
  signal: AbortSignal,
): Promise<void> {
  const stage = await openStage(engine, STORE, name, columns)
  try {
    const sql = `SELECT ${columns.map((column) => quoteName(column.name)).join(', ')} FROM ${quoteName(name)} WHERE ${where}`
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
