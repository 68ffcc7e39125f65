import type { Exchange, Subscription } from '../exchanges/contract.js'
import { inMessages, placeTopics, topicsBySocket } from './placement.js'

/** One socket to open and what to ask for on it. */
export interface PlannedConnection {
  readonly exchange: string
  /** Class of socket, a key of `Exchange.endpoints.sockets`. */
  readonly socket: string
  /** Which copy of its topics it carries, from 1; more than one with redundant connections. */
  readonly copy: number
  readonly topics: readonly string[]
  /** What is sent to subscribe to them. */
  readonly messages: readonly string[]
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
/** Part of each budget that is used where nobody says another. */
const BUDGET_SHARE = 0.9

export interface PlanOptions {
  /** Connections for each topic. */
  readonly copies?: number
  /** The part of each budget that is used: 0.9 when missing. */
  readonly budgetShare?: number
}

/** Lays subscriptions out on connections within the exchange's limits. Equal topics are asked for once by copy. Throws nothing. */
export function planExchange(
  exchange: Exchange,
  subscriptions: readonly Subscription[],
  { copies = 1, budgetShare = BUDGET_SHARE }: PlanOptions = {},
): ExchangePlan {
  const placed = placeTopics(exchange, [], topicsBySocket(exchange, subscriptions), copies)
  const connections = placed.map(({ socketClass, copy, topics }) => ({
    exchange: exchange.id,
    socket: socketClass,
    copy,
    topics,
    messages: inMessages(topics, exchange.sockets.topicsPerMessage).map((part, i) => exchange.stream.subscribe(part, i + 1)),
  }))
  const books = new Set(subscriptions.filter((each) => each.channel === 'book').map((each) => each.symbol))
  const snapshots = exchange.book.snapshot === 'rest' ? books.size : 0
  const polled = subscriptions.filter((each) => exchange.channels[each.channel]?.poll !== undefined)
  const everyMs = polled[0] === undefined ? 0 : (exchange.channels[polled[0].channel]?.poll?.everyMs ?? 0)
  const longest = Math.max(0, ...connections.map((each) => each.messages.length)) / exchange.sockets.messagesPerSecond
  return {
    exchange: exchange.id,
    connections,
    snapshots,
    snapshotWeight: snapshots * snapshotWeight(exchange),
    pollsPerMinute: everyMs === 0 ? 0 : Math.round((polled.length * 60_000) / everyMs),
    secondsToBooks: CONNECT_SECONDS + longest + snapshotSeconds(exchange, snapshots, budgetShare),
  }
}

function snapshotWeight(exchange: Exchange): number {
  return exchange.rest.orderBook.request({ symbol: exchange.symbols.main('BTC'), depth: exchange.book.snapshotDepth }).weight
}

function snapshotSeconds(exchange: Exchange, snapshots: number, budgetShare: number): number {
  if (snapshots === 0) return 0
  const request = exchange.rest.orderBook.request({ symbol: exchange.symbols.main('BTC'), depth: exchange.book.snapshotDepth })
  const budget = exchange.budgets[request.budget]
  const perWindow = budget === undefined ? snapshots : Math.floor((budget.limit * budgetShare) / request.weight)
  const windows = Math.ceil(snapshots / Math.max(1, perWindow)) - 1
  const inWindow = windows > 0 ? snapshots - windows * perWindow : snapshots
  return (windows * (budget?.windowMs ?? 0)) / 1000 + Math.ceil(inWindow / SNAPSHOTS_AT_ONCE) * SNAPSHOT_SECONDS
}
