import type { Timer } from '../clock.js'
import type { Control, Endpoints, Exchange, Subscription } from '../exchanges/contract.js'
import type { Instrument } from '../market/instrument.js'
import type { BackoffSettings } from './backoff.js'
import type { Recorder } from './black-box.js'
import { BookCare, type BookSource } from './book-care.js'
import type { Connection, ConnectionEvents } from './connection.js'
import { Connections } from './connections.js'
import { Histogram } from './histogram.js'
import { encodeKnown, type KnownFact } from './journal/known.js'
import { encodeRest, type RecordKind } from './journal/record.js'
import { encodeSubscription } from './journal/subscription.js'
import type { MarketState } from './market-state.js'
import { Pipeline } from './pipeline.js'
import { HELD, type PipelineHost, STOPPED } from './pipeline-host.js'
import { topicsBySocket } from './placement.js'
import { Polls } from './polls.js'
import { type QueuedAttempt, RequestQueue } from './request-queue.js'
import { FeedRequests } from './requests.js'
import type { RestOutcome } from './rest-records.js'
import { SilenceCare, type TopicSource } from './silence-care.js'
import { repairRequest } from './trade-repair.js'
import type { FeedWorld } from './world.js'

export interface ExchangeFeedSettings {
  readonly endpoints: Endpoints
  readonly backoff: BackoffSettings
  readonly journal?: Recorder
  /** ms between polls of a channel, instead of the exchange's own default. */
  readonly pollEveryMs?: number
  /** Connections for each topic: with two, one of them can fail and nothing is missing. */
  readonly redundancy?: number
}

/** Where the feed of an exchange puts what it has. */
interface FeedHost extends Omit<PipelineHost, 'cure' | 'control'> {
  advance(nowMs: number): void
  know?(fact: KnownFact): void
}

const WATCH_MS = 1_000
/** Number of a connection. */
const NEVER_TRIED = 1

/** One exchange, live: its connections, its requests and its pipeline. Every record goes to the journal first. */
export class ExchangeFeed {
  readonly exchange: Exchange
  readonly pipeline: Pipeline
  /** Topics that the exchange refused, with its words. */
  readonly refused = new Map<string, string>()
  /** Received → processed by everyone who looks at the books, µs. */
  readonly processing = new Histogram()
  readonly #world: FeedWorld
  readonly #settings: ExchangeFeedSettings
  readonly #host: Pick<FeedHost, 'publish' | 'advance' | 'know'>
  readonly #connections: Connections
  readonly #subscriptions = new Map<string, Subscription>()
  /** Topic of each wanted book by symbol. */
  readonly #bookTopics = new Map<string, string>()
  readonly #requests: FeedRequests
  readonly #snapshots: RequestQueue
  readonly #repairs: RequestQueue
  readonly #care: BookCare
  readonly #polls: Polls
  readonly #silence: SilenceCare
  readonly #watching: Timer
  #isStopped = false

