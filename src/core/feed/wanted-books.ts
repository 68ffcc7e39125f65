import type { Exchange, Subscription } from '../exchanges/contract.js'
import { BookCare, type BookSource } from './book-care.js'
import type { Connections } from './connections.js'
import type { MarketState } from './market-state.js'
import type { Pipeline } from './pipeline.js'
import { type QueuedAttempt, RequestQueue } from './request-queue.js'
import type { FeedRequests } from './requests.js'
import type { FeedWorld } from './world.js'

export interface WantedBooksHost {
  readonly exchange: Exchange
  readonly pipeline: Pipeline
  readonly requests: FeedRequests
  connections(): Connections
  /** What is left of an earlier subscription does not go on where it ended. */
  forget(symbol: string): void
}

/** The books of an exchange that somebody wants: where each comes from, and what is asked for so that it is right. */
export class WantedBooks {
  readonly #host: WantedBooksHost
  readonly #snapshots: RequestQueue
  readonly #care: BookCare
  /** Topic of each by symbol. */
  readonly #topics = new Map<string, string>()

  constructor(world: FeedWorld, host: WantedBooksHost) {
    this.#host = host
    this.#snapshots = new RequestQueue(world.clock, world.random, (symbol) => this.#snapshot(symbol))
    this.#care = new BookCare(host.exchange.book, world.clock, this.#snapshots)
  }

  want(subscription: Subscription): void {
    this.#host.forget(subscription.symbol)
    const topic = this.#host.exchange.stream.topics(subscription)[0]
    if (topic !== undefined) this.#topics.set(subscription.symbol, topic.name)
  }

  unwant(symbol: string): void {
    this.#topics.delete(symbol)
    this.#host.forget(symbol)
  }

  /** What the synchroniser asks for. */
  cure(state: MarketState, attempt: number): void {
    const { symbol } = state.instrument
    const source = this.#source(symbol)
    if (source !== undefined) this.#care.cure(symbol, source, attempt)
  }

  /** Call it every second. */
  watch(): void {
    for (const symbol of this.#topics.keys()) {
      const source = this.#source(symbol)
      if (source !== undefined) this.#care.watch(this.#host.pipeline.state(symbol).sync, source)
    }
  }

  stop(): void {
    this.#snapshots.stop()
  }

  async #snapshot(symbol: string): Promise<QueuedAttempt> {
    // While nothing comes there is nothing to join it to: the next connection asks anew.
    if (this.#source(symbol)?.askedAt === undefined) return { isNeeded: false }
    const { exchange, requests, pipeline } = this.#host
    const request = exchange.rest.orderBook.request({ symbol, depth: exchange.book.snapshotDepth })
    // A snapshot that comes after the end of its subscription would make a book readable that nothing feeds.
    const { retryAfterMs } = await requests.attempt(request, 0, () => this.#topics.has(symbol))
    const state = pipeline.find(symbol)
    return { isNeeded: state?.sync.needsSnapshot === true && this.#source(symbol) !== undefined, retryAfterMs }
  }

  /** `undefined`: nobody wants it. */
  #source(symbol: string): BookSource | undefined {
    const topic = this.#topics.get(symbol)
    if (topic === undefined) return undefined
    const carriers = this.#host.connections().of(topic)
    const [connection] = carriers
    return {
      askedAt: carriers.map((each) => each.askedAt(topic)).find((at) => at !== undefined),
      resubscribe: () => connection?.resubscribe(topic),
      reconnect: () => connection?.restart(),
    }
  }
}
