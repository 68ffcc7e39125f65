/** Rows on their way into the database. The main thread only queues; a thread of its own writes. */
import type { Clock, Timer } from '../clock.js'
import type { StorageError } from '../errors.js'
import { BUSY_TIMEOUT_MS, WAL_LIMIT_BYTES } from './limits.js'
import { bytesOf, type QueuedRow, RowQueue } from './row-queue.js'
import type { Rows, StreamTable } from './rows.js'
import { type Cell, STREAM_TABLES, toCells } from './tables.js'
import type { WriterSettings } from './writer-protocol.js'
import { startWriter, type WriterThread } from './writer-thread.js'

export interface StoreOptions {
  readonly path: string
  readonly clock: Clock
  readonly programVersion: string
  /** So many rows, or the oldest waiting for so long, make a transaction. 100 rows, 250 ms. */
  readonly batchSize?: number
  readonly batchMs?: number
  /** Rows not yet stored may hold so much memory; beyond it the oldest are dropped and counted. 32 MiB. */
  readonly maxBytesInFlight?: number
  readonly busyTimeoutMs?: number
  readonly walLimitBytes?: number
  /** The database may not grow beyond this; without it, as far as the disk goes. */
  readonly maxFileBytes?: number
  /** `lost` rows of a table will never be in the database: summed up, told at most once a batch interval. */
  onLoss(table: StreamTable, lost: number, reason: LossReason): void
  /** Nothing can be stored any more: told once. Later rows are counted as lost. */
  onFailure(error: StorageError): void
}

/**
 * `overflow`: the database was too slow. `rejected`: the row breaks a rule of its table. `failure`: see `onFailure`.
 * `closed`: written after `close`.
 */
export type LossReason = 'overflow' | 'rejected' | 'failure' | 'closed'

export interface Store {
  /** Never waits and never throws. A row with a known key changes nothing, or what the table says is updated. */
  write<Table extends StreamTable>(table: Table, row: Rows[Table]): void
  /** Resolves once everything written before is stored or told as lost: it outlives the process. Rejects with `failure`. */
  flush(): Promise<void>
  /** Stores what waits and closes the file. Never rejects: see `failure`. */
  close(): Promise<void>
  readonly failure: StorageError | undefined
  readonly counts: StoreCounts
}

export interface StoreCounts {
  readonly written: number
  readonly stored: number
  readonly lost: number
  readonly bytesInFlight: number
}

const BATCH_SIZE = 100
const BATCH_MS = 250
const MAX_BYTES_IN_FLIGHT = 32 * 1024 * 1024

/** Batches at the writer at one time: one being stored, one ready for it. */
const MAX_BATCHES = 2
/** Under load batches grow to this; handing over a larger one would itself hold up the main thread. */
const MAX_BATCH_ROWS = 1000
const MAX_BATCH_BYTES = 512 * 1024

/** Opens, or creates and migrates, the database. Rejects with the `StorageError` that prevents it. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const store = new WriterStore(options)
  await store.start()
  return store
}

interface Waiter {
  /** How many rows were written before: it settles when all of them are. */
  readonly row: number
  resolve(): void
  reject(error: StorageError): void
}

interface SentBatch {
  /** How many rows were written before its first one. */
  readonly firstRow: number
  readonly rows: readonly QueuedRow[]
  readonly bytes: number
}

class WriterStore implements Store {
  failure: StorageError | undefined
  readonly #options: StoreOptions
  readonly #batchSize: number
  readonly #maxBytes: number
  readonly #waiting = new RowQueue()
  #thread: WriterThread | undefined
  #sent: SentBatch[] = []
  #sentBytes = 0
  #waiters: Waiter[] = []
  #losses = new Map<string, { table: StreamTable; reason: LossReason; lost: number }>()
  #timer: Timer | undefined
  #written = 0
  #stored = 0
  #lost = 0
  #isClosing = false
  #closing: Promise<void> | undefined
  #onClosed: () => void = () => undefined

  constructor(options: StoreOptions) {
    this.#options = options
    this.#batchSize = options.batchSize ?? BATCH_SIZE
    this.#maxBytes = options.maxBytesInFlight ?? MAX_BYTES_IN_FLIGHT
  }

  get counts(): StoreCounts {
    return {
      written: this.#written,
      stored: this.#stored,
      lost: this.#lost,
      bytesInFlight: this.#waiting.bytes + this.#sentBytes,
    }
  }

