import type { Control, Exchange, FrameSink } from '../exchanges/contract.js'
import type { BookUpdate } from '../market/book-update.js'
import type { Candle, Channel, FundingFields, Liquidation, OpenInterestFields, TickerFields, Trade } from '../market/event.js'
import { CarrierDelays } from './carrier-delays.js'
import type { FieldCopies } from './copies.js'
import type { Coverage } from './coverage.js'
import type { MarketState } from './market-state.js'
import { Merge, type MergeShared } from './merge.js'
import type { MergeCounts } from './sequence-merge.js'

/** Where the merge stands: between the decoder and what took each message for the only one. */
export interface MergeWorld {
  readonly sink: FrameSink
  readonly coverage: Coverage
  state(symbol: string): MarketState
  readonly counts: MergeCounts
}

/**
 * What a decoder tells while several connections carry the same: each message goes on once, by the exchange's ids, times and
 * contents. Nobody is in the way of a message while each channel has one connection.
 */
export class CarrierMerge implements FrameSink {
  /** The frame told something of the market, also when it was known. */
  isData = false
  /** Stamp in µs from which on `expire` has something to do. */
  due = Number.POSITIVE_INFINITY
  readonly #hasTradeIds: boolean
  readonly #exchange: Exchange
  readonly #world: MergeWorld
  readonly #shared: MergeShared
  readonly #delays = new CarrierDelays()
  readonly #merges = new Map<string, Merge>()
  /** Those that hold something, or end one day. */
  readonly #watched = new Set<Merge>()
  #connection = -1
  #stamp = 0

  constructor(exchange: Exchange, world: MergeWorld) {
    this.#exchange = exchange
    this.#world = world
    this.#shared = { output: world.sink, delays: this.#delays, counts: world.counts }
    this.#hasTradeIds = exchange.channels.trades?.proof === 'ids'
  }

  /** Nothing is merged any longer. */
  get isOver(): boolean {
    return this.#merges.size === 0
  }

  /** Call it before each frame. */
  begin(connection: number, stamp: number): void {
    this.#connection = connection
    this.#stamp = stamp
    this.isData = false
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
    this.#watch(known)
  }

