/** What Binance's REST interfaces of futures and spot share: refusals, books, instruments' filters. */
import { z } from 'zod'
import { ConnectionError, RateLimitError, RejectedError } from '../../errors.js'
import { BookUpdate } from '../../market/book-update.js'
import { MINUTE_MS } from '../../market/time.js'
import type { BookQuery } from '../contract.js'
import { parseBody, zLevel, zMaybeNumber } from '../wire.js'

/** An error body that came in place of an answer. */
interface Refusal {
  readonly code: number
  readonly msg: string
}

/** The server's own trouble, which passes: unknown, disconnected, unexpected response, timeout, overloaded. */
const SERVER_TROUBLE = new Set([-1000, -1001, -1006, -1007, -1008])
const TOO_MANY_REQUESTS = -1003
const BAD_INTERVAL = -1120
const BAD_SYMBOL = -1121
const BAD_SYMBOL_STATUS = -1122

/**
 * Throws when the body is a refusal `{code, msg}`: `RateLimitError` (without a clock the end of a ban is not known, so at
 * least its shortest length), `ConnectionError` for trouble of the server, else `RejectedError`.
 */
export function throwRefusal(body: unknown, exchange: string, query: { readonly symbol?: string } = {}): void {
  if (!isRefusal(body)) return
  const { code, msg } = body
  if (code === TOO_MANY_REQUESTS) {
    throw new RateLimitError(`${exchange}: ${msg}`, exchange, /banned/i.test(msg) ? 2 * MINUTE_MS : MINUTE_MS)
  }
  if (SERVER_TROUBLE.has(code)) throw new ConnectionError(`${exchange}: ${msg} (${code})`, exchange)
  const isSymbol = code === BAD_SYMBOL || code === BAD_SYMBOL_STATUS
  if (isSymbol && query.symbol !== undefined) {
    throw new RejectedError(`${exchange} does not trade ${query.symbol}: ${msg} (${code})`, exchange, {
      suggestions: ["Take a symbol of the exchange's list of instruments, byte for byte"],
    })
  }
  const suggestions = code === BAD_INTERVAL ? ['Take an interval such as 1m, 5m, 1h or 1d'] : []
  throw new RejectedError(`${exchange}: ${msg} (${code})`, exchange, { suggestions })
}

function isRefusal(body: unknown): body is Refusal {
  if (typeof body !== 'object' || body === null) return false
  const { code, msg } = body as { code?: unknown; msg?: unknown }
  return typeof code === 'number' && typeof msg === 'string'
}

const zId = z.number().int()

const zDepth = z.object({
  lastUpdateId: zId,
  E: z.number().optional(),
  T: z.number().optional(),
  bids: z.array(zLevel),
  asks: z.array(zLevel),
})

/** A REST book of at most `query.depth` levels a side. `lastUpdateId` −1: there is no book yet. Spot gives no times: 0. */
export function parseDepth(body: unknown, query: BookQuery, exchange: string, path: string): BookUpdate {
  throwRefusal(body, exchange, query)
  const depth = parseBody(zDepth, body, exchange, path)
  const update = new BookUpdate()
  update.symbol = query.symbol
  update.isSnapshot = true
  // A side that has fewer levels than were asked for is known whole.
  update.depth = query.depth
  update.timestamp = depth.T ?? depth.E ?? 0
  update.sentAt = depth.E ?? 0
  update.firstId = depth.lastUpdateId
  update.lastId = depth.lastUpdateId
  for (const [price, quantity] of depth.bids) update.bids.push(price, quantity)
  for (const [price, quantity] of depth.asks) update.asks.push(price, quantity)
  return update
}

const zTime = z.object({ serverTime: z.number() })

export function parseServerTime(body: unknown, exchange: string, path: string): number {
  throwRefusal(body, exchange)
  return parseBody(zTime, body, exchange, path).serverTime
}

/** Filters of one symbol: tick from PRICE_FILTER, lot from LOT_SIZE, smallest order from MIN_NOTIONAL or spot's NOTIONAL. */
export const zFilters = z
  .array(
    z.object({
      filterType: z.string(),
      tickSize: zMaybeNumber,
      stepSize: zMaybeNumber,
      notional: zMaybeNumber,
      minNotional: zMaybeNumber,
    }),
  )
  .transform((filters) => {
    const named = (type: string) => filters.find((filter) => filter.filterType === type)
    const smallest = named('MIN_NOTIONAL') ?? named('NOTIONAL')
    return {
      tickSize: named('PRICE_FILTER')?.tickSize ?? undefined,
      lotSize: named('LOT_SIZE')?.stepSize ?? undefined,
      minNotional: smallest?.notional ?? smallest?.minNotional ?? undefined,
    }
  })

/** Levels a side that can be asked for, and the weight of such a request. */
export type DepthTier = readonly [limit: number, weight: number]

/** The smallest of `tiers` (ascending, at least one) that covers `depth`, else the largest. */
export function depthTier(tiers: readonly DepthTier[], depth: number): DepthTier {
  return tiers.find(([limit]) => limit >= depth) ?? (tiers.at(-1) as DepthTier)
}
