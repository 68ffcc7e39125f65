import type { Exchange, Subscription } from '../exchanges/contract.js'

/** One socket to open and what to ask for on it. */
export interface PlannedConnection {
  readonly exchange: string
  /** Class of socket, a key of `Exchange.endpoints.sockets`. */
  readonly socket: string
  readonly topics: readonly string[]
  /** Messages that subscribe to them. */
  readonly messages: number
}

export interface ExchangePlan {
  readonly exchange: string
  readonly connections: readonly PlannedConnection[]
  /** Books that need a REST snapshot, and the weight of all of them. */
  readonly snapshots: number
  readonly snapshotWeight: number
  /** Requests that are repeated for as long as the stream runs, a minute. */
  readonly pollsPerMinute: number
  /** Estimate until every book is readable, s. */
  readonly secondsToBooks: number
}

/** Measured against exchanges from Europe: name, TCP, TLS and upgrade. Only an estimate hangs on it. */
const CONNECT_SECONDS = 0.5
const SNAPSHOT_SECONDS = 0.3
export const SNAPSHOTS_AT_ONCE = 4
/** Share of a budget that is left unused. */
const RESERVE = 0.1

/** Lays subscriptions out on connections within the exchange's limits. Equal topics are asked for once. Throws nothing. */
export function planExchange(exchange: Exchange, subscriptions: readonly Subscription[]): ExchangePlan {
  const connections: PlannedConnection[] = []
  for (const [socket, topics] of topicsBySocket(exchange, subscriptions)) {
    for (const part of split(exchange, topics)) {
      const messages = Math.ceil(part.length / exchange.sockets.topicsPerMessage)
      connections.push({ exchange: exchange.id, socket, topics: part, messages })
    }
  }
  const books = new Set(subscriptions.filter((each) => each.channel === 'book').map((each) => each.symbol))
  const snapshots = exchange.book.snapshot === 'rest' ? books.size : 0
  const polled = subscriptions.filter((each) => exchange.channels[each.channel]?.poll !== undefined)
  const everyMs = polled[0] === undefined ? 0 : (exchange.channels[polled[0].channel]?.poll?.everyMs ?? 0)
  const longest = Math.max(0, ...connections.map((each) => each.messages)) / exchange.sockets.messagesPerSecond
  return {
    exchange: exchange.id,
    connections,
    snapshots,
    snapshotWeight: snapshots * snapshotWeight(exchange),
    pollsPerMinute: everyMs === 0 ? 0 : Math.round((polled.length * 60_000) / everyMs),
    secondsToBooks: CONNECT_SECONDS + longest + snapshotSeconds(exchange, snapshots),
  }
}

/** Topics of each class of socket, each once, in the order asked for. */
export function topicsBySocket(exchange: Exchange, subscriptions: readonly Subscription[]): Map<string, string[]> {
  const sockets = new Map<string, Set<string>>()
  for (const subscription of subscriptions) {
    if (exchange.channels[subscription.channel]?.poll !== undefined) continue
    for (const { name, socket } of exchange.stream.topics(subscription)) {
      const names = sockets.get(socket) ?? new Set()
      sockets.set(socket, names.add(name))
    }
  }
  return new Map([...sockets].map(([socket, names]) => [socket, [...names]]))
}

function split(exchange: Exchange, topics: readonly string[]): string[][] {
  const { topicsPerConnection, charactersPerConnection = Number.POSITIVE_INFINITY } = exchange.sockets
  const parts: string[][] = []
  let part: string[] = []
  let characters = 0
  for (const topic of topics) {
    const isFull = part.length === topicsPerConnection || characters + topic.length > charactersPerConnection
    if (isFull || parts.length === 0) {
      part = []
      parts.push(part)
      characters = 0
    }
    part.push(topic)
    characters += topic.length
  }
  return parts
}

function snapshotWeight(exchange: Exchange): number {
  return exchange.rest.orderBook.request({ symbol: exchange.symbols.main('BTC'), depth: exchange.book.snapshotDepth }).weight
}

function snapshotSeconds(exchange: Exchange, snapshots: number): number {
  if (snapshots === 0) return 0
  const request = exchange.rest.orderBook.request({ symbol: exchange.symbols.main('BTC'), depth: exchange.book.snapshotDepth })
  const budget = exchange.budgets[request.budget]
  const perWindow = budget === undefined ? snapshots : Math.floor((budget.limit * (1 - RESERVE)) / request.weight)
  const windows = Math.ceil(snapshots / Math.max(1, perWindow)) - 1
  const inWindow = windows > 0 ? snapshots - windows * perWindow : snapshots
  return (windows * (budget?.windowMs ?? 0)) / 1000 + Math.ceil(inWindow / SNAPSHOTS_AT_ONCE) * SNAPSHOT_SECONDS
}
