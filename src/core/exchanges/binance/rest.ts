/**
 * USD-M futures over REST: state of the market. The histories are in `history.ts`, the list of contracts in `instruments.ts`.
 * https://developers.binance.com/docs/derivatives/usds-margined-futures/market-data/rest-api
 */
import { z } from 'zod'
import type { Trade } from '../../market/event.js'
import { type DepthTier, depthTier, parseDepth, parseServerTime, throwRefusal } from '../binance-shared/rest.js'
import type { FundingRow, Page, RestCapabilities, SymbolQuery, TickerRow } from '../contract.js'
import { decimal, parseBody, zMaybeNumber, zNumber } from '../wire.js'
import { candles, fundingHistory, openInterestHistory } from './history.js'
import { instruments } from './instruments.js'

const ID = 'binance'

/** Levels a side that can be asked for, with the weight. */
const DEPTH_TIERS: readonly DepthTier[] = [
  [5, 2],
  [10, 2],
  [20, 2],
  [50, 2],
  [100, 5],
  [500, 10],
  [1000, 20],
]

const TRADES_LIMIT = 1000

const PATHS = {
  time: '/fapi/v1/time',
  depth: '/fapi/v1/depth',
  ticker24hr: '/fapi/v1/ticker/24hr',
  premiumIndex: '/fapi/v1/premiumIndex',
  fundingInfo: '/fapi/v1/fundingInfo',
  openInterest: '/fapi/v1/openInterest',
  aggTrades: '/fapi/v1/aggTrades',
} as const

/** With a symbol the answer is an object, without one an array. */
function oneOrMany<Row>(row: z.ZodType<Row>): z.ZodType<Row[]> {
  return z.union([z.array(row), row.transform((one) => [one])])
}

const zTicker = z
  .object({
    symbol: z.string(),
    lastPrice: zMaybeNumber,
    openPrice: zMaybeNumber,
    highPrice: zMaybeNumber,
    lowPrice: zMaybeNumber,
    volume: zMaybeNumber,
    quoteVolume: zMaybeNumber,
    priceChangePercent: z.string(),
    closeTime: z.number(),
  })
  .transform(
    (row): TickerRow => ({
      symbol: row.symbol,
      timestamp: row.closeTime,
      lastPrice: row.lastPrice,
      open24h: row.openPrice,
      high24h: row.highPrice,
      low24h: row.lowPrice,
      volume24h: row.volume,
      quoteVolume24h: row.quoteVolume,
      change24h: percent(row.priceChangePercent),
    }),
  )

/** A percentage as a fraction: the exponent is moved in the text, so that no digit is lost. */
export function percent(value: unknown): number | null {
  return typeof value === 'string' && value !== '' ? decimal(`${value}e-2`) : null
}

const zPremium = z
  .object({
    symbol: z.string(),
    markPrice: zMaybeNumber,
    indexPrice: zMaybeNumber,
    lastFundingRate: zMaybeNumber,
    nextFundingTime: z.number(),
    time: z.number(),
  })
  .transform(
    (row): FundingRow => ({
      symbol: row.symbol,
      timestamp: row.time,
      // Dated contracts pay no funding; they answer with '' or zero for the rate and 0 for the time.
      fundingRate: row.nextFundingTime > 0 ? row.lastFundingRate : null,
      fundingTime: row.nextFundingTime > 0 ? row.nextFundingTime : null,
      markPrice: row.markPrice,
      indexPrice: row.indexPrice,
    }),
  )

const zFundingInfo = z.array(
  z
    .object({ symbol: z.string(), fundingIntervalHours: z.number().positive() })
    .transform(({ symbol, fundingIntervalHours }) => ({ symbol, intervalHours: fundingIntervalHours })),
)

const zOpenInterest = z.object({ symbol: z.string(), openInterest: zNumber, time: z.number() })

const zAggTrades = z.array(z.object({ a: z.number().int(), p: zNumber, q: zNumber, T: z.number(), m: z.boolean() }))

