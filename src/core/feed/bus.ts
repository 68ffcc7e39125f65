import type { EventType, LagEvent, MarketEvent } from '../market/event.js'

/** Which events a consumer wants; a missing part means all. */
export interface EventFilter {
  readonly types?: ReadonlySet<EventType>
  readonly exchanges?: ReadonlySet<string>
  readonly symbols?: ReadonlySet<string>
}

/**
 * What happens when a consumer is slower than the market. `wait`: whoever publishes waits for `settled()` (replay).
 * `conflate`: of each kind of state (book, spread, ticker, funding, open interest, open candle) only the newest per instrument
 * is kept; what is no state is dropped oldest first. `drop-oldest`: the oldest goes. Losses are counted and told as `lag`.
 */
export type SlowPolicy = 'wait' | 'conflate' | 'drop-oldest'

export interface Consumer {
  readonly name: string
  readonly filter: EventFilter
  readonly policy: SlowPolicy
  /** Bytes of events that may wait. */
  readonly maxBytes: number
  /** A promise means: busy until it settles. */
  handle(event: MarketEvent): void | Promise<void>
  onError(error: unknown): void
}

/** A consumer in the path of the records: it handles each event inside the call that publishes it, and what it throws ends the run. */
export function inPath(name: string, types: ReadonlySet<EventType>, handle: (event: MarketEvent) => void): Consumer {
  const onError = (error: unknown): never => {
    throw error
  }
  return { name, filter: { types }, policy: 'wait', maxBytes: Number.POSITIVE_INFINITY, handle, onError }
}

export interface ConsumerStats {
  readonly name: string
  readonly policy: SlowPolicy
  readonly delivered: number
  readonly conflated: number
  readonly lost: number
  readonly waitingBytes: number
}

export interface BusSubscription {
  readonly stats: ConsumerStats
  /** Resolves when everything published so far was handled. */
  settled(): Promise<void>
  unsubscribe(): void
}

/** The typed in-process bus: events are plain immutable values, queues are bounded, nobody slows anybody else. */
export class Bus {
  #queues: ConsumerQueue[] = []

  subscribe(consumer: Consumer): BusSubscription {
    const queue = new ConsumerQueue(consumer)
    this.#queues = [...this.#queues, queue]
    return {
      get stats() {
        return queue.stats
      },
      settled: () => queue.settled(),
      unsubscribe: () => {
        this.#queues = this.#queues.filter((other) => other !== queue)
      },
    }
  }

  publish(event: MarketEvent): void {
    for (const queue of this.#queues) queue.offer(event)
  }

  /** True while a consumer that must not lose anything is behind. */
  get mustWait(): boolean {
    return this.#queues.some((queue) => queue.mustWait)
  }

  async settled(): Promise<void> {
    await Promise.all(this.#queues.map((queue) => queue.settled()))
  }

  get stats(): ConsumerStats[] {
    return this.#queues.map((queue) => queue.stats)
  }
}

interface Waiting {
  event: MarketEvent
  readonly bytes: number
}

class ConsumerQueue {
  readonly #consumer: Consumer
  /** Keyed so that a newer state takes the place of an older one; insertion order is delivery order. */
  #waiting = new Map<string | number, Waiting>()
  #bytes = 0
  #busy: Promise<void> | undefined
  #delivered = 0
  #conflated = 0
  #lost = 0
  /** Lost and not told yet, and the last of them. */
  #untold = 0
  #lastLost: MarketEvent | undefined
  #serial = 0

  constructor(consumer: Consumer) {
    this.#consumer = consumer
  }

  get stats(): ConsumerStats {
    const { name, policy } = this.#consumer
    return {
      name,
      policy,
      delivered: this.#delivered,
      conflated: this.#conflated,
      lost: this.#lost,
      waitingBytes: this.#bytes,
    }
  }

  get mustWait(): boolean {
    return this.#busy !== undefined && this.#consumer.policy === 'wait'
  }

  async settled(): Promise<void> {
    while (this.#busy !== undefined) await this.#busy
  }

  offer(event: MarketEvent): void {
    if (!matches(this.#consumer.filter, event)) return
    if (this.#busy === undefined) this.#deliver(event)
    else this.#enqueue(event)
  }

  #deliver(event: MarketEvent): void {
    this.#delivered += 1
    try {
      const result = this.#consumer.handle(event)
      if (result !== undefined) this.#busy = this.#drainAfter(result)
    } catch (error) {
      this.#consumer.onError(error)
    }
  }

  async #drainAfter(first: Promise<void>): Promise<void> {
    await this.#guard(() => first)
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const event = next
      this.#delivered += 1
      await this.#guard(() => this.#consumer.handle(event))
    }
    this.#busy = undefined
  }

  /** One event that a consumer chokes on is its own affair: the next one is delivered all the same. */
  async #guard(work: () => void | Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#consumer.onError(error)
    }
  }

  #next(): MarketEvent | undefined {
    const first = this.#waiting.entries().next()
    if (this.#lastLost !== undefined) return this.#takeLag(first.value?.[1].event ?? this.#lastLost)
    if (first.done === true) return undefined
    const [key, { event, bytes }] = first.value
    this.#waiting.delete(key)
    this.#bytes -= bytes
    return event
  }

  #enqueue(event: MarketEvent): void {
    const key = this.#consumer.policy === 'conflate' ? stateKey(event) : undefined
    const older = key === undefined ? undefined : this.#waiting.get(key)
    if (older !== undefined) {
      older.event = event
      this.#conflated += 1
      return
    }
    const bytes = sizeOf(event)
    this.#waiting.set(key ?? this.#serial++, { event, bytes })
    this.#bytes += bytes
    if (this.#consumer.policy === 'wait') return
    while (this.#bytes > this.#consumer.maxBytes) this.#dropOldest()
  }

  #dropOldest(): void {
    const first = this.#waiting.entries().next()
    if (first.done === true) return
    this.#waiting.delete(first.value[0])
    this.#bytes -= first.value[1].bytes
    this.#lost += 1
    this.#untold += 1
    this.#lastLost = first.value[1].event
  }

  /** The loss is told in band, where it happened: before the oldest event that is left, or at the end if none is. */
  #takeLag(next: MarketEvent): LagEvent {
    const { name, policy } = this.#consumer
    const lost = this.#untold
    this.#untold = 0
    this.#lastLost = undefined
    const { exchange, timestamp, receivedAt } = next
    return { type: 'lag', exchange, symbol: '', pair: '', timestamp, receivedAt, consumer: name, policy, lost }
  }
}

function matches(filter: EventFilter, event: MarketEvent): boolean {
  if (filter.types !== undefined && !filter.types.has(event.type)) return false
  if (filter.exchanges !== undefined && !filter.exchanges.has(event.exchange)) return false
  return filter.symbols === undefined || event.symbol === '' || filter.symbols.has(event.symbol)
}

const STATE_TYPES: ReadonlySet<EventType> = new Set(['book', 'spread', 'ticker', 'funding', 'open_interest'])

function stateKey(event: MarketEvent): string | undefined {
  if (STATE_TYPES.has(event.type)) return `${event.type} ${event.exchange} ${event.symbol}`
  if (event.type === 'candle' && !event.isClosed)
    return `candle ${event.exchange} ${event.symbol} ${event.interval} ${event.timestamp}`
  return undefined
}

/** Rough heap bytes of an event. */
function sizeOf(event: MarketEvent): number {
  return event.type === 'book' ? 400 + 80 * (event.bids.length + event.asks.length) : 400
}
