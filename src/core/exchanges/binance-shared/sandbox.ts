/** Binance's side of the wire, as futures and spot share it: number text, control messages, REST's frame of each answer. */
import { MINUTE_MS } from '../../market/time.js'
import type {
  SandboxLevel,
  SandboxMarket,
  SandboxReply,
  SandboxRequest,
  SandboxResponse,
  SandboxSession,
} from '../sandbox-contract.js'

/** A step that is a power of ten, parsed from text so that it is the float64 nearest to it. */
export function powerOfTen(exponent: number): number {
  return Number(`1e${exponent}`)
}

/** Decimals that a step needs: 0.1 → 1, 10 → 0. */
export function digits(step: number): number {
  return Math.max(0, Math.ceil(-Math.log10(step) - 1e-9))
}

/** How an exchange writes a listing's prices and quantities. */
export interface Texts {
  readonly price: (value: number) => string
  readonly quantity: (value: number) => string
}

export function levelTexts(levels: readonly SandboxLevel[], texts: Texts): [string, string][] {
  return levels.map(([price, quantity]) => [texts.price(price), texts.quantity(quantity)])
}

// ---- Socket

/** `/stream` wraps each frame with its stream's name; `/ws` does not. */
function isCombined(session: SandboxSession): boolean {
  return /\/stream(\/|$)/.test(session.url.pathname)
}

export function wrap(name: string, data: unknown, session: SandboxSession): string {
  return JSON.stringify(isCombined(session) ? { stream: name, data } : data)
}

/** Streams that the URL names: `/stream?streams=a/b`, `/ws/a/b`. What is no stream's name is passed over in silence. */
export function opened(session: SandboxSession): SandboxReply {
  const { pathname, searchParams } = session.url
  const inPath = pathname.split('/').slice(1).map(decodeURIComponent)
  const inQuery = (searchParams.get('streams') ?? '').split('/')
  return { frames: [], subscribe: [...inPath, ...inQuery].filter((name) => /[@!]/.test(name)) }
}

const REFUSED = { property: 0, type: 1, request: 2, json: 3 } as const

/** An acknowledgement says nothing of the stream: a name that does not exist, or on the wrong route, is accepted and silent. */
export function message(text: string, session: SandboxSession): SandboxReply {
  const { method, params, id } = readMessage(text)
  const answer = (result: unknown): readonly string[] => [JSON.stringify({ result, id })]
  const refuse = (code: number, msg: string): SandboxReply => ({ frames: [JSON.stringify({ error: { code, msg }, id })] })
  if (method === undefined) return { frames: [JSON.stringify({ error: { code: REFUSED.json, msg: 'Invalid JSON' } })] }
  if (typeof id !== 'number' || !Number.isInteger(id) || id < 0)
    return refuse(REFUSED.request, 'Invalid request: request ID must be an unsigned integer')
  switch (method) {
    case 'LIST_SUBSCRIPTIONS':
      return { frames: answer([...session.topics]) }
    case 'SET_PROPERTY':
      return setProperty(params, session) ? { frames: answer(null) } : refuse(REFUSED.property, 'Unknown property')
    case 'SUBSCRIBE':
    case 'UNSUBSCRIBE':
      if (!isTexts(params)) return refuse(REFUSED.type, 'Invalid value type: expected Array<String>')
      return { frames: answer(null), [method === 'SUBSCRIBE' ? 'subscribe' : 'unsubscribe']: params }
    default:
      return refuse(REFUSED.request, `Invalid request: unknown variant \`${String(method)}\``)
  }
}

/** The form of a connection is fixed here: setting it to what it is succeeds. */
function setProperty(params: unknown, session: SandboxSession): boolean {
  return Array.isArray(params) && params[0] === 'combined' && params[1] === isCombined(session)
}

interface Message {
  readonly method?: unknown
  readonly params?: unknown
  readonly id?: unknown
}

function readMessage(text: string): Message {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { method: null, ...value } : { method: null }
  } catch {
    return {}
  }
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string')
}

