import { OrderBook } from '../book/order-book.js'
import type { BookRule } from '../exchanges/contract.js'
import type { BookUpdate } from '../market/book-update.js'
import { BookChain } from './book-chain.js'
import { CureRequest } from './cure-request.js'
import { SnapshotRange } from './snapshot-range.js'
import { type BookState, SyncCounts } from './sync-state.js'
import { UpdateBuffer } from './update-buffer.js'

/** What the synchroniser tells; all of it happens inside the call that fed it. */
export interface SyncEvents {
  /** The book is readable and changed. */
  changed(sync: BookSynchroniser): void
  entered(sync: BookSynchroniser, state: BookState, detail: string): void
  /** Proven by the exchange's ids: what lies between the two was sent and not processed. */
  gap(sync: BookSynchroniser, lastId: number | null, nextId: number | null, reason: string): void
  /** Asks for the cure that the exchange's rule names; never twice before a snapshot, `cureFailed` or `reset`. */
  cure(sync: BookSynchroniser, attempt: number): void
}

/** Updates kept while a snapshot is awaited; beyond it the oldest go, and the snapshot has to be newer. */
const BUFFER_BYTES = 8 << 20

/**
 * Keeps one instrument's book right by the exchange's rule, always: the chain of ids is checked on every update, for ever.
 * It knows no clock and no network, so that live and replay are the same; who drives it supplies snapshots.
 */
export class BookSynchroniser {
  readonly symbol: string
  readonly counts = new SyncCounts()
  /** Receive stamp in µs of the last update that counted. */
  stamp = 0
  /** Exchange's time in ms of the last update; 0 when unknown. */
  timestamp = 0
  /** Connection whose frames feed this book; −1: none yet. */
  connection = -1
  /** A readable book without an update for longer than this is not fresh, ms. */
  staleAfterMs = Number.POSITIVE_INFINITY
  /** It was readable when we ended it ourselves. */
  endedReadable = false
  readonly #rule: BookRule
  readonly #chain: BookChain
  readonly #cure: CureRequest
  readonly #range = new SnapshotRange()
  readonly #events: SyncEvents
  readonly #book = new OrderBook()
  #state: BookState = 'empty'
  #depth = -1
  readonly #buffer: UpdateBuffer
  /** A REST snapshot was applied and no update has joined it yet: the next one must bridge, not chain. */
  #mustBridge = false
  /** A change came since the last snapshot in the stream: some topics send nothing but snapshots. */
  #sawChange = false
  /** Depth of the newest topic whose changes were followed: its ids count one by one, snapshots included. */
  #followedDepth = -1
  /** A new snapshot was asked for while the book is right, because the market nears the end of what the last one knew. */
  #isRefreshing = false
  /** Last id of the newest update that came, whatever became of it; −1: none since the connection began. */
  #seenId = -1

  constructor(symbol: string, rule: BookRule, events: SyncEvents) {
    this.symbol = symbol
    this.#buffer = new UpdateBuffer(symbol)
    this.#rule = rule
    this.#chain = new BookChain(rule)
    this.#cure = new CureRequest((attempt) => events.cure(this, attempt))
    this.#events = events
  }

  get state(): BookState {
    return this.#state
  }

  /** A snapshot is awaited: to become readable, or to see further. */
  get needsSnapshot(): boolean {
    return this.#isRefreshing || (this.#state !== 'synced' && this.#rule.snapshot === 'rest')
  }

  /** The book, if it can be trusted now. */
  get book(): OrderBook | undefined {
    return this.#state === 'synced' ? this.#book : undefined
  }

  /** Last id of the newest update that came, whatever became of it; −1: none since the connection began. */
  get newestId(): number {
    return this.#seenId
  }

  /** Levels a side that its stream promises; −1: none yet. */
  get depth(): number {
    return this.#depth
  }

  /** Changes of its topic were followed: its ids count what it sends. Some topics send nothing but snapshots. */
  get hasFollowed(): boolean {
    return this.#followedDepth === this.#depth && this.#depth !== -1
  }

