import { readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { makeFolder } from '../files/make-folder.js'
import { DAY_MS } from '../market/time.js'

/** One thing that an exchange sent and mts did not know, over all runs of the last days. Times in ms. */
export interface DriftEntry {
  readonly exchange: string
  readonly reason: string
  readonly count: number
  readonly firstAt: number
  readonly lastAt: number
  /** The first frames, cut. */
  readonly samples: readonly string[]
}

const KEPT_MS = 7 * DAY_MS
const MOST_ENTRIES = 200
const SAMPLES = 3
const SAMPLE_CHARACTERS = 600

/** What is in the file; nothing when there is none, or when it cannot be read: it is a memory, not a proof. */
export async function readDrift(path: string): Promise<readonly DriftEntry[]> {
  try {
    const found: unknown = JSON.parse(await readFile(path, 'utf8'))
    const entries = typeof found === 'object' && found !== null && 'entries' in found ? found.entries : undefined
    return Array.isArray(entries) ? entries.filter(isEntry) : []
  } catch {
    return []
  }
}

/** Adds what a run has met, forgets what is older than a week, and replaces the file in one step. */
export async function addDrift(path: string, met: readonly DriftEntry[], now: number): Promise<void> {
  const entries = new Map((await readDrift(path)).map((entry) => [keyOf(entry), entry]))
  for (const entry of met) {
    const known = entries.get(keyOf(entry))
    entries.set(keyOf(entry), known === undefined ? entry : merged(known, entry))
  }
  const kept = [...entries.values()]
    .filter((entry) => entry.lastAt >= now - KEPT_MS)
    .sort((a, b) => b.lastAt - a.lastAt)
    .slice(0, MOST_ENTRIES)
  makeFolder(dirname(path))
  const own = `${path}.${now}`
  await writeFile(own, `${JSON.stringify({ version: 1, entries: kept }, undefined, 1)}\n`)
  await rename(own, path)
}

/** A frame as it is kept in the file. */
export function sampleOf(frame: Buffer): string {
  return frame.subarray(0, SAMPLE_CHARACTERS).toString()
}

function merged(known: DriftEntry, entry: DriftEntry): DriftEntry {
  return {
    ...known,
    count: known.count + entry.count,
    lastAt: Math.max(known.lastAt, entry.lastAt),
    samples: [...known.samples, ...entry.samples].slice(0, SAMPLES),
  }
}

function keyOf({ exchange, reason }: DriftEntry): string {
  return `${exchange} ${reason}`
}

function isEntry(value: unknown): value is DriftEntry {
  if (typeof value !== 'object' || value === null) return false
  const entry = value as Readonly<Record<string, unknown>>
  const isText = (key: string) => typeof entry[key] === 'string'
  const isNumber = (key: string) => typeof entry[key] === 'number'
  return isText('exchange') && isText('reason') && ['count', 'firstAt', 'lastAt'].every(isNumber) && Array.isArray(entry['samples'])
}
