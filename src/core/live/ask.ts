/** What the commands that ask exchanges once have in common: whole answers, and success in part. */
import { MtsError, UsageError } from '../errors.js'
import type { Endpoints, Exchange, RestSource } from '../exchanges/contract.js'
import type { Instrument } from '../market/instrument.js'
import type { Http } from '../net/contract.js'
import { readAnswer } from '../net/rest-body.js'
import type { StreamFailure } from './stream-end.js'

export interface AskWorld {
  readonly http: Http
  readonly signal: AbortSignal
  endpoints(exchange: Exchange): Endpoints
}

export interface Answered<Row> {
  readonly rows: readonly Row[]
  /** Of the last page, ms. */
  readonly receivedAt: number
}

/** All pages of an answer. Throws `ApiError`. */
export async function askAll<Query, Row>(
  world: AskWorld,
  exchange: Exchange,
  source: RestSource<Query, Row>,
  query: Query,
): Promise<Answered<Row>> {
  const rows: Row[] = []
  let page: Parameters<typeof source.request>[1]
  let receivedAt = 0
  do {
    const asked = page
    const request = source.request(query, asked)
    const answer = await world.http.send(exchange, world.endpoints(exchange).rest, request, { signal: world.signal })
    const { rows: more, next } = readAnswer(exchange, source.path, answer, (body) => source.parse(body, query, asked))
    rows.push(...more)
    receivedAt = Math.floor(answer.receivedAt / 1000)
    page = next
  } while (page !== undefined)
  return { rows, receivedAt }
}

/** The exchange's list, by symbol. Throws `ApiError`. */
export async function askInstruments(world: AskWorld, exchange: Exchange): Promise<ReadonlyMap<string, Instrument>> {
  const { rows } = await askAll(world, exchange, exchange.rest.instruments, {})
  return new Map(rows.map((each) => [each.symbol, each]))
}

export interface Gathered<Value> {
  readonly values: readonly Value[]
  readonly failures: readonly StreamFailure[]
  /** Exchanges that do not have what was asked for. */
  readonly warnings: readonly string[]
}

/**
 * Does the same on every exchange at once. Throws the first error when none succeeded; else what an exchange does not have
 * (`UsageError`) is a warning and what failed a failure. Throws everything that is no `MtsError`.
 */
export async function onEach<Value>(
  exchanges: readonly Exchange[],
  work: (exchange: Exchange) => Promise<Value>,
): Promise<Gathered<Value>> {
  const values: Value[] = []
  const failures: StreamFailure[] = []
  const warnings: string[] = []
  const errors: MtsError[] = []
  const results = await Promise.allSettled(exchanges.map(work))
  for (const [i, result] of results.entries()) {
    if (result.status === 'fulfilled') {
      values.push(result.value)
      continue
    }
    const error: unknown = result.reason
    if (!(error instanceof MtsError)) throw error
    errors.push(error)
    if (error instanceof UsageError) warnings.push(error.message)
    else failures.push({ exchange: exchanges[i]?.id ?? '', code: error.code, message: error.message })
  }
  const [first] = errors
  if (values.length === 0 && first !== undefined) throw first
  return { values, failures, warnings }
}