// ---- REST

export type Listing = SandboxMarket['listings'][number]

/** A request with what its handler needs. */
export interface Call {
  readonly query: URLSearchParams
  readonly market: SandboxMarket
}

/** An answer's body and weight; the weight may depend on the parameters. */
export interface Answer {
  readonly body: unknown
  readonly weight: number
}

export type Handler = (call: Call) => Answer

/** Codes: https://developers.binance.com/docs/derivatives/usds-margined-futures/error-code */
export interface Refusal {
  readonly code: number
  readonly msg: string
}

const BAD_SYMBOL: Refusal = { code: -1121, msg: 'Invalid symbol.' }
export const BAD_INTERVAL: Refusal = { code: -1120, msg: 'Invalid interval.' }

function missing(parameter: string): Refusal {
  return { code: -1102, msg: `Mandatory parameter '${parameter}' was not sent, was empty/null, or malformed.` }
}

export function badParameter(parameter: string): Refusal {
  return { code: -1130, msg: `Data sent for parameter '${parameter}' is not valid.` }
}

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'code') && Object.hasOwn(value, 'msg')
}

/** The listing that `symbol` names, or why there is none. */
export function listingOf({ query, market }: Call): Listing | Refusal {
  const symbol = query.get('symbol')
  if (symbol === null || symbol === '') return missing('symbol')
  return market.listings.find((listing) => listing.symbol === symbol) ?? BAD_SYMBOL
}

/** A count from 1 to `most`. */
export function limitOf({ query }: Call, standard: number, most: number): number | Refusal {
  const text = query.get('limit')
  const limit = text === null ? standard : Number(text)
  return Number.isInteger(limit) && limit >= 1 && limit <= most ? limit : badParameter('limit')
}

/** A moment in ms, `undefined` when it is not asked for. */
export function timeOf({ query }: Call, name: string): number | undefined {
  const text = query.get(name)
  const time = text === null || text === '' ? Number.NaN : Number(text)
  return Number.isSafeInteger(time) ? time : undefined
}

const BAN_MS = 2 * MINUTE_MS

/** Answers with the weight header; above the limit 429, and at twice the limit, when 429 was ignored, a ban. */
export function answerRest(
  request: SandboxRequest,
  market: SandboxMarket,
  handlers: Readonly<Record<string, Handler>>,
  limit: number,
): SandboxResponse {
  const handler = Object.hasOwn(handlers, request.path) ? handlers[request.path] : undefined
  if (handler === undefined)
    return { status: 404, body: { code: -5000, msg: `Path ${request.path}, Method ${request.method} is invalid` }, weight: 1 }
  if (request.usedWeight >= 2 * limit) return banned(market.now)
  const { body, weight } = handler({ query: request.query, market })
  const used = request.usedWeight + weight
  // What is paid from another pool answers without the header.
  const headers: Record<string, string> = weight === 0 ? {} : { 'X-MBX-USED-WEIGHT-1M': String(used) }
  if (weight > 0 && used > limit) return tooMany(headers, market.now, limit, weight)
  return { status: isRefusal(body) ? 400 : 200, body, headers, weight }
}

function tooMany(headers: Readonly<Record<string, string>>, now: number, limit: number, weight: number): SandboxResponse {
  const msg = `Too many requests; current limit is ${limit} request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.`
  const seconds = Math.ceil((MINUTE_MS - (now % MINUTE_MS)) / 1000)
  return { status: 429, body: { code: -1003, msg }, headers: { ...headers, 'Retry-After': String(seconds) }, weight }
}

function banned(now: number): SandboxResponse {
  const msg = `Way too many requests; IP banned until ${now + BAN_MS}. Please use WebSocket Streams for live updates to avoid bans.`
  return { status: 418, body: { code: -1003, msg }, headers: { 'Retry-After': String(BAN_MS / 1000) }, weight: 1 }
}

export function rateLimit(rateLimitType: string, interval: string, intervalNum: number, limit: number) {
  return { rateLimitType, interval, intervalNum, limit }
}
