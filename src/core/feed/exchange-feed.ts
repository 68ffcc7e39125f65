import type { Timer } from '../clock.js'
import { MtsError, RateLimitError } from '../errors.js'
import type { Control, Endpoints, Exchange, HttpRequest, PageToken, Subscription } from '../exchanges/contract.js'
import type { Instrument } from '../market/instrument.js'
import { requestUrl } from '../net/request-url.js'
import type { BackoffSettings } from './backoff.js'
import { Connection, type ConnectionEvents } from './connection.js'
import { Histogram } from './histogram.js'
import { encodeRest } from './journal/record.js'
import type { JournalWriter } from './journal/writer.js'
import type { MarketState } from './market-state.js'
import { Pipeline, type PipelineHost } from './pipeline.js'
import { topicsBySocket } from './plan.js'
import { SnapshotQueue } from './snapshots.js'
import type { FeedWorld } from './world.js'

export interface ExchangeFeedSettings {
  readonly endpoints: Endpoints
  readonly backoff: BackoffSettings
  readonly journal?: JournalWriter
  /** ms between polls of a channel, instead of the exchange's own default. */
  readonly pollEveryMs?: number
}

const WATCH_MS = 1_000
/** A book without any update for so long after its connection opened is seeded all the same: the instrument may be quiet. */
const QUIET_MS = 2_000
/** A topic that was asked for has to bring its snapshot within this time. */
const SNAPSHOT_IN_STREAM_MS = 5_000
const INTERVALS_EVERY_MS = 300_000

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
  readonly #host: Pick<PipelineHost, 'publish'> & { advance(nowMs: number): void }
  readonly #connections: Connection[] = []
  readonly #subscriptions = new Map<string, Subscription>()
  readonly #snapshots: SnapshotQueue
  readonly #waitingSince = new Map<string, number>()
  readonly #openedAt = new Map<number, number>()
  #timers: Timer[] = []
  #isStopped = false

  constructor(
    exchange: Exchange,
    world: FeedWorld,
    settings: ExchangeFeedSettings,
    host: Omit<PipelineHost, 'cure' | 'control'> & { advance(nowMs: number): void },
  ) {
    this.exchange = exchange
    this.#world = world
    this.#settings = settings
    this.#host = host
    this.pipeline = new Pipeline(exchange, {
      ...host,
      cure: (state, attempt) => this.#cure(state, attempt),
      control: (connection, control) => this.#control(connection, control),
    })
    this.#snapshots = new SnapshotQueue(world.clock, world.random, { run: (symbol) => this.#snapshot(symbol) })
    const stamp = world.clock.stamp()
    settings.journal?.append(exchange.id, 0, stamp, 'open', Buffer.from('start'))
    this.#timers.push(world.clock.every(WATCH_MS, () => this.#watch()))
  }

  get connections(): readonly Connection[] {
    return this.#connections
  }

  get subscriptions(): Iterable<Subscription> {
    return this.#subscriptions.values()
  }

  /** Reads the list of instruments. Throws `ApiError` when the exchange cannot be asked. */
  async loadInstruments(): Promise<ReadonlyMap<string, Instrument>> {
    const source = this.exchange.rest.instruments
    let page: PageToken | undefined
    do {
      page = await this.#request(source.request({}, page), 1)
    } while (page !== undefined)
    return this.pipeline.instruments
  }

  /** Adds subscriptions while running; those that run already are left alone. */
  add(subscriptions: readonly Subscription[]): void {
    const fresh = subscriptions.filter((each) => !this.#subscriptions.has(keyOf(each)))
    for (const each of fresh) this.#subscriptions.set(keyOf(each), each)
    for (const [socket, topics] of topicsBySocket(this.exchange, fresh)) this.#place(socket, topics)
    this.#startPolls()
  }

  /** Ends subscriptions; a topic that another one needs goes on. */
  remove(subscriptions: readonly Subscription[]): void {
    for (const each of subscriptions) this.#subscriptions.delete(keyOf(each))
    const needed = topicsBySocket(this.exchange, [...this.#subscriptions.values()])
    for (const connection of this.#connections) {
      const keep = new Set(needed.get(connection.socketClass))
      connection.unsubscribe([...connection.topics].filter((topic) => !keep.has(topic)))
    }
    for (const { channel, symbol } of subscriptions)
      if (channel === 'book') this.pipeline.find(symbol)?.sync.reset('unsubscribed', false)
  }

  stop(): void {
    for (const timer of this.#timers) timer.cancel()
    this.#timers = []
    this.#snapshots.stop()
    for (const connection of this.#connections) connection.stop()
    this.#isStopped = true
  }

  // ---- Connections ------------------------------------------------------------------------------------------------------

  #place(socketClass: string, topics: readonly string[]): void {
    const { topicsPerConnection, charactersPerConnection = Number.POSITIVE_INFINITY } = this.exchange.sockets
    let connection: Connection | undefined
    let batch: string[] = []
    const flush = () => {
      if (batch.length > 0) connection?.subscribe(batch)
      batch = []
    }
    for (const topic of topics) {
      if (this.#connections.some((each) => each.topics.has(topic))) continue
      const fits = (each: Connection) =>
        each.topics.size + batch.length < topicsPerConnection &&
        [...each.topics, ...batch].reduce((sum, name) => sum + name.length, topic.length) <= charactersPerConnection
      if (connection === undefined || !fits(connection)) {
        flush()
        connection = this.#connections.find((each) => each.socketClass === socketClass && fits(each)) ?? this.#open(socketClass)
      }
      batch.push(topic)
    }
    flush()
  }

  #open(socketClass: string): Connection {
    const url = this.#settings.endpoints.sockets[socketClass] ?? ''
    const place = { number: this.#connections.length + 1, exchange: this.exchange, socketClass, url }
    const connection = new Connection(place, this.#world, this.#events(), this.#settings.backoff)
    this.#connections.push(connection)
    // Started once its first topics are there, so that they go out in as few messages as possible.
    this.#world.clock.after(0, () => {
      if (!this.#isStopped) connection.start()
    })
    return connection
  }

  #events(): ConnectionEvents {
    const { journal } = this.#settings
    const { id } = this.exchange
    return {
      connecting: (connection, url) => this.#status('connecting', url, connection),
      opened: (connection, stamp, url) => {
        this.#openedAt.set(connection, this.#world.clock.now())
        journal?.append(id, connection, stamp, 'open', Buffer.from(url))
        this.#host.advance(Math.floor(stamp / 1000))
        this.pipeline.opened(connection, stamp, url)
      },
      frame: (connection, stamp, frame) => {
        journal?.append(id, connection, stamp, 'ws', frame)
        const start = this.#world.clock.nanos()
        this.#host.advance(Math.floor(stamp / 1000))
        this.pipeline.frame(connection, stamp, frame)
        this.processing.record((this.#world.clock.nanos() - start) / 1000)
      },
      sent: (connection, stamp, text) => journal?.append(id, connection, stamp, 'sent', Buffer.from(text)),
      closed: (connection, stamp, detail) => {
        this.#openedAt.delete(connection)
        journal?.append(id, connection, stamp, 'close', Buffer.from(detail))
        this.#host.advance(Math.floor(stamp / 1000))
        this.pipeline.closed(connection, stamp, detail)
      },
      refused: (_connection, topic, message) => this.refused.set(topic, message),
    }
  }

  #control(number: number, control: Control): void {
    this.#connections.find((each) => each.number === number)?.control(control)
  }

  // ---- Requests ---------------------------------------------------------------------------------------------------------

  /** Sends a request and feeds the answer in, whatever it is; gives the token of the next page. Throws as `Http.send`. */
  async #request(request: HttpRequest, priority: number): Promise<PageToken | undefined> {
    const { http, signal } = this.#world
    try {
      const answer = await http.send(this.exchange, this.#settings.endpoints.rest, request, { priority, ...(signal && { signal }) })
      return this.#feed(answer.receivedAt, answer.url, answer.status, answer.body)
    } catch (error) {
      if (error instanceof MtsError) this.#feed(this.#world.clock.stamp(), this.#url(request), 0, error.message)
      throw error
    }
  }

  #url({ path, query }: HttpRequest): string {
    return requestUrl(this.exchange.id, this.#settings.endpoints.rest, path, query).href
  }

  #feed(stamp: number, url: string, status: number, body: string): PageToken | undefined {
    if (this.#isStopped) return undefined
    this.#settings.journal?.append(this.exchange.id, 0, stamp, 'rest', encodeRest(url, status, body))
    this.#host.advance(Math.floor(stamp / 1000))
    return this.pipeline.rest(stamp, url, status, body)
  }

  async #snapshot(symbol: string): Promise<{ isNeeded: boolean; retryAfterMs?: number }> {
    let retryAfterMs: number | undefined
    try {
      await this.#request(this.exchange.rest.orderBook.request({ symbol, depth: this.exchange.book.snapshotDepth }), 0)
    } catch (error) {
      if (error instanceof RateLimitError) retryAfterMs = error.retryAfterMs
    }
    const state = this.pipeline.find(symbol)
    const isNeeded = state?.sync.needsSnapshot === true && this.#wantsBook(symbol)
    return { isNeeded, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
  }

  #startPolls(): void {
    for (const timer of this.#timers.splice(1)) timer.cancel()
    const { clock } = this.#world
    const polled = [...this.#subscriptions.values()].filter((each) => this.exchange.channels[each.channel]?.poll !== undefined)
    const everyMs = this.#settings.pollEveryMs ?? this.exchange.channels['open-interest']?.poll?.everyMs
    const source = this.exchange.rest.openInterest
    if (polled.length > 0 && everyMs !== undefined && source !== undefined) {
      const poll = () => {
        for (const { symbol } of polled) this.#ask(source.request({ symbol }))
      }
      this.#timers.push(clock.after(0, poll), clock.every(everyMs, poll))
    }
    const intervals = this.exchange.rest.fundingIntervals
    if (intervals === undefined || ![...this.#subscriptions.values()].some((each) => each.channel === 'funding')) return
    const refresh = () => this.#ask(intervals.request({}))
    this.#timers.push(clock.after(0, refresh), clock.every(INTERVALS_EVERY_MS, refresh))
  }

  /** A request whose failure is told as a status by the pipeline, and which comes again by itself. */
  #ask(request: HttpRequest): void {
    this.#request(request, 1).catch((error: unknown) => {
      if (!(error instanceof MtsError)) throw error
    })
  }

  // ---- Books ------------------------------------------------------------------------------------------------------------

  #cure(state: MarketState, attempt: number): void {
    const { symbol } = state.instrument
    if (this.exchange.book.snapshot === 'rest') this.#snapshots.request(symbol)
    else this.#resubscribe(symbol, attempt)
  }

  #resubscribe(symbol: string, attempt: number): void {
    this.#waitingSince.set(symbol, this.#world.clock.now())
    const topic = this.#bookTopic(symbol)
    const connection = this.#connections.find((each) => topic !== undefined && each.topics.has(topic))
    if (connection === undefined || topic === undefined) return
    if (attempt > 2) connection.restart()
    else connection.resubscribe(topic)
  }

  /** Every second: books that wait for what may never come by itself. */
  #watch(): void {
    const now = this.#world.clock.now()
    this.#host.advance(now)
    for (const { channel, symbol } of this.#subscriptions.values()) {
      if (channel === 'book') this.#watchBook(symbol, now)
    }
  }

  #watchBook(symbol: string, now: number): void {
    const { sync } = this.pipeline.state(symbol)
    const topic = this.#bookTopic(symbol)
    const connection = this.#connections.find((each) => topic !== undefined && each.topics.has(topic))
    const openedAt = connection === undefined ? undefined : this.#openedAt.get(connection.number)
    if (sync.state === 'synced' || openedAt === undefined) {
      this.#waitingSince.delete(symbol)
      return
    }
    if (this.exchange.book.snapshot === 'rest') {
      if (now - openedAt > QUIET_MS && !this.#snapshots.isRequested(symbol)) this.#snapshots.request(symbol)
      return
    }
    const since = Math.max(openedAt, this.#waitingSince.get(symbol) ?? 0)
    if (now - since < SNAPSHOT_IN_STREAM_MS) return
    this.#waitingSince.set(symbol, now)
    if (sync.state === 'empty') this.#resubscribe(symbol, 1)
    sync.cureFailed('no snapshot within 5 s')
    sync.retry()
  }

  #wantsBook(symbol: string): boolean {
    return [...this.#subscriptions.values()].some((each) => each.channel === 'book' && each.symbol === symbol)
  }

  #bookTopic(symbol: string): string | undefined {
    const subscription = [...this.#subscriptions.values()].find((each) => each.channel === 'book' && each.symbol === symbol)
    return subscription === undefined ? undefined : this.exchange.stream.topics(subscription)[0]?.name
  }

  #status(status: 'connecting', detail: string, connection: number): void {
    const receivedAt = this.#world.clock.now()
    const base = { exchange: this.exchange.id, symbol: '', pair: '', timestamp: null, receivedAt }
    this.#host.publish({ ...base, type: 'status', status, channel: '', connection, detail })
  }
}

function keyOf({ channel, symbol, option }: Subscription): string {
  return `${channel} ${symbol} ${option ?? ''}`
}