  /** True while messages wait that another carrier of this channel may still bring the missing ones before. */
  isWaiting(channel: Channel, symbol: string): boolean {
    return (this.#merges.get(symbol)?.sequence(channel)?.due ?? Number.POSITIVE_INFINITY) < Number.POSITIVE_INFINITY
  }

  /** ms by which one connection brings later what the other brought. */
  behindMs(connection: number, other: number): number {
    return this.#delays.behind(connection, other) / 1000
  }

  /** A connection ended: nobody waits for it any longer, and what has one carrier left is not merged for ever. */
  down(connection: number, stamp: number): void {
    this.#delays.forget(connection)
    for (const [symbol, merge] of this.#merges) {
      merge.forget(connection)
      // Where nobody carries the book any more it ends as a whole, and with it what was held.
      const isCarried = this.#world.coverage.openCarrier('book', symbol) !== undefined
      if (isCarried) merge.book.sequence.settle(this.#carriers('book', symbol), stamp)
      merge.trades.settle(this.#carriers('trades', symbol), stamp)
      this.unshare(symbol, stamp)
    }
  }

  /** If none of this instrument's channels has a second carrier any more, its merge ends, later. */
  unshare(symbol: string, stamp: number): void {
    const merge = this.#merges.get(symbol)
    if (merge === undefined) return
    if (merge.endsAt === Number.POSITIVE_INFINITY && !this.#world.coverage.isShared(symbol)) merge.end(stamp)
    this.#watch(merge)
  }

  /** The book begins anew. */
  resetBook(symbol: string): void {
    this.#merges.get(symbol)?.book.reset()
  }

  /** Lets go on what has waited for long enough by the records' stamps. */
  expire(stamp: number): void {
    for (const [symbol, merge] of this.#merges) {
      if (!this.#watched.has(merge)) continue
      merge.book.sequence.settle(this.#carriers('book', symbol), stamp)
      merge.trades.settle(this.#carriers('trades', symbol), stamp)
      if (merge.endsAt <= stamp && merge.due === Number.POSITIVE_INFINITY) {
        this.#merges.delete(symbol)
        this.#watched.delete(merge)
      }
    }
    this.#lookAhead()
  }

  // ---- What the decoder tells ------------------------------------------------------------------------------------------

  book(update: BookUpdate): void {
    const { symbol } = update
    const merge = this.#merges.get(symbol)
    const { depth } = this.#world.state(symbol).sync
    if (merge === undefined || (depth !== -1 && update.depth !== depth)) {
      this.#world.sink.book(update)
      return
    }
    this.#heard('book', symbol, update.sentAt > 0 ? update.sentAt : update.timestamp)
    const { due } = merge
    merge.book.offer(update, this.#connection, this.#carriers('book', symbol), this.#stamp)
    if (merge.due !== due) this.#watch(merge)
  }

  trade(trade: Trade): void {
    const { symbol } = trade
    const merge = this.#merges.get(symbol)
    if (merge === undefined) {
      this.#world.sink.trade(trade)
      return
    }
    this.#heard('trades', symbol, trade.timestamp)
    if (!this.#hasTradeIds || !Number.isSafeInteger(Number(trade.tradeId))) {
      if (this.#isNew(merge.tradeIds.isNew(trade))) this.#world.sink.trade(trade)
      return
    }
    const { due } = merge
    merge.trades.offer(trade, this.#connection, this.#carriers('trades', symbol), this.#stamp)
    if (merge.due !== due) this.#watch(merge)
  }

  ticker(symbol: string, timestamp: number | null, fields: TickerFields, isSnapshot: boolean, topOfBookId: number): void {
    const merge = this.#merges.get(symbol)
    const { sink } = this.#world
    if (merge === undefined) sink.ticker(symbol, timestamp, fields, isSnapshot, topOfBookId)
    else {
      this.#heard('ticker', symbol, timestamp)
      const time = timestamp ?? (topOfBookId >= 0 ? topOfBookId : this.#stamp)
      const news = merge.ticker.news(this.#connection, time, fields)
      // One carrier's snapshot is no new beginning: the others went on.
      if (news === undefined) this.#world.counts.repeated += 1
      else sink.ticker(symbol, newest(timestamp, merge.ticker), news, false, topOfBookId)
    }
  }

  funding(symbol: string, timestamp: number | null, fields: FundingFields, isSnapshot: boolean): void {
    const merge = this.#merges.get(symbol)
    const { sink } = this.#world
    if (merge === undefined) sink.funding(symbol, timestamp, fields, isSnapshot)
    else {
      this.#heard('funding', symbol)
      const news = merge.funding.news(this.#connection, timestamp ?? this.#stamp, fields)
      if (news === undefined) this.#world.counts.repeated += 1
      else sink.funding(symbol, newest(timestamp, merge.funding), news, false)
    }
  }

  openInterest(symbol: string, timestamp: number | null, fields: OpenInterestFields, isSnapshot: boolean): void {
    const merge = this.#merges.get(symbol)
    const { sink } = this.#world
    if (merge === undefined) sink.openInterest(symbol, timestamp, fields, isSnapshot)
    else {
      this.#heard('open-interest', symbol)
      const news = merge.openInterest.news(this.#connection, timestamp ?? this.#stamp, fields)
      if (news === undefined) this.#world.counts.repeated += 1
      else sink.openInterest(symbol, newest(timestamp, merge.openInterest), news, false)
    }
  }

  liquidation(liquidation: Liquidation): void {
    const merge = this.#merges.get(liquidation.symbol)
    if (merge !== undefined) this.#heard('liquidations', liquidation.symbol)
    if (this.#isNew(merge?.liquidations.isNew(liquidation, this.#connection))) this.#world.sink.liquidation(liquidation)
  }

  candle(candle: Candle, pushedAt: number): void {
    const merge = this.#merges.get(candle.symbol)
    if (merge !== undefined) this.#heard('candles', candle.symbol)
    if (this.#isNew(merge?.candles.isNew(candle, pushedAt))) this.#world.sink.candle(candle, pushedAt)
  }

  control(control: Control): void {
    this.#world.sink.control(control)
  }

  unknown(reason: string): void {
    this.#world.sink.unknown(reason)
  }

  remark(what: 'slow-path' | 'inexact-number'): void {
    this.#world.sink.remark(what)
  }

  // ---- Inside -----------------------------------------------------------------------------------------------------------

  #carriers(channel: Channel, symbol: string) {
    return this.#world.coverage.find(channel, symbol)?.carriers ?? []
  }

  /** `timestamp`: when the exchange sent it, ms. */
  #heard(channel: Channel, symbol: string, timestamp: number | null = null): void {
    this.isData = true
    this.#delays.note(this.#connection, timestamp, this.#stamp)
    this.#world.coverage.echo(channel, symbol, this.#connection)
  }

  /** Counts what came before; `undefined`: it has one carrier. */
  #isNew(isNew: boolean | undefined): boolean {
    if (isNew === false) this.#world.counts.repeated += 1
    return isNew !== false
  }

  #watch(merge: Merge): void {
    if (merge.due < Number.POSITIVE_INFINITY || merge.endsAt < Number.POSITIVE_INFINITY) this.#watched.add(merge)
    else this.#watched.delete(merge)
    this.#lookAhead()
  }

  #lookAhead(): void {
    this.due = Number.POSITIVE_INFINITY
    for (const merge of this.#watched) this.due = Math.min(this.due, merge.due, merge.endsAt)
  }
}

/** A late message fills in what a newer one did not name; the record is as new as its newest part. */
function newest(timestamp: number | null, copies: FieldCopies): number | null {
  return timestamp === null ? null : Math.max(timestamp, copies.newest)
}
