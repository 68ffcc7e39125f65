import {
  depthSlope,
  imbalanceWithin,
  largeRestingOrders,
  liquidityScore,
  type RestingOrder,
  vanishedOrders,
} from '../analysis/depth.js'
import { orderFlow } from '../analysis/order-flow.js'
import { amihud, type FlowInterval, kyleLambda, realisedSpread, type SpreadTrade } from '../analysis/price-impact.js'
import { imbalance, microprice, mid, spreadBps, type TopOfBook, topOfBook } from '../book/metrics.js'
import type { OrderBook } from '../book/order-book.js'
import type { Quality, StructureEvent, TradeEvent } from '../market/event.js'
import type { MarketState } from './market-state.js'
import type { StateKind } from './pipeline-host.js'

export interface StructureOptions {
  /** Length of an interval, ms; boundaries are multiples of it since the epoch. */
  readonly intervalMs: number
  publish(event: StructureEvent): void
}

const NEAR_BPS = 10
const LARGE_WITHIN_BPS = 50
const LARGE_MULTIPLE = 10
const SCORE_NOTIONAL = 100_000
/** λ and illiquidity are those of so many intervals. */
const WINDOW = 60
const FEWEST_FOR_LAMBDA = 10
/** Trades of one interval that are kept for the realised spread; beyond it the first ones stand for all. */
const MOST_TRADES = 10_000

interface Seen {
  readonly state: MarketState
  isTouched: boolean
  top: TopOfBook | undefined
  flow: number
  gaps: number
  snapshots: number
  trades: SpreadTrade[]
  before: readonly SpreadTrade[]
  tradeCount: number
  bought: number
  sold: number
  value: number
  tradedAt: Map<number, number>
  mid: number | undefined
  large: readonly RestingOrder[]
  intervals: FlowInterval[]
}

/**
 * Tells each interval what books and trades together show: flow at the best prices, what trading costs and moves, large orders that
 * went before they traded. Only receive stamps drive it, as they drive the sampler: a replay tells the same.
 */
export class StructureSampler {
  readonly #options: StructureOptions
  readonly #seen = new Map<string, Seen>()
  #boundary = Number.NEGATIVE_INFINITY

  constructor(options: StructureOptions) {
    this.#options = options
  }

  /** Hot: after each change of a book. */
  touch(state: MarketState, kind: StateKind): void {
    if (kind !== 'book') return
    const { exchange, symbol } = state.instrument
    const key = `${exchange} ${symbol}`
    const { counts, book } = state.sync
    let seen = this.#seen.get(key)
    if (seen === undefined) {
      seen = startSeen(state)
      this.#seen.set(key, seen)
    }
    const top = book === undefined ? undefined : topOfBook(book)
    const isJoined = counts.gaps === seen.gaps && counts.snapshots === seen.snapshots
    // What happened while the book could not be read is no flow.
    if (top !== undefined && seen.top !== undefined && isJoined) seen.flow += orderFlow(seen.top, top)
    seen.top = top
    seen.isTouched = true
  }

  trade({ exchange, symbol, side, price, quantity, isBlock }: TradeEvent): void {
    const seen = this.#seen.get(`${exchange} ${symbol}`)
    const book = seen?.state.sync.book
    const midBefore = book === undefined ? undefined : mid(book)
    if (seen === undefined || midBefore === undefined || isBlock) return
    seen.tradeCount += 1
    seen.value += price * quantity
    if (side === 'buy') seen.bought += quantity
    else seen.sold += quantity
    if (seen.trades.length >= MOST_TRADES) return
    seen.tradedAt.set(price, (seen.tradedAt.get(price) ?? 0) + quantity)
    seen.trades.push({ side, price, quantity, midBefore, midAfter: midBefore })
  }

