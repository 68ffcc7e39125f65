/** The one writer: a thread of its own, so that neither inserts nor fsync ever hold up the sockets. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import type { Statement } from 'better-sqlite3'
import { BugError } from '../errors.js'
import { type Connection, limitWal, openForWriting } from './database.js'
import { migrateDatabase } from './migrate.js'
import { endCoverageOfCrashes } from './open-coverage.js'
import type { StreamTable } from './rows.js'
import { isRejectedRow, storageError } from './storage-errors.js'
import { type Cell, insertSql, STREAM_TABLES, writtenColumns } from './tables.js'
import type { FromWriter, ToWriter, WriterSettings } from './writer-protocol.js'

interface Insert {
  readonly table: StreamTable
  readonly width: number
  readonly statement: Statement<Cell[]>
}

if (parentPort === null) throw new BugError('The writer runs in a thread of its own only')
serve(parentPort, workerData as WriterSettings)

/** Answers every message. A failure is told once and ends the writing; what was stored before stays. */
function serve(port: MessagePort, settings: WriterSettings): void {
  const answer = (message: FromWriter): void => port.postMessage(message)
  let db: Connection | undefined
  let inserts: readonly Insert[] = []

  const attempt = (work: () => FromWriter): void => {
    try {
      answer(work())
      if (db?.open === true) limitWal(db, settings.walLimitBytes, settings.busyTimeoutMs)
    } catch (error) {
      const { code, message, suggestions } = storageError(error, settings.path)
      db?.close()
      answer({ kind: 'failed', code, message, suggestions })
      port.close()
    }
  }

  attempt(() => {
    db = openForWriting(settings.path, settings.busyTimeoutMs)
    prepareDatabase(db, settings)
    inserts = prepareInserts(db)
    return { kind: 'ready' }
  })

  port.on('message', (message: ToWriter) => {
    const open = db
    if (open?.open !== true) return
    attempt(() => {
      if (message.kind === 'batch') return { kind: 'stored', rejected: storeBatch(open, inserts, message.cells) }
      open.close()
      return { kind: 'closed' }
    })
    if (!open.open) port.close()
  })
}

function prepareDatabase(db: Connection, settings: WriterSettings): void {
  migrateDatabase(db, { appliedAt: settings.openedAt, programVersion: settings.programVersion })
  endCoverageOfCrashes(db, settings.openedAt)
  if (settings.maxFileBytes === 0) return
  const pageSize = Number(db.pragma('page_size', { simple: true }))
  db.pragma(`max_page_count = ${Math.floor(settings.maxFileBytes / pageSize)}`)
}

function prepareInserts(db: Connection): Insert[] {
  return STREAM_TABLES.map((table) => ({
    table,
    width: writtenColumns(table).length,
    statement: db.prepare<Cell[]>(insertSql(table)),
  }))
}

/** Stores all of it or, on failure, nothing; gives the tables of the rows that broke a rule, one entry a row. */
function storeBatch(db: Connection, inserts: readonly Insert[], cells: readonly Cell[]): StreamTable[] {
  const rejected: StreamTable[] = []
  db.exec('BEGIN IMMEDIATE')
  for (let at = 0; at < cells.length; ) {
    const insert = inserts[Number(cells[at])]
    if (insert === undefined) throw new BugError(`No table has the number ${cells[at]}`)
    const end = at + 1 + insert.width
    if (!isStored(insert, cells.slice(at + 1, end))) rejected.push(insert.table)
    at = end
  }
  db.exec('COMMIT')
  return rejected
}

/** A row that breaks a rule undoes only itself. */
function isStored(insert: Insert, cells: Cell[]): boolean {
  try {
    insert.statement.run(...cells)
    return true
  } catch (error) {
    if (isRejectedRow(error)) return false
    throw error
  }
}
