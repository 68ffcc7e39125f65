/**
 * One run of a job at a time. The lock is SQLite's own on a file that holds nothing: the system lets go of it when its process
 * ends, however it ends, so that no lock outlives its holder and none is taken from a living one. The name of the holder stands
 * in a file beside it and is for people only.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import Database from 'better-sqlite3'
import { makeFolder } from '../files/make-folder.js'
import { guarded, isLocked } from './storage-errors.js'

export interface JobLock {
  release(): void
}

/** Takes the lock at `file`, naming its holder; or says who holds it. Throws `StorageError`. */
export function takeJobLock(file: string, holder: string): JobLock | { readonly heldBy: string } {
  return guarded(file, () => {
    makeFolder(path.dirname(file))
    const db = new Database(file, { timeout: 0 })
    try {
      db.exec('BEGIN EXCLUSIVE')
    } catch (error) {
      db.close()
      if (isLocked(error)) return { heldBy: holderOf(file) }
      throw error
    }
    writeFileSync(`${file}.holder`, holder)
    return {
      release() {
        rmSync(`${file}.holder`, { force: true })
        db.close()
      },
    }
  })
}

function holderOf(file: string): string {
  try {
    return readFileSync(`${file}.holder`, 'utf8')
  } catch {
    // It has the lock and has not written its name yet, or has just removed it.
    return 'another run'
  }
}
