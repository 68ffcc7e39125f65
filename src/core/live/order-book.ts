import {
  depthSlope,
  type ImpactPoint,
  imbalanceWithin,
  impactCurve,
  largeRestingOrders,
  liquidityScore,
  type RestingOrder,
} from '../analysis/depth.js'
import { depthWithin, imbalance, microprice, mid, spreadBps, topOfBook, trustedBps } from '../book/metrics.js'
import { OrderBook } from '../book/order-book.js'
import type { Exchange } from '../exchanges/contract.js'
import { resolveSymbol } from '../exchanges/resolve.js'
import { align, MidHistory } from '../feed/alignment.js'
import type { Pipeline } from '../feed/pipeline.js'
import type { Level } from '../market/event.js'
import { type AskWorld, askAll, askInstruments, onEach } from './ask.js'
import type { StreamFailure } from './stream-end.js'

const NEAR_BPS = 10
const LARGE_WITHIN_BPS = 50
const LARGE_MULTIPLE = 10
const MOST_LARGE_ORDERS = 10

/** One exchange's book with its metrics. Prices in quote currency, quantities in base units, bps of the mid. */
export interface BookView {
  readonly exchange: string
  readonly symbol: string
  readonly pair: string
  readonly timestamp: number | null
  readonly receivedAt: number
  readonly sequence: number
  readonly bidPrice: number | null
  readonly bidQuantity: number | null
  readonly askPrice: number | null
  readonly askQuantity: number | null
  readonly midPrice: number | null
  readonly microprice: number | null
  readonly spreadBps: number | null
  /** Over the best 5 and 10 levels a side, −1 to 1. */
  readonly imbalance5: number | null
  readonly imbalance10: number | null
  /** Of what rests within 10 bps of the mid. */
  readonly imbalance10bps: number | null
  /** What rests within 10 bps of the mid, in quote currency; `null` where the book is not known so far. */
  readonly bidDepth10bps: number | null
  readonly askDepth10bps: number | null
  /** Cost against the mid of taking `notional` from the book; `null` where the known book does not carry it. */
  readonly notional: number
  readonly buySlippageBps: number | null
  readonly sellSlippageBps: number | null
  /** The same at a tenth, once and ten times the notional. */
  readonly impactCurve: readonly ImpactPoint[]
  /** 100 / (1 + cost of a round trip in bps / 10). */
  readonly liquidityScore: number | null
  /** Quote currency per bps by which the depth grows within 10 bps. */
  readonly bidSlope: number | null
  readonly askSlope: number | null
  /** Within 50 bps, at least ten times the usual level; the largest first, at most ten. */
  readonly largeOrders: readonly RestingOrder[]
  /** How far from the mid every level is known. */
  readonly trustedBps: number | null
  readonly bids: readonly Level[]
  readonly asks: readonly Level[]
}

export interface OrderBooks {
  readonly books: readonly BookView[]
  readonly failures: readonly StreamFailure[]
  readonly warnings: readonly string[]
}

export interface OrderBookOptions {
  readonly exchanges: readonly Exchange[]
  readonly symbol: string
  /** Levels a side to show. */
  readonly depth: number
  readonly notional: number
  readonly alignmentToleranceMs: number
}

/**
 * The present book of one instrument on each exchange, over REST. Throws `UsageError` when no exchange has it, `ApiError` when
 * none answers; else what failed is in `failures`.
 */
export async function fetchOrderBooks(world: AskWorld, options: OrderBookOptions): Promise<OrderBooks> {
  const { values, failures, warnings } = await onEach(options.exchanges, (exchange) => fetchBook(world, exchange, options))
  return { books: values, failures, warnings: [...warnings, ...skewWarnings(values, options.alignmentToleranceMs)] }
}

