import { type FileHandle, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Clock } from '../../clock.js'
import type { StorageError } from '../../errors.js'
import { makeFolder } from '../../files/make-folder.js'
import { type MemberInfo, packMember } from './gzip-member.js'
import { journalError } from './journal-error.js'
import { encodeHead, needsBase64, type RecordKind } from './record.js'

export interface JournalOptions {
  readonly directory: string
  readonly clock: Clock
  /** Unpacked bytes after which a block is sealed. */
  readonly blockBytes: number
  /** A block is sealed at this age at the latest, ms: the most that a crash can cost. */
  readonly flushMs: number
  /** Bytes that may wait for the disk; beyond it records are dropped and counted. */
  readonly maxPendingBytes?: number
  onLoss?(exchange: string, lost: number): void
  onFailure?(error: StorageError): void
}

const DEFAULT_MAX_PENDING = 64 << 20

/** The records of one connection on one day: an open block in memory, and sealed ones on their way to the disk. */
export class JournalFile {
  readonly day: string
  readonly #exchange: string
  readonly #connection: number
  readonly #options: JournalOptions
  readonly #path: string
  #block: Buffer
  #used = 0
  /** Records in the open block, and the stamps of its first and last. */
  #records = 0
  #firstStamp = 0
  #lastStamp = 0
  #waiting = 0
  /** Stamps of the first records of the blocks on their way, oldest first. */
  #onTheirWay: number[] = []
  #work: Promise<void> = Promise.resolve()
  #handle: FileHandle | undefined
  #failed = false

  constructor(exchange: string, connection: number, stamp: number, options: JournalOptions) {
    this.day = dayOf(stamp)
    this.#exchange = exchange
    this.#connection = connection
    this.#options = options
    this.#path = join(options.directory, exchange, this.day, `${compactTime(stamp)}-${connection}.frames.gz`)
    this.#block = Buffer.allocUnsafe(options.blockBytes + 4096)
  }

  get pendingBytes(): number {
    return this.#used + this.#waiting
  }

  /** Stamp in µs of the oldest record that is not on disk yet; `Infinity`: all are. */
  get unsealedSince(): number {
    return this.#onTheirWay[0] ?? (this.#records > 0 ? this.#firstStamp : Number.POSITIVE_INFINITY)
  }

  append(stamp: number, kind: RecordKind, payload: Buffer): void {
    const isBase64 = needsBase64(payload)
    const body = isBase64 ? Buffer.from(payload.toString('base64')) : payload
    const head = encodeHead(stamp, this.#connection, kind, isBase64)
    const size = head.length + body.length + 1
    if (this.#failed || this.pendingBytes + size > (this.#options.maxPendingBytes ?? DEFAULT_MAX_PENDING)) {
      this.#options.onLoss?.(this.#exchange, 1)
      return
    }
    if (this.#used + size > this.#block.length) this.#makeRoom(size)
    this.#used += this.#block.write(head, this.#used, 'latin1')
    this.#used += body.copy(this.#block, this.#used)
    this.#block[this.#used++] = 0x0a
    if (this.#records === 0) this.#firstStamp = stamp
    this.#lastStamp = stamp
    this.#records += 1
    if (this.#used >= this.#options.blockBytes) this.seal()
  }

  /** Hands the open block over to be packed and written, in order. */
  seal(): void {
    if (this.#used === 0) return
    const block = this.#block.subarray(0, this.#used)
    const size = this.#used
    const info = { records: this.#records, firstStamp: this.#firstStamp, lastStamp: this.#lastStamp }
    this.#records = 0
    this.#block = Buffer.allocUnsafe(this.#options.blockBytes + 4096)
    this.#used = 0
    this.#waiting += size
    this.#onTheirWay.push(info.firstStamp)
    this.#work = this.#work
      .then(() => this.#write(block, info))
      .catch((error: unknown) => {
        this.#options.onLoss?.(this.#exchange, info.records)
        this.#fail(error)
      })
      .finally(() => {
        this.#waiting -= size
        this.#onTheirWay.shift()
      })
  }

  settled(): Promise<void> {
    return this.#work
  }

  async end(): Promise<void> {
    this.seal()
    await this.#work
    await this.#handle?.close()
    this.#handle = undefined
  }

  #makeRoom(size: number): void {
    this.seal()
    if (size > this.#block.length) this.#block = Buffer.allocUnsafe(size)
  }

  async #write(block: Buffer, info: MemberInfo): Promise<void> {
    if (this.#failed) throw new Error('an earlier block could not be written')
    this.#handle ??= await this.#open()
    await this.#handle.appendFile(await packMember(block, info))
  }

  async #open(): Promise<FileHandle> {
    makeFolder(dirname(this.#path))
    return open(this.#path, 'a')
  }

  #fail(cause: unknown): void {
    if (this.#failed) return
    this.#failed = true
    this.#options.onFailure?.(journalError(cause, this.#path))
  }
}

/** `2026-11-21` of a stamp in µs. */
export function dayOf(stamp: number): string {
  return new Date(stamp / 1000).toISOString().slice(0, 10)
}

/** `20261121T101500.123456Z`: sorts by time. */
function compactTime(stamp: number): string {
  const iso = new Date(stamp / 1000).toISOString()
  const micros = String(stamp % 1_000_000).padStart(6, '0')
  return `${iso.slice(0, 19).replaceAll(/[-:]/g, '')}.${micros}Z`
}
