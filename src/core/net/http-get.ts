import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { Dispatcher } from 'undici'
import type { Clock } from '../clock.js'
import type { Answer } from '../rest/contract.js'

/** The largest list of instruments is 20 MB; anything beyond this is no answer. */
export const MAX_BODY_BYTES = 64 * 2 ** 20

const unzip = promisify(gunzip)

/** What came several times in the headers is joined. */
export type Got = Answer

export interface GetRequest {
  readonly url: URL
  /** Beside the usual ones, or in their place. */
  readonly headers: Readonly<Record<string, string>>
  readonly userAgent: string
  readonly clock: Clock
  /** For the whole: connecting, headers and body. */
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
}

interface GetOptions extends GetRequest {
  readonly pool: Dispatcher
}

/** Why a GET got no whole answer. `timeout` and `connection` are worth another try; `aborted` carries the signal's reason. */
export type GetFailure =
  | { readonly kind: 'timeout' }
  | { readonly kind: 'connection'; readonly cause: Error }
  | { readonly kind: 'aborted'; readonly reason: unknown }

/** One GET without a body; gzip is decoded. Never throws. */
export async function get(options: GetOptions): Promise<Got | GetFailure> {
  const { clock, signal, timeoutMs } = options
  if (signal?.aborted) return { kind: 'aborted', reason: signal.reason }
  const controller = new AbortController()
  let isLate = false
  const timer = clock.after(timeoutMs, () => {
    isLate = true
    controller.abort()
  })
  const abort = (): void => controller.abort()
  signal?.addEventListener('abort', abort, { once: true })
  try {
    return await request(options, controller.signal)
  } catch (error) {
    if (signal?.aborted) return { kind: 'aborted', reason: signal.reason }
    if (isLate || TIMEOUT_CODES.has(codeOf(error))) return { kind: 'timeout' }
    return { kind: 'connection', cause: error instanceof Error ? error : new Error(String(error)) }
  } finally {
    timer.cancel()
    signal?.removeEventListener('abort', abort)
  }
}

const TIMEOUT_CODES: ReadonlySet<string> = new Set(['UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT'])

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

async function request({ pool, url, userAgent, headers: own }: GetOptions, signal: AbortSignal): Promise<Got> {
  const response = await pool.request({
    method: 'GET',
    origin: url.origin,
    path: url.pathname + url.search,
    headers: { accept: 'application/json', 'accept-encoding': 'gzip', 'user-agent': userAgent, ...own },
    signal,
  })
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value
  }
  const bytes = Buffer.from(await response.body.arrayBuffer())
  const isZipped = headers['content-encoding'] === 'gzip' && bytes.length > 0
  const text = isZipped ? await unzip(bytes, { maxOutputLength: MAX_BODY_BYTES }) : bytes
  return { status: response.statusCode, headers, body: text.toString('utf8') }
}
