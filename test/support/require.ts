/** What a suite needs of the machine beyond Node: without it the suite is skipped by name, and with CI=true it fails. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'vitest'

const ROOT = path.resolve(import.meta.dirname, '../..')

/** A program on the PATH, or a package of bench/ written `bench:ccxt`. @public */
export function tool(name: string): { available: boolean } {
  if (name.startsWith('bench:')) return { available: existsSync(path.join(ROOT, 'bench/node_modules', name.slice(6))) }
  return { available: spawnSync('sh', ['-c', 'command -v "$0"', name]).status === 0 }
}

/** `needs('sqlite3')('reads the file with a plain client', () => { it(…) })` */
export function needs(...names: string[]): (title: string, suite: () => void) => void {
  return suiteWith(names.filter((name) => !tool(name).available))
}

/** The same for files and folders, by absolute path: recorded data, for example. */
export function needsFiles(...paths: string[]): (title: string, suite: () => void) => void {
  return suiteWith(paths.filter((wanted) => !existsSync(wanted)).map((wanted) => path.relative(ROOT, wanted)))
}

function suiteWith(missing: readonly string[]): (title: string, suite: () => void) => void {
  if (missing.length === 0) return (title, suite) => describe(title, suite)
  const reason = `needs ${missing.join(', ')}`
  if (process.env['CI'] !== 'true') return (title, suite) => describe.skip(`${title} (${reason})`, suite)
  return (title) => {
    describe(title, () => {
      it(reason, () => {
        throw new Error(`CI must run this suite, but it ${reason}`)
      })
    })
  }
}
