import { mkdirSync, statSync } from 'node:fs'
import path from 'node:path'

/**
 * Makes a folder and those above it that are missing. Node's own recursive mkdir never ends where the system says of a child of an
 * existing folder that it has no parent, as below /proc. Throws what the system says.
 */
export function makeFolder(folder: string, mode?: number): void {
  const missing: string[] = []
  for (let above = path.resolve(folder); !isThere(above); above = path.dirname(above)) missing.push(above)
  for (const next of missing.toReversed()) makeOne(next, mode)
}

function isThere(folder: string): boolean {
  const found = statSync(folder, { throwIfNoEntry: false })
  if (found === undefined) return false
  if (found.isDirectory()) return true
  throw Object.assign(new Error(`${folder} is no folder`), { code: 'ENOTDIR' })
}

function makeOne(folder: string, mode: number | undefined): void {
  try {
    mkdirSync(folder, mode)
  } catch (error) {
    // Somebody else has just made it.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}
