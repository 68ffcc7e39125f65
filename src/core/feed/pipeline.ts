import type { Control, Decoder, Exchange, FrameSink } from '../exchanges/contract.js'
import type { BookUpdate } from '../market/book-update.js'
import type {
  Candle,
  Channel,
  EventBase,
  FundingFields,
  Liquidation,
  MarketEvent,
  OpenInterestFields,
  Quality,
  StatusName,
  TickerFields,
  Trade,
} from '../market/event.js'
import type { Instrument } from '../market/instrument.js'
import { CarrierMerge } from './carrier-merge.js'
import { ClockOffset } from './clock-offset.js'
import { Coverage, type CoverageSpan } from './coverage.js'
import { Drift } from './drift.js'
import { liquidationIds } from './liquidation-ids.js'
import { MarketState, type Merged, merge } from './market-state.js'
import { type RestOutcome, readRest } from './rest-records.js'
import type { MergeCounts } from './sequence-merge.js'
import type { BookState, BookSynchroniser, SyncEvents } from './synchroniser.js'
import { holeBefore } from './trade-ids.js'
import { TradeRepair } from './trade-repair.js'
import { unlisted } from './unlisted.js'
import { isPlausibleTrade, isTimeSuspect, type ValidationLimits } from './validation.js'

/** What changed of an instrument, for those who look at states rather than at events. */
export type StateKind = 'book' | 'ticker' | 'funding' | 'open-interest'

/** The world as one exchange's pipeline sees it. Everything is called inside the record that caused it. */
export interface PipelineHost {
  publish(event: MarketEvent): void
  changed(state: MarketState, kind: StateKind): void
  /** A book needs the cure that the exchange's rule names. A replay does nothing: what was done is in the journal. */
  cure(state: MarketState, attempt: number): void
  control(connection: number, control: Control): void
  /** Trades are missing that can be asked for. As with `cure`, a replay does nothing. */
  repair?(symbol: string): void
  /** Samples what changed and was not sampled yet. */
  flush?(exchange: string): void
  /** What was seen of a channel; one with a start that was told before takes its place. */
  cover(span: CoverageSpan): void
  /** An answer has what its declaration does not know: kept as a sample. */
  strange?(exchange: string, reason: string, sample: string): void
  /** A frame that was not understood: kept as a sample. */
  unknown(exchange: string, reason: string, frame: Buffer): void
  readonly limits: ValidationLimits
}

/** Detail of a `close` record that we wanted: no loss. */
export const STOPPED = 'stopped'
/** How the detail of a `close` record begins of a connection that a ban keeps from being opened: a loss like any other. */
export const HELD = 'held back: '
/** How the detail of a `close` record begins whose topics another connection has taken over: no loss. */
export const REPLACED = 'replaced by connection '

/**
 * Records in, states and events out: the one path of live data and of replays. It has no clock, no socket and no timer; all
 * it knows of time are the receive stamps of its records.
 */
export class Pipeline implements FrameSink, SyncEvents {
  readonly exchange: Exchange
  readonly offset = new ClockOffset()
  readonly drift = new Drift()
  readonly coverage: Coverage
  readonly #repair: TradeRepair
  readonly #host: PipelineHost
  readonly #decode: Decoder
  readonly #states = new Map<string, MarketState>()
  readonly #instruments = new Map<string, Instrument>()
  readonly #open = new Set<number>()
  readonly #intervals = new Map<string, number>()
  readonly #liquidationId = liquidationIds()
  /** What came by more than one connection. */
  readonly merged: MergeCounts = { repeated: 0, filled: 0 }
  /** Only while a topic has more than one connection. */
  #merging: CarrierMerge | undefined
  #stamp = 0
  #receivedAt = 0
  private isData = false
  #connection = -1
  #frame: Buffer = Buffer.alloc(0)
  frames = 0

