import { Pool } from 'undici'
import type { Clock } from '../clock.js'
import type { Exchange, HttpRequest } from '../exchanges/contract.js'
import { SOCKETS_BUDGET } from './accounts.js'
import { banOf, banOfSocket } from './ban.js'
import { type Breaker, createBreaker } from './breaker.js'
import { createLedger, type Ledger, REQUESTS_IN_FLIGHT } from './budget.js'
import type { Http, HttpAnswer, SendOptions } from './contract.js'
import { type Failed, failedServer, failedTry } from './http-errors.js'
import { type Got, get, MAX_BODY_BYTES } from './http-get.js'
import { requestUrl } from './request-url.js'
import { systemRandom } from './system-clock.js'

/** A connection that is not there by then will not come. */
const LONGEST_CONNECT_MS = 5_000
/** Longer than the pause between two polls; shorter than what load balancers keep (60 s). */
const KEEP_ALIVE_MS = 30_000
/** A server that asks for a longer pause than this gets no second try from us. */
const LONGEST_RETRY_MS = 10_000

export interface Retry {
  /** Tries after the first one. */
  readonly times: number
  /** The first pause is random up to `baseMs`, each next one up to twice as much ("full jitter"), at most `capMs`. */
  readonly baseMs: number
  readonly capMs: number
}

export interface HttpOptions {
  readonly clock: Clock
  /** For one try, from connecting to the last byte. */
  readonly requestTimeoutMs: number
  /** `mts/<version>`. */
  readonly userAgent: string
  /** Gets every answer, also those that refuse and those that are followed by another try. */
  readonly onAnswer?: (exchange: Exchange, request: HttpRequest, answer: HttpAnswer) => void
  readonly retry?: Retry
  /** The part of each budget that is used; 0.9 when missing. */
  readonly budgetShare?: number
  /** Where budgets and bans are kept; in this process when missing. */
  readonly openLedger?: (exchange: Exchange) => Ledger
  readonly random?: () => number
}

const RETRY: Retry = { times: 2, baseMs: 250, capMs: 2_000 }

/** The network as `Http` promises it: budgets, bans, tries and connections of every exchange. */
export function createHttp(options: HttpOptions): Http {
  const { clock, requestTimeoutMs, retry = RETRY, random = systemRandom } = options
  const closing = new AbortController()
  const doors = openDoors(options, closing.signal)
  const { ledgerOf } = doors

  return {
    async send(exchange, root, request, sendOptions = {}) {
      const url = requestUrl(exchange.id, root, request.path, request.query)
      const lastTryAt = clock.now() + requestTimeoutMs
      for (let tries = 0; ; tries++) {
        const result = await tryOnce(doors, options, { exchange, url, request }, sendOptions)
        if (!('error' in result)) return result
        const pauseMs = Math.max(result.retryAfterMs, random() * Math.min(retry.capMs, retry.baseMs * 2 ** tries))
        // A server that used up the time of a whole try by saying nothing gets no second one: somebody waits for the answer.
        const isLate = clock.now() + pauseMs > lastTryAt
        if (tries >= retry.times || pauseMs > LONGEST_RETRY_MS || isLate) throw result.error
        await pause(clock, pauseMs, closing.signal, sendOptions.signal)
      }
    },
    async admitSocket(exchange, signal) {
      const permit = await ledgerOf(exchange).acquire({ budget: SOCKETS_BUDGET, weight: 1, priority: 0 }, signal)
      permit.done()
    },
    refusedSocket(exchange, refusal) {
      const ban = banOfSocket(exchange.bans, refusal, clock.now())
      return ban === undefined ? undefined : ledgerOf(exchange).ban(ban)
    },
    usage: (exchange) => ledgerOf(exchange).usage(),
    async close() {
      closing.abort()
      await doors.close()
    },
  }
}

/** What each exchange has of its own, made when it is first asked. */
interface Doors {
  ledgerOf(exchange: Exchange): Ledger
  breakerOf(exchange: Exchange): Breaker
  poolOf(origin: string): Pool
  close(): Promise<void>
}

function openDoors(options: HttpOptions, closing: AbortSignal): Doors {
  const { clock, requestTimeoutMs, budgetShare = 0.9, random = systemRandom } = options
  const openLedger = options.openLedger ?? ((exchange) => createLedger(exchange, clock, budgetShare))
  const ledgers = new Map<string, Ledger>()
  const breakers = new Map<string, Breaker>()
  const pools = new Map<string, Pool>()
  return {
    ledgerOf: (exchange) =>
      found(ledgers, exchange.id, () => {
        const ledger = openLedger(exchange)
        if (closing.aborted) ledger.close()
        return ledger
      }),
    breakerOf: ({ id }) => found(breakers, id, () => createBreaker(id, clock, random)),
    poolOf: (origin) => found(pools, origin, () => openPool(origin, requestTimeoutMs)),
    async close() {
      for (const ledger of ledgers.values()) ledger.close()
      await Promise.all([...pools.values()].map((pool) => pool.destroy()))
    },
  }
}

interface Asked {
  readonly exchange: Exchange
  readonly url: URL
  readonly request: HttpRequest
}

/** One try: an answer, or a failure that is worth another try. Throws while nothing may be sent. */
async function tryOnce(
  { ledgerOf, breakerOf, poolOf }: Doors,
  { clock, requestTimeoutMs: timeoutMs, userAgent, onAnswer }: HttpOptions,
  { exchange, url, request }: Asked,
  { signal, priority = 1 }: SendOptions,
): Promise<HttpAnswer | Failed> {
  const { budget, weight, path } = request
  const ledger = ledgerOf(exchange)
  const breaker = breakerOf(exchange)
  const down = breaker.refusal()
  if (down !== undefined) throw down
  const permit = await ledger.acquire({ budget, weight, priority }, signal)
  let used: number | undefined
  try {
    const stillDown = breaker.enter()
    if (stillDown !== undefined) throw stillDown
    const got = await get({ pool: poolOf(url.origin), url, userAgent, clock, timeoutMs, signal })
    if (!('status' in got)) {
      if (got.kind === 'aborted') breaker.left()
      return toldTo(breaker, failedTry(got, exchange, url, timeoutMs))
    }
    used = usedWeight(exchange, request, got)
    const answer: HttpAnswer = { ...got, url: url.href, receivedAt: clock.stamp() }
    onAnswer?.(exchange, request, answer)
    const failed = failedServer(got, exchange, url, clock.now())
    const ban = banOf(exchange.bans, got, path, clock.now())
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

function openPool(origin: string, requestTimeoutMs: number): Pool {
  return new Pool(origin, {
    connections: REQUESTS_IN_FLIGHT,
    pipelining: 1,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connect: { timeout: Math.min(LONGEST_CONNECT_MS, requestTimeoutMs) },
    // The whole try has one timeout, which covers these two.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxResponseSize: MAX_BODY_BYTES,
  })
}

function usedWeight(exchange: Exchange, request: HttpRequest, { headers }: Got): number | undefined {
  const header = exchange.budgets[request.budget]?.usedHeader
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
