import type { Clock } from '../clock.js'
import type { Http, Sockets } from '../net/contract.js'

/** The world as the feed sees it. */
export interface FeedWorld {
  readonly clock: Clock
  readonly http: Http
  readonly sockets: Sockets
  /** 0 ≤ x < 1. */
  readonly random: () => number
  readonly signal?: AbortSignal
}
