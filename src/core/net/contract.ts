/** What the rest of mts sees of the network. Use cases get these as arguments; a replay has none of them. */
import type { RateLimitError } from '../errors.js'
import type { Answer, HttpRequest, Service } from '../rest/contract.js'
import type { Reach } from './accounts.js'
import type { UpgradeRefusedError } from './upgrade-refused.js'

export interface HttpAnswer extends Answer {
  /** Full URL as it was asked, without secrets, for the journal. */
  readonly url: string
  /** Receive stamp in µs (`Clock.stamp`). */
  readonly receivedAt: number
}

export interface SendOptions {
  readonly signal?: AbortSignal
  /** Lower goes first when the budget is short: 0 books that are read, 1 lists, 2 history. */
  readonly priority?: number
  /** Instead of the usual ones: of a job that nobody waits for at a terminal. A try that took all its time is then no last one. */
  readonly timeoutMs?: number
  readonly retry?: Retry
}

export interface Retry {
  /** Tries after the first one. */
  readonly times: number
  /** The first pause is random up to `baseMs`, each next one up to twice as much ("full jitter"), at most `capMs`. */
  readonly baseMs: number
  readonly capMs: number
}

export interface Http {
  /**
   * Sends one GET within the service's budget and gives whatever it answered, also when it refuses (4xx).
   * Throws `RateLimitError` (429, bans; nothing more is sent until it is over), `ConnectionError` (no connection, 5xx)
   * and `TimeoutError`.
   */
  send(service: Service, root: string, request: HttpRequest, options?: SendOptions): Promise<HttpAnswer>
  /** Waits until one more WebSocket may be opened. Throws `RateLimitError` while it asks for a pause. */
  admitSocket(service: Service, signal?: AbortSignal): Promise<void>
  /** A WebSocket was refused: where that is a ban, nothing more is sent at all; gives the error of the pause. */
  refusedSocket(service: Service, refusal: UpgradeRefusedError): RateLimitError | undefined
  /** Weight used and left per budget, as far as known. */
  usage(service: Service): Readonly<Record<string, { readonly used: number; readonly limit: number }>>
  /** Who is counted in these at present: this process, those of this machine, or all with its public address. */
  reach(service: Service): Reach
  close(): Promise<void>
}

export interface SocketEvents {
  onOpen(): void
  /** The frame is only valid during the call: copy what is kept (it may pin a whole receive chunk). */
  onFrame(frame: Buffer, isText: boolean): void
  /** Once, also when the connection never opened. `error` says why when it was no orderly close. */
  onClose(code: number, reason: string, error: Error | undefined): void
}

export interface Socket {
  send(text: string): void
  /** Orderly; terminates after 1 s without an answer. */
  close(): void
  /** At once. */
  terminate(): void
}

export interface Sockets {
  open(url: string, events: SocketEvents): Socket
}
