import type { Control, Exchange, FrameSink } from '../exchanges/contract.js'
import type { BookUpdate } from '../market/book-update.js'
import type {
  Candle,
  Channel,
  FundingFields,
  Liquidation,
  OpenInterestFields,
  Quality,
  TickerFields,
  Trade,
} from '../market/event.js'
import { type Books, noteTop } from './books.js'
import type { ClockOffset } from './clock-offset.js'
import type { Coverage } from './coverage.js'
import type { Drift } from './drift.js'
import { liquidationIds } from './liquidation-ids.js'
import { type MarketState, type Merged, merge } from './market-state.js'
import type { MarketStates } from './market-states.js'
import type { PipelineHost } from './pipeline-host.js'
import type { RecordMoment, RecordTeller } from './record-teller.js'
import { holeBefore } from './trade-ids.js'
import type { TradeRepair } from './trade-repair.js'
import { isPlausibleTrade, isTimeSuspect } from './validation.js'

export interface IntakeWorld {
  readonly exchange: Exchange
  readonly host: PipelineHost
  readonly moment: RecordMoment
  readonly teller: RecordTeller
  readonly states: MarketStates
  readonly coverage: Coverage
  readonly books: Books
  readonly repair: TradeRepair
  readonly offset: ClockOffset
  readonly drift: Drift
}

/** What the decoder tells: each message is counted, checked, followed by its ids, merged into its state, and told on. */
export class Intake implements FrameSink {
  /** The present frame told something of the market. */
  isData = false
  /** The present frame. */
  frame: Buffer = Buffer.alloc(0)
  readonly #world: IntakeWorld
  readonly #liquidationId = liquidationIds()
  // Hot: one field away instead of two.
  private readonly host: PipelineHost
  private readonly moment: RecordMoment
  private readonly states: MarketStates
  private readonly coverage: Coverage
  private readonly offset: ClockOffset

  constructor(world: IntakeWorld) {
    this.#world = world
    this.host = world.host
    this.moment = world.moment
    this.states = world.states
    this.coverage = world.coverage
    this.offset = world.offset
  }

  book(update: BookUpdate): void {
    const state = this.states.of(update.symbol)
    this.observe(state, 'book', update.sentAt > 0 ? update.sentAt : update.timestamp)
    if (state.sync.connection === -1) this.#world.books.adopt(state)
    state.sync.update(update, this.moment.stamp)
    this.heard('book', update.symbol)
  }

