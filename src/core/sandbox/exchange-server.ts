/** One simulated exchange: its REST and its sockets, in the exchange's own words. */
import type { Clock } from '../clock.js'
import type { SandboxExchange, SandboxMarket, SandboxReply, SandboxResponse } from '../exchanges/sandbox-contract.js'
import { MINUTE_MS } from '../market/time.js'
import type { ServerPeer, ServerResponse, SocketHandlers } from '../net/server.js'
import type { Gate } from './gate.js'
import type { Market } from './market/market.js'
import { createPublisher, type Session } from './publisher.js'

export interface ExchangeServer {
  /** `url` without the exchange's prefix. */
  request(method: string, url: URL): Promise<ServerResponse | 'hang-up'>
  upgrade(url: URL): SocketHandlers | number
  step(): void
}

export function createExchangeServer(exchange: SandboxExchange, market: Market, clock: Clock, gate: Gate): ExchangeServer {
  const publisher = createPublisher(exchange, market, gate)
  const view = withCounts(market.view(exchange.id), publisher.wholeBook)
  const spend = weightLedger(clock)
  let connections = 0

  const follow = (session: Session, { frames, subscribe, unsubscribe, close }: SandboxReply): void => {
    const { peer, connection } = session
    for (const text of frames) gate({ kind: 'frame', exchange: exchange.id, connection, topic: undefined, text, peer })
    if (unsubscribe !== undefined) publisher.unsubscribe(session, unsubscribe)
    if (subscribe !== undefined) publisher.subscribe(session, subscribe)
    if (close !== undefined) peer.close(close)
  }

  return {
    request(method, url) {
      const { pathname: path, searchParams: query } = url
      const request = { method, path, query, usedWeight: spend(0) }
      const answer = exchange.rest(request, view)
      spend(answer.weight)
      const asOf = (agoMs: number) => {
        const past = pastView(exchange.id, market, agoMs)
        const old = exchange.rest(request, past.view)
        return past.wasAsked() ? responseOf(old) : undefined
      }
      const response = responseOf(answer)
      return new Promise((respond) => gate({ kind: 'response', exchange: exchange.id, path, query, response, asOf, respond }))
    },
    upgrade(url) {
      const socket = exchange.socket(url.pathname)
      if (socket === undefined) return 404
      let refusal: number | undefined
      const refuse = (status: number) => {
        refusal = status
      }
      gate({ kind: 'upgrade', exchange: exchange.id, path: url.pathname, refuse })
      if (refusal !== undefined) return refusal
      connections += 1
      return handlers(connections, socket, url)
    },
    step: publisher.step,
  }

  function handlers(connection: number, socket: string, url: URL): SocketHandlers {
    let session: Session | undefined
    return {
      opened(peer: ServerPeer) {
        session = { connection, socket, url, topics: new Set(), peer }
        if (exchange.opened !== undefined) follow(session, exchange.opened(session))
      },
      message(text) {
        if (session !== undefined) follow(session, exchange.message(text, session))
      },
      closed() {
        if (session !== undefined) publisher.unsubscribe(session, [...session.topics])
      },
    }
  }
}

function responseOf({ status, body, headers }: SandboxResponse): ServerResponse {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { status, body: text, ...(headers === undefined ? {} : { headers }) }
}

/** A view whose books lag behind, and whether anybody asked it for one. */
function pastView(exchange: string, market: Market, agoMs: number): { readonly view: SandboxMarket; wasAsked(): boolean } {
  let isAsked = false
  const view = market.view(exchange)
  const book: SandboxMarket['book'] = (symbol, depth) => {
    isAsked = true
    const timestamp = view.now - agoMs
    const { lastId, bids, asks } = market.bookAt(exchange, symbol, timestamp)
    const most = depth > 0 ? depth : Number.POSITIVE_INFINITY
    return { lastId, timestamp, bids: bids.slice(0, most), asks: asks.slice(0, most), count: 1 }
  }
  return { view: { ...view, now: view.now, book }, wasAsked: () => isAsked }
}

/** Where updates are counted by topic, REST tells the book as that topic has it: equal counts mean equal books. */
function withCounts(
  view: SandboxMarket,
  wholeBook: (symbol: string) => ReturnType<SandboxMarket['book']> | undefined,
): SandboxMarket {
  const book = (symbol: string, depth: number) => {
    const counted = wholeBook(symbol)
    if (counted === undefined) return view.book(symbol, depth)
    const most = depth > 0 ? depth : Number.POSITIVE_INFINITY
    return { ...counted, bids: counted.bids.slice(0, most), asks: counted.asks.slice(0, most) }
  }
  return {
    ...view,
    get now() {
      return view.now
    },
    book,
  }
}

/** Adds to what was used in the present UTC minute and gives the sum. Every client is on loopback, so they are one address. */
function weightLedger(clock: Clock): (weight: number) => number {
  let minute = -1
  let used = 0
  return (weight) => {
    const now = Math.floor(clock.now() / MINUTE_MS)
    if (now !== minute) used = 0
    minute = now
    used += weight
    return used
  }
}
