/** FRED's refusals. A bad key is a 400 like any other, so the words decide; the URL that holds the key is never quoted. */
import { ConfigError, ConnectionError, type MtsError, ProtocolError, RateLimitError, RejectedError } from '../../errors.js'
import type { Answer, BanRules } from '../../rest/contract.js'
import { excerpt } from '../../rest/excerpt.js'

const ID = 'fred'
const TOO_MANY_REQUESTS = 429
const PAUSE_MS = 20_000
export const KEYS_FROM = 'https://fred.stlouisfed.org/docs/api/api_key.html'

export const BANS: BanRules = { statuses: { [TOO_MANY_REQUESTS]: PAUSE_MS }, longestMs: 300_000 }

/** The JSON of an answer. Throws what a refusal means; `about` names what was asked for. */
export function openJson(answer: Answer, about: string): unknown {
  const body = jsonOf(answer.body)
  const refusal = refusalIn(body)
  if (refusal !== undefined) throw errorOf(refusal.code, refusal.message, about)
  if (answer.status >= 400) throw errorOf(answer.status, excerpt(answer.body), about)
  if (body !== undefined) return body
  throw noData(answer, about)
}

/** The text of an answer that has to be CSV. Throws what a refusal, or a page of HTML in its place, means. */
export function openCsv(answer: Answer, about: string): string {
  const text = answer.body.replace(/^\ufeff/, '')
  const isPage = text.trimStart().startsWith('<')
  if (answer.status === 404) throw unknownSeries(`${ID} refuses ${about}: no such series (HTTP 404)`)
  if (answer.status >= 400) throw errorOf(answer.status, isPage ? 'a page of HTML' : excerpt(text), about)
  if (isPage || answer.status >= 300) throw noData(answer, about)
  return text
}

function refusalIn(body: unknown): { readonly code: number; readonly message: string } | undefined {
  if (typeof body !== 'object' || body === null) return undefined
  // `error_code` in version 1, `code` in version 2.
  const { error_code: first, error_message: text, code: second, message } = body as Readonly<Record<string, unknown>>
  const code = first ?? second
  const said = text ?? message
  return typeof code === 'number' ? { code, message: typeof said === 'string' ? said : 'no reason given' } : undefined
}

function errorOf(code: number, message: string, about: string): MtsError {
  const said = `${ID} refuses ${about}: ${message.replaceAll(/\s+/g, ' ')} (${code})`
  if (code === TOO_MANY_REQUESTS) return new RateLimitError(said, ID, PAUSE_MS)
  if (code >= 500) return new ConnectionError(said, ID, { suggestions: ['FRED has trouble of its own: try again later'] })
  if (/api_key/i.test(message)) return keyError(said, message)
  if (/series does not exist/i.test(message) || code === 404) return unknownSeries(said)
  if (/vintage dates allowed/i.test(message)) {
    return new RejectedError(said, ID, { suggestions: ['Ask for fewer years at once'] })
  }
  if (code === 403) {
    return new RejectedError(said, ID, {
      suggestions: [
        'The site filters robots and some networks: a key uses another host',
        `Get one at ${KEYS_FROM} and set FRED_API_KEY`,
      ],
    })
  }
  return new RejectedError(said, ID, { suggestions: [] })
}

function keyError(said: string, message: string): ConfigError {
  const isMissing = /not (?:been )?set/i.test(message)
  return new ConfigError(isMissing ? 'CONFIG_KEY_MISSING' : 'CONFIG_BAD_KEY', said, {
    suggestions: ['Check FRED_API_KEY', `A key is free: ${KEYS_FROM}`],
  })
}

function unknownSeries(said: string): RejectedError {
  return new RejectedError(said, ID, {
    suggestions: ['Look for its id at https://fred.stlouisfed.org; some series were withdrawn'],
  })
}

function noData(answer: Answer, about: string): ProtocolError {
  return new ProtocolError(`${ID} ${about}: the answer is no data: ${excerpt(answer.body) || `HTTP ${answer.status}, empty`}`, ID, {
    suggestions: ['A proxy or a login page may stand in the way; `mts config` shows the URL'],
  })
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    // XML or HTML: the status, or the caller, decides.
    return undefined
  }
}
