import { type Dispatcher, Pool, ProxyAgent } from 'undici'
import type { Clock } from '../clock.js'
import type { HttpRequest, Service } from '../rest/contract.js'
import { redactor } from '../rest/redact.js'
import { SOCKETS_BUDGET } from './accounts.js'
import { banOf, banOfSocket } from './ban.js'
import { type Breaker, createBreaker } from './breaker.js'
import { createLedger, type Ledger, REQUESTS_IN_FLIGHT } from './budget.js'
import type { Http, HttpAnswer, Retry, SendOptions } from './contract.js'
import { type Failed, failedServer, failedTry } from './http-errors.js'
import { type GetFailure, type GetRequest, type Got, get, MAX_BODY_BYTES } from './http-get.js'
import { type Proxies, proxyFor } from './proxy.js'
import { requestUrl } from './request-url.js'
import { systemRandom } from './system-clock.js'

/** A connection that is not there by then will not come. */
const LONGEST_CONNECT_MS = 5_000
/** Longer than the pause between two polls; shorter than what load balancers keep (60 s). */
const KEEP_ALIVE_MS = 30_000
/** A server that asks for a longer pause than this gets no second try from us. */
const LONGEST_RETRY_MS = 10_000

export interface HttpOptions {
  readonly clock: Clock
  /** For one try, from connecting to the last byte. */
  readonly requestTimeoutMs: number
  /** `mts/<version>`. */
  readonly userAgent: string
  /** Gets every answer, also those that refuse and those that are followed by another try; no secrets. */
  readonly onAnswer?: (service: Service, request: HttpRequest, answer: HttpAnswer) => void
  readonly retry?: Retry
  /** The part of each budget that is used; 0.9 when missing. */
  readonly budgetShare?: number
  /** Where budgets and bans are kept; in this process when missing. */
  readonly openLedger?: (service: Service) => Ledger
  readonly random?: () => number
  /** What asks the network; one pool of connections for each address when missing. */
  readonly get?: (request: GetRequest) => Promise<Got | GetFailure>
  /** On the way to services that are not on this machine. */
  readonly proxies?: Proxies
}

const RETRY: Retry = { times: 2, baseMs: 250, capMs: 2_000 }

/** The network as `Http` promises it: budgets, bans, tries and connections of every exchange and provider. */
export function createHttp(options: HttpOptions): Http {
  const { clock, requestTimeoutMs, retry: usualRetry = RETRY, random = systemRandom } = options
  const closing = new AbortController()
  const doors = openDoors(options, closing.signal)
  const { ledgerOf } = doors

  return {
    async send(service, root, request, sendOptions = {}) {
      const asked = askedOf(service, root, request)
      const { retry = usualRetry, timeoutMs = requestTimeoutMs } = sendOptions
      const isJob = sendOptions.retry !== undefined
      const lastTryAt = clock.now() + timeoutMs
      for (let tries = 0; ; tries++) {
        const result = await tryOnce(doors, options, asked, { ...sendOptions, timeoutMs })
        if (!('error' in result)) return result
        const pauseMs = Math.max(result.retryAfterMs, random() * Math.min(retry.capMs, retry.baseMs * 2 ** tries))
        // A server that used up the time of a whole try by saying nothing gets no second one: somebody waits for the answer.
        const isLate = !isJob && clock.now() + pauseMs > lastTryAt
        if (tries >= retry.times || pauseMs > Math.max(LONGEST_RETRY_MS, retry.capMs) || isLate) throw result.error
        await pause(clock, pauseMs, closing.signal, sendOptions.signal)
      }
    },
    async admitSocket(service, signal) {
      const permit = await ledgerOf(service).acquire({ budget: SOCKETS_BUDGET, weight: 1, priority: 0 }, signal)
      permit.done()
    },
    refusedSocket(service, refusal) {
      const ban = banOfSocket(service.bans, refusal, clock.now())
      return ban === undefined ? undefined : ledgerOf(service).ban(ban)
    },
    usage: (service) => ledgerOf(service).usage(),
    reach: (service) => ledgerOf(service).reach,
    async close() {
      closing.abort()
      await doors.close()
    },
  }
}

/** What each service has of its own, made when it is first asked. */
interface Doors {
  ledgerOf(service: Service): Ledger
  breakerOf(service: Service): Breaker
  get(request: GetRequest): Promise<Got | GetFailure>
  close(): Promise<void>
}

