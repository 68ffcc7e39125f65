import type { Exchange, FrameSink } from '../exchanges/contract.js'
import type { Channel } from '../market/event.js'
import { CarrierDelays } from './carrier-delays.js'
import type { Coverage } from './coverage.js'
import type { MarketState } from './market-state.js'
import { Merge, type MergeShared } from './merge.js'
import type { Carrier, MergeCounts } from './sequence-merge.js'

/** Where the merge stands: between the decoder and what took each message for the only one. */
export interface MergeWorld {
  readonly sink: FrameSink
  readonly coverage: Coverage
  state(symbol: string): MarketState
  readonly counts: MergeCounts
}

/** Which instruments of an exchange come by more than one connection, from when to when. */
export class Merges {
  /** Stamp in µs from which on `expire` has something to do. */
  due = Number.POSITIVE_INFINITY
  readonly delays = new CarrierDelays()
  readonly #hasTradeIds: boolean
  readonly #exchange: Exchange
  readonly #world: MergeWorld
  readonly #shared: MergeShared
  readonly #merges = new Map<string, Merge>()
  /** Those that hold something, or end one day. */
  readonly #watched = new Set<Merge>()

  constructor(exchange: Exchange, world: MergeWorld) {
    this.#exchange = exchange
    this.#world = world
    this.#shared = { output: world.sink, delays: this.delays, counts: world.counts }
    this.#hasTradeIds = exchange.channels.trades?.proof === 'ids'
  }

  /** Nothing is merged any longer. */
  get isOver(): boolean {
    return this.#merges.size === 0
  }

  /** `undefined`: each of its channels has one connection. */
  find(symbol: string): Merge | undefined {
    return this.#merges.get(symbol)
  }

  carriers(channel: Channel, symbol: string): readonly Carrier[] {
    return this.#world.coverage.find(channel, symbol)?.carriers ?? []
  }

  /** Of this instrument's channels one at least has a second carrier. */
  share(symbol: string): void {
    const { coverage, state } = this.#world
    const known = this.#merges.get(symbol)
    if (known === undefined) {
      const lastTradeId = this.#hasTradeIds ? (coverage.find('trades', symbol)?.lastId ?? -1) : -1
      this.#merges.set(symbol, new Merge(state(symbol), this.#exchange.book, lastTradeId, this.#shared))
      return
    }
    known.endsAt = Number.POSITIVE_INFINITY
    this.watch(known)
  }

  /** True while messages wait that another carrier of this channel may still bring the missing ones before. */
  isWaiting(channel: Channel, symbol: string): boolean {
    return (this.#merges.get(symbol)?.sequence(channel)?.due ?? Number.POSITIVE_INFINITY) < Number.POSITIVE_INFINITY
  }

  /** ms by which one connection brings later what the other brought. */
  behindMs(connection: number, other: number): number {
    return this.delays.behind(connection, other) / 1000
  }

  /** A connection ended: nobody waits for it any longer, and what has one carrier left is not merged for ever. */
  down(connection: number, stamp: number): void {
    this.delays.forget(connection)
    for (const [symbol, merge] of this.#merges) {
      merge.forget(connection)
      // Where nobody carries the book any more it ends as a whole, and with it what was held.
      const isCarried = this.#world.coverage.openCarrier('book', symbol) !== undefined
      if (isCarried) merge.book.sequence.settle(this.carriers('book', symbol), stamp)
      merge.trades.settle(this.carriers('trades', symbol), stamp)
      this.unshare(symbol, stamp)
    }
  }

  /** If none of this instrument's channels has a second carrier any more, its merge ends, later. */
  unshare(symbol: string, stamp: number): void {
    const merge = this.#merges.get(symbol)
    if (merge === undefined) return
    if (merge.endsAt === Number.POSITIVE_INFINITY && !this.#world.coverage.isShared(symbol)) merge.end(stamp)
    this.watch(merge)
  }

  /** The book begins anew. */
  resetBook(symbol: string): void {
    this.#merges.get(symbol)?.book.reset()
  }

  /** Lets go on what has waited for long enough by the records' stamps. */
  expire(stamp: number): void {
    for (const [symbol, merge] of this.#merges) {
      if (!this.#watched.has(merge)) continue
      merge.book.sequence.settle(this.carriers('book', symbol), stamp)
      merge.trades.settle(this.carriers('trades', symbol), stamp)
      if (merge.endsAt <= stamp && merge.due === Number.POSITIVE_INFINITY) {
        this.#merges.delete(symbol)
        this.#watched.delete(merge)
      }
    }
    this.#lookAhead()
  }

  /** Something of it is held, or is held no longer. */
  watch(merge: Merge): void {
    if (merge.due < Number.POSITIVE_INFINITY || merge.endsAt < Number.POSITIVE_INFINITY) this.#watched.add(merge)
    else this.#watched.delete(merge)
    this.#lookAhead()
  }

  #lookAhead(): void {
    this.due = Number.POSITIVE_INFINITY
    for (const merge of this.#watched) this.due = Math.min(this.due, merge.due, merge.endsAt)
  }
}
