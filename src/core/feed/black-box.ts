import type { RecordKind } from './journal/record.js'

/** Where records go as they come; the journal is one. */
export interface Recorder {
  append(exchange: string, connection: number, stamp: number, kind: RecordKind, payload: Buffer): void
}

const RECORDS = 10_000
const SLAB_BYTES = 8 << 20
const KINDS: readonly RecordKind[] = ['ws', 'rest', 'sent', 'open', 'close']

/**
 * The newest 10 000 records of a run that is not recorded, in memory that is taken once: 8 MiB of payloads and 0.2 MB of
 * places. What is older, or no longer fits, is overwritten. A record of more than 1 MiB is not kept.
 */
export class BlackBox implements Recorder {
  readonly #slab = Buffer.allocUnsafeSlow(SLAB_BYTES)
  readonly #stamps = new Float64Array(RECORDS)
  readonly #starts = new Int32Array(RECORDS)
  readonly #lengths = new Int32Array(RECORDS)
  readonly #connections = new Int32Array(RECORDS)
  /** Number of the exchange × kind. */
  readonly #labels = new Int32Array(RECORDS)
  readonly #exchanges: string[] = []
  /** Place of the oldest record, and how many follow it. */
  #first = 0
  #count = 0
  /** Where the next payload goes. */
  #end = 0

  get count(): number {
    return this.#count
  }

  append(exchange: string, connection: number, stamp: number, kind: RecordKind, payload: Buffer): void {
    const { length } = payload
    if (length > SLAB_BYTES / 8) return
    const start = this.#end + length > SLAB_BYTES ? 0 : this.#end
    this.#makeRoom(start, length)
    const at = (this.#first + this.#count) % RECORDS
    this.#slab.set(payload, start)
    this.#stamps[at] = stamp
    this.#starts[at] = start
    this.#lengths[at] = length
    this.#connections[at] = connection
    this.#labels[at] = this.#numberOf(exchange) * KINDS.length + KINDS.indexOf(kind)
    this.#count += 1
    this.#end = start + length
  }

  /** Hands over what is left of one exchange, oldest first. */
  dump(exchange: string, to: Recorder): void {
    for (let i = 0; i < this.#count; i++) {
      const at = (this.#first + i) % RECORDS
      const label = this.#labels[at] ?? 0
      const kind = KINDS[label % KINDS.length]
      if (this.#exchanges[Math.floor(label / KINDS.length)] !== exchange || kind === undefined) continue
      const start = this.#starts[at] ?? 0
      const payload = this.#slab.subarray(start, start + (this.#lengths[at] ?? 0))
      to.append(exchange, this.#connections[at] ?? 0, this.#stamps[at] ?? 0, kind, payload)
    }
  }

  /** Forgets the oldest as long as there is no free place, or its payload lies where the new one goes or was jumped over. */
  #makeRoom(start: number, length: number): void {
    const isWrapped = start < this.#end
    while (this.#count > 0) {
      const oldest = this.#starts[this.#first] ?? 0
      const isInWay = isWrapped ? oldest >= this.#end || oldest < start + length : oldest >= start && oldest < start + length
      if (this.#count < RECORDS && !isInWay) return
      this.#first = (this.#first + 1) % RECORDS
      this.#count -= 1
    }
  }

  #numberOf(exchange: string): number {
    const known = this.#exchanges.indexOf(exchange)
    return known === -1 ? this.#exchanges.push(exchange) - 1 : known
  }
}
