/** The envelope of every REST answer, and what its `retCode` says. https://bybit-exchange.github.io/docs/v5/error */
import { z } from 'zod'
import { ConnectionError, RateLimitError, RejectedError } from '../../errors.js'
import type { HttpRequest } from '../contract.js'
import { parseBody } from '../wire.js'

const Envelope = z.object({
  retCode: z.number().int(),
  retMsg: z.string(),
  result: z.unknown(),
  time: z.number().int().positive().optional(),
})
const Success = Envelope.extend({ time: z.number().int().positive() })

/** After "too many visits" without a word on when the window resets. */
const PAUSE_MS = 1000
/** A struck-out address is let in again after ten minutes. */
const BAN_MS = 600_000

/** Codes of a limit, with the pause in ms. 429: the system is busy. 10018 is the older form of HTTP 403. */
const LIMITED: Readonly<Record<number, number>> = { 429: PAUSE_MS, 10006: PAUSE_MS, 10018: BAN_MS }
/** The server failed: worth another try. */
const FAILED = [10000, 10016]

export interface Opened<Result> {
  readonly result: Result
  /** The server's time of the answer, ms. */
  readonly time: number
}

/**
 * The result and the time of an answer. Throws `RateLimitError`, `ConnectionError` (the server failed), `RejectedError` (naming
 * the symbol that was asked for) or `ProtocolError`.
 */
export function open<Result>(schema: z.ZodType<Result>, body: unknown, path: string, symbol?: string): Opened<Result> {
  const { retCode, retMsg } = parseBody(Envelope, body, 'bybit', path)
  if (retCode === 0) {
    const { result, time } = parseBody(Success, body, 'bybit', path)
    return { result: parseBody(schema, result, 'bybit', path), time }
  }
  const about = symbol === undefined ? path : `${path} for ${symbol}`
  const message = `bybit refuses ${about}: ${retMsg === '' ? 'no reason given' : retMsg} (retCode ${retCode})`
  const pauseMs = LIMITED[retCode]
  if (pauseMs !== undefined) throw new RateLimitError(message, 'bybit', pauseMs)
  if (FAILED.includes(retCode)) throw new ConnectionError(message, 'bybit')
  throw new RejectedError(message, 'bybit', symbol === undefined ? {} : { suggestions: [`Check that bybit lists ${symbol}`] })
}

/** A request for linear contracts; every one costs the same. */
export function request(path: string, query: HttpRequest['query']): HttpRequest {
  return { path, query: { category: 'linear', ...query }, budget: 'http', weight: 1 }
}
