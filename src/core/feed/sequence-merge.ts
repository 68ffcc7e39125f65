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
  /** Goes on with it; `isJoined` is false where what lies before it is lost on every carrier. */
  pass(item: Item, isJoined: boolean, last: number): void
}

interface Held<Item> {
  readonly item: Item
  readonly lastId: number
  readonly stamp: number
}

/**
 * So much time of the records, in µs, another carrier is given to bring what one has lost. It is longer than two ways to an
 * exchange differ, and short enough that a book that waits is never called stale for it.
 */
const PATIENCE_US = 500_000
/** An exchange's largest message a second for as long as anybody waits; beyond it the hole is told at once. */
const MOST_HELD = 1_000

/**
 * Makes one sequence of what several carriers bring of one, by the exchange's ids: each item once, in order. What one carrier
 * lost is waited for until every open carrier has passed the hole or the patience is over by the records' own stamps.
 */
export class SequenceMerge<Item> {
  /** Newest id that went on; −1: none. */
  last = -1
  readonly #counts: MergeCounts
  readonly #items: MergedItems<Item>
  readonly #held: Held<Item>[] = []
  /** Newest id by connection. */
  readonly #passed = new Map<number, number>()

  constructor(items: MergedItems<Item>, counts: MergeCounts) {
    this.#counts = counts
    this.#items = items
  }

  /** Stamp in µs at which what is held does not wait any longer; `Infinity`: nothing is held. */
  get due(): number {
    const [front] = this.#held
    return front === undefined ? Number.POSITIVE_INFINITY : front.stamp + PATIENCE_US
  }

  offer(item: Item, connection: number, carriers: readonly Carrier[], stamp: number): void {
    const lastId = this.#items.lastId(item)
    this.#passed.set(connection, Math.max(lastId, this.#passed.get(connection) ?? -1))
    if (this.last >= 0 && lastId <= this.last) this.#counts.repeated += 1
    else if (this.last < 0 || this.#items.joins(item, this.last)) this.#pass(item, lastId, true)
    else this.#hold(item, lastId, stamp)
    if (this.#held.length > 0) this.settle(carriers, stamp)
  }

  /** Lets go on what has nothing to wait for: after an item, an end of a carrier, or `due`. */
  settle(carriers: readonly Carrier[], stamp: number): void {
    for (let front = this.#held[0]; front !== undefined; front = this.#held[0]) {
      const { item, lastId } = front
      const isOld = lastId <= this.last
      const isJoined = !isOld && this.#items.joins(item, this.last)
      const mayBeFilled = !isOld && !isJoined && stamp < this.due && this.#held.length < MOST_HELD
      if (mayBeFilled && carriers.some((each) => each.isOpen && (this.#passed.get(each.connection) ?? -1) <= this.last)) return
      this.#held.shift()
      if (isOld) this.#counts.repeated += 1
      else this.#pass(item, lastId, isJoined)
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
    this.#passed.clear()
  }

  #pass(item: Item, lastId: number, isJoined: boolean): void {
    const before = this.last
    this.last = lastId
    this.#items.pass(item, isJoined, before)
  }

  /** In the order of ids; carriers bring them ascending, so it is nearly always the last. */
  #hold(item: Item, lastId: number, stamp: number): void {
    let at = this.#held.length
    while (at > 0 && (this.#held[at - 1]?.lastId ?? 0) > lastId) at -= 1
    if (this.#held[at - 1]?.lastId === lastId) this.#counts.repeated += 1
    else this.#held.splice(at, 0, { item: this.#items.keep(item), lastId, stamp })
  }
}
