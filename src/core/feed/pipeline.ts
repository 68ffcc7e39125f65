import type { Decoder, Exchange } from '../exchanges/contract.js'
import type { Channel } from '../market/event.js'
import type { Instrument } from '../market/instrument.js'
import { Books } from './books.js'
import { CarrierMerge } from './carrier-merge.js'
import { ClockOffset } from './clock-offset.js'
import { Coverage } from './coverage.js'
import { Drift } from './drift.js'
import { Intake } from './intake.js'
import type { MarketState } from './market-state.js'
import { MarketStates } from './market-states.js'
import { HELD, type PipelineHost, REPLACED, STOPPED } from './pipeline-host.js'
import { RecordMoment, RecordTeller } from './record-teller.js'
import { type RestOutcome, readRest } from './rest-records.js'
import type { MergeCounts } from './sequence-merge.js'
import { TradeRepair } from './trade-repair.js'

/**
 * Records in, states and events out: the one path of live data and of replays. It has no clock, no socket and no timer; all
 * it knows of time are the receive stamps of its records.
 */
export class Pipeline {
  readonly exchange: Exchange
  readonly offset = new ClockOffset()
  readonly drift = new Drift()
  readonly coverage: Coverage
  /** What came by more than one connection. */
  readonly merged: MergeCounts = { repeated: 0, filled: 0 }
  frames = 0
  readonly #host: PipelineHost
  readonly #decode: Decoder
  readonly #moment = new RecordMoment()
  readonly #states: MarketStates
  readonly #teller: RecordTeller
  readonly #books: Books
  readonly #repair: TradeRepair
  readonly #intake: Intake
  /** Only while a topic has more than one connection. */
  #merging: CarrierMerge | undefined

  constructor(exchange: Exchange, host: PipelineHost) {
    const moment = this.#moment
    const coverage = new Coverage(exchange, (span) => host.cover(span))
    const states = new MarketStates(exchange, host.limits, () => this.#books)
    const teller = new RecordTeller(exchange.id, moment, states, (event) => host.publish(event))
    this.exchange = exchange
    this.coverage = coverage
    this.#host = host
    this.#decode = exchange.stream.decoder()
    this.#states = states
    this.#teller = teller
    this.#books = new Books({ host, moment, teller, states, coverage, merging: () => this.#merging })
    this.#repair = new TradeRepair(exchange, coverage, {
      ask: (symbol) => host.repair?.(symbol),
      tell: (symbol, status, detail) => teller.status(symbol, status, detail, 'trades'),
      publish: (state, trade, quality) => this.#intake.publishTrade(state, trade, quality),
    })
    const { offset, drift } = this
    const [books, repair] = [this.#books, this.#repair]
    this.#intake = new Intake({ exchange, host, moment, teller, states, coverage, books, repair, offset, drift })
  }

  get states(): Iterable<MarketState> {
    return this.#states.values()
  }

  get instruments(): ReadonlyMap<string, Instrument> {
    return this.#states.instruments
  }

  state(symbol: string): MarketState {
    return this.#states.of(symbol)
  }

  find(symbol: string): MarketState | undefined {
    return this.#states.find(symbol)
  }

  // ---- Records ----------------------------------------------------------------------------------------------------------

