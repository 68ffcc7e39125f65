import type { Clock } from '../clock.js'
import type { Outputs } from '../feed/outputs.js'
import type { Pipeline } from '../feed/pipeline.js'
import type { ValidationLimits } from '../feed/validation.js'
import type { EventType, LagEvent, MarketEvent, SignalEvent, StatusEvent } from '../market/event.js'
import { placeOf } from '../storage/redis/client.js'
import { KEY_SECONDS, latestBookKey, opportunityKey, timedKey } from '../storage/redis/names.js'
import { openPublisher } from '../storage/redis/publisher.js'
import type { Publisher, PublisherCounts } from '../storage/redis/publisher-contract.js'
import { redisKeyOf, rowOfSignalEvent } from './signals/told.js'

/** Where and how a stream tells others by Redis. */
export interface RedisSettings {
  readonly url: string
  /** Entries that each stream keeps, about. */
  readonly streamLength: number
  /** An event as `mts stream` prints it. */
  render(event: object): string
}

export interface RedisSinkOptions extends RedisSettings {
  readonly clock: Clock
  readonly random: () => number
  /** What is printed is published. */
  readonly types: ReadonlySet<EventType>
  readonly storeIntervalMs: number
  readonly depth: number
  readonly limits: ValidationLimits
}

export interface RedisSink {
  readonly counts: PublisherCounts
  close(): Promise<void>
}

/** A newest book is replaced at most so often, ms. */
const LATEST_MS = 10
/** Name of this consumer in `lag`. */
const CONSUMER = 'redis'

/** Publishes what the feed knows: newest books as they change, samples under keys with a timestamp, every event to listeners and followers. */
export async function openRedisSink(
  outputs: Outputs,
  pipelines: () => Iterable<Pipeline>,
  options: RedisSinkOptions,
): Promise<RedisSink> {
  const { clock, depth, limits } = options
  const place = placeOf(options.url)
  const publisher = await openPublisher({
    ...options,
    lossEvent: (lost) => lag(lost, clock.now()),
    onLoss: (lost) => outputs.publish(lag(lost, clock.now())),
    onChange: (change, detail) => outputs.publish(status(change, detail, place, clock.now())),
  })
  const books = new LatestBooks(publisher, pipelines)
  outputs.sample({ intervalMs: LATEST_MS, depth, limits, publish: (event) => books.put(event) })
  outputs.sample({ intervalMs: options.storeIntervalMs, depth, limits, publish: (event) => keepSample(publisher, event) })
  outputs.bus.subscribe({
    name: CONSUMER,
    filter: {},
    // Never busy: the publisher has the queue.
    policy: 'drop-oldest',
    maxBytes: 0,
    handle: (event) => {
      if (event.type === 'gap' || event.type === 'status') books.check()
      if (event.type === 'signal') keepSignal(publisher, event)
      if (event.type === 'opportunity') publisher.keep(opportunityKey(event.id), event, KEY_SECONDS.opportunity)
      // Followers find their own where the events are missing.
      if (options.types.has(event.type) && !isOwnLag(event)) publisher.publish(event.type, event)
    },
    onError: (error) => {
      throw error
    },
  })
  return {
    get counts() {
      return publisher.counts
    },
    close: () => publisher.close(),
  }
}

/** The same text as of a row of `mts signals`. */
function keepSignal(publisher: Publisher, event: SignalEvent): void {
  const row = rowOfSignalEvent(event, event.receivedAt)
  if (row === undefined) return
  const { key, seconds } = redisKeyOf(row)
  publisher.keep(key, row, seconds)
}

function keepSample(publisher: Publisher, event: MarketEvent): void {
  const { type, exchange, symbol } = event
  const timestamp = event.timestamp ?? event.receivedAt
  if (type === 'book') publisher.keep(timedKey('orderbook', exchange, symbol, timestamp), event, KEY_SECONDS.orderbook)
  if (type === 'funding') publisher.keep(timedKey('funding', exchange, symbol, timestamp), event, KEY_SECONDS.funding)
}

/** The key of a newest book is there exactly as long as the book can be read. */
class LatestBooks {
  readonly #publisher: Publisher
  readonly #pipelines: () => Iterable<Pipeline>
  readonly #shown = new Set<string>()

  constructor(publisher: Publisher, pipelines: () => Iterable<Pipeline>) {
    this.#publisher = publisher
    this.#pipelines = pipelines
  }

  put(event: MarketEvent): void {
    if (event.type !== 'book') return
    const key = latestBookKey(event.exchange, event.symbol)
    this.#shown.add(key)
    this.#publisher.latest(key, event)
  }

  check(): void {
    for (const { states } of this.#pipelines()) {
      for (const { instrument, sync } of states) {
        const key = latestBookKey(instrument.exchange, instrument.symbol)
        if (sync.book === undefined && this.#shown.delete(key)) this.#publisher.latest(key, undefined)
      }
    }
  }
}

function isOwnLag(event: MarketEvent): boolean {
  return event.type === 'lag' && event.consumer === CONSUMER
}

const NOWHERE = { exchange: '', symbol: '', pair: '', timestamp: null } as const

function lag(lost: number, receivedAt: number): LagEvent {
  return { type: 'lag', ...NOWHERE, receivedAt, consumer: CONSUMER, policy: 'drop-oldest', lost }
}

function status(change: 'connected' | 'disconnected' | 'refused', detail: string, place: string, receivedAt: number): StatusEvent {
  const name = change === 'refused' ? 'error' : change
  const text = `redis ${place}${detail === '' ? '' : `: ${detail}`}`
  return { type: 'status', ...NOWHERE, receivedAt, status: name, channel: '', connection: null, detail: text }
}
