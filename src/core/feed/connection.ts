import type { Clock, Timer } from '../clock.js'
import { MtsError, RateLimitError } from '../errors.js'
import type { Control, Exchange } from '../exchanges/contract.js'
import type { Http, Socket, Sockets } from '../net/contract.js'
import { UpgradeRefusedError } from '../net/upgrade-refused.js'
import { type BackoffSettings, backoff } from './backoff.js'
import { Heartbeat } from './heartbeat.js'
import { Outbox } from './outbox.js'
import { STOPPED } from './pipeline-host.js'

export interface ConnectionWorld {
  readonly clock: Clock
  readonly sockets: Sockets
  readonly http: Pick<Http, 'admitSocket' | 'refusedSocket'>
  readonly random: () => number
}

/** Where a connection's records go. Stamps are in µs. */
export interface ConnectionEvents {
  connecting(connection: number, url: string): void
  /** It may not connect now, and will when it may. */
  held(connection: number, why: string): void
  opened(connection: number, stamp: number, url: string): void
  /** True when it told something of the market: an answer to a message of ours, or a frame that nobody understands, does not. */
  frame(connection: number, stamp: number, frame: Buffer): boolean
  sent(connection: number, stamp: number, text: string): void
  closed(connection: number, stamp: number, detail: string): void
  /** The exchange will not serve this topic. */
  refused(connection: number, topic: string, message: string): void
}

/**
 * One socket that is kept alive for ever: it subscribes at the exchange's pace, answers its heartbeat rule, notices silence
 * and comes back after any end. Only data, not a mere connection, sets the pauses back to short ones.
 */
export class Connection {
  readonly number: number
  readonly socketClass: string
  /** Which copy of its topics it carries, from 1. */
  readonly copy: number
  readonly #exchange: Exchange
  readonly #url: string
  readonly #world: ConnectionWorld
  readonly #events: ConnectionEvents
  readonly #backoff: BackoffSettings
  readonly #topics = new Set<string>()
  readonly #outbox: Outbox
  readonly #heartbeat: Heartbeat
  #socket: Socket | undefined
  #isOpen = false
  #isProven = false
  #lastEnd: string | undefined
  #isStopped = false
  #attempt = 0
  #downSince = 0
  #reconnect: Timer | undefined

