import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type { Clock } from '../clock.js'
import { systemRandom } from './system-clock.js'

/** A lock that the same holder has for so long is one that died with it. */
const STALE_MS = 2_000

/** Between processes; each holds it for less than a millisecond, within one turn of its event loop. */
export interface Lock {
  take(): boolean
  isOurs(): boolean
  release(): void
}

/** A lock file at `path`, with its holder's name in it. */
export function createLock(path: string, clock: Clock): Lock {
  // No two processes have both in common.
  const own = `${clock.stamp()}-${systemRandom().toString(36).slice(2)}`
  /** Who had the lock when we last wanted it, and since when we know. */
  let holder: string | undefined
  let since = 0

  const create = (): boolean => {
    try {
      writeFileSync(path, own, { flag: 'wx', mode: 0o600 })
      return true
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false
      throw error
    }
  }
  const holderNow = (): string | undefined => {
    try {
      return readFileSync(path, 'utf8')
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined
      throw error
    }
  }
  /** Two may see the same dead lock: only one gets to move it away, and who moved a living one puts it back. */
  const breakStale = (stale: string): void => {
    const moved = `${path}.${own}`
    try {
      renameSync(path, moved)
      if (readFileSync(moved, 'utf8') !== stale) linkSync(moved, path)
    } catch (error) {
      if (!['ENOENT', 'EEXIST'].includes(codeOf(error))) throw error
    } finally {
      rmSync(moved, { force: true })
    }
  }

  return {
    take() {
      if (create()) {
        holder = undefined
        return true
      }
      const now = clock.now()
      const present = holderNow()
      if (present === undefined) return create()
      if (present !== holder) {
        holder = present
        since = now
      } else if (now - since > STALE_MS) {
        breakStale(present)
        return create()
      }
      return false
    },
    isOurs: () => holderNow() === own,
    release() {
      if (holderNow() === own) rmSync(path, { force: true })
    },
  }
}

/** The system's word for what went wrong with a file: `ENOENT`. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
