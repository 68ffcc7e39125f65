/** The answers of an exchange, page by page, with the tries that the job allows. */
import { ProtocolError } from '../errors.js'
import type { Endpoints, Exchange, RestSource } from '../exchanges/contract.js'
import type { Http } from '../net/contract.js'
import { readAnswer } from '../net/rest-body.js'
import { type RetryWorld, retrying } from './retry.js'

/** Live requests go first where both share a budget. */
const HISTORY_PRIORITY = 2

export interface ExchangeWorld extends RetryWorld {
  readonly isSandbox: boolean
  readonly http: Http
  endpoints(exchange: Exchange): Endpoints
}

/** Every page of a capability, each asked for with the tries that `world.retry` allows. */
export async function* exchangePages<Query, Row>(
  world: ExchangeWorld,
  exchange: Exchange,
  source: RestSource<Query, Row>,
  query: Query,
): AsyncGenerator<readonly Row[]> {
  const root = world.endpoints(exchange).rest
  let page: Parameters<typeof source.request>[1]
  do {
    const asked = page
    const answered = await retrying(world, async () => {
      const request = source.request(query, asked)
      const answer = await world.http.send(exchange, root, request, { signal: world.signal, priority: HISTORY_PRIORITY })
      return readAnswer(exchange, source.path, answer, (body) => source.parse(body, query, asked))
    })
    yield answered.rows
    page = answered.next
  } while (page !== undefined)
}

/** The rows of an answer. Throws `ProtocolError` where they are another symbol's: a cache on the way may mix answers up. */
export function ofSymbol<Row extends { readonly symbol: string }>(
  { id }: Pick<Exchange, 'id'>,
  symbol: string,
  rows: readonly Row[],
): readonly Row[] {
  const other = rows.find((row) => row.symbol !== symbol)
  if (other === undefined) return rows
  throw new ProtocolError(`${id} was asked for ${symbol} and answers with ${other.symbol}; nothing of it is stored`, id)
}

export async function exchangeRows<Query, Row>(
  world: ExchangeWorld,
  exchange: Exchange,
  source: RestSource<Query, Row>,
  query: Query,
) {
  const rows: Row[] = []
  for await (const page of exchangePages(world, exchange, source, query)) rows.push(...page)
  return rows
}