  constructor(
    place: {
      readonly number: number
      readonly exchange: Exchange
      readonly socketClass: string
      readonly copy?: number
      readonly url: string
    },
    world: ConnectionWorld,
    events: ConnectionEvents,
    settings: BackoffSettings,
  ) {
    this.number = place.number
    this.socketClass = place.socketClass
    this.copy = place.copy ?? 1
    this.#exchange = place.exchange
    this.#url = place.url
    this.#world = world
    this.#events = events
    this.#backoff = settings
    const send = (text: string) => this.#send(text)
    this.#outbox = new Outbox(place.exchange, world.clock, { send, refused: (topic, message) => this.#refused(topic, message) })
    this.#heartbeat = new Heartbeat(place.exchange.sockets.heartbeat, world.clock, {
      send,
      takeId: () => this.#outbox.takeId(),
      dead: () => this.restart(),
    })
  }

  get topics(): ReadonlySet<string> {
    return this.#topics
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Everything was asked for and answered, and it still speaks. */
  get isProven(): boolean {
    return this.#isOpen && this.#isProven
  }

  /** Why it ended the last time, if ever. */
  get lastEnd(): string | undefined {
    return this.#lastEnd
  }

  /** When the topic was asked for, ms; `undefined`: not since the connection opened, or it is down. */
  askedAt(topic: string): number | undefined {
    return this.#outbox.askedAt(topic)
  }

  start(): void {
    this.#heartbeat.start()
    // A moment later, so that the first topics go out together.
    this.#reconnect = this.#world.clock.after(0, () => void this.#connectWhenAllowed())
  }

  stop(detail = STOPPED): void {
    this.#isStopped = true
    this.#heartbeat.stop()
    this.#reconnect?.cancel()
    const wasOpen = this.#isOpen
    this.#down()
    this.#socket?.close()
    if (wasOpen) this.#events.closed(this.number, this.#world.clock.stamp(), detail)
  }

  subscribe(topics: readonly string[]): void {
    const fresh = topics.filter((topic) => !this.#topics.has(topic))
    for (const topic of fresh) this.#topics.add(topic)
    if (this.#isOpen) this.#outbox.subscribe(fresh)
  }

  unsubscribe(topics: readonly string[]): void {
    const present = topics.filter((topic) => this.#topics.delete(topic))
    if (this.#isOpen) this.#outbox.unsubscribe(present)
  }

  /** Ends and begins a topic anew, which makes the exchange send a fresh snapshot; `isNeeded` is asked again when its turn comes. */
  resubscribe(topic: string, isNeeded = (): boolean => true): void {
    if (this.#topics.has(topic) && this.#isOpen) this.#outbox.resubscribe(topic, isNeeded)
  }

  /** Drops the socket; a new one follows at once. */
  restart(): void {
    this.#socket?.terminate()
  }

  /** An answer to a message of ours. */
  control(control: Control): void {
    this.#outbox.answered(control)
  }

  #refused(topic: string, message: string): void {
    this.#topics.delete(topic)
    this.#events.refused(this.number, topic, message)
  }

  /** A connection into a ban would make it longer, and the exchange counts connections too. */
  async #connectWhenAllowed(): Promise<void> {
    try {
      await this.#world.http.admitSocket(this.#exchange)
    } catch (error) {
      if (!(error instanceof MtsError)) throw error
      if (this.#isStopped) return
      this.#lastEnd = error.message
      this.#events.held(this.number, error.message)
      this.#again(error instanceof RateLimitError ? error.retryAfterMs : 0)
      return
    }
    this.#connect()
  }

  #connect(): void {
    if (this.#isStopped) return
    const { clock, sockets } = this.#world
    this.#events.connecting(this.number, this.#url)
    this.#socket = sockets.open(this.#url, {
      onOpen: () => {
        this.#isOpen = true
        this.#isProven = false
        this.#heartbeat.opened()
        this.#outbox.opened()
        this.#events.opened(this.number, clock.stamp(), this.#url)
        this.#outbox.subscribe([...this.#topics])
      },
      onFrame: (frame) => {
        if (this.#isStopped) return
        this.#heartbeat.isHeard = true
        if (!this.#isProven) this.#isProven = this.#outbox.isSettled
        const isData = this.#events.frame(this.number, clock.stamp(), frame)
        if (isData) this.#attempt = 0
      },
      onClose: (code, reason, error) =>
        this.#ended(error?.message ?? `code ${code}${reason === '' ? '' : ` ${reason}`}`, this.#banMs(error)),
    })
  }

  /** How long the exchange wants to hear nothing, after it refused the connection. */
  #banMs(error: Error | undefined): number {
    if (!(error instanceof UpgradeRefusedError)) return 0
    return this.#world.http.refusedSocket(this.#exchange, error)?.retryAfterMs ?? error.retryAfterMs ?? 0
  }

  #ended(detail: string, banMs: number): void {
    if (this.#isStopped) return
    this.#down()
    this.#lastEnd = detail
    this.#events.closed(this.number, this.#world.clock.stamp(), detail)
    this.#again(banMs)
  }

  /** Tries anew after a random pause, and never before `earliestMs`: what waits for the end of one ban does not come all at once. */
  #again(earliestMs: number): void {
    if (this.#isStopped) return
    const { clock, random } = this.#world
    if (this.#attempt === 0) this.#downSince = clock.now()
    this.#attempt += 1
    const pause = earliestMs + backoff(this.#attempt, this.#backoff, random, clock.now() - this.#downSince)
    this.#reconnect = clock.after(pause, () => void this.#connectWhenAllowed())
  }

  #down(): void {
    this.#isOpen = false
    this.#outbox.closed()
    this.#heartbeat.closed()
  }

  #send(text: string): void {
    this.#socket?.send(text)
    this.#events.sent(this.number, this.#world.clock.stamp(), text)
  }
}
