import type { CarrierDelays } from './carrier-delays.js'

/** A connection that carries a channel, one of several when the channel comes more than once. */
export interface Carrier {
  readonly connection: number
  isOpen: boolean
  /** Receive time of its newest message, ms; 0: none yet. Only kept while there are several. */
  heardMs: number
}

export interface MergeCounts {
  /** Messages that had come by another carrier before. */
  repeated: number
  /** Holes of one carrier that another one filled. */
  filled: number
}

/** What a merge needs to know of the items it puts in order. */
export interface MergedItems<Item> {
  lastId(item: Item): number
  /** Nothing is missing between `last` and this item, which ends after it. */
  joins(item: Item, last: number): boolean
  /** A copy that may be kept. */
  keep(item: Item): Item
  /** What it holds in memory, about. */
  bytes(item: Item): number
  /** It comes after what follows it went on, and is missing there. */
  isMissing?(item: Item): boolean
  /** Goes on with it; `isJoined` is false where what lies before it is lost on every carrier. */
  pass(item: Item, isJoined: boolean, last: number): void
}

interface Held<Item> {
  readonly item: Item
  readonly lastId: number
  readonly connection: number
  readonly stamp: number
}

/**
 * So much time of the records, in µs, another carrier is given to bring what one has lost: longer than two good ways to an exchange
 * differ. A carrier that is known to be late is given so much more, up to the second figure.
 */
const PATIENCE_US = 500_000
const LONGEST_DELAY_US = 5_000_000
/** Beyond it the hole is told at once. */
const MOST_BYTES = 8 << 20

/**
 * Makes one sequence of what several carriers bring of one, by the exchange's ids: each item once, in order. What one carrier
 * lost is waited for until every open carrier has passed the hole or the patience is over by the records' own stamps. It begins
 * anew with each item that goes on: while a late carrier brings what comes before the hole, its ids prove that it will come to it.
 */
export class SequenceMerge<Item> {
  /** Newest id that went on; −1: none. */
  last = -1
  readonly #counts: MergeCounts
  readonly #items: MergedItems<Item>
  readonly #delays: CarrierDelays
  readonly #held: Held<Item>[] = []
  #heldBytes = 0
  /** When the last item went on that followed the one before, and until when the first of those held waits, µs. */
  #followedAt = 0
  #due = 0
  /** Newest id by connection. */
  readonly #passed = new Map<number, number>()

  constructor(items: MergedItems<Item>, delays: CarrierDelays, counts: MergeCounts) {
    this.#counts = counts
    this.#delays = delays
    this.#items = items
  }

  /** Stamp in µs at which what is held does not wait any longer; `Infinity`: nothing is held. */
  get due(): number {
    return this.#held.length === 0 ? Number.POSITIVE_INFINITY : this.#due
  }

  offer(item: Item, connection: number, carriers: readonly Carrier[], stamp: number): void {
    const lastId = this.#items.lastId(item)
    this.#passed.set(connection, Math.max(lastId, this.#passed.get(connection) ?? -1))
    if (this.last >= 0 && lastId <= this.last) this.#offerOld(item)
    else if (this.last < 0 || this.#items.joins(item, this.last)) this.#pass(item, lastId, true, stamp)
    else this.#hold(item, lastId, connection, stamp)
    if (this.#held.length > 0) this.settle(carriers, stamp)
  }

  /** Lets go on what has nothing to wait for: after an item, an end of a carrier, or `due`. */
  settle(carriers: readonly Carrier[], stamp: number): void {
    for (let front = this.#held[0]; front !== undefined; front = this.#held[0]) {
      const { item, lastId } = front
      const isOld = lastId <= this.last
      const isJoined = !isOld && this.#items.joins(item, this.last)
      if (!isOld && !isJoined && this.#mayBeFilled(front, carriers, stamp)) return
      this.#held.shift()
      this.#heldBytes -= this.#items.bytes(item)
      if (isOld) this.#counts.repeated += 1
      else this.#pass(item, lastId, isJoined, stamp)
      if (isJoined && this.#held.length === 0) this.#counts.filled += 1
    }
  }

  /** What one carrier brings begins anew here, at this id, and with it the whole. */
  begin(lastId: number, connection: number): void {
    this.last = lastId
    this.#passed.set(connection, lastId)
  }

  /** Its next messages do not continue its last ones. */
  forget(connection: number): void {
    this.#passed.delete(connection)
  }

  /** Nothing that comes continues what was. */
  reset(last = -1): void {
    this.last = last
    this.#held.length = 0
    this.#heldBytes = 0
    this.#passed.clear()
  }

  /** A carrier that has not passed what comes before this one may still bring it. */
  #mayBeFilled(front: Held<Item>, carriers: readonly Carrier[], stamp: number): boolean {
    let delay = -1
    for (const { isOpen, connection } of carriers) {
      const isBefore = isOpen && (this.#passed.get(connection) ?? -1) <= this.last
      if (isBefore) delay = Math.max(delay, this.#delays.behind(connection, front.connection))
    }
    this.#due = Math.max(front.stamp + Math.min(delay, LONGEST_DELAY_US), this.#followedAt) + PATIENCE_US
    return delay >= 0 && stamp < this.#due && this.#heldBytes <= MOST_BYTES
  }

  #offerOld(item: Item): void {
    if (this.#items.isMissing?.(item) === true) this.#items.pass(item, false, this.last)
    else this.#counts.repeated += 1
  }

  #pass(item: Item, lastId: number, isJoined: boolean, stamp: number): void {
    const before = this.last
    this.last = lastId
    if (isJoined) this.#followedAt = stamp
    this.#items.pass(item, isJoined, before)
  }

  /** In the order of ids; carriers bring them ascending, so it is nearly always the last. */
  #hold(item: Item, lastId: number, connection: number, stamp: number): void {
    let at = this.#held.length
    while (at > 0 && (this.#held[at - 1]?.lastId ?? 0) > lastId) at -= 1
    if (this.#held[at - 1]?.lastId === lastId) {
      this.#counts.repeated += 1
      return
    }
    const kept = this.#items.keep(item)
    this.#held.splice(at, 0, { item: kept, lastId, connection, stamp })
    this.#heldBytes += this.#items.bytes(kept)
  }
}
