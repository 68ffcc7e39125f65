import type { BookUpdate } from '../market/book-update.js'
import type { TickerFields } from '../market/event.js'
import type { CarrierMerge } from './carrier-merge.js'
import type { Coverage } from './coverage.js'
import type { MarketState } from './market-state.js'
import type { MarketStates } from './market-states.js'
import type { PipelineHost } from './pipeline-host.js'
import type { RecordMoment, RecordTeller } from './record-teller.js'
import type { BookState } from './sync-state.js'
import type { BookSynchroniser, SyncEvents } from './synchroniser.js'

export interface BooksWorld {
  readonly host: Pick<PipelineHost, 'changed' | 'cure'>
  readonly moment: RecordMoment
  readonly teller: RecordTeller
  readonly states: MarketStates
  readonly coverage: Coverage
  /** Only while a topic has more than one connection. */
  merging(): CarrierMerge | undefined
}

/** The books of one exchange: which connection feeds each, what becomes of them when it ends, and what their synchronisers tell. */
export class Books implements SyncEvents {
  readonly #world: BooksWorld
  readonly #states: MarketStates
  readonly #host: Pick<PipelineHost, 'changed' | 'cure'>
  readonly #open = new Set<number>()

  constructor(world: BooksWorld) {
    this.#world = world
    this.#states = world.states
    this.#host = world.host
  }

  // ---- Connections ------------------------------------------------------------------------------------------------------

  opened(connection: number): void {
    this.#open.add(connection)
    for (const state of this.#states.values()) {
      // A journal that lost its tail has no record of the end.
      if (state.sync.connection === connection && !this.#handOver(state, connection))
        this.reset(state, 'the connection opened anew', true)
    }
  }

  /** Nothing of what came over the connection holds any longer, where no other one carries it. */
  closed(connection: number, detail: string, isLoss: boolean): void {
    this.#open.delete(connection)
    for (const state of this.#states.values()) {
      // A book that only a snapshot has fed so far may belong to any of them.
      if (state.sync.connection !== connection && state.sync.connection !== -1) continue
      if (this.#handOver(state, connection)) continue
      this.reset(state, `connection ${connection} closed: ${detail}`, isLoss)
      state.forget()
    }
  }

  /** The program started anew: whatever connections there were are gone. */
  started(): void {
    this.#open.clear()
    for (const state of this.#states.values()) {
      state.sync.reset('the program started anew', true)
      state.bookConnection = -1
    }
  }

  reset({ sync }: MarketState, reason: string, isLoss: boolean): void {
    this.#world.merging()?.merges.resetBook(sync.symbol)
    sync.reset(reason, isLoss)
  }

  /** The present connection feeds this book, though no record of its beginning was seen: a journal may begin in its middle. */
  adopt(state: MarketState): void {
    const { connection } = this.#world.moment
    this.#open.add(connection)
    state.bookConnection = connection
    state.sync.connection = connection
  }

  /** A snapshot that comes after its connection has gone would make a book readable that nothing feeds. */
  snapshot(symbol: string, update: BookUpdate): void {
    const { bookConnection, sync } = this.#states.of(symbol)
    const isFed = bookConnection === -1 ? this.#open.size > 0 : this.#open.has(bookConnection)
    if (isFed) sync.snapshot(update, this.#world.moment.stamp)
    else sync.cureFailed('the snapshot came after the end of its connection')
  }

  /** Another connection carries the book as well: its ids will tell whether anything is missing. False: none does. */
  #handOver(state: MarketState, connection: number): boolean {
    const other = this.#world.coverage.openCarrier('book', state.instrument.symbol, connection)
    if (other === undefined) return false
    if (state.sync.connection === connection) state.sync.connection = other
    if (state.bookConnection === connection) state.bookConnection = other
    return true
  }

  // ---- What the synchroniser tells -------------------------------------------------------------------------------------

  changed(sync: BookSynchroniser): void {
    const state = this.#states.of(sync.symbol)
    if (state.top.id === sync.book?.sequence) checkTop(state)
    this.#host.changed(state, 'book')
  }

  cure(sync: BookSynchroniser, attempt: number): void {
    this.#host.cure(this.#states.of(sync.symbol), attempt)
  }

  gap(sync: BookSynchroniser, lastId: number | null, nextId: number | null, reason: string): void {
    const { coverage, moment, teller } = this.#world
    const state = this.#states.of(sync.symbol)
    state.statsOf('book').error()
    // What took the book's frames may have taken those of trades too.
    state.tradeOverlap.doubt(Math.floor(sync.stamp / 1000))
    coverage.gap(coverage.track('book', sync.symbol), lastId, nextId, reason, moment.receivedAt)
    teller.publish({ type: 'gap', ...teller.base(state, sync.timestamp || null), channel: 'book', lastId, nextId, reason })
  }

  entered(sync: BookSynchroniser, bookState: BookState, detail: string): void {
    if (bookState === 'empty' || bookState === 'buffering') return
    const { coverage, moment, teller } = this.#world
    coverage.book(sync.symbol, bookState === 'synced', detail, moment.receivedAt)
    teller.status(sync.symbol, bookState, detail, 'book', sync.connection)
  }
}

/** The exchange's own best prices as of a book id, which our book may have reached, or not yet. */
export function noteTop(state: MarketState, id: number, fields: TickerFields): void {
  const { bidPrice, bidQuantity, askPrice, askQuantity } = fields
  if (bidPrice == null || bidQuantity == null || askPrice == null || askQuantity == null) return
  const { top } = state
  top.id = id
  top.bidPrice = bidPrice
  top.bidQuantity = bidQuantity
  top.askPrice = askPrice
  top.askQuantity = askQuantity
  if (state.sync.book?.sequence === id) checkTop(state)
}

/** The exchange's own best prices at the very id of our book: they must be ours. */
function checkTop(state: MarketState): void {
  const { bids, asks } = state.sync.book ?? {}
  const { top } = state
  if (bids === undefined || asks === undefined) return
  top.id = -1
  state.topChecks += 1
  const isEqual =
    bids.price(0) === top.bidPrice &&
    bids.quantity(0) === top.bidQuantity &&
    asks.price(0) === top.askPrice &&
    asks.quantity(0) === top.askQuantity
  if (isEqual) return
  state.topMismatches += 1
  state.sync.doubt("the best prices differ from the exchange's own")
}
