/**
 * What the processes of one machine tell each other of an exchange: weight spent, bans. An exchange counts by address, whatever
 * the number of programs behind it. One small JSON file, replaced whole, with a lock file beside it.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../clock.js'
import { makeFolder } from '../files/make-folder.js'
import type { Spending } from './budget-window.js'
import { codeOf, createLock } from './file-lock.js'
import type { GateState } from './gate.js'

/** What is known of one exchange at one address. */
export interface LedgerState {
  /** ms UTC: nothing in it matters any longer then. */
  readonly keepUntil: number
  readonly ban?: GateState
  /** By name of the budget. */
  readonly windows: Readonly<Record<string, readonly Spending[]>>
}

export interface SharedLedger {
  /**
   * Runs `change` while no other process does, and keeps what it gives; `undefined`: nothing changed. False: another process is at
   * it for the moment, and `change` was not called. Where the file cannot be used `change` is called without it: each process is
   * then on its own.
   */
  exchange(change: (known: LedgerState | undefined) => LedgerState | undefined): boolean
}

export interface SharedStateOptions {
  /** Made when it is missing. */
  readonly directory: string
  readonly clock: Clock
  /** The file cannot be used: told once. */
  readonly onProblem: (error: unknown) => void
}

interface Contents {
  readonly version: 1
  readonly ledgers: Readonly<Record<string, LedgerState>>
}

const EMPTY: Contents = { version: 1, ledgers: {} }

/** Opens ledgers by name: of an exchange and the address at which it is asked. Touches no file before it is used. */
export function openSharedState({ directory, clock, onProblem }: SharedStateOptions): (name: string) => SharedLedger {
  const file = join(directory, 'requests.json')
  const lock = createLock(join(directory, 'requests.lock'), clock)
  let isTold = false

  const problem = (error: unknown): void => {
    if (!isTold) onProblem(error)
    isTold = true
  }
  const read = (): Contents => {
    try {
      return readContents(file)
    } catch (error) {
      problem(error)
      return EMPTY
    }
  }
  const keep = (ledgers: Contents['ledgers'], name: string, state: LedgerState): void => {
    const others = Object.entries(ledgers).filter(([, { keepUntil }]) => keepUntil > clock.now())
    const contents: Contents = { version: 1, ledgers: { ...Object.fromEntries(others), [name]: state } }
    writeFileSync(`${file}.new`, JSON.stringify(contents), { mode: 0o600 })
    // A process that slept for seconds in the midst of this may have lost the lock: what it read is old.
    if (lock.isOurs()) renameSync(`${file}.new`, file)
  }
  /** Whatever cannot be done with the files is told, and costs no more than the sharing. */
  const attempt = <Value>(work: () => Value, otherwise: Value): Value => {
    try {
      return work()
    } catch (error) {
      if (!isFileProblem(error)) throw error
      problem(error)
      return otherwise
    }
  }
  const take = (): 'taken' | 'busy' | 'broken' =>
    attempt(() => {
      makeFolder(directory, 0o700)
      return lock.take() ? 'taken' : 'busy'
    }, 'broken')

  return (name) => ({
    exchange(change) {
      const taken = take()
      if (taken === 'busy') return false
      if (taken === 'broken') {
        change(undefined)
        return true
      }
      try {
        const { ledgers } = read()
        const state = change(Object.hasOwn(ledgers, name) ? ledgers[name] : undefined)
        if (state !== undefined) attempt(() => keep(ledgers, name, state), undefined)
      } finally {
        attempt(() => lock.release(), undefined)
      }
      return true
    },
  })
}

function readContents(file: string): Contents {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return EMPTY
    throw error
  }
  const contents: unknown = JSON.parse(text)
  if (!isContents(contents)) throw new Error(`${file} was not written by this version of mts`)
  return contents
}

function isContents(value: unknown): value is Contents {
  const { version, ledgers } = (value ?? {}) as Partial<Record<keyof Contents, unknown>>
  if (version !== 1 || typeof ledgers !== 'object' || ledgers === null) return false
  return Object.values(ledgers).every(isLedger)
}

function isLedger(value: unknown): boolean {
  const { keepUntil, windows, ban } = (value ?? {}) as Partial<Record<keyof LedgerState, unknown>>
  if (typeof keepUntil !== 'number' || typeof windows !== 'object' || windows === null) return false
  const hasSpendings = Object.values(windows).every(
    (list) => Array.isArray(list) && list.every((each) => Number.isFinite(each?.at) && each.weight >= 0),
  )
  return hasSpendings && (ban === undefined || Number.isFinite((ban as GateState | null)?.until))
}

function isFileProblem(error: unknown): boolean {
  return /^E[A-Z]+$/.test(codeOf(error))
}
