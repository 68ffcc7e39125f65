import type { Exchange } from '../exchanges/contract.js'
import type { Pipeline } from './pipeline.js'
import { type QueuedAttempt, RequestQueue } from './request-queue.js'
import type { FeedRequests } from './requests.js'
import { repairRequest } from './trade-repair.js'
import type { FeedWorld } from './world.js'

export interface TradeRequestsHost {
  readonly exchange: Exchange
  readonly pipeline: Pipeline
  readonly requests: FeedRequests
}

/** Asks for missing trades, after books and lists: they can wait. */
export class TradeRequests {
  readonly #host: TradeRequestsHost
  readonly #queue: RequestQueue

  constructor(world: FeedWorld, host: TradeRequestsHost) {
    this.#host = host
    this.#queue = new RequestQueue(world.clock, world.random, (symbol) => this.#attempt(symbol))
  }

  /** Does nothing while the trades of this symbol are being asked for. */
  request(symbol: string): void {
    this.#queue.request(symbol)
  }

  stop(): void {
    this.#queue.stop()
  }

  async #attempt(symbol: string): Promise<QueuedAttempt> {
    const { exchange, pipeline, requests } = this.#host
    const state = pipeline.state(symbol)
    const wanted = repairRequest(exchange, state)
    if (wanted === undefined) return { isNeeded: false }
    const { isAnswered, retryAfterMs } = await requests.attempt(wanted.request, 2)
    const left = repairRequest(exchange, state)
    // What went well goes on at once; a refusal waits.
    return { isNeeded: left !== undefined, retryAfterMs: isAnswered && left?.key !== wanted.key ? 0 : retryAfterMs }
  }
}