  async start(): Promise<void> {
    this.#thread = await startWriter(settingsOf(this.#options), {
      onStored: (rejected) => this.#onStored(rejected),
      onClosed: () => this.#onClosed(),
      onFailed: (error) => this.#fail(error),
    })
  }

  write<Table extends StreamTable>(table: Table, row: Rows[Table]): void {
    this.#written += 1
    if (this.#isClosing || this.failure !== undefined) {
      this.#lose(table, this.#isClosing ? 'closed' : 'failure')
      if (this.#isClosing) this.#tellLosses()
      return
    }
    const cells = toCells(table, row)
    this.#waiting.push({ table, cells, bytes: bytesOf(cells) })
    this.#dropOldest()
    if (this.#waiting.length >= this.#batchSize) this.#send()
    else this.#startTimer()
  }

  flush(): Promise<void> {
    this.#send(true)
    this.#tellLosses()
    if (this.failure !== undefined) return Promise.reject(this.failure)
    if (this.#firstUnsettled() >= this.#written) return Promise.resolve()
    return new Promise((resolve, reject) => {
      this.#waiters.push({ row: this.#written, resolve, reject })
    })
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#isClosing = true
    // A failure on the way was told by `onFailure`.
    await this.flush().catch(() => undefined)
    this.#timer?.cancel()
    if (this.failure === undefined) await this.#closeThread()
    this.#tellLosses()
    await this.#thread?.stop()
  }

  #closeThread(): Promise<void> {
    return new Promise((resolve) => {
      this.#onClosed = resolve
      this.#thread?.send({ kind: 'close' })
    })
  }

  #startTimer(): void {
    this.#timer ??= this.#options.clock.after(this.#options.batchMs ?? BATCH_MS, () => {
      this.#timer = undefined
      this.#send(true)
      this.#tellLosses()
    })
  }

  /** Hands over what fills a batch; when `isDue`, also what does not. */
  #send(isDue = false): void {
    while (this.failure === undefined && this.#sent.length < MAX_BATCHES && this.#waiting.length > 0) {
      if (!isDue && this.#waiting.length < this.#batchSize) break
      const firstRow = this.#written - this.#waiting.length
      const bytesBefore = this.#waiting.bytes
      const rows = this.#waiting.take(Math.max(this.#batchSize, MAX_BATCH_ROWS), MAX_BATCH_BYTES)
      const bytes = bytesBefore - this.#waiting.bytes
      this.#sent.push({ firstRow, rows, bytes })
      this.#sentBytes += bytes
      this.#thread?.send({ kind: 'batch', cells: flatten(rows) })
    }
  }

  #onStored(rejected: readonly StreamTable[]): void {
    const batch = this.#sent.shift()
    if (batch === undefined) return
    this.#sentBytes -= batch.bytes
    this.#stored += batch.rows.length - rejected.length
    for (const table of rejected) this.#lose(table, 'rejected')
    this.#send(this.#waiters.length > 0)
    if (this.#waiting.length > 0) this.#startTimer()
    this.#settleWaiters()
  }

  #settleWaiters(): void {
    const first = this.#firstUnsettled()
    const settled = this.#waiters.filter(({ row }) => row <= first)
    if (settled.length === 0) return
    this.#waiters = this.#waiters.filter(({ row }) => row > first)
    this.#tellLosses()
    for (const waiter of settled) waiter.resolve()
  }

  /** How many rows come before the first one whose fate is open. What is dropped never overtakes a batch on its way. */
  #firstUnsettled(): number {
    return this.#sent[0]?.firstRow ?? this.#written - this.#waiting.length
  }

  #dropOldest(): void {
    while (this.#waiting.length > 1 && this.#waiting.bytes + this.#sentBytes > this.#maxBytes) {
      const row = this.#waiting.shift()
      if (row !== undefined) this.#lose(row.table, 'overflow')
    }
  }

  #lose(table: StreamTable, reason: LossReason): void {
    this.#lost += 1
    const key = `${table} ${reason}`
    const sum = this.#losses.get(key) ?? { table, reason, lost: 0 }
    sum.lost += 1
    this.#losses.set(key, sum)
    if (!this.#isClosing) this.#startTimer()
  }

  #tellLosses(): void {
    const losses = this.#losses
    this.#losses = new Map()
    for (const { table, lost, reason } of losses.values()) this.#options.onLoss(table, lost, reason)
  }

  #fail(error: StorageError): void {
    this.failure = error
    for (const batch of this.#sent) for (const { table } of batch.rows) this.#lose(table, 'failure')
    for (let row = this.#waiting.shift(); row !== undefined; row = this.#waiting.shift()) this.#lose(row.table, 'failure')
    this.#sent = []
    this.#sentBytes = 0
    const waiters = this.#waiters
    this.#waiters = []
    this.#options.onFailure(error)
    this.#tellLosses()
    for (const waiter of waiters) waiter.reject(error)
    this.#onClosed()
  }
}

function settingsOf(options: StoreOptions): WriterSettings {
  return {
    path: options.path,
    openedAt: options.clock.now(),
    programVersion: options.programVersion,
    busyTimeoutMs: options.busyTimeoutMs ?? BUSY_TIMEOUT_MS,
    walLimitBytes: options.walLimitBytes ?? WAL_LIMIT_BYTES,
    maxFileBytes: options.maxFileBytes ?? 0,
  }
}

function flatten(rows: readonly QueuedRow[]): Cell[] {
  const cells: Cell[] = []
  for (const { table, cells: values } of rows) cells.push(STREAM_TABLES.indexOf(table), ...values)
  return cells
}