  constructor(exchange: Exchange, host: PipelineHost) {
    this.exchange = exchange
    this.#host = host
    this.#decode = exchange.stream.decoder()
    this.coverage = new Coverage(exchange, (span) => host.cover(span))
    this.#repair = new TradeRepair(exchange, this.coverage, {
      ask: (symbol) => host.repair?.(symbol),
      tell: (symbol, status, detail) => this.#status(symbol, status, detail, 'trades'),
      publish: (state, trade, quality) => this.#publishTrade(state, trade, quality),
    })
  }

  // ---- Records ----------------------------------------------------------------------------------------------------------

  /** True when the frame told something of the market. */
  frame(connection: number, stamp: number, frame: Buffer): boolean {
    this.at(connection, stamp)
    this.#frame = frame
    this.coverage.alive(connection, this.#receivedAt)
    this.frames += 1
    this.isData = false
    const merging = this.#merging
    merging?.begin(connection, stamp)
    this.#decode(frame, merging ?? this)
    return this.isData || merging?.isData === true
  }

  rest(stamp: number, url: string, status: number, body: string): RestOutcome {
    this.at(-1, stamp)
    return readRest(this.exchange, url, status, body, {
      instruments: (instruments) => this.#learn(instruments),
      snapshot: (symbol, update) => this.#snapshot(symbol, update, stamp),
      snapshotFailed: (symbol, reason) => this.state(symbol).sync.cureFailed(reason),
      openInterest: (row) => this.openInterest(row.symbol, row.timestamp, row, false),
      intervals: (rows) => {
        for (const row of rows) this.#intervals.set(row.symbol, row.intervalHours)
      },
      funding: (rows) => {
        for (const row of rows) if (this.find(row.symbol) !== undefined) this.funding(row.symbol, row.timestamp, row, false)
      },
      trades: (symbol, rows, isById) => this.#repair.answer(this.state(symbol), rows, isById),
      tradesFailed: (symbol, reason, isById) => this.#repair.failed(this.state(symbol), reason, isById),
      failed: (what, reason) => this.#status('', 'error', `${what}: ${reason}`, ''),
      strange: (reason, sample) => {
        if (this.drift.strange(reason)) this.#host.strange?.(this.exchange.id, reason, sample)
      },
    })
  }

  opened(connection: number, stamp: number, url: string): void {
    this.at(connection, stamp)
    this.#open.add(connection)
    this.coverage.opened(connection, this.#receivedAt)
    for (const state of this.#states.values()) {
      // A journal that lost its tail has no record of the end.
      if (state.sync.connection === connection && !this.#handOver(state, connection))
        this.#resetBook(state, 'the connection opened anew', true)
    }
    this.#status('', 'connected', url, '', connection)
  }

  /** Nothing of what came over the connection holds any longer. `STOPPED` as detail: we wanted it so. */
  closed(connection: number, stamp: number, detail: string): void {
    this.at(connection, stamp)
    this.#open.delete(connection)
    this.coverage.down(connection, detail.startsWith(REPLACED))
    this.#merging?.down(connection, stamp)
    for (const state of this.#states.values()) {
      // A book that only a snapshot has fed so far may belong to any of them.
      if (state.sync.connection !== connection && state.sync.connection !== -1) continue
      if (this.#handOver(state, connection)) continue
      this.#resetBook(state, `connection ${connection} closed: ${detail}`, detail !== STOPPED)
      state.forget()
    }
    this.coverage.closed(connection, detail, detail !== STOPPED, this.#receivedAt)
    this.#status('', detail.startsWith(HELD) ? 'error' : 'disconnected', detail, '', connection)
  }

  /** From now on this is asked for; −1 as connection: polled. */
  subscribed(stamp: number, channel: Channel, symbol: string, connection: number): void {
    this.at(-1, stamp)
    this.coverage.subscribed(channel, symbol, connection, this.#receivedAt)
    if (this.coverage.isShared(symbol)) this.#share(symbol)
  }

  /** True while messages of a carrier are held back, because another one may still bring those before them. */
  isWaiting(channel: Channel, symbol: string): boolean {
    return this.#merging?.isWaiting(channel, symbol) === true
  }

  /** Nobody wants this channel any more; without a channel, the book begins anew: no loss. */
  unsubscribed(stamp: number, symbol: string, channel?: Channel): void {
    this.at(-1, stamp)
    if (channel === undefined) {
      const state = this.find(symbol)
      if (state !== undefined) this.#resetBook(state, 'unsubscribed', false)
    } else {
      const state = channel === 'trades' ? this.find(symbol) : undefined
      if (state !== undefined) this.#repair.abandon(state, 'unsubscribed')
      this.coverage.unsubscribed(channel, symbol, this.#receivedAt)
      this.#merging?.unshare(symbol, stamp)
    }
  }

  /** The program is about to end in order: what is known and was not told yet is told, and what stays lost is said. */
  stopping(stamp: number): void {
    this.at(-1, stamp)
    this.#host.flush?.(this.exchange.id)
    for (const state of this.#states.values()) this.#repair.abandon(state, 'mts was stopped before')
  }

  /** The program started anew: whatever connections there were are gone. */
  started(stamp: number): void {
    this.coverage.started()
    this.at(-1, stamp)
    this.#open.clear()
    this.#merging = undefined
    for (const state of this.#states.values()) {
      state.sync.reset('the program started anew', true)
      this.#repair.abandon(state, 'the program ended')
      state.bookConnection = -1
      state.forget()
    }
  }

  // ---- States -----------------------------------------------------------------------------------------------------------

  get states(): Iterable<MarketState> {
    return this.#states.values()
  }

  get instruments(): ReadonlyMap<string, Instrument> {
    return this.#instruments
  }

  state(symbol: string): MarketState {
    const known = this.#states.get(symbol)
    if (known !== undefined) return known
    const state = new MarketState(this.#instrument(symbol), this.exchange.book, this, this.#host.limits)
    const { channels } = this.exchange
    const rules = [
      [state.sync, channels.book],
      [state.ticker, channels.ticker],
      [state.funding, channels.funding],
      [state.openInterest, channels['open-interest']],
    ] as const
    for (const [each, rule] of rules) each.staleAfterMs = rule?.quietMs ?? Number.POSITIVE_INFINITY
    this.#states.set(symbol, state)
    return state
  }

  find(symbol: string): MarketState | undefined {
    return this.#states.get(symbol)
  }

  // ---- What the decoder tells ------------------------------------------------------------------------------------------

  book(update: BookUpdate): void {
    const state = this.state(update.symbol)
    this.observe(state, 'book', update.sentAt > 0 ? update.sentAt : update.timestamp)
    if (state.sync.connection === -1) {
      // A journal may begin in the middle of a connection.
      this.#open.add(this.#connection)
      state.bookConnection = this.#connection
      state.sync.connection = this.#connection
    }
    state.sync.update(update, this.#stamp)
    this.heard('book', update.symbol)
  }

  trade(trade: Trade): void {
    const state = this.state(trade.symbol)
    const isLate = this.observe(state, 'trades', trade.timestamp)
    const flags: Quality[] = isLate ? ['clock'] : []
    if (this.#followTrades(state, trade)) flags.push('gap')
    const isOdd = !isPlausibleTrade(trade.price, trade.quantity) || (!trade.isBlock && state.tradeGuard.isOutlier(trade.price))
    if (isOdd) {
      flags.push('outlier')
      state.statsOf('trades').flag()
    }
    this.#publishTrade(state, trade, flags.join(','))
  }

  ticker(symbol: string, timestamp: number | null, fields: TickerFields, isSnapshot: boolean, topOfBookId: number): void {
    const state = this.state(symbol)
    // Two connections may carry it while one takes over from the other: no older top of the book after a newer one.
    if (topOfBookId >= 0 && topOfBookId < state.top.newestId) return
    if (topOfBookId >= 0) state.top.newestId = topOfBookId
    this.note(state.ticker, state, 'ticker', timestamp)
    if (isSnapshot) state.forget()
    if (merge(state.ticker, fields, timestamp, this.#receivedAt)) this.#host.changed(state, 'ticker')
    if (topOfBookId >= 0) this.#noteTop(state, topOfBookId, fields)
  }

  funding(symbol: string, timestamp: number | null, fields: FundingFields, isSnapshot: boolean): void {
    const state = this.state(symbol)
    this.note(state.funding, state, 'funding', timestamp)
    const interval = fields.intervalHours ?? this.#intervals.get(symbol) ?? state.instrument.fundingIntervalHours
    const whole = interval === undefined || fields.intervalHours !== undefined ? fields : { ...fields, intervalHours: interval }
    if (merge(state.funding, whole, timestamp, this.#receivedAt) || isSnapshot) this.#host.changed(state, 'funding')
  }

  openInterest(symbol: string, timestamp: number | null, fields: OpenInterestFields, _isSnapshot: boolean): void {
    const state = this.state(symbol)
    this.note(state.openInterest, state, 'open-interest', timestamp)
    const { openInterest, openInterestUsd } = fields
    const values = {
      ...(openInterest === undefined ? {} : { openInterest }),
      ...(openInterestUsd === undefined ? {} : { openInterestUsd }),
    }
    if (merge(state.openInterest, values, timestamp, this.#receivedAt)) this.#host.changed(state, 'open-interest')
  }

  liquidation(liquidation: Liquidation): void {
    const state = this.state(liquidation.symbol)
    this.observe(state, 'liquidations', liquidation.timestamp)
    const { symbol: _, ...fields } = liquidation
    const tradeId = this.#liquidationId(liquidation)
    const valueUsd = liquidation.price * liquidation.quantity
    this.#host.publish({ type: 'liquidation', ...this.#base(state, liquidation.timestamp), tradeId, valueUsd, ...fields })
  }

  candle(candle: Candle, pushedAt: number): void {
    const state = this.state(candle.symbol)
    this.observe(state, 'candles', pushedAt)
    const { symbol: _, ...fields } = candle
    this.#host.publish({ type: 'candle', ...this.#base(state, candle.timestamp), ...fields })
  }

  control(control: Control): void {
    this.#host.control(this.#connection, control)
    if (control.kind === 'rejected' && !control.isDuplicate) this.#status('', 'rejected', control.message, '', this.#connection)
  }

  unknown(reason: string): void {
    if (this.drift.unknown(reason)) this.#host.unknown(this.exchange.id, reason, this.#frame)
  }

  remark(what: 'slow-path' | 'inexact-number'): void {
    this.drift.remark(what)
  }

  // ---- What the synchroniser tells -------------------------------------------------------------------------------------

  changed(sync: BookSynchroniser): void {
    const state = this.state(sync.symbol)
    if (state.top.id === sync.book?.sequence) this.checkTop(state)
    this.#host.changed(state, 'book')
  }

  cure(sync: BookSynchroniser, attempt: number): void {
    this.#host.cure(this.state(sync.symbol), attempt)
  }

  gap(sync: BookSynchroniser, lastId: number | null, nextId: number | null, reason: string): void {
    const state = this.state(sync.symbol)
    state.statsOf('book').error()
    // What took the book's frames may have taken those of trades too.
    state.tradeOverlap.doubt(Math.floor(sync.stamp / 1000))
    this.coverage.gap(this.coverage.track('book', sync.symbol), lastId, nextId, reason, this.#receivedAt)
    this.#host.publish({ type: 'gap', ...this.#base(state, sync.timestamp || null), channel: 'book', lastId, nextId, reason })
  }

  entered(sync: BookSynchroniser, bookState: BookState, detail: string): void {
    if (bookState === 'empty' || bookState === 'buffering') return
    this.coverage.book(sync.symbol, bookState === 'synced', detail, this.#receivedAt)
    this.#status(sync.symbol, bookState, detail, 'book', sync.connection)
  }

  // ---- Inside -----------------------------------------------------------------------------------------------------------

  // Hot methods are `private`, not `#`: those check at each call whose object it is.

  private at(connection: number, stamp: number): void {
    this.#connection = connection
    this.#stamp = stamp
    this.#receivedAt = Math.floor(stamp / 1000)
    this.coverage.advance(this.#receivedAt)
    if (this.#merging === undefined || stamp < this.#merging.due) return
    this.#merging.expire(stamp)
    if (this.#merging.isOver) this.#merging = undefined
  }

  #share(symbol: string): void {
    this.#merging ??= new CarrierMerge(this.exchange, {
      sink: this,
      coverage: this.coverage,
      sync: (name) => this.state(name).sync,
      counts: this.merged,
    })
    this.#merging.share(symbol)
  }

  /** Another connection carries the book as well: its ids will tell whether anything is missing. False: none does. */
  #handOver(state: MarketState, connection: number): boolean {
    const other = this.coverage.openCarrier('book', state.instrument.symbol, connection)
    if (other === undefined) return false
    if (state.sync.connection === connection) state.sync.connection = other
    if (state.bookConnection === connection) state.bookConnection = other
    return true
  }

  #resetBook({ sync }: MarketState, reason: string, isLoss: boolean): void {
    this.#merging?.resetBook(sync.symbol)
    sync.reset(reason, isLoss)
  }

  private heard(channel: Channel, symbol: string): void {
    this.coverage.heard(this.coverage.track(channel, symbol), this.#connection, this.#receivedAt)
  }

  /** Tells a hole in the ids of trades, where they count one by one; true when there was one. */
  #followTrades(state: MarketState, trade: Trade): boolean {
    const { symbol, tradeId, timestamp } = trade
    const track = this.coverage.track('trades', symbol)
    this.#repair.saw(state, track, trade, this.#receivedAt)
    const hole = holeBefore(track, tradeId)
    if (hole !== undefined) {
      const reason = `trade ${hole.nextId} does not follow ${hole.lastId}`
      state.statsOf('trades').error()
      const rowAt = this.coverage.gap(track, hole.lastId, hole.nextId, reason, this.#receivedAt)
      this.#host.publish({ type: 'gap', ...this.#base(state, timestamp), channel: 'trades', ...hole, reason })
      this.#repair.hole(state, hole.lastId, hole.nextId, rowAt)
    }
    this.coverage.heard(track, this.#connection, this.#receivedAt)
    return hole !== undefined
  }

  #publishTrade(state: MarketState, { symbol: _, ...fields }: Trade, quality: string): void {
    this.#host.publish({ type: 'trade', ...this.#base(state, fields.timestamp), ...fields, quality })
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
    const latency = timestamp === null || timestamp <= 0 ? undefined : this.offset.observe(timestamp, this.#stamp / 1000)
    const isSuspect = latency !== undefined && isTimeSuspect(latency, this.#host.limits)
    stats.message(isSuspect ? undefined : latency)
    if (isSuspect) stats.flag()
    return isSuspect
  }

  #noteTop(state: MarketState, id: number, fields: TickerFields): void {
    const { bidPrice, bidQuantity, askPrice, askQuantity } = fields
    if (bidPrice == null || bidQuantity == null || askPrice == null || askQuantity == null) return
    const { top } = state
    top.id = id
    top.bidPrice = bidPrice
    top.bidQuantity = bidQuantity
    top.askPrice = askPrice
    top.askQuantity = askQuantity
    if (state.sync.book?.sequence === id) this.checkTop(state)
  }

  /** The exchange's own best prices at the very id of our book: they must be ours. */
  private checkTop(state: MarketState): void {
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

  /** A snapshot that comes after its connection has gone would make a book readable that nothing feeds. */
  #snapshot(symbol: string, update: BookUpdate, stamp: number): void {
    const { bookConnection, sync } = this.state(symbol)
    if (bookConnection === -1 ? this.#open.size > 0 : this.#open.has(bookConnection)) sync.snapshot(update, stamp)
    else sync.cureFailed('the snapshot came after the end of its connection')
  }

  #learn(instruments: readonly Instrument[]): void {
    for (const instrument of instruments) {
      this.#instruments.set(instrument.symbol, instrument)
      const state = this.#states.get(instrument.symbol)
      if (state !== undefined) state.instrument = instrument
    }
  }

  #instrument(symbol: string): Instrument {
    return this.#instruments.get(symbol) ?? this.exchange.symbols.parse(symbol) ?? unlisted(this.exchange, symbol)
  }

  #base(state: MarketState, timestamp: number | null): EventBase {
    const { symbol, pair } = state.instrument
    return { exchange: this.exchange.id, symbol, pair, timestamp, receivedAt: this.#receivedAt }
  }

  #status(symbol: string, status: StatusName, detail: string, channel: Channel | '', connection: number | null = null): void {
    const pair = symbol === '' ? '' : this.state(symbol).instrument.pair
    const base = { exchange: this.exchange.id, symbol, pair, timestamp: null, receivedAt: this.#receivedAt }
    this.#host.publish({ type: 'status', ...base, status, channel, connection: connection === -1 ? null : connection, detail })
  }
}
