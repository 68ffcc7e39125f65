import type { EventType } from '../../market/event.js'
import { encodeCommand } from './batch.js'
import { ByteQueue } from './byte-queue.js'
import type { Losses } from './losses.js'
import type { NumberedEntries } from './numbered-entries.js'
import { countedOf, settleUnits, type Unit } from './settle.js'

const MAX_BATCH = 1_000
const MAX_BATCH_BYTES = 1024 * 1024
/** What an item costs beside its text, about. */
const ITEM_BYTES = 200

type Item =
  | { readonly kind: 'event'; readonly bytes: number; readonly type: EventType; readonly text: string }
  | { readonly kind: 'key'; readonly bytes: number; readonly key: string; readonly text: string; readonly seconds: number }

export interface BacklogOptions {
  readonly maxBytes: number
  readonly losses: Losses
  /** The text of the event that stands where `lost` others are missing. */
  lossText(lost: number): string
}

/** Events and keys that are not known to have arrived: bounded in bytes, beyond that the oldest go and are counted. */
export class Backlog {
  readonly #options: BacklogOptions
  readonly #waiting = new ByteQueue<Item>()
  /** Sent, and not known to have arrived. */
  #unsent: Unit[] = []
  #unsentBytes = 0
  #written = 0
  #dueBeat: 'alive' | 'over' | undefined

  constructor(options: BacklogOptions) {
    this.#options = options
  }

  get bytes(): number {
    return this.#waiting.bytes + this.#unsentBytes
  }

  /** Events and keys that arrived. */
  get written(): number {
    return this.#written
  }

  get isEmpty(): boolean {
    return this.#unsent.length === 0 && this.#waiting.length === 0 && this.#dueBeat === undefined
  }

  get hasFullBatch(): boolean {
    return this.#waiting.length >= MAX_BATCH
  }

  /** Events and keys that were sent and may have to be sent again. */
  get unsent(): number {
    return countedOf(this.#unsent)
  }

  addEvent(type: EventType, text: string): void {
    this.#push({ kind: 'event', type, text: flat(text), bytes: ITEM_BYTES + text.length })
  }

  addKey(key: string, text: string, seconds: number): void {
    this.#push({ kind: 'key', key, text: flat(text), seconds, bytes: ITEM_BYTES + key.length + text.length })
  }

  /** `over`: the last one. */
  addHeartbeat(kind: 'alive' | 'over'): void {
    this.#dueBeat = kind
  }

  /** What was sent last and is not settled, or the oldest of what waits: they have their numbers from now on. */
  next(entries: NumberedEntries): readonly Unit[] {
    if (this.#unsent.length === 0) this.#take(entries)
    return this.#unsent
  }

  /** The server answered. False: a passing refusal kept some of it out, which is sent again. */
  settle(refusals: ReadonlyMap<number, string>): boolean {
    const { held, written, lost } = settleUnits(this.#unsent, refusals)
    this.#written += written
    this.#options.losses.add(lost)
    this.#unsent = held
    if (held.length === 0) this.#unsentBytes = 0
    return held.length === 0
  }

  /** Nothing more will be sent. */
  giveUp(): void {
    this.#options.losses.add(this.#waiting.length + this.unsent)
  }

  #push(item: Item): void {
    const { maxBytes, losses } = this.#options
    this.#waiting.push(item)
    while (this.bytes > maxBytes && this.#waiting.shift() !== undefined) losses.addUnnumbered()
  }

  #take(entries: NumberedEntries): void {
    const { losses, lossText } = this.#options
    if (losses.untoldInBand > 0) {
      this.#unsent.push({ isCounted: false, commands: entries.event('lag', lossText(losses.takeInBand())) })
    }
    for (const item of this.#waiting.take(MAX_BATCH, MAX_BATCH_BYTES)) {
      this.#unsentBytes += item.bytes
      this.#unsent.push({ isCounted: true, commands: commandsOf(item, entries) })
    }
    if (this.#dueBeat === undefined || this.#waiting.length > 0) return
    const isOver = this.#dueBeat === 'over'
    this.#dueBeat = undefined
    this.#unsent.push({ isCounted: false, commands: entries.heartbeat(isOver) })
  }
}

function commandsOf(item: Item, entries: NumberedEntries): readonly string[] {
  if (item.kind === 'event') return entries.event(item.type, item.text)
  return [encodeCommand(['SET', item.key, item.text, 'EX', String(item.seconds)])]
}

/** A text put together from a hundred pieces keeps them all until somebody reads it: waiting in a queue they burden the garbage collector. */
function flat(text: string): string {
  return text.charCodeAt(0) >= 0 ? text : ''
}