  constructor(exchange: Exchange, world: FeedWorld, settings: ExchangeFeedSettings, host: FeedHost) {
    this.exchange = exchange
    this.#world = world
    this.#settings = settings
    this.#host = host
    this.pipeline = new Pipeline(exchange, {
      ...host,
      cure: (state, attempt) => this.#cure(state, attempt),
      repair: (symbol) => this.#repairs.request(symbol),
      control: (connection, control) => this.#control(connection, control),
    })
    this.#requests = new FeedRequests(exchange, world, settings.endpoints.rest, (url, status, body) =>
      this.#feed(url, status, body),
    )
    this.#snapshots = new RequestQueue(world.clock, world.random, (symbol) => this.#snapshot(symbol))
    this.#repairs = new RequestQueue(world.clock, world.random, (symbol) => this.#repairTrades(symbol))
    this.#care = new BookCare(exchange.book, world.clock, this.#snapshots)
    this.#polls = new Polls(exchange, world.clock, settings.pollEveryMs, (request) => void this.#requests.attempt(request, 1))
    this.#silence = new SilenceCare(this.exchange, this.pipeline.coverage, {
      subscriptions: () => this.#subscriptions.values(),
      sources: (topic) => this.#topicSources(topic),
      tell: (subscription, connection, detail) => this.#tellSilence(subscription, connection, detail),
    })
    const { endpoints, backoff, redundancy = 1 } = settings
    const connectionSettings = { sockets: endpoints.sockets, backoff, copies: redundancy }
    this.#connections = new Connections(exchange, world, connectionSettings, this.#events(), {
      pipeline: this.pipeline,
      subscriptions: () => this.#subscriptions.values(),
    })
    this.#watching = world.clock.every(WATCH_MS, () => this.#watch())
    this.#record(0, 'open', 'start')
  }

  get connections(): readonly Connection[] {
    return this.#connections.all
  }

  get subscriptions(): Iterable<Subscription> {
    return this.#subscriptions.values()
  }

  /** Reads the list of instruments. Throws `ApiError` when the exchange cannot be asked or answers with something else. */
  async loadInstruments(): Promise<ReadonlyMap<string, Instrument>> {
    await this.#requests.loadInstruments()
    return this.pipeline.instruments
  }

  /** Adds subscriptions while running; those that run already are left alone. */
  add(subscriptions: readonly Subscription[]): void {
    const fresh = subscriptions.filter((each) => !this.#subscriptions.has(keyOf(each)))
    for (const each of fresh) {
      this.#subscriptions.set(keyOf(each), each)
      if (each.channel === 'book') this.#wantBook(each)
    }
    this.#connections.subscribe(topicsBySocket(this.exchange, subscriptions))
    for (const each of fresh) this.#noteSubscription(each)
    this.#polls.follow(this.#subscriptions.values())
  }

  /** Ends subscriptions; a topic that another one needs goes on. */
  remove(subscriptions: readonly Subscription[]): void {
    for (const each of subscriptions) this.#subscriptions.delete(keyOf(each))
    const needed = topicsBySocket(this.exchange, this.#subscriptions.values())
    for (const connection of this.#connections.all) {
      const keep = new Set(needed.get(connection.socketClass))
      connection.unsubscribe([...connection.topics].filter((topic) => !keep.has(topic)))
    }
    for (const each of subscriptions) {
      if (each.channel === 'book') this.#unwantBook(each.symbol)
      this.#noteEnd(each)
    }
    this.#polls.follow(this.#subscriptions.values())
  }

  /** What is wanted cannot be had: told as if a connection had been refused, so that it is known what was not seen. */
  miss(subscriptions: readonly Subscription[], reason: string): void {
    for (const { channel, symbol } of subscriptions) {
      const stamp = this.#record(0, 'open', encodeSubscription({ channel, symbol, connection: NEVER_TRIED }))
      this.pipeline.subscribed(stamp, channel, symbol, NEVER_TRIED)
    }
    this.#events().closed(NEVER_TRIED, this.#world.clock.stamp(), reason)
  }

  /** What the run goes by beside the feed, so that a replay goes by the same. */
  know(fact: KnownFact): void {
    this.#record(0, 'open', encodeKnown(fact))
    this.#host.know?.(fact)
  }

  stop(): void {
    this.#noteStop()
    this.#watching.cancel()
    this.#polls.stop()
    this.#snapshots.stop()
    this.#repairs.stop()
    this.#connections.stop()
    this.pipeline.coverage.close(this.#world.clock.now())
    this.#isStopped = true
  }

  /**
   * Everything that moves the pipeline goes through here: into the journal, and past the samplers, which take what was due
   * before it. A replay takes the same samples at the same records.
   */
  #record(connection: number, kind: RecordKind, payload: string | Buffer, stamp = this.#world.clock.stamp()): number {
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload
    this.#settings.journal?.append(this.exchange.id, connection, stamp, kind, bytes)
    this.#host.advance(Math.floor(stamp / 1000))
    return stamp
  }

  // ---- Connections ------------------------------------------------------------------------------------------------------

  #events(): ConnectionEvents {
    const closed = (connection: number, stamp: number, detail: string) => {
      this.#record(connection, 'close', detail, stamp)
      this.pipeline.closed(connection, stamp, detail)
    }
    return {
      connecting: (connection, url) => this.#tellConnecting(url, connection),
      // A record like that of an end: nothing comes until it may begin, and a replay has to know.
      held: (connection, why) => closed(connection, this.#world.clock.stamp(), `${HELD}${why}`),
      opened: (connection, stamp, url) => {
        this.#record(connection, 'open', url, stamp)
        this.pipeline.opened(connection, stamp, url)
        this.#noteTakeover(connection)
      },
      frame: (connection, stamp, frame) => {
        const start = this.#world.clock.nanos()
        this.#record(connection, 'ws', frame, stamp)
        const isData = this.pipeline.frame(connection, stamp, frame)
        this.processing.record((this.#world.clock.nanos() - start) / 1000)
        return isData
      },
      sent: (connection, stamp, text) => this.#record(connection, 'sent', text, stamp),
      closed,
      refused: (_connection, topic, message) => this.refused.set(topic, message),
    }
  }

  #control(number: number, control: Control): void {
    this.#connections.all.find((each) => each.number === number)?.control(control)
  }

  // ---- Requests ---------------------------------------------------------------------------------------------------------

  #feed(url: string, status: number, body: string): RestOutcome {
    if (this.#isStopped) return {}
    const stamp = this.#record(0, 'rest', encodeRest(url, status, body))
    return this.pipeline.rest(stamp, url, status, body)
  }

  async #snapshot(symbol: string): Promise<QueuedAttempt> {
    // While nothing comes there is nothing to join it to: the next connection asks anew.
    if (this.#source(symbol)?.askedAt === undefined) return { isNeeded: false }
    const request = this.exchange.rest.orderBook.request({ symbol, depth: this.exchange.book.snapshotDepth })
    // A snapshot that comes after the end of its subscription would make a book readable that nothing feeds.
    const { retryAfterMs } = await this.#requests.attempt(request, 0, () => this.#bookTopics.has(symbol))
    const state = this.pipeline.find(symbol)
    return { isNeeded: state?.sync.needsSnapshot === true && this.#source(symbol) !== undefined, retryAfterMs }
  }

  /** Asks for missing trades, after books and lists: they can wait. */
  async #repairTrades(symbol: string): Promise<QueuedAttempt> {
    const state = this.pipeline.state(symbol)
    const wanted = repairRequest(this.exchange, state)
    if (wanted === undefined) return { isNeeded: false }
    const { isAnswered, retryAfterMs } = await this.#requests.attempt(wanted.request, 2)
    const left = repairRequest(this.exchange, state)
    // What went well goes on at once; a refusal waits.
    return { isNeeded: left !== undefined, retryAfterMs: isAnswered && left?.key !== wanted.key ? 0 : retryAfterMs }
  }

  // ---- Books ------------------------------------------------------------------------------------------------------------

  #cure(state: MarketState, attempt: number): void {
    const { symbol } = state.instrument
    const source = this.#source(symbol)
    if (source !== undefined) this.#care.cure(symbol, source, attempt)
  }

  #watch(): void {
    const now = this.#world.clock.now()
    this.#host.advance(now)
    this.pipeline.coverage.advance(now)
    this.#silence.watch(now)
    this.#connections.watch(now)
    for (const symbol of this.#bookTopics.keys()) {
      const source = this.#source(symbol)
      if (source !== undefined) this.#care.watch(this.pipeline.state(symbol).sync, source)
    }
  }

  /** Where a wanted book comes from; `undefined`: nobody wants it. */
  #source(symbol: string): BookSource | undefined {
    const topic = this.#bookTopics.get(symbol)
    if (topic === undefined) return undefined
    const carriers = this.#connections.of(topic)
    const [connection] = carriers
    return {
      askedAt: carriers.map((each) => each.askedAt(topic)).find((at) => at !== undefined),
      resubscribe: () => connection?.resubscribe(topic),
      reconnect: () => connection?.restart(),
    }
  }

  /** What is asked for, and of whom, is a record: the silence of a channel can only be told of one that was asked for. */
  #noteSubscription(subscription: Subscription): void {
    const carriers = this.#carriersOf(subscription)
    for (const { number } of carriers) this.#noteCarrier(subscription, number)
    if (carriers.length === 0) this.#noteCarrier(subscription, -1)
  }

  #noteCarrier({ channel, symbol }: Subscription, connection: number): void {
    const stamp = this.#record(0, 'open', encodeSubscription({ channel, symbol, connection }))
    this.pipeline.subscribed(stamp, channel, symbol, connection)
  }

  /** A connection that takes over from another carries what was subscribed to before it. */
  #noteTakeover(number: number): void {
    for (const subscription of this.#subscriptions.values()) {
      const isKnown = this.pipeline.coverage.isCarrier(subscription.channel, subscription.symbol, number)
      if (!isKnown && this.#carriersOf(subscription).some((each) => each.number === number)) this.#noteCarrier(subscription, number)
    }
  }

  #carriersOf(subscription: Subscription): readonly Connection[] {
    const topic = this.exchange.stream.topics(subscription)[0]?.name
    return topic === undefined ? [] : this.#connections.of(topic)
  }

  /** Comes before the connections end: after them no book can be read, and their last samples would be lost. */
  #noteStop(): void {
    if (this.#isStopped) return
    this.pipeline.stopping(this.#record(0, 'close', STOPPED))
  }

  #noteEnd({ channel, symbol }: Subscription): void {
    const stamp = this.#record(0, 'close', encodeSubscription({ channel, symbol, connection: -1 }))
    this.pipeline.unsubscribed(stamp, symbol, channel)
  }

  #wantBook(subscription: Subscription): void {
    // What is left of an earlier subscription does not go on where it ended.
    this.#forgetBook(subscription.symbol)
    const topic = this.exchange.stream.topics(subscription)[0]
    if (topic !== undefined) this.#bookTopics.set(subscription.symbol, topic.name)
  }

  #unwantBook(symbol: string): void {
    this.#bookTopics.delete(symbol)
    this.#forgetBook(symbol)
  }

  #forgetBook(symbol: string): void {
    this.pipeline.unsubscribed(this.#record(0, 'close', symbol), symbol)
  }

  /** Where a topic comes from: not from a connection that is down, which has a cure of its own. */
  #topicSources(topic: string): TopicSource[] {
    return this.#connections.of(topic).flatMap((connection) => {
      const { number } = connection
      const openedAt = this.#connections.openedAt(connection)
      if (openedAt === undefined) return []
      const resubscribe = (isNeeded: () => boolean) => connection.resubscribe(topic, isNeeded)
      return [{ number, openedAt, resubscribe, reconnect: () => connection.restart() }]
    })
  }

  #tellSilence({ channel, symbol }: Subscription, connection: number, detail: string): void {
    const { pair } = this.pipeline.state(symbol).instrument
    const base = { exchange: this.exchange.id, symbol, pair, timestamp: null, receivedAt: this.#world.clock.now() }
    this.#host.publish({ type: 'status', ...base, status: 'silent', channel, connection, detail })
  }

  #tellConnecting(detail: string, connection: number): void {
    const receivedAt = this.#world.clock.now()
    const base = { exchange: this.exchange.id, symbol: '', pair: '', timestamp: null, receivedAt }
    this.#host.publish({ type: 'status', ...base, status: 'connecting', channel: '', connection, detail })
  }
}

function keyOf({ channel, symbol, option }: Subscription): string {
  return `${channel} ${symbol} ${option ?? ''}`
}
