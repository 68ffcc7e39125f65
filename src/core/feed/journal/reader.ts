import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { DataValidationError } from '../../errors.js'
import { type JournalRecord, parseRecord } from './record.js'
import { unpackMembers } from './unpack.js'

export interface JournalFileInfo {
  readonly path: string
  readonly exchange: string
  readonly bytes: number
}

const SUFFIX = '.frames.gz'

/** Every journal file at `path` (a file, a day, an exchange or a whole journal), in a fixed order. */
export async function findJournalFiles(path: string): Promise<JournalFileInfo[]> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new DataValidationError('JOURNAL_NOT_FOUND', `No journal at ${path}`, {
      cause,
      suggestions: ['`mts stream --record` writes one'],
    })
  })
  const names = found.isDirectory() ? await readdir(path, { recursive: true }) : [basename(path)]
  const root = found.isDirectory() ? path : dirname(path)
  const files: JournalFileInfo[] = []
  for (const name of names.filter((each) => each.endsWith(SUFFIX)).sort()) {
    const file = resolve(root, name)
    files.push({ path: file, exchange: basename(dirname(dirname(file))), bytes: (await stat(file)).size })
  }
  if (files.length > 0) return files
  throw new DataValidationError('JOURNAL_EMPTY', `No ${SUFFIX} file below ${path}`, {
    suggestions: ['A journal lies at <exchange>/<day>/<start>-<connection>.frames.gz', 'Other recordings: `mts journal import`'],
  })
}

export interface JournalDamage {
  readonly path: string
  readonly message: string
}

/** `last`: what was read before the damage; undefined where nothing was. */
export type OnDamage = (damage: JournalDamage, exchange: string, last: JournalRecord | undefined) => void

/**
 * All records of several files, merged by time, then exchange, then connection, then line. A torn or damaged tail ends its
 * file where it begins and is told through `onDamage`.
 */
export class JournalReader {
  readonly #cursors: FileCursor[]

  constructor(files: readonly JournalFileInfo[], onDamage: OnDamage) {
    this.#cursors = files.map((file) => new FileCursor(file, onDamage))
  }

  /** Plays every record in order to `each`; waits where it returns a promise, stops early where that gives `false`. */
  async play(each: (exchange: string, record: JournalRecord) => undefined | false | Promise<undefined | false>): Promise<void> {
    const live: FileCursor[] = []
    for (const cursor of this.#cursors) if (await cursor.load()) live.push(cursor)
    try {
      while (live.length > 0) {
        const index = firstOf(live)
        const cursor = live[index] as FileCursor
        const result = each(cursor.exchange, cursor.head as JournalRecord)
        if (result !== undefined && (result === false || (await result) === false)) return
        if (!cursor.step() && !(await cursor.load())) live.splice(index, 1)
      }
    } finally {
      for (const cursor of live) cursor.close()
    }
  }
}

function firstOf(cursors: readonly FileCursor[]): number {
  let best = 0
  for (let i = 1; i < cursors.length; i++) {
    if (isBefore(cursors[i] as FileCursor, cursors[best] as FileCursor)) best = i
  }
  return best
}

function isBefore(a: FileCursor, b: FileCursor): boolean {
  const x = a.head as JournalRecord
  const y = b.head as JournalRecord
  if (x.stamp !== y.stamp) return x.stamp < y.stamp
  if (a.exchange !== b.exchange) return a.exchange < b.exchange
  return x.connection < y.connection
}

/** One file, unpacked a chunk at a time; the lines of a chunk are read without waiting. */
class FileCursor {
  readonly exchange: string
  head: JournalRecord | undefined
  readonly #path: string
  readonly #onDamage: OnDamage
  #chunks: AsyncIterator<Buffer> | undefined
  #chunk: Buffer = Buffer.alloc(0)
  #position = 0
  #line = 0
  #isDone = false
  #lastStamp = 0

  constructor(file: JournalFileInfo, onDamage: OnDamage) {
    this.exchange = file.exchange
    this.#path = file.path
    this.#onDamage = onDamage
  }

  /** Next record of the chunk at hand; false: `load` first. */
  step(): boolean {
    const end = this.#chunk.indexOf(0x0a, this.#position)
    if (end < 0) return false
    const line = this.#chunk.subarray(this.#position, end)
    this.#position = end + 1
    return this.#take(line)
  }

  /** Reads on until there is a record; false at the end of the file. */
  async load(): Promise<boolean> {
    while (!this.#isDone) {
      const chunk = await this.#nextChunk()
      if (chunk === undefined) return false
      const rest = this.#chunk.subarray(this.#position)
      this.#chunk = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      this.#position = 0
      if (this.step()) return true
    }
    return false
  }

  close(): void {
    this.#isDone = true
    void this.#chunks?.return?.()
  }

  #take(line: Buffer): boolean {
    this.#line += 1
    try {
      const record = parseRecord(line)
      if (record.stamp < this.#lastStamp) throw new Error(`time goes back from ${this.#lastStamp} to ${record.stamp}`)
      this.#lastStamp = record.stamp
      this.head = record
      return true
    } catch (cause) {
      this.#damage(`line ${this.#line}: ${cause instanceof Error ? cause.message : String(cause)}`)
      return false
    }
  }

  async #nextChunk(): Promise<Buffer | undefined> {
    this.#chunks ??= unpackMembers(this.#path)
    try {
      const next = await this.#chunks.next()
      if (next.done !== true) return next.value
      if (this.#position < this.#chunk.length)
        this.#damage(`${this.#chunk.length - this.#position} bytes after the last whole line`)
    } catch (cause) {
      this.#damage(`after line ${this.#line}: ${cause instanceof Error ? cause.message : String(cause)}`)
    }
    this.#isDone = true
    return undefined
  }

  #damage(message: string): void {
    this.#isDone = true
    this.#chunk = Buffer.alloc(0)
    this.#position = 0
    const advice = 'nothing after it is read, mts journal repair keeps what can be'
    this.#onDamage({ path: this.#path, message: `${message}; ${advice}` }, this.exchange, this.head)
  }
}
