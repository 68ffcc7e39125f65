import type { Timer } from '../../clock.js'
import { dayOf, JournalFile, type JournalOptions } from './journal-file.js'
import type { RecordKind } from './record.js'

/**
 * Writes each connection's records to `<directory>/<exchange>/<day>/<start>-<connection>.frames.gz`, one gzip member a block:
 * a torn tail costs one block, and `zcat` reads the rest. Records are copied at once; packing and writing happen off the hot path.
 */
export class JournalWriter {
  readonly #options: JournalOptions
  readonly #files = new Map<string, JournalFile>()
  /** Of a day that is over, or of a connection that was replaced: what is left of them is being written. */
  readonly #ending = new Map<JournalFile, Promise<void>>()
  readonly #timer: Timer

  constructor(options: JournalOptions) {
    this.#options = options
    this.#timer = options.clock.every(options.flushMs, () => {
      const today = dayOf(options.clock.now() * 1000)
      for (const [key, file] of this.#files) {
        file.seal()
        // A connection that was replaced never writes again.
        if (file.day < today) this.#end(key, file)
      }
    })
  }

  append(exchange: string, connection: number, stamp: number, kind: RecordKind, payload: Buffer): void {
    const day = dayOf(stamp)
    const key = `${exchange}/${connection}`
    let file = this.#files.get(key)
    if (file !== undefined && file.day !== day) {
      this.#end(key, file)
      file = undefined
    }
    if (file === undefined) {
      file = new JournalFile(exchange, connection, stamp, this.#options)
      this.#files.set(key, file)
    }
    file.append(stamp, kind, payload)
  }

  #end(key: string, file: JournalFile): void {
    this.#files.delete(key)
    this.#ending.set(
      file,
      file.end().finally(() => this.#ending.delete(file)),
    )
  }

  /** Bytes that wait for the disk. */
  get pendingBytes(): number {
    let sum = 0
    for (const file of this.#files.values()) sum += file.pendingBytes
    return sum
  }

  /** Stamp in µs of the oldest record that is not on disk yet, and that a crash would cost; `Infinity`: all are. */
  get unsealedSince(): number {
    let oldest = Number.POSITIVE_INFINITY
    for (const file of this.#files.values()) oldest = Math.min(oldest, file.unsealedSince)
    for (const file of this.#ending.keys()) oldest = Math.min(oldest, file.unsealedSince)
    return oldest
  }

  /** Waits until what is sealed is on disk. */
  async drain(): Promise<void> {
    await Promise.all([...this.#ending.values(), ...[...this.#files.values()].map((file) => file.settled())])
  }

  /** Seals everything and waits until it is on disk. */
  async close(): Promise<void> {
    this.#timer.cancel()
    await Promise.all([...this.#ending.values(), ...[...this.#files.values()].map((file) => file.end())])
  }
}