function openDoors(options: HttpOptions, closing: AbortSignal): Doors {
  const { clock, requestTimeoutMs, budgetShare = 0.9, random = systemRandom } = options
  const openLedger = options.openLedger ?? ((service) => createLedger(service, clock, budgetShare))
  const ledgers = new Map<string, Ledger>()
  const breakers = new Map<string, Breaker>()
  const pools = new Map<string, Dispatcher>()
  const poolOf = ({ origin }: URL) => found(pools, origin, () => openPool(origin, requestTimeoutMs, options.proxies))
  return {
    ledgerOf: (service) =>
      found(ledgers, service.id, () => {
        const ledger = openLedger(service)
        if (closing.aborted) ledger.close()
        return ledger
      }),
    breakerOf: ({ id }) => found(breakers, id, () => createBreaker(id, clock, random)),
    get: options.get ?? ((request) => get({ ...request, pool: poolOf(request.url) })),
    async close() {
      for (const ledger of ledgers.values()) ledger.close()
      await Promise.all([...pools.values()].map((pool) => pool.destroy()))
    },
  }
}

interface Asked {
  readonly service: Service
  /** What may be told of the request. */
  readonly request: HttpRequest
  readonly shownUrl: URL
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** Takes the request's secrets out of a text. */
  readonly clean: (text: string) => string
}

function askedOf(service: Service, root: string, { secrets, ...request }: HttpRequest): Asked {
  const { id } = service
  const shownUrl = requestUrl(id, root, request.path, request.query)
  const url = requestUrl(id, root, request.path, { ...request.query, ...secrets?.query })
  const headers = { ...request.headers, ...secrets?.headers }
  const clean = redactor(Object.values({ ...secrets?.query, ...secrets?.headers }))
  return { service, request, shownUrl, url, headers, clean }
}

/** One try: an answer, or a failure that is worth another try. Throws while nothing may be sent. */
async function tryOnce(
  { ledgerOf, breakerOf, get }: Doors,
  { clock, userAgent, onAnswer }: HttpOptions,
  { service, request, shownUrl, url, headers, clean }: Asked,
  { signal, priority = 1, timeoutMs }: SendOptions & { readonly timeoutMs: number },
): Promise<HttpAnswer | Failed> {
  const { budget, weight, path } = request
  const ledger = ledgerOf(service)
  const breaker = breakerOf(service)
  const down = breaker.refusal()
  if (down !== undefined) throw down
  const permit = await ledger.acquire({ budget, weight, priority }, signal)
  let used: number | undefined
  try {
    const stillDown = breaker.enter()
    if (stillDown !== undefined) throw stillDown
    const raw = await get({ url, headers, userAgent, clock, timeoutMs, signal })
    if (!('status' in raw)) {
      if (raw.kind === 'aborted') breaker.left()
      return toldTo(breaker, failedTry(raw, service, shownUrl, timeoutMs))
    }
    // A server that repeats the request in its answer must not tell the key to a file.
    const got = { ...raw, body: clean(raw.body) }
    used = usedWeight(service, request, got)
    const answer: HttpAnswer = { ...got, url: shownUrl.href, receivedAt: clock.stamp() }
    onAnswer?.(service, request, answer)
    const failed = failedServer(got, service, shownUrl, clock.now())
    const ban = banOf(service.bans, got, path, clock.now())
    if (failed === undefined || ban !== undefined) breaker.answered()
    if (ban !== undefined) throw ledger.ban(ban)
    return failed === undefined ? answer : toldTo(breaker, failed)
  } finally {
    // Only now: a ban must shut the gate before the next one is let go.
    permit.done(used)
  }
}

function toldTo(breaker: Breaker, failed: Failed): Failed {
  breaker.failed(failed.error)
  return failed
}

function openPool(origin: string, requestTimeoutMs: number, proxies: Proxies | undefined): Dispatcher {
  const settings = {
    connections: REQUESTS_IN_FLIGHT,
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connect: { timeout: Math.min(LONGEST_CONNECT_MS, requestTimeoutMs) },
    // The whole try has one timeout, which covers these two.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxResponseSize: MAX_BODY_BYTES,
  }
  const proxy = proxies === undefined ? undefined : proxyFor(new URL(origin), proxies)
  return proxy === undefined ? new Pool(origin, settings) : new ProxyAgent({ ...settings, uri: proxy.href, proxyTunnel: true })
}

function usedWeight(service: Service, request: HttpRequest, { headers }: Got): number | undefined {
  const header = service.budgets[request.budget]?.usedHeader
  const text = header === undefined ? undefined : headers[header]
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined
}

/** Resolves after `ms` or when `closing` aborts; throws the reason of `signal`. Leaves no listener behind. */
function pause(clock: Clock, ms: number, closing: AbortSignal, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      timer.cancel()
      closing.removeEventListener('abort', end)
      signal?.removeEventListener('abort', end)
      if (signal?.aborted) reject(signal.reason)
      else resolve()
    }
    const timer = clock.after(ms, end)
    closing.addEventListener('abort', end)
    signal?.addEventListener('abort', end)
    if (signal?.aborted) end()
  })
}

function found<Value>(values: Map<string, Value>, key: string, make: () => Value): Value {
  const existing = values.get(key)
  if (existing !== undefined) return existing
  const made = make()
  values.set(key, made)
  return made
}
