import type { Control, Exchange, FrameSink } from '../exchanges/contract.js'
import type { BookUpdate } from '../market/book-update.js'
import type { Candle, Channel, FundingFields, Liquidation, OpenInterestFields, TickerFields, Trade } from '../market/event.js'
import type { FieldCopies } from './copies.js'
import { Merges, type MergeWorld } from './merges.js'

/**
 * What a decoder tells while several connections carry the same: each message goes on once, by the exchange's ids, times and
 * contents. Nobody is in the way of a message while each channel has one connection.
 */
export class CarrierMerge implements FrameSink {
  /** The frame told something of the market, also when it was known. */
  isData = false
  /** The instruments whose messages are merged. */
  readonly merges: Merges
  readonly #hasTradeIds: boolean
  readonly #world: MergeWorld
  #connection = -1
  #stamp = 0

  constructor(exchange: Exchange, world: MergeWorld) {
    this.#world = world
    this.#hasTradeIds = exchange.channels.trades?.proof === 'ids'
    this.merges = new Merges(exchange, world)
  }

  /** Call it before each frame. */
  begin(connection: number, stamp: number): void {
    this.#connection = connection
    this.#stamp = stamp
    this.isData = false
  }

  // ---- What the decoder tells ------------------------------------------------------------------------------------------

  book(update: BookUpdate): void {
    const { symbol } = update
    const merge = this.merges.find(symbol)
    const { depth } = this.#world.state(symbol).sync
    if (merge === undefined || (depth !== -1 && update.depth !== depth)) {
      this.#world.sink.book(update)
      return
    }
    this.#heard('book', symbol, update.sentAt > 0 ? update.sentAt : update.timestamp)
    const { due } = merge
    merge.book.offer(update, this.#connection, this.merges.carriers('book', symbol), this.#stamp)
    if (merge.due !== due) this.merges.watch(merge)
  }

  trade(trade: Trade): void {
    const { symbol } = trade
    const merge = this.merges.find(symbol)
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
    merge.trades.offer(trade, this.#connection, this.merges.carriers('trades', symbol), this.#stamp)
    if (merge.due !== due) this.merges.watch(merge)
  }

  ticker(symbol: string, timestamp: number | null, fields: TickerFields, isSnapshot: boolean, topOfBookId: number): void {
    const merge = this.merges.find(symbol)
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
    const merge = this.merges.find(symbol)
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
    const merge = this.merges.find(symbol)
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
    const merge = this.merges.find(liquidation.symbol)
    if (merge !== undefined) this.#heard('liquidations', liquidation.symbol)
    if (this.#isNew(merge?.liquidations.isNew(liquidation, this.#connection))) this.#world.sink.liquidation(liquidation)
  }

  candle(candle: Candle, pushedAt: number): void {
    const merge = this.merges.find(candle.symbol)
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

  /** `timestamp`: when the exchange sent it, ms. */
  #heard(channel: Channel, symbol: string, timestamp: number | null = null): void {
    this.isData = true
    this.merges.delays.note(this.#connection, timestamp, this.#stamp)
    this.#world.coverage.echo(channel, symbol, this.#connection)
  }

  /** Counts what came before; `undefined`: it has one carrier. */
  #isNew(isNew: boolean | undefined): boolean {
    if (isNew === false) this.#world.counts.repeated += 1
    return isNew !== false
  }
}

/** A late message fills in what a newer one did not name; the record is as new as its newest part. */
function newest(timestamp: number | null, copies: FieldCopies): number | null {
  return timestamp === null ? null : Math.max(timestamp, copies.newest)
}
