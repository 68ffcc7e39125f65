import type { Clock, Timer } from '../clock.js'
import { MtsError, RateLimitError } from '../errors.js'
import type { Control, Exchange } from '../exchanges/contract.js'
import type { Http, Socket, Sockets } from '../net/contract.js'
import { UpgradeRefusedError } from '../net/upgrade-refused.js'
import { type BackoffSettings, backoff } from './backoff.js'
import { STOPPED } from './pipeline-host.js'
import { inMessages } from './placement.js'

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

interface Message {
  readonly id: number
  readonly text: string
  /** Topics that it subscribes to. */
  readonly asked: readonly string[]
  /** Asked when its turn comes: there may be no need for it any more. */
  readonly isNeeded?: () => boolean
}

const HEARTBEAT_CHECK_MS = 1_000

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
  /** Topics of each message that the exchange has not answered yet. */
  readonly #unanswered = new Map<number, readonly string[]>()
  /** ms when each topic was asked for since the connection opened: at the exchange's pace that takes a while. */
  readonly #askedAt = new Map<string, number>()
  #socket: Socket | undefined
  #isOpen = false
  #isProven = false
  #lastEnd: string | undefined
  #isStopped = false
  #outbox: Message[] = []
  #nextId = 1
  #attempt = 0
  #downSince = 0
  #lastFrame = 0
  /** A frame came since the last look at the heartbeat: to note the time of each would cost the hot path a clock. */
  #isHeard = false
  #lastPing = 0
  #heartbeat: Timer | undefined
  #reconnect: Timer | undefined
  #pacing: Timer | undefined

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
    return this.#isOpen ? this.#askedAt.get(topic) : undefined
  }

  start(): void {
    const { clock } = this.#world
    this.#heartbeat = clock.every(HEARTBEAT_CHECK_MS, () => this.#checkHeartbeat())
    // A moment later, so that the first topics go out together.
    this.#reconnect = clock.after(0, () => void this.#connectWhenAllowed())
  }

  stop(detail = STOPPED): void {
    this.#isStopped = true
    this.#heartbeat?.cancel()
    this.#reconnect?.cancel()
    this.#pacing?.cancel()
    const wasOpen = this.#isOpen
    this.#isOpen = false
    this.#socket?.close()
    if (wasOpen) this.#events.closed(this.number, this.#world.clock.stamp(), detail)
  }

  subscribe(topics: readonly string[]): void {
    const fresh = topics.filter((topic) => !this.#topics.has(topic))
    for (const topic of fresh) this.#topics.add(topic)
    if (this.#isOpen) this.#ask(fresh)
  }

  unsubscribe(topics: readonly string[]): void {
    const present = topics.filter((topic) => this.#topics.delete(topic))
    if (!this.#isOpen) return
    this.#inMessages(present, (part, id) => ({ id, asked: [], text: this.#exchange.stream.unsubscribe(part, id) }))
  }

  /**
   * Ends and begins a topic anew, which makes the exchange send a fresh snapshot. Until its turn comes others may go first, and what was
   * silent may have spoken: between the two messages updates would be lost for nothing, so `isNeeded` is asked again.
   */
  resubscribe(topic: string, isNeeded = (): boolean => true): void {
    if (!this.#topics.has(topic) || !this.#isOpen) return
    const { stream } = this.#exchange
    let isDone = false
    const asked = [topic]
    const [end, begin] = [this.#nextId++, this.#nextId++]
    this.#unanswered.set(begin, asked)
    this.#outbox.push(
      { id: end, asked: [], text: stream.unsubscribe(asked, end), isNeeded: () => (isDone = isNeeded()) },
      { id: begin, asked, text: stream.subscribe(asked, begin), isNeeded: () => isDone },
    )
    if (this.#pacing === undefined) this.#sendNext()
  }

  /** Drops the socket; a new one follows at once. */
  restart(): void {
    this.#socket?.terminate()
  }

  /** An answer to a message of ours. A refused batch is asked for again topic by topic, so that one bad name costs only itself. */
  control(control: Control): void {
    if (control.kind === 'pong' || control.id === undefined) return
    const topics = this.#unanswered.get(control.id)
    this.#unanswered.delete(control.id)
    if (control.kind !== 'rejected' || topics === undefined) return
    if (topics.length > 1) {
      const again = topics.filter((topic) => !(control.isDuplicate && topic === control.topic))
      for (const topic of again) this.#ask([topic])
      return
    }
    const [topic] = topics
    if (topic === undefined || control.isDuplicate) return
    this.#topics.delete(topic)
    this.#events.refused(this.number, topic, control.message)
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
        this.#lastFrame = clock.now()
        this.#lastPing = clock.now()
        this.#nextId = 1
        this.#unanswered.clear()
        this.#askedAt.clear()
        this.#events.opened(this.number, clock.stamp(), this.#url)
        this.#ask([...this.#topics])
      },
      onFrame: (frame) => {
        if (this.#isStopped) return
        this.#isHeard = true
        if (!this.#isProven) this.#isProven = this.#unanswered.size === 0 && this.#outbox.length === 0
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
    this.#isOpen = false
    this.#lastEnd = detail
    this.#outbox = []
    this.#pacing?.cancel()
    this.#pacing = undefined
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

  #ask(topics: readonly string[]): void {
    this.#inMessages(topics, (part, id) => {
      this.#unanswered.set(id, part)
      return { id, asked: part, text: this.#exchange.stream.subscribe(part, id) }
    })
  }

  #inMessages(topics: readonly string[], write: (part: readonly string[], id: number) => Message): void {
    for (const part of inMessages(topics, this.#exchange.sockets.topicsPerMessage)) this.#outbox.push(write(part, this.#nextId++))
    if (this.#pacing === undefined) this.#sendNext()
  }

  /** One message now, the next one when the exchange's pace allows. */
  #sendNext(): void {
    const message = this.#nextMessage()
    this.#pacing = undefined
    if (message === undefined || !this.#isOpen) return
    this.#send(message.text)
    const now = this.#world.clock.now()
    for (const topic of message.asked) this.#askedAt.set(topic, now)
    this.#pacing = this.#world.clock.after(1000 / this.#exchange.sockets.messagesPerSecond, () => this.#sendNext())
  }

  #nextMessage(): Message | undefined {
    for (let message = this.#outbox.shift(); message !== undefined; message = this.#outbox.shift()) {
      if (message.isNeeded === undefined || message.isNeeded()) return message
      this.#unanswered.delete(message.id)
    }
    return undefined
  }

  #send(text: string): void {
    this.#socket?.send(text)
    this.#events.sent(this.number, this.#world.clock.stamp(), text)
  }

  #checkHeartbeat(): void {
    if (!this.#isOpen) return
    const now = this.#world.clock.now()
    const { heartbeat } = this.#exchange.sockets
    if (this.#isHeard) this.#lastFrame = now
    this.#isHeard = false
    if (now - this.#lastFrame > heartbeat.deadAfterMs) {
      this.restart()
      return
    }
    if (heartbeat.pingEveryMs === undefined || now - this.#lastPing < heartbeat.pingEveryMs) return
    this.#lastPing = now
    const text = heartbeat.ping?.(this.#nextId++)
    if (text !== undefined) this.#send(text)
  }
}
