/** Asks a provider: its plan and key, the pauses that it demands, page after page. */
import type { Clock } from '../clock.js'
import { RateLimitError } from '../errors.js'
import type { Access, Provider, ProviderSource } from '../providers/contract.js'
import { prepared } from '../providers/prepare.js'
import type { Page, PageToken } from '../rest/contract.js'
import type { Http, HttpAnswer, SendOptions } from './contract.js'

/** So many pauses in a row and nothing in between: a quota is used up, which no pause of ours brings back. */
const PAUSES_IN_A_ROW = 3
/** Who asks for more than this means a day or a month. */
const LONGEST_PAUSE_MS = 600_000
/** More pages than any answer has: a walk that does not end. */
const MOST_PAGES = 1_000

export interface ProviderClientOptions {
  readonly http: Pick<Http, 'send'>
  readonly clock: Clock
  readonly provider: Provider
  readonly access: Access
  readonly send?: SendOptions
  /** The provider demands a pause of so many ms, which is waited for. */
  readonly onPause?: (ms: number, reason: string) => void
}

export interface ProviderClient {
  /**
   * One page. Waits through pauses; after three in a row, or when one is longer than ten minutes, it throws `RateLimitError`, and
   * so does every later call: the run is over. Throws also what `Http.send` and the source's `parse` throw, and the signal's reason.
   */
  page<Query, Row>(source: ProviderSource<Query, Row>, query: Query, page?: PageToken): Promise<Page<Row>>
  /** Every page, oldest first. */
  all<Query, Row>(source: ProviderSource<Query, Row>, query: Query): Promise<Row[]>
}

export function createProviderClient(options: ProviderClientOptions): ProviderClient {
  const { http, provider, access, send = {} } = options
  const pauses = createPauses(options)

  const page: ProviderClient['page'] = async (source, query, token) => {
    const { root, request } = prepared(provider, access, source, query, token)
    for (;;) {
      await pauses.over()
      try {
        const answer: HttpAnswer = await http.send(provider, root, request, send)
        const parsed = source.parse(answer, query, token)
        pauses.answered()
        return parsed
      } catch (error) {
        if (!(error instanceof RateLimitError)) throw error
        pauses.demanded(error)
      }
    }
  }
  return {
    page,
    async all(source, query) {
      const { rows, next } = await page(source, query)
      const all = [...rows]
      let token = next
      for (let count = 1; token !== undefined && count < MOST_PAGES; count++) {
        const more = await page(source, query, token)
        for (const row of more.rows) all.push(row)
        token = more.next
      }
      return all
    },
  }
}

interface Pauses {
  /** Resolves when nothing is to be waited for; throws when the run is over. */
  over(): Promise<void>
  answered(): void
  /** Throws when this was one too many. */
  demanded(error: RateLimitError): void
}

function createPauses({ clock, provider, send, onPause }: ProviderClientOptions): Pauses {
  let inARow = 0
  let until = Number.NEGATIVE_INFINITY
  let end: RateLimitError | undefined

  return {
    async over() {
      send?.signal?.throwIfAborted()
      if (end !== undefined) throw end
      if (until > clock.now()) await sleep(clock, until - clock.now(), send?.signal)
    },
    answered() {
      inARow = 0
    },
    demanded(error) {
      const now = clock.now()
      // Requests side by side are refused by one and the same pause.
      const isNew = now >= until
      until = Math.max(until, now + error.retryAfterMs)
      if (!isNew) return
      inARow += 1
      if (inARow >= PAUSES_IN_A_ROW || error.retryAfterMs > LONGEST_PAUSE_MS) {
        end = usedUp(error, provider, inARow)
        throw end
      }
      onPause?.(error.retryAfterMs, error.message)
    },
  }
}

function usedUp(cause: RateLimitError, { id, name }: Provider, inARow: number): RateLimitError {
  const why = inARow >= PAUSES_IN_A_ROW ? `refused ${inARow} times in a row` : 'asks for a long pause'
  return new RateLimitError(`${id}: ${why}; nothing more is asked in this run: ${cause.message}`, id, cause.retryAfterMs, {
    cause,
    suggestions: [`The quota of the day or the month at ${name} may be used up: look at your account there, or come back later`],
  })
}

/** Resolves after `ms`; rejects with the signal's reason. */
function sleep(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => {
      timer.cancel()
      reject(signal?.reason)
    }
    const timer = clock.after(ms, () => {
      signal?.removeEventListener('abort', aborted)
      resolve()
    })
    signal?.addEventListener('abort', aborted, { once: true })
    if (signal?.aborted) aborted()
  })
}
