import type { Clock, Timer } from '../clock.js'
import type { Control, Exchange } from '../exchanges/contract.js'
import { inMessages } from './placement.js'

export interface OutboxHost {
  send(text: string): void
  /** The exchange will not serve this topic. */
  refused(topic: string, message: string): void
}

interface Message {
  readonly id: number
  readonly text: string
  /** Topics that it subscribes to. */
  readonly asked: readonly string[]
  /** Asked when its turn comes: there may be no need for it any more. */
  readonly isNeeded?: () => boolean
}

/** What one connection asks of its exchange, at the exchange's pace, and what has been answered. It begins anew with each socket. */
export class Outbox {
  readonly #exchange: Exchange
  readonly #clock: Clock
  readonly #host: OutboxHost
  /** Topics of each message that the exchange has not answered yet. */
  readonly #unanswered = new Map<number, readonly string[]>()
  /** ms when each topic was asked for since the connection opened: at the exchange's pace that takes a while. */
  readonly #askedAt = new Map<string, number>()
  #waiting: Message[] = []
  #nextId = 1
  #isOpen = false
  #pacing: Timer | undefined

  constructor(exchange: Exchange, clock: Clock, host: OutboxHost) {
    this.#exchange = exchange
    this.#clock = clock
    this.#host = host
  }

  /** Everything was asked for and answered. */
  get isSettled(): boolean {
    return this.#unanswered.size === 0 && this.#waiting.length === 0
  }

  /** When the topic was asked for, ms; `undefined`: not since the connection opened, or it is down. */
  askedAt(topic: string): number | undefined {
    return this.#isOpen ? this.#askedAt.get(topic) : undefined
  }

  opened(): void {
    this.#isOpen = true
    this.#nextId = 1
    this.#unanswered.clear()
    this.#askedAt.clear()
  }

  closed(): void {
    this.#isOpen = false
    this.#waiting = []
    this.#pacing?.cancel()
    this.#pacing = undefined
  }

  /** A number for a message that wants no answer. */
  takeId(): number {
    return this.#nextId++
  }

  subscribe(topics: readonly string[]): void {
    this.#inMessages(topics, (part, id) => {
      this.#unanswered.set(id, part)
      return { id, asked: part, text: this.#exchange.stream.subscribe(part, id) }
    })
  }

  unsubscribe(topics: readonly string[]): void {
    this.#inMessages(topics, (part, id) => ({ id, asked: [], text: this.#exchange.stream.unsubscribe(part, id) }))
  }

  /**
   * Ends and begins a topic anew. Until its turn comes others may go first, and what was silent may have spoken: between the two
   * messages updates would be lost for nothing, so `isNeeded` is asked again.
   */
  resubscribe(topic: string, isNeeded: () => boolean): void {
    const { stream } = this.#exchange
    let isDone = false
    const asked = [topic]
    const [end, begin] = [this.#nextId++, this.#nextId++]
    this.#unanswered.set(begin, asked)
    this.#waiting.push(
      { id: end, asked: [], text: stream.unsubscribe(asked, end), isNeeded: () => (isDone = isNeeded()) },
      { id: begin, asked, text: stream.subscribe(asked, begin), isNeeded: () => isDone },
    )
    if (this.#pacing === undefined) this.#sendNext()
  }

  /** An answer to a message of ours. A refused batch is asked for again topic by topic, so that one bad name costs only itself. */
  answered(control: Control): void {
    if (control.kind === 'pong' || control.id === undefined) return
    const topics = this.#unanswered.get(control.id)
    this.#unanswered.delete(control.id)
    if (control.kind !== 'rejected' || topics === undefined) return
    if (topics.length > 1) {
      const again = topics.filter((topic) => !(control.isDuplicate && topic === control.topic))
      for (const topic of again) this.subscribe([topic])
      return
    }
    const [topic] = topics
    if (topic !== undefined && !control.isDuplicate) this.#host.refused(topic, control.message)
  }

  #inMessages(topics: readonly string[], write: (part: readonly string[], id: number) => Message): void {
    for (const part of inMessages(topics, this.#exchange.sockets.topicsPerMessage)) this.#waiting.push(write(part, this.#nextId++))
    if (this.#pacing === undefined) this.#sendNext()
  }

  /** One message now, the next one when the exchange's pace allows. */
  #sendNext(): void {
    const message = this.#nextMessage()
    this.#pacing = undefined
    if (message === undefined || !this.#isOpen) return
    this.#host.send(message.text)
    const now = this.#clock.now()
    for (const topic of message.asked) this.#askedAt.set(topic, now)
    this.#pacing = this.#clock.after(1000 / this.#exchange.sockets.messagesPerSecond, () => this.#sendNext())
  }

  #nextMessage(): Message | undefined {
    for (let message = this.#waiting.shift(); message !== undefined; message = this.#waiting.shift()) {
      if (message.isNeeded === undefined || message.isNeeded()) return message
      this.#unanswered.delete(message.id)
    }
    return undefined
  }
}
