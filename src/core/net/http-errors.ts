import { ConnectionError, TimeoutError } from '../errors.js'
import type { Service } from '../rest/contract.js'
import { excerpt } from '../rest/excerpt.js'
import { retryAfterMs } from '../rest/retry-after.js'
import { codeOf, type GetFailure, type Got } from './http-get.js'

const REQUEST_TIMEOUT_STATUS = 408
const FIRST_SERVER_STATUS = 500

/** What went wrong with one try, and how long the server asks us to wait before the next. */
export interface Failed {
  readonly error: ConnectionError | TimeoutError
  readonly retryAfterMs: number
}

/** The failure of a try that got no whole answer; throws the signal's reason after an abort. */
export function failedTry(failure: GetFailure, { id }: Pick<Service, 'id'>, url: URL, timeoutMs: number): Failed {
  const place = `${id} ${url.pathname}`
  switch (failure.kind) {
    case 'aborted':
      throw failure.reason
    case 'timeout':
      return {
        error: new TimeoutError(`${place}: no complete answer within ${timeoutMs} ms`, id, {
          suggestions: [`Is ${url.host} reachable? \`mts config\` shows the URL`, 'Raise REQUEST_TIMEOUT if the line is slow'],
        }),
        retryAfterMs: 0,
      }
    case 'connection':
      return {
        error: new ConnectionError(`${place}: ${connectionProblem(failure.cause, url)}`, id, {
          cause: failure.cause,
          suggestions: [`Is the network up, and is ${url.host} the right host? \`mts config\` shows the URL`],
        }),
        retryAfterMs: 0,
      }
  }
}

/** The server itself failed (5xx, 408, or no status at all): worth another try. `undefined`: a proper answer. */
export function failedServer(got: Got, service: Service, url: URL, now: number): Failed | undefined {
  if (got.status < FIRST_SERVER_STATUS && got.status !== REQUEST_TIMEOUT_STATUS) return undefined
  const text = excerpt(got.body)
  const message = `${service.id} ${url.pathname}: HTTP ${got.status}${text === '' ? '' : `: ${text}`}`
  const suggestions = [`${service.name} has trouble of its own: try again later`]
  return {
    error: new ConnectionError(message, service.id, { suggestions }),
    retryAfterMs: Math.max(0, retryAfterMs(got.headers['retry-after'], now) ?? 0),
  }
}

const PROBLEMS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name cannot be resolved now',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  ENETUNREACH: 'no route to the network',
  EHOSTUNREACH: 'no route to the host',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'the answer is too large',
  ERR_BUFFER_TOO_LARGE: 'the answer is too large',
  Z_DATA_ERROR: 'the answer is damaged (gzip)',
  Z_BUF_ERROR: 'the answer is damaged (gzip)',
}

function connectionProblem(cause: Error, url: URL): string {
  const code = codeOf(cause)
  const problem = PROBLEMS[code] ?? (cause.name === 'HTTPParserError' ? 'the answer is no HTTP' : cause.message)
  return `${problem} (${code === '' ? cause.name : code}, ${url.host})`
}
