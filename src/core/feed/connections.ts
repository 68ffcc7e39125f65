import type { Exchange, Subscription } from '../exchanges/contract.js'
import type { BackoffSettings } from './backoff.js'
import { Connection, type ConnectionEvents, type ConnectionWorld } from './connection.js'
import type { Pipeline } from './pipeline.js'
import { REPLACED } from './pipeline-host.js'
import { placeTopics } from './placement.js'
import { Renewals } from './renewal.js'

export interface ConnectionsSettings {
  /** URL by class of socket. */
  readonly sockets: Readonly<Record<string, string>>
  readonly backoff: BackoffSettings
  /** Connections for each topic. */
  readonly copies: number
}

/** All connections to one exchange: who carries which topic, since when, and who takes over from whom. */
export class Connections {
  readonly #exchange: Exchange
  readonly #world: ConnectionWorld
  readonly #settings: ConnectionsSettings
  readonly #events: ConnectionEvents
  readonly #pipeline: Pipeline
  readonly #subscriptions: () => Iterable<Subscription>
  readonly #renewals: Renewals<Connection>
  readonly #openedAt = new Map<number, number>()
  #all: Connection[] = []
  #lastNumber = 0

  constructor(
    exchange: Exchange,
    world: ConnectionWorld,
    settings: ConnectionsSettings,
    events: ConnectionEvents,
    feed: { readonly pipeline: Pipeline; subscriptions(): Iterable<Subscription> },
  ) {
    this.#exchange = exchange
    this.#world = world
    this.#settings = settings
    this.#pipeline = feed.pipeline
    this.#subscriptions = () => feed.subscriptions()
    this.#events = this.#watched(events)
    this.#renewals = new Renewals(exchange.sockets.lifetimeMs ?? Number.POSITIVE_INFINITY, world.random, {
      open: (old) => this.#open(old.socketClass, old.copy, [...old.topics]),
      isReady: (old, fresh) => this.#isReady(old, fresh),
      behindMs: (old, fresh) => feed.pipeline.behindMs(old.number, fresh.number),
      retire: (old, fresh) => this.#end(old, `${REPLACED}${fresh.number}`),
      drop: (fresh, old) => this.#end(fresh, `${REPLACED}${old.number}`),
    })
  }

  get all(): readonly Connection[] {
    return this.#all
  }

  /** Those that carry a topic, open ones first. */
  of(topic: string): Connection[] {
    return this.#all.filter((each) => each.topics.has(topic)).sort((a, b) => Number(b.isOpen) - Number(a.isOpen))
  }

  /** ms; `undefined` while it is not open. */
  openedAt(connection: Connection | undefined): number | undefined {
    return connection === undefined ? undefined : this.#openedAt.get(connection.number)
  }

  /** Asks for topics of each class of socket, those that run already left alone. */
  subscribe(wanted: ReadonlyMap<string, readonly string[]>): void {
    const slots = this.#all.map((each) => ({
      socketClass: each.socketClass,
      copy: each.copy,
      topics: each.topics,
      isLeaving: this.#renewals.involves(each),
    }))
    const running = [...this.#all]
    for (const { index, socketClass, copy, topics } of placeTopics(this.#exchange, slots, wanted, this.#settings.copies)) {
      const connection = running[index]
      if (connection === undefined) this.#open(socketClass, copy, topics)
      else connection.subscribe(topics)
    }
  }

  /** Call it every second. */
  watch(nowMs: number): void {
    this.#renewals.watch(nowMs)
  }

  stop(): void {
    for (const each of this.#all) each.stop()
  }

  #open(socketClass: string, copy: number, topics: readonly string[]): Connection {
    this.#lastNumber += 1
    const url = this.#settings.sockets[socketClass] ?? ''
    const place = { number: this.#lastNumber, exchange: this.#exchange, socketClass, copy, url }
    const connection = new Connection(place, this.#world, this.#events, this.#settings.backoff)
    this.#all.push(connection)
    connection.subscribe(topics)
    connection.start()
    return connection
  }

  #end(connection: Connection, detail: string): void {
    this.#all = this.#all.filter((each) => each !== connection)
    if (connection.isOpen) connection.stop(detail)
    else {
      connection.stop()
      this.#events.closed(connection.number, this.#world.clock.stamp(), detail)
    }
  }

  #watched(events: ConnectionEvents): ConnectionEvents {
    const find = (number: number) => this.#all.find((each) => each.number === number)
    return {
      ...events,
      opened: (number, stamp, url) => {
        const nowMs = this.#world.clock.now()
        this.#openedAt.set(number, nowMs)
        events.opened(number, stamp, url)
        const connection = find(number)
        if (connection !== undefined) this.#renewals.opened(connection, nowMs)
      },
      closed: (number, stamp, detail) => {
        this.#openedAt.delete(number)
        events.closed(number, stamp, detail)
        const connection = find(number)
        if (connection !== undefined) this.#renewals.closed(connection)
      },
    }
  }

  /**
   * The successor brought what the old one brings, and nothing is missing between the two. Where silence means nothing its
   * exchange's answer has to do; where neither of them brought anything, the rule's own silence.
   */
  #isReady(old: Connection, fresh: Connection): boolean {
    if (!fresh.isProven) return false
    const { coverage } = this.#pipeline
    const waitedMs = this.#world.clock.now() - (this.openedAt(fresh) ?? Number.POSITIVE_INFINITY)
    for (const { channel, symbol } of this.#subscriptions()) {
      const { quietMs, poll } = this.#exchange.channels[channel] ?? {}
      // Of a channel with several topics the first one counts.
      if (poll !== undefined || !coverage.isCarrier(channel, symbol, fresh.number)) continue
      if (this.#pipeline.isWaiting(channel, symbol)) return false
      const heardBy = (each: Connection) => coverage.heardBy(channel, symbol, each.number)
      const isSilent = quietMs === undefined || (heardBy(old) === 0 && waitedMs > quietMs)
      if (heardBy(fresh) === 0 && !isSilent) return false
    }
    return true
  }
}
