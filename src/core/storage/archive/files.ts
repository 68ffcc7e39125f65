/** Files that are whole or not there, whatever happens on the way. */
import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { makeFolder } from '../../files/make-folder.js'
import { guarded } from '../storage-errors.js'

export const TEMPORARY = '.tmp'

/** Throws `StorageError`. */
export function replaceFile(file: string, text: string): void {
  guarded(file, () => {
    makeFolder(path.dirname(file))
    const temporary = `${file}${TEMPORARY}`
    writeFileSync(temporary, text)
    publishFile(temporary, file)
  })
}

/** Gives a finished file its name: its bytes first, then the name, so that a name never stands for half a file. */
export function publishFile(temporary: string, file: string): void {
  syncToDisk(temporary)
  renameSync(temporary, file)
  syncToDisk(path.dirname(file))
}

function syncToDisk(file: string): void {
  const handle = openSync(file, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
