/** CoinGecko's refusals: four forms of body, with codes of its own, and the HTTP status does not always fit. */
import { ConfigError, ConnectionError, type MtsError, ProtocolError, RateLimitError, RejectedError } from '../../errors.js'
import type { Answer, BanRules } from '../../rest/contract.js'
import { excerpt } from '../../rest/excerpt.js'
import { retryAfterMs } from '../../rest/retry-after.js'

const ID = 'coingecko'
const TOO_MANY_REQUESTS = 429
const PAUSE_MS = 60_000
/** A refusal is short; a chart that happens to hold these digits is not. */
const LONGEST_REFUSAL = 4_000

const KEY_MISSING = 10002
const NOT_IN_PLAN = 10005
const KEY_REJECTED = 10006
const WRONG_HOST_FOR_PRO = 10010
const WRONG_HOST_FOR_DEMO = 10011
const TOO_OLD = 10012
const FIREWALL = 1020

interface Refusal {
  readonly code: number
  readonly message: string
}

export const BANS: BanRules = {
  statuses: { [TOO_MANY_REQUESTS]: PAUSE_MS },
  longestMs: 300_000,
  pause(answer, now) {
    if (refusalOf(answer)?.code !== TOO_MANY_REQUESTS) return undefined
    const ms = demandedMs(answer, now)
    return ms === undefined ? { ms: PAUSE_MS, isExact: false } : { ms, isExact: true }
  },
}

/** The JSON of an answer. Throws what the refusal in it, or in its status, means; `about` names what was asked for. */
export function openAnswer(answer: Answer, about: string): unknown {
  const refusal = refusalOf(answer)
  if (refusal !== undefined) throw errorOf(refusal, answer, about)
  try {
    return JSON.parse(answer.body)
  } catch (cause) {
    throw new ProtocolError(`${ID} ${about}: the answer is no JSON: ${excerpt(answer.body) || 'empty'}`, ID, {
      cause,
      suggestions: ['Is it CoinGecko that answers? `mts config` shows the URL; a proxy may stand in its way'],
    })
  }
}

/** `undefined`: data. A 200 may carry a refusal, and a refusal may be a page of HTML. */
function refusalOf({ status, body }: Answer): Refusal | undefined {
  const told = body.length > LONGEST_REFUSAL ? undefined : toldIn(body)
  if (told !== undefined) return { code: told.code ?? status, message: told.message }
  return status < 400 ? undefined : { code: status, message: excerpt(body) || 'no reason given' }
}

function toldIn(body: string): { readonly code: number | undefined; readonly message: string } | undefined {
  const json = parsed(body)
  const { status, error } = json
  const nested = fieldsOf(fieldsOf(error)['status'])
  for (const place of [fieldsOf(status), nested, json]) {
    const { error_code: code, error_message: message } = place
    if (typeof code === 'number') return { code, message: textOf(message) ?? textOf(status) ?? 'no reason given' }
  }
  // `{"status":500,"error":"Internal Server Error"}` and `{"error":"coin not found"}`.
  const message = textOf(error)
  return message === undefined ? undefined : { code: typeof status === 'number' ? status : undefined, message }
}

function errorOf({ code, message }: Refusal, answer: Answer, about: string): MtsError {
  const said = `${ID} refuses ${about}: ${message} (${code === answer.status ? 'HTTP ' : 'code '}${code})`
  if (code === TOO_MANY_REQUESTS) return new RateLimitError(said, ID, demandedMs(answer, Number.NaN) ?? PAUSE_MS)
  const known = BY_CODE[code]
  if (known !== undefined) return known(said)
  if (code >= 500 && code < 600)
    return new ConnectionError(said, ID, { suggestions: ['CoinGecko has trouble of its own: try again later'] })
  if (code === 408) return new ConnectionError(said, ID)
  if (/user-agent/i.test(message)) {
    return new ConfigError('CONFIG_USER_AGENT', said, {
      suggestions: ['Requests carry `mts/<version>` as User-Agent: a proxy on the way may take it out'],
    })
  }
  if (code === 401) return isPlanMatter(message) ? planError(said) : keyError(said)
  return new RejectedError(said, ID, { suggestions: suggestionsFor(code, message) })
}

const BY_CODE: Readonly<Record<number, (said: string) => MtsError>> = {
  [KEY_MISSING]: (said) => keyError(said),
  [KEY_REJECTED]: (said) => keyError(said),
  [WRONG_HOST_FOR_PRO]: (said) =>
    keyError(said, 'A key of a paid plan belongs to the pro host: set providers.coingecko_plan to pro'),
  [WRONG_HOST_FOR_DEMO]: (said) => keyError(said, 'A demo key belongs to the public host: set providers.coingecko_plan to demo'),
  [NOT_IN_PLAN]: (said) => planError(said),
  [TOO_OLD]: (said) =>
    new RejectedError(said, ID, {
      suggestions: ['Without a paid plan CoinGecko tells of the last 365 days only: ask for a later --from'],
    }),
  [FIREWALL]: (said) =>
    new RejectedError(said, ID, {
      suggestions: ["CoinGecko's firewall refuses this address: another network, or a key, may help"],
    }),
}

function keyError(said: string, hint?: string): ConfigError {
  const suggestions = ['Check COINGECKO_API_KEY; keys are at https://www.coingecko.com/en/developers/dashboard']
  return new ConfigError('CONFIG_BAD_KEY', said, { suggestions: hint === undefined ? suggestions : [hint, ...suggestions] })
}

function planError(said: string): RejectedError {
  return new RejectedError(said, ID, {
    suggestions: ['Your plan at CoinGecko does not have this: https://www.coingecko.com/en/api/pricing'],
  })
}

/** A 401 that speaks of plans or of old times does not mind the key. */
function isPlanMatter(message: string): boolean {
  return /upgrade|exclusive|subscri|time range|plan/i.test(message)
}

function suggestionsFor(code: number, message: string): string[] {
  if (code === 404) return ['Coins go by their CoinGecko id, such as bitcoin or avalanche-2']
  if (code === 403 && /^<|html/i.test(message)) return ['A firewall refuses this address: another network, or a key, may help']
  return []
}

/** The pause that the headers name, ms; `undefined`: none that can be read. */
function demandedMs({ headers }: Answer, now: number): number | undefined {
  return retryAfterMs(headers['retry-after'], now) ?? resetMs(headers['x-ratelimit-reset'], now)
}

/** `2026-03-09 03:28:00 +0000`. */
function resetMs(header: string | undefined, now: number): number | undefined {
  const [, day, time, hours, minutes] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) ([+-]\d\d)(\d\d)$/.exec(header?.trim() ?? '') ?? []
  if (day === undefined) return undefined
  const ms = Date.parse(`${day}T${time}${hours}:${minutes}`) - now
  return Number.isFinite(ms) ? ms : undefined
}

function parsed(body: string): Readonly<Record<string, unknown>> {
  try {
    return fieldsOf(JSON.parse(body))
  } catch {
    // HTML, or nothing: the status alone speaks.
    return {}
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : {}
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