  trade(trade: Trade): void {
    const state = this.states.of(trade.symbol)
    const isLate = this.observe(state, 'trades', trade.timestamp)
    if (!this.#world.repair.admit(state, this.coverage.track('trades', trade.symbol), trade)) {
      state.repeatedTrades += 1
      this.heard('trades', trade.symbol)
      return
    }
    state.newestTradeAt = Math.max(state.newestTradeAt, trade.timestamp)
    const flags: Quality[] = isLate ? ['clock'] : []
    if (this.#followTrades(state, trade)) flags.push('gap')
    const isOdd = !isPlausibleTrade(trade.price, trade.quantity) || (!trade.isBlock && state.tradeGuard.isOutlier(trade.price))
    if (isOdd) {
      flags.push('outlier')
      state.statsOf('trades').flag()
    }
    this.publishTrade(state, trade, flags.join(','))
  }

  ticker(symbol: string, timestamp: number | null, fields: TickerFields, isSnapshot: boolean, topOfBookId: number): void {
    const state = this.states.of(symbol)
    // Two connections may carry it while one takes over from the other: no older top of the book after a newer one.
    if (topOfBookId >= 0 && topOfBookId < state.top.newestId) return
    if (topOfBookId >= 0) state.top.newestId = topOfBookId
    this.note(state.ticker, state, 'ticker', timestamp)
    if (isSnapshot) state.forget()
    if (merge(state.ticker, fields, timestamp, this.moment.receivedAt)) this.host.changed(state, 'ticker')
    if (topOfBookId >= 0) noteTop(state, topOfBookId, fields)
  }

  funding(symbol: string, timestamp: number | null, fields: FundingFields, isSnapshot: boolean): void {
    const state = this.states.of(symbol)
    this.note(state.funding, state, 'funding', timestamp)
    const interval = fields.intervalHours ?? this.states.fundingHours.get(symbol) ?? state.instrument.fundingIntervalHours
    const whole = interval === undefined || fields.intervalHours !== undefined ? fields : { ...fields, intervalHours: interval }
    if (merge(state.funding, whole, timestamp, this.moment.receivedAt) || isSnapshot) this.host.changed(state, 'funding')
  }

  openInterest(symbol: string, timestamp: number | null, fields: OpenInterestFields, _isSnapshot: boolean): void {
    const state = this.states.of(symbol)
    this.note(state.openInterest, state, 'open-interest', timestamp)
    const { openInterest, openInterestUsd } = fields
    const values = {
      ...(openInterest === undefined ? {} : { openInterest }),
      ...(openInterestUsd === undefined ? {} : { openInterestUsd }),
    }
    if (merge(state.openInterest, values, timestamp, this.moment.receivedAt)) this.host.changed(state, 'open-interest')
  }

  liquidation(liquidation: Liquidation): void {
    const { teller } = this.#world
    const state = this.states.of(liquidation.symbol)
    this.observe(state, 'liquidations', liquidation.timestamp)
    const { symbol: _, ...fields } = liquidation
    const tradeId = this.#liquidationId(liquidation)
    const valueUsd = liquidation.price * liquidation.quantity
    teller.publish({ type: 'liquidation', ...teller.base(state, liquidation.timestamp), tradeId, valueUsd, ...fields })
  }

  candle(candle: Candle, pushedAt: number): void {
    const { teller } = this.#world
    const state = this.states.of(candle.symbol)
    this.observe(state, 'candles', pushedAt)
    const { symbol: _, ...fields } = candle
    teller.publish({ type: 'candle', ...teller.base(state, candle.timestamp), ...fields })
  }

  control(control: Control): void {
    const { connection } = this.moment
    this.host.control(connection, control)
    if (control.kind === 'rejected' && !control.isDuplicate)
      this.#world.teller.status('', 'rejected', control.message, '', connection)
  }

  unknown(reason: string): void {
    const { drift, exchange } = this.#world
    if (drift.unknown(reason)) this.host.unknown(exchange.id, reason, this.frame)
  }

  remark(what: 'slow-path' | 'inexact-number'): void {
    this.#world.drift.remark(what)
  }

  publishTrade(state: MarketState, { symbol: _, ...fields }: Trade, quality: string): void {
    const { teller } = this.#world
    teller.publish({ type: 'trade', ...teller.base(state, fields.timestamp), ...fields, quality })
  }

  // Hot methods are `private`, not `#`: those check at each call whose object it is.

  private heard(channel: Channel, symbol: string): void {
    this.coverage.heard(this.coverage.track(channel, symbol), this.moment.connection, this.moment.receivedAt)
  }

  /** Counts a message that is merged into a state, and what is odd about it. */
  private note(into: Merged<unknown>, state: MarketState, channel: Channel, timestamp: number | null): void {
    if (this.observe(state, channel, timestamp)) into.late += 1
    into.gaps = this.coverage.track(channel, state.sync.symbol).losses
  }

  /** Counts a message; true when its time is impossible. */
  private observe(state: MarketState, channel: Channel, timestamp: number | null): boolean {
    this.isData = true
    const stats = state.statsOf(channel)
    // Those with ids are told once the ids have been looked at.
    if (channel !== 'book' && channel !== 'trades') this.heard(channel, state.sync.symbol)
    const latency = timestamp === null || timestamp <= 0 ? undefined : this.offset.observe(timestamp, this.moment.stamp / 1000)
    const isSuspect = latency !== undefined && isTimeSuspect(latency, this.host.limits)
    stats.message(isSuspect ? undefined : latency)
    if (isSuspect) stats.flag()
    return isSuspect
  }

  /** Tells a hole in the ids of trades, where they count one by one; true when there was one. */
  #followTrades(state: MarketState, trade: Trade): boolean {
    const { repair, teller } = this.#world
    const { connection, receivedAt } = this.moment
    const track = this.coverage.track('trades', trade.symbol)
    repair.saw(state, track, trade, receivedAt)
    const hole = holeBefore(track, trade.tradeId)
    if (hole !== undefined) {
      const reason = `trade ${hole.nextId} does not follow ${hole.lastId}`
      state.statsOf('trades').error()
      state.tradeGaps += 1
      const rowAt = this.coverage.gap(track, hole.lastId, hole.nextId, reason, receivedAt)
      teller.publish({ type: 'gap', ...teller.base(state, trade.timestamp), channel: 'trades', ...hole, reason })
      repair.hole(state, hole.lastId, hole.nextId, rowAt)
    }
    this.coverage.heard(track, connection, receivedAt)
    return hole !== undefined
  }
}