  update(update: BookUpdate, stamp: number): void {
    if (this.#depth === -1) this.#depth = update.depth
    else if (update.depth !== this.#depth) {
      this.counts.otherDepth += 1
      return
    }
    if (update.isSnapshot) this.#replace(update, stamp)
    else if (this.#state === 'synced') this.follow(update, stamp)
    else if (this.#rule.snapshot === 'rest') this.#keep(update)
    else this.#discard(update)
    if (update.isSnapshot || update.lastId > this.#seenId) this.#seenId = update.lastId
  }

  /** A snapshot that was asked for over REST: seeds the book, or widens one that is being refreshed. */
  snapshot(snapshot: BookUpdate, stamp: number): void {
    if (this.#rule.snapshot !== 'rest' || (this.#state === 'synced' && !this.#isRefreshing)) return
    this.#cure.answered()
    if (snapshot.lastId < 0) {
      this.cureFailed('the exchange has no book yet')
      return
    }
    const joint = this.#buffer.find((update) => !this.#chain.endsBefore(update, snapshot.lastId))
    if (joint === undefined ? snapshot.lastId < this.#seenId : !this.#chain.bridges(joint, snapshot.lastId)) {
      this.cureFailed('the snapshot is older than the updates at hand')
      return
    }
    const wasReadable = this.#isRefreshing
    this.#isRefreshing = false
    this.#mustBridge = joint === undefined
    this.#book.apply(snapshot)
    this.#applyKept(snapshot.lastId)
    this.#range.note(this.#book)
    if (wasReadable) this.settle(snapshot, stamp)
    else this.#becomeSynced(snapshot, stamp, 'seeded from a snapshot')
  }

  /** What was kept goes on where the snapshot ends. */
  #applyKept(snapshotId: number): void {
    this.#buffer.find((update) => {
      if (!this.#chain.endsBefore(update, snapshotId)) this.#book.apply(update)
      return false
    })
    this.#buffer.clear()
  }

  // Hot methods are `private`, not `#`: those check at each call whose object it is.

  /** The book stays readable meanwhile; updates are kept besides, to join them to the snapshot. */
  private refreshWhenFar(): void {
    if (this.#rule.snapshot !== 'rest' || !this.#range.isLeft(this.#book)) return
    this.#isRefreshing = true
    this.#cure.refresh()
  }

  /** The cure that was asked for came to nothing; the buffer stays. Whoever drives us asks again by `retry`. */
  cureFailed(reason: string): void {
    this.#cure.answered()
    if (this.#state === 'synced' || this.#state === 'empty') return
    this.#enter('suspect', reason)
  }

  /** Something outside the chain of ids says that the book is wrong (the exchange's own best prices, say). */
  doubt(reason: string): void {
    if (this.#state !== 'synced') return
    this.#buffer.clear()
    this.#isRefreshing = false
    this.#enter('suspect', reason)
    this.#askForCure(reason)
  }

  /** Asks once more for a cure, if one is still needed and none is in flight. */
  retry(): void {
    if (this.#state === 'suspect') this.#askForCure('trying again')
  }

  /**
   * Nothing that comes next continues what was: the connection is gone, or the subscription ended. `isLoss`: the market goes on
   * and we do not see it.
   */
  reset(reason: string, isLoss: boolean): void {
    const wasSynced = this.#state === 'synced'
    const sequence = this.#book.sequence
    this.#buffer.clear()
    this.#isRefreshing = false
    this.#book.clear()
    this.#depth = -1
    this.#mustBridge = false
    this.#cure.succeeded()
    this.#cure.answered()
    this.#seenId = -1
    this.connection = -1
    this.endedReadable = wasSynced && !isLoss
    if (this.#state !== 'empty') this.#enter('empty', reason)
    if (!wasSynced || !isLoss) return
    this.counts.gaps += 1
    this.#events.gap(this, sequence, null, reason)
  }

  #replace(update: BookUpdate, stamp: number): void {
    this.#buffer.clear()
    this.#mustBridge = false
    this.#cure.answered()
    if (this.#missesBefore(update)) this.#tellLoss(update.firstId, 'updates before a new snapshot are missing')
    this.#book.apply(update)
    if (this.#state !== 'synced') this.#becomeSynced(update, stamp, 'snapshot in the stream')
    else if (this.#sawChange) this.#becomeSynced(update, stamp, 'new snapshot in mid-stream')
    else this.settle(update, stamp)
    this.#sawChange = false
  }

  /** Topics that send nothing but snapshots may skip ids; one that starts again counts from 1. */
  #missesBefore({ depth, firstId }: BookUpdate): boolean {
    const isCounted = this.#rule.chain === 'first-id' && depth === this.#followedDepth
    return isCounted && this.#state === 'synced' && firstId > this.#book.sequence + 1
  }

  private follow(update: BookUpdate, stamp: number): void {
    const book = this.#book
    if (this.#mustBridge ? this.#chain.endsBefore(update, book.sequence) : update.lastId <= book.sequence) {
      // Ids that fall while the cross sequence grows: the exchange counts anew, and its snapshot is lost.
      if (update.crossId > book.crossId && book.crossId >= 0) this.doubt(`ids fell from ${book.sequence} to ${update.lastId}`)
      else this.counts.duplicates += 1
      return
    }
    if (!(this.#mustBridge ? this.#chain.bridges(update, book.sequence) : this.#chain.follows(update, book.sequence))) {
      this.#break(update, `update ${update.firstId}..${update.lastId} does not follow ${book.sequence}`)
      return
    }
    if (update.crossId >= 0 && update.crossId < book.crossId) {
      this.doubt(`cross sequence fell from ${book.crossId} to ${update.crossId}`)
      return
    }
    this.#mustBridge = false
    this.#sawChange = true
    this.#followedDepth = update.depth
    book.apply(update)
    if (this.#isRefreshing) this.#buffer.push(update, BUFFER_BYTES)
    else this.refreshWhenFar()
    this.settle(update, stamp)
  }

  /** After a whole update: cut to the window, check, tell. */
  private settle(update: BookUpdate, stamp: number): void {
    const book = this.#book
    if (this.#rule.isWindowed && update.depth > 0) book.trim(update.depth)
    if (book.isCrossed()) {
      this.counts.crossed += 1
      this.doubt('the book is crossed')
      return
    }
    this.counts.applied += 1
    this.stamp = stamp
    this.timestamp = book.timestamp
    this.#events.changed(this)
  }

  #break(update: BookUpdate, reason: string): void {
    this.#buffer.clear()
    this.#isRefreshing = false
    this.#tellLoss(update.firstId, reason)
    if (this.#rule.snapshot === 'rest') this.#buffer.push(update, BUFFER_BYTES)
    this.#askForCure(reason)
  }

  /** Not readable any more before anyone hears of it; the gap is told first, or its row of coverage would begin only now. */
  #tellLoss(nextId: number, reason: string): void {
    this.counts.gaps += 1
    this.#state = 'suspect'
    this.#events.gap(this, this.#book.sequence, nextId, reason)
    this.#events.entered(this, 'suspect', reason)
  }

  /** Keeps an update for a snapshot to come. A hole among those kept makes the earlier ones useless. */
  #keep(update: BookUpdate): void {
    if (update.lastId <= this.#seenId) {
      this.counts.duplicates += 1
      return
    }
    if (this.#tellHole(update)) this.#buffer.clear()
    this.#buffer.push(update, BUFFER_BYTES)
    if (this.#state === 'empty') {
      this.#enter('buffering', 'waiting for a snapshot')
      this.#cure.again()
    }
  }

  /** Of no use until a snapshot comes. */
  #discard(update: BookUpdate): void {
    this.counts.beforeSnapshot += 1
    this.#tellHole(update)
    if (this.#state === 'empty') this.#enter('buffering', 'waiting for the first snapshot')
  }

  /** The book cannot be read, and yet what we miss is told: is there a hole before this update? */
  #tellHole(update: BookUpdate): boolean {
    const lastId = this.#seenId
    if (lastId < 0 || update.lastId <= lastId || this.#chain.follows(update, lastId)) return false
    this.counts.gaps += 1
    this.#events.gap(this, lastId, update.firstId, 'hole while waiting for a snapshot')
    return true
  }

  #askForCure(reason: string): void {
    this.#enter('resyncing', reason)
    this.#cure.again()
  }

  #becomeSynced(update: BookUpdate, stamp: number, detail: string): void {
    this.counts.snapshots += 1
    if (this.#book.isCrossed()) {
      this.counts.crossed += 1
      this.#enter('suspect', 'the snapshot is crossed')
      return
    }
    this.#cure.succeeded()
    this.#enter('synced', detail)
    this.settle(update, stamp)
  }

  #enter(state: BookState, detail: string): void {
    if (this.#state === state && state !== 'synced') return
    this.#state = state
    this.#events.entered(this, state, detail)
  }
}
