import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { StorageError } from '../errors.js'
import { makeFolder } from '../files/make-folder.js'
import { storageError } from './storage-errors.js'

/** A file that is there whole or not at all; its folder is made where it is missing. Throws `StorageError` with the hint given. */
export function writeWhole(file: string, hint: string, write: (descriptor: number) => void): void {
  const temporary = `${file}.tmp`
  let descriptor: number
  try {
    makeFolder(path.dirname(file))
    descriptor = openSync(temporary, 'w')
  } catch (error) {
    throw notWritten(file, hint, error)
  }
  try {
    try {
      write(descriptor)
      // Else a power cut could leave the new name on an empty file.
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    renameSync(temporary, file)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw notWritten(file, hint, error)
  }
}

function notWritten(file: string, hint: string, error: unknown): StorageError {
  const why = error instanceof Error ? error.message.replace(/,.*$/, '') : String(error)
  return new StorageError(storageError(error, file).code, `${file} cannot be written: ${why}`, {
    cause: error,
    suggestions: [hint],
  })
}
