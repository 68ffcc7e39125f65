/** DuckDB in memory, loaded only where it is used: it is 70 MB. What does not fit spills into a folder of its own. */
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type * as DuckDB from '@duckdb/node-api'
import { StorageError } from '../../errors.js'

export interface Engine {
  readonly api: typeof DuckDB
  readonly connection: DuckDB.DuckDBConnection
  close(): void
}

const MEMORY_LIMIT = '1GB'

/** Throws `StorageError` `STORAGE_DUCKDB` where the native module cannot be loaded. */
export async function openEngine(memoryLimit = MEMORY_LIMIT): Promise<Engine> {
  const api = await loadApi()
  const spill = mkdtempSync(path.join(os.tmpdir(), 'mts-duckdb-'))
  const instance = await api.DuckDBInstance.create(':memory:', {
    memory_limit: memoryLimit,
    temp_directory: spill,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
  const connection = await instance.connect()
  await connection.run("SET TimeZone = 'UTC'")
  return {
    api,
    connection,
    close: () => {
      connection.closeSync()
      instance.closeSync()
      rmSync(spill, { recursive: true, force: true })
    },
  }
}

async function loadApi(): Promise<typeof DuckDB> {
  try {
    return await import('@duckdb/node-api')
  } catch (error) {
    throw new StorageError('STORAGE_DUCKDB', 'DuckDB, which reads and writes the archive, cannot be loaded', {
      cause: error,
      suggestions: ['Install mts again on this machine: npm install fetches its native module'],
    })
  }
}

/** One value of one row. */
export async function selectValue(connection: DuckDB.DuckDBConnection, sql: string): Promise<DuckDB.DuckDBValue> {
  const reader = await connection.runAndReadAll(sql)
  return reader.getRows()[0]?.[0] ?? null
}

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
