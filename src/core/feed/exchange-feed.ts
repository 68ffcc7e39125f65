import type { Timer } from '../clock.js'
import type { Control, Endpoints, Exchange, Subscription } from '../exchanges/contract.js'
import type { Instrument } from '../market/instrument.js'
import type { BackoffSettings } from './backoff.js'
import type { Recorder } from './black-box.js'
import type { Connection, ConnectionEvents } from './connection.js'
import { Connections } from './connections.js'
import { Histogram } from './histogram.js'
import { encodeKnown, type KnownFact } from './journal/known.js'
import { encodeRest, type RecordKind } from './journal/record.js'
import { Pipeline } from './pipeline.js'
import { HELD, type PipelineHost, STOPPED } from './pipeline-host.js'
import { topicsBySocket } from './placement.js'
import { Polls } from './polls.js'
import { FeedRequests } from './requests.js'
import type { RestOutcome } from './rest-records.js'
import { SilenceCare, type TopicSource } from './silence-care.js'
import { SubscriptionRecords } from './subscription-records.js'
import { TradeRequests } from './trade-requests.js'
import { WantedBooks } from './wanted-books.js'
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
  readonly #records: SubscriptionRecords
  readonly #requests: FeedRequests
  readonly #books: WantedBooks
  readonly #trades: TradeRequests
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
      cure: (state, attempt) => this.#books.cure(state, attempt),
      repair: (symbol) => this.#trades.request(symbol),
      control: (connection, control) => this.#control(connection, control),
    })
    this.#requests = new FeedRequests(exchange, world, settings.endpoints.rest, (url, status, body) =>
      this.#feed(url, status, body),
    )
    const parts = { exchange, pipeline: this.pipeline, requests: this.#requests, connections: () => this.#connections }
    this.#records = new SubscriptionRecords({ ...parts, record: (kind, payload) => this.#record(0, kind, payload) })
    this.#books = new WantedBooks(world, { ...parts, forget: (symbol) => this.#forgetBook(symbol) })
    this.#trades = new TradeRequests(world, parts)
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
      if (each.channel === 'book') this.#books.want(each)
    }
    this.#connections.subscribe(topicsBySocket(this.exchange, subscriptions))
    for (const each of fresh) this.#records.began(each)
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
      if (each.channel === 'book') this.#books.unwant(each.symbol)
      this.#records.ended(each)
    }
    this.#polls.follow(this.#subscriptions.values())
  }

  /** What is wanted cannot be had: told as if a connection had been refused, so that it is known what was not seen. */
  miss(subscriptions: readonly Subscription[], reason: string): void {
    this.#events().closed(this.#records.missed(subscriptions), this.#world.clock.stamp(), reason)
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
    this.#books.stop()
    this.#trades.stop()
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
        this.#records.takenOver(this.#subscriptions.values(), connection)
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

  // ---- Inside -----------------------------------------------------------------------------------------------------------

  #feed(url: string, status: number, body: string): RestOutcome {
    if (this.#isStopped) return {}
    const stamp = this.#record(0, 'rest', encodeRest(url, status, body))
    return this.pipeline.rest(stamp, url, status, body)
  }

  #watch(): void {
    const now = this.#world.clock.now()
    this.#host.advance(now)
    this.pipeline.coverage.advance(now)
    this.#silence.watch(now)
    this.#connections.watch(now)
    this.#books.watch()
  }

  /** Comes before the connections end: after them no book can be read, and their last samples would be lost. */
  #noteStop(): void {
    if (this.#isStopped) return
    this.pipeline.stopping(this.#record(0, 'close', STOPPED))
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
