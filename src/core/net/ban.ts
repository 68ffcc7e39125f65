import type { Answer, BanRules } from '../rest/contract.js'
import { excerpt } from '../rest/excerpt.js'
import { retryAfterMs } from '../rest/retry-after.js'
import type { UpgradeRefusedError } from './upgrade-refused.js'

export interface Ban {
  readonly ms: number
  /** The exchange said how long; otherwise it is our rule, which grows when it proves too short. */
  readonly isExact: boolean
  /** For people: what the exchange answered to which request. */
  readonly reason: string
}

/** HTTP's own status for asking too much, also where an exchange does not declare it. */
const TOO_MANY_REQUESTS = 429
const UNDECLARED_MS = 60_000
/** A pause of 0 s, or one that is over by our clock, would let us knock again at once. */
const SHORTEST_MS = 1_000
/** `Way too many requests; IP(1.2.3.4) banned until 1573204134000.` (Binance, code −1003). */
const BANNED_UNTIL = /banned until (\d{13})\b/

/** The pause that an answer demands; `undefined`: none. `now` in ms UTC; `path` for the message. */
export function banOf(rules: BanRules, answer: Answer, path: string, now: number): Ban | undefined {
  const { status, headers, body } = answer
  const own = rules.pause?.(answer, now)
  if (own !== undefined) return { ms: Math.max(SHORTEST_MS, own.ms), isExact: own.isExact, reason: reasonOf(answer, path) }
  if (status < 400) return undefined
  const declaredMs = rules.statuses[status] ?? (status === TOO_MANY_REQUESTS ? UNDECLARED_MS : undefined)
  const until = BANNED_UNTIL.exec(body)?.[1]
  if (declaredMs === undefined && until === undefined) return undefined
  const said = [retryAfterMs(headers['retry-after'], now), until === undefined ? undefined : Number(until) - now]
  const exact = said.filter((ms) => ms !== undefined)
  const ms = Math.max(SHORTEST_MS, ...(exact.length > 0 ? exact : [declaredMs ?? UNDECLARED_MS]))
  return { ms, isExact: exact.length > 0, reason: reasonOf(answer, path) }
}

function reasonOf({ status, body }: Answer, path: string): string {
  const text = excerpt(body)
  return `HTTP ${status} for ${path}${text === '' ? '' : `: ${text}`}`
}

/** The same of a refused WebSocket: it meets the same firewall as requests do. */
export function banOfSocket(rules: BanRules, { status, retryAfterMs: ms, message }: UpgradeRefusedError, now: number) {
  const headers = ms === undefined ? {} : { 'retry-after': String(ms / 1000) }
  const ban = banOf(rules, { status, headers, body: message }, '', now)
  return ban === undefined ? undefined : { ...ban, reason: message }
}