export const rest: RestCapabilities = {
  serverTime: {
    path: PATHS.time,
    request: () => ({ path: PATHS.time, query: {}, budget: 'weight', weight: 1 }),
    parse: (body) => ({ rows: [parseServerTime(body, ID, PATHS.time)] }),
  },
  instruments,
  orderBook: {
    path: PATHS.depth,
    request({ symbol, depth }) {
      const [limit, weight] = depthTier(DEPTH_TIERS, depth)
      return { path: PATHS.depth, query: { symbol, limit }, budget: 'weight', weight }
    },
    parse(body, { symbol, depth }) {
      const [limit] = depthTier(DEPTH_TIERS, depth)
      return { rows: [parseDepth(body, { symbol, depth: limit }, ID, PATHS.depth)] }
    },
    shape: { keys: { '': ['lastUpdateId', 'E', 'T', 'bids', 'asks'] } },
  },
  /** Without bid and ask: those are in another answer, whose weight header is declared to be wrong. */
  tickers: {
    path: PATHS.ticker24hr,
    request: ({ symbol }) => ({
      path: PATHS.ticker24hr,
      query: { symbol },
      budget: 'weight',
      weight: symbol === undefined ? 40 : 1,
    }),
    parse(body, query) {
      throwRefusal(body, ID, query)
      return { rows: parseBody(oneOrMany(zTicker), body, ID, PATHS.ticker24hr) }
    },
  },
  funding: {
    path: PATHS.premiumIndex,
    request: ({ symbol }) => ({
      path: PATHS.premiumIndex,
      query: { symbol },
      budget: 'weight',
      weight: symbol === undefined ? 10 : 1,
    }),
    parse(body, query) {
      throwRefusal(body, ID, query)
      return { rows: parseBody(oneOrMany(zPremium), body, ID, PATHS.premiumIndex) }
    },
  },
  fundingHistory,
  /** Symbols that are not listed in the answer have 8 h. */
  fundingIntervals: {
    path: PATHS.fundingInfo,
    request: () => ({ path: PATHS.fundingInfo, query: {}, budget: 'funding', weight: 1 }),
    parse(body) {
      throwRefusal(body, ID)
      return { rows: parseBody(zFundingInfo, body, ID, PATHS.fundingInfo) }
    },
  },
  openInterest: {
    path: PATHS.openInterest,
    request: ({ symbol }) => ({ path: PATHS.openInterest, query: { symbol }, budget: 'weight', weight: 1 }),
    parse(body, query) {
      throwRefusal(body, ID, query)
      const row = parseBody(zOpenInterest, body, ID, PATHS.openInterest)
      return { rows: [{ symbol: row.symbol, timestamp: row.time, openInterest: row.openInterest, openInterestUsd: null }] }
    },
  },
  openInterestHistory,
  candles,
  recentTrades: {
    path: PATHS.aggTrades,
    request: ({ symbol }) => ({ path: PATHS.aggTrades, query: { symbol, limit: TRADES_LIMIT }, budget: 'weight', weight: 20 }),
    parse: parseTrades,
  },
  tradesFrom: {
    path: PATHS.aggTrades,
    request: ({ symbol, fromId }) => ({
      path: PATHS.aggTrades,
      query: { symbol, fromId, limit: TRADES_LIMIT },
      budget: 'weight',
      weight: 20,
    }),
    parse: parseTrades,
  },
}

/** Aggregate trades: their ids are those of the stream, so that the two can be joined. */
function parseTrades(body: unknown, query: SymbolQuery): Page<Trade> {
  throwRefusal(body, ID, query)
  const rows = parseBody(zAggTrades, body, ID, PATHS.aggTrades).map((row) => ({
    symbol: query.symbol,
    timestamp: row.T,
    tradeId: String(row.a),
    price: row.p,
    quantity: row.q,
    side: row.m ? ('sell' as const) : ('buy' as const),
    isBlock: false,
  }))
  return { rows }
}