  /** True when the frame told something of the market. */
  frame(connection: number, stamp: number, frame: Buffer): boolean {
    this.at(connection, stamp)
    const intake = this.#intake
    const merging = this.#merging
    intake.frame = frame
    intake.isData = false
    this.frames += 1
    this.coverage.alive(connection, this.#moment.receivedAt)
    merging?.begin(connection, stamp)
    this.#decode(frame, merging ?? intake)
    return intake.isData || merging?.isData === true
  }

  rest(stamp: number, url: string, status: number, body: string): RestOutcome {
    this.at(-1, stamp)
    const states = this.#states
    const intake = this.#intake
    return readRest(this.exchange, url, status, body, {
      instruments: (instruments) => states.learn(instruments),
      snapshot: (symbol, update) => this.#books.snapshot(symbol, update),
      snapshotFailed: (symbol, reason) => states.of(symbol).sync.cureFailed(reason),
      openInterest: (row) => intake.openInterest(row.symbol, row.timestamp, row, false),
      intervals: (rows) => {
        for (const row of rows) states.fundingHours.set(row.symbol, row.intervalHours)
      },
      funding: (rows) => {
        for (const row of rows) if (states.find(row.symbol) !== undefined) intake.funding(row.symbol, row.timestamp, row, false)
      },
      trades: (symbol, rows, isById) => this.#repair.answer(states.of(symbol), rows, isById),
      tradesFailed: (symbol, reason, isById) => this.#repair.failed(states.of(symbol), reason, isById),
      failed: (what, reason) => this.#teller.status('', 'error', `${what}: ${reason}`, ''),
      strange: (reason, sample) => {
        if (this.drift.strange(reason)) this.#host.strange?.(this.exchange.id, reason, sample)
      },
    })
  }

  opened(connection: number, stamp: number, url: string): void {
    this.at(connection, stamp)
    this.coverage.opened(connection, this.#moment.receivedAt)
    this.#books.opened(connection)
    this.#teller.status('', 'connected', url, '', connection)
  }

  /** Nothing of what came over the connection holds any longer. `STOPPED` as detail: we wanted it so. */
  closed(connection: number, stamp: number, detail: string): void {
    this.at(connection, stamp)
    const isLoss = detail !== STOPPED
    this.coverage.down(connection, detail.startsWith(REPLACED))
    this.#merging?.merges.down(connection, stamp)
    this.#books.closed(connection, detail, isLoss)
    this.coverage.closed(connection, detail, isLoss, this.#moment.receivedAt)
    this.#teller.status('', detail.startsWith(HELD) ? 'error' : 'disconnected', detail, '', connection)
  }

  /** From now on this is asked for; −1 as connection: polled. */
  subscribed(stamp: number, channel: Channel, symbol: string, connection: number): void {
    this.at(-1, stamp)
    this.coverage.subscribed(channel, symbol, connection, this.#moment.receivedAt)
    if (this.coverage.isShared(symbol)) this.#share(symbol)
  }

  /** True while messages of a carrier are held back, because another one may still bring those before them. */
  isWaiting(channel: Channel, symbol: string): boolean {
    return this.#merging?.merges.isWaiting(channel, symbol) === true
  }

  /** ms by which one of several connections brings later what another one brought. */
  behindMs(connection: number, other: number): number {
    return this.#merging?.merges.behindMs(connection, other) ?? 0
  }

  /** Nobody wants this channel any more; without a channel, the book begins anew: no loss. */
  unsubscribed(stamp: number, symbol: string, channel?: Channel): void {
    this.at(-1, stamp)
    const state = this.#states.find(symbol)
    if (channel === undefined) {
      if (state !== undefined) this.#books.reset(state, 'unsubscribed', false)
      return
    }
    if (channel === 'trades' && state !== undefined) this.#repair.abandon(state, 'unsubscribed')
    this.coverage.unsubscribed(channel, symbol, this.#moment.receivedAt)
    this.#merging?.merges.unshare(symbol, stamp)
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
    this.#merging = undefined
    this.#books.started()
    for (const state of this.#states.values()) {
      this.#repair.abandon(state, 'the program ended')
      state.forget()
    }
  }

  // ---- Inside -----------------------------------------------------------------------------------------------------------

  // Hot: a `#` method would check at each call whose object it is.
  private at(connection: number, stamp: number): void {
    const moment = this.#moment
    moment.connection = connection
    moment.stamp = stamp
    moment.receivedAt = Math.floor(stamp / 1000)
    this.coverage.advance(moment.receivedAt)
    const merges = this.#merging?.merges
    if (merges === undefined || stamp < merges.due) return
    merges.expire(stamp)
    if (merges.isOver) this.#merging = undefined
  }

  #share(symbol: string): void {
    this.#merging ??= new CarrierMerge(this.exchange, {
      sink: this.#intake,
      coverage: this.coverage,
      state: (name) => this.#states.of(name),
      counts: this.merged,
    })
    this.#merging.merges.share(symbol)
  }
}
