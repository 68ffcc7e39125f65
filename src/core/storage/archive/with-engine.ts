import { MtsError } from '../../errors.js'
import type { Connection } from '../database.js'
import { requireSchema } from '../reader.js'
import { storageError } from '../storage-errors.js'
import { type Engine, openEngine } from './engine.js'

/** Works on an open database beside DuckDB, and closes both. Throws `StorageError`, or what `work` throws of our own. */
export async function withEngine<Result>(db: Connection, work: (engine: Engine) => Promise<Result>): Promise<Result> {
  try {
    requireSchema(db)
    const engine = await openEngine()
    try {
      return await work(engine)
    } finally {
      engine.close()
    }
  } catch (error) {
    throw error instanceof MtsError ? error : storageError(error, db.name)
  } finally {
    db.close()
  }
}