async function fetchBook(world: AskWorld, exchange: Exchange, options: OrderBookOptions): Promise<BookView> {
  const instruments = await askInstruments(world, exchange)
  const symbol = resolveSymbol(exchange, instruments, options.symbol)
  const depth = Math.max(options.depth, exchange.book.snapshotDepth)
  const { rows, receivedAt } = await askAll(world, exchange, exchange.rest.orderBook, { symbol, depth })
  const book = new OrderBook()
  for (const update of rows.slice(0, 1)) book.apply(update)
  const pair = instruments.get(symbol)?.pair ?? symbol
  return viewOf(book, { exchange: exchange.id, symbol, pair, receivedAt }, options)
}

/** The books of a stream that can be read now. */
export function readableBooks(pipelines: Iterable<Pipeline>, options: Pick<OrderBookOptions, 'depth' | 'notional'>): BookView[] {
  return [...pipelines].flatMap((pipeline) =>
    [...pipeline.states].flatMap(({ sync, instrument: { exchange, symbol, pair } }) =>
      sync.book === undefined
        ? []
        : [viewOf(sync.book, { exchange, symbol, pair, receivedAt: Math.floor(sync.stamp / 1000) }, options)],
    ),
  )
}

/** A book and its metrics at this moment. */
function viewOf(
  book: OrderBook,
  base: Pick<BookView, 'exchange' | 'symbol' | 'pair' | 'receivedAt'>,
  { depth, notional }: Pick<OrderBookOptions, 'depth' | 'notional'>,
): BookView {
  return {
    ...base,
    timestamp: book.timestamp || null,
    sequence: book.sequence,
    ...(topOfBook(book) ?? NO_TOP),
    midPrice: mid(book) ?? null,
    microprice: microprice(book) ?? null,
    spreadBps: spreadBps(book) ?? null,
    imbalance5: imbalance(book, 5) ?? null,
    imbalance10: imbalance(book, 10) ?? null,
    ...nearFigures(book),
    ...costFigures(book, notional),
    largeOrders: largeRestingOrders(book, LARGE_WITHIN_BPS, LARGE_MULTIPLE).slice(0, MOST_LARGE_ORDERS),
    trustedBps: trustedBps(book) ?? null,
    bids: book.bids.levels(depth),
    asks: book.asks.levels(depth),
  }
}

const NO_TOP = { bidPrice: null, bidQuantity: null, askPrice: null, askQuantity: null }

function nearFigures(book: OrderBook) {
  const near = depthWithin(book, NEAR_BPS)
  return {
    imbalance10bps: imbalanceWithin(book, NEAR_BPS) ?? null,
    bidDepth10bps: near?.bids.isComplete === true ? near.bids.notional : null,
    askDepth10bps: near?.asks.isComplete === true ? near.asks.notional : null,
    bidSlope: depthSlope(book, 'bids', NEAR_BPS) ?? null,
    askSlope: depthSlope(book, 'asks', NEAR_BPS) ?? null,
  }
}

function costFigures(book: OrderBook, notional: number) {
  const curve = impactCurve(book, [notional / 10, notional, notional * 10])
  return {
    notional,
    buySlippageBps: curve[1]?.buyBps ?? null,
    sellSlippageBps: curve[1]?.sellBps ?? null,
    impactCurve: curve,
    liquidityScore: liquidityScore(book, notional) ?? null,
  }
}

/** Books that were not seen at the same moment must not be compared with each other. */
function skewWarnings(books: readonly BookView[], toleranceMs: number): string[] {
  const [first, ...others] = books
  if (first?.midPrice == null) return []
  const { exchange, receivedAt, midPrice } = first
  return others.flatMap((other) => {
    const history = new MidHistory()
    if (other.midPrice !== null) history.add(other.receivedAt, other.midPrice)
    if (align(receivedAt, midPrice, history, toleranceMs) !== undefined) return []
    const skew = Math.abs(other.receivedAt - receivedAt)
    return [`${exchange} and ${other.exchange} were seen ${skew} ms apart: their prices are not of one moment`]
  })
}
