import { MtsError, RateLimitError } from '../errors.js'
import type { Endpoints, Exchange, HttpRequest, PageToken } from '../exchanges/contract.js'
import { requestUrl } from '../net/request-url.js'
import type { RestOutcome } from './rest-records.js'
import type { FeedWorld } from './world.js'

/** How a request went that comes again by itself. */
export interface Attempt {
  readonly isAnswered: boolean
  /** What a refusal asks for. */
  readonly retryAfterMs: number | undefined
}

/** Asks one exchange over REST and feeds in what comes of it, whatever it is: a failure is an answer of status 0. */
export class FeedRequests {
  readonly #exchange: Exchange
  readonly #world: FeedWorld
  readonly #endpoint: Endpoints['rest']
  readonly #feed: (url: string, status: number, body: string) => RestOutcome

  constructor(
    exchange: Exchange,
    world: FeedWorld,
    endpoint: Endpoints['rest'],
    feed: (url: string, status: number, body: string) => RestOutcome,
  ) {
    this.#exchange = exchange
    this.#world = world
    this.#endpoint = endpoint
    this.#feed = feed
  }

  /** Reads the list of instruments. Throws `ApiError` when the exchange cannot be asked or answers with something else. */
  async loadInstruments(): Promise<void> {
    const source = this.#exchange.rest.instruments
    let page: PageToken | undefined
    do {
      const { next, error } = await this.#send(source.request({}, page), 1)
      if (error !== undefined) throw error
      page = next
    } while (page !== undefined)
  }

  /** The failure is told by who hears the answer. It is not fed in when nobody wants it any longer. */
  async attempt(request: HttpRequest, priority: number, isWanted?: () => boolean): Promise<Attempt> {
    try {
      await this.#send(request, priority, isWanted)
      return { isAnswered: true, retryAfterMs: undefined }
    } catch (error) {
      if (!(error instanceof MtsError)) throw error
      return { isAnswered: false, retryAfterMs: error instanceof RateLimitError ? error.retryAfterMs : undefined }
    }
  }

  async #send(request: HttpRequest, priority: number, isWanted = () => true): Promise<RestOutcome> {
    const { http, signal } = this.#world
    try {
      const answer = await http.send(this.#exchange, this.#endpoint, request, { priority, ...(signal && { signal }) })
      return isWanted() ? this.#feed(answer.url, answer.status, answer.body) : {}
    } catch (error) {
      if (error instanceof MtsError) this.#feed(this.#url(request), 0, error.message)
      throw error
    }
  }

  #url({ path, query }: HttpRequest): string {
    return requestUrl(this.#exchange.id, this.#endpoint, path, query).href
  }
}
