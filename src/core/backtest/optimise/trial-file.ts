/** Every trial on disk as soon as it has run, one line each: what was tried is never tried twice, and never forgotten. */
import { createHash } from 'node:crypto'
import { closeSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs'
import path from 'node:path'
import { LockedError, StorageError } from '../../errors.js'
import { makeFolder } from '../../files/make-folder.js'
import { type JobLock, takeJobLock } from '../../storage/job-lock.js'
import { canonicalJson } from '../provenance.js'
import type { Trial, TrialSetup } from './trial.js'

export interface TrialFile {
  readonly path: string
  /** By configuration hash. */
  readonly known: ReadonlyMap<string, Trial>
  /** Lines that could not be read: their trials run again. */
  readonly unreadable: number
  append(trial: Trial): void
  close(): void
}

/**
 * The file of one study: the same data, strategy, costs and version, whatever the ranges searched. A line that a crash cut off is
 * taken away. `holder` is who works on it, for people. Throws `StorageError` `STORAGE_TRIALS`, `LockedError` while another search of the
 * study runs: the two would try the same sets.
 */
export function openTrialFile(folder: string, setup: TrialSetup, strategyHash: string | undefined, holder: string): TrialFile {
  const { parameters: _, start, end, ...config } = setup.config
  const study = {
    strategy: setup.strategy.name,
    strategyHash: strategyHash ?? null,
    dataHash: setup.data.hash,
    version: setup.version,
    warmup: setup.warmup,
    config: { ...config, start: start ?? null, end: end ?? null },
  }
  const hash = createHash('sha256').update(canonicalJson(study)).digest('hex')
  const name = `${setup.strategy.name}-${hash.slice(0, 16)}`
  const file = path.join(folder, `${name}.ndjson`)
  const lock = guarded(file, () => takeJobLock(path.join(folder, 'locks', `${name}.lock`), holder))
  if ('heldBy' in lock) throw lockedStudy(setup.strategy.name, lock.heldBy)
  try {
    return open(file, study, lock)
  } catch (error) {
    lock.release()
    throw error
  }
}

function lockedStudy(strategy: string, heldBy: string): LockedError {
  return new LockedError(`Another search of ${strategy} on the same data is at work (${heldBy})`, {
    suggestions: ['Let it finish and search again: its trials are on disk then, and none runs twice'],
  })
}

function open(file: string, study: object, lock: JobLock): TrialFile {
  return guarded(file, () => {
    makeFolder(path.dirname(file))
    const found = read(file)
    const descriptor = openSync(file, 'a')
    if (found.isEmpty) writeSync(descriptor, `${JSON.stringify({ study })}\n`)
    return {
      path: file,
      known: found.trials,
      unreadable: found.unreadable,
      append: (trial) => guarded(file, () => void writeSync(descriptor, `${JSON.stringify(trial)}\n`)),
      close: () => {
        closeSync(descriptor)
        lock.release()
      },
    }
  })
}

interface Found {
  readonly trials: Map<string, Trial>
  readonly unreadable: number
  readonly isEmpty: boolean
}

function read(file: string): Found {
  const trials = new Map<string, Trial>()
  const bytes = readIfThere(file)
  const whole = bytes.lastIndexOf(0x0a) + 1
  if (whole < bytes.length) truncateSync(file, whole)
  const lines = bytes.subarray(0, whole).toString().split('\n').slice(1, -1)
  let unreadable = 0
  for (const line of lines) {
    const trial = parse(line)
    if (trial === undefined) unreadable += 1
    else trials.set(trial.configHash, trial)
  }
  return { trials, unreadable, isEmpty: whole === 0 }
}

function readIfThere(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0)
    throw error
  }
}

function parse(line: string): Trial | undefined {
  try {
    const value = JSON.parse(line) as Partial<Trial> | null
    const isWhole = typeof value?.configHash === 'string' && typeof value.finalEquity === 'number' && value.metrics !== undefined
    return isWhole ? (value as Trial) : undefined
  } catch (error) {
    // Anything else than a damaged line is no fault of the file.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function guarded<T>(file: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw new StorageError('STORAGE_TRIALS', `The trials cannot be kept in ${file}`, {
      cause: error,
      suggestions: ['Make room or make the folder writable; trials that are on disk are not lost'],
    })
  }
}