  /** Call before each record, and from a timer when it is quiet. */
  advance(nowMs: number): void {
    if (nowMs < this.#boundary) return
    if (this.#boundary > Number.NEGATIVE_INFINITY) for (const seen of this.#seen.values()) if (seen.isTouched) this.#sample(seen)
    const { intervalMs } = this.#options
    this.#boundary = (Math.floor(nowMs / intervalMs) + 1) * intervalMs
  }

  #sample(seen: Seen): void {
    const { book } = seen.state.sync
    const middle = book === undefined ? undefined : mid(book)
    if (book !== undefined && middle !== undefined) this.#options.publish(structureEvent(seen, book, middle))
    startInterval(seen, book, middle)
  }
}

function startSeen(state: MarketState): Seen {
  const { gaps, snapshots } = state.sync.counts
  return {
    ...{ state, isTouched: false, top: undefined, flow: 0, gaps, snapshots, trades: [], before: [] },
    ...{ tradeCount: 0, bought: 0, sold: 0, value: 0, tradedAt: new Map(), mid: undefined, large: [], intervals: [] },
  }
}

function startInterval(seen: Seen, book: OrderBook | undefined, middle: number | undefined): void {
  const { counts } = seen.state.sync
  seen.isTouched = false
  seen.flow = 0
  seen.gaps = counts.gaps
  seen.snapshots = counts.snapshots
  seen.before = seen.trades
  seen.trades = []
  seen.tradeCount = 0
  seen.bought = 0
  seen.sold = 0
  seen.value = 0
  seen.tradedAt = new Map()
  seen.mid = middle
  seen.large = book === undefined ? [] : largeRestingOrders(book, LARGE_WITHIN_BPS, LARGE_MULTIPLE)
}

function structureEvent(seen: Seen, book: OrderBook, middle: number): StructureEvent {
  const { sync, instrument } = seen.state
  const spread = realisedSpread(seen.before.map((trade) => ({ ...trade, midAfter: middle })))
  const vanished = vanishedOrders(seen.large, book, (price) => seen.tradedAt.get(price) ?? 0, LARGE_WITHIN_BPS)
  return {
    type: 'structure',
    ...{ exchange: instrument.exchange, symbol: instrument.symbol, pair: instrument.pair },
    timestamp: sync.timestamp || null,
    receivedAt: Math.floor(sync.stamp / 1000),
    midPrice: middle,
    microprice: microprice(book) ?? null,
    spreadBps: spreadBps(book) ?? null,
    imbalance5: imbalance(book, 5) ?? null,
    imbalance10bps: imbalanceWithin(book, NEAR_BPS) ?? null,
    bidSlope: depthSlope(book, 'bids', NEAR_BPS) ?? null,
    askSlope: depthSlope(book, 'asks', NEAR_BPS) ?? null,
    liquidityScore: liquidityScore(book, SCORE_NOTIONAL) ?? null,
    orderFlow: seen.flow,
    ...{ trades: seen.tradeCount, boughtQuantity: seen.bought, soldQuantity: seen.sold },
    ...flowFigures(seen, middle),
    effectiveSpreadBps: spread?.effectiveBps ?? null,
    realisedSpreadBps: spread?.realisedBps ?? null,
    largeOrders: seen.large.length,
    vanishedOrders: vanished.length,
    vanishedNotional: vanished.reduce((sum, { notional }) => sum + notional, 0),
    quality: qualityOf(seen, book),
  }
}

/** Of the intervals that lie behind one another without a hole; one begins anew where the book was lost. */
function flowFigures(seen: Seen, middle: number): Pick<StructureEvent, 'kyleLambda' | 'amihud'> {
  const { mid: before, bought, sold, value, intervals, gaps, state } = seen
  if (before === undefined || state.sync.counts.gaps !== gaps) intervals.length = 0
  else intervals.push({ midChange: middle - before, mid: before, netQuantity: bought - sold, value })
  if (intervals.length > WINDOW) intervals.shift()
  const isEnough = intervals.length >= FEWEST_FOR_LAMBDA
  return { kyleLambda: (isEnough ? kyleLambda(intervals) : undefined) ?? null, amihud: amihud(intervals) ?? null }
}

function qualityOf({ state, gaps, snapshots, mid: before }: Seen, book: OrderBook): string {
  const { counts } = state.sync
  const flags: Quality[] = []
  if (counts.gaps > gaps) flags.push('gap')
  if (before !== undefined && counts.snapshots > snapshots) flags.push('resync')
  if (!book.isTopTrusted()) flags.push('partial')
  return flags.join(',')
}
