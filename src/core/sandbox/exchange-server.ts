/** One simulated exchange: its REST and its sockets, in the exchange's own words. */
import type { Clock } from '../clock.js'
import type { SandboxExchange, SandboxMarket, SandboxReply } from '../exchanges/sandbox-contract.js'
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

const MINUTE_MS = 60_000

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
      const path = url.pathname
      const request = { method, path, query: url.searchParams, usedWeight: spend(0) }
      const answer = exchange.rest(request, view)
      spend(answer.weight)
      const body = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body)
      const response = { status: answer.status, body, ...(answer.headers === undefined ? {} : { headers: answer.headers }) }
      return new Promise((respond) => gate({ kind: 'response', exchange: exchange.id, path, response, respond }))
    },
    upgrade(url) {
      const socket = exchange.socket(url.pathname)
      if (socket === undefined) return 404
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
