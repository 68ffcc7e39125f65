/** Spot over REST: time, instruments, book, trades. https://developers.binance.com/docs/binance-spot-api-docs/rest-api */
import { z } from 'zod'
import type { Trade } from '../../market/event.js'
import { bareInstrument, type Instrument } from '../../market/instrument.js'
import { klines } from '../binance-shared/klines.js'
import { type DepthTier, depthTier, parseDepth, parseServerTime, throwRefusal, zFilters } from '../binance-shared/rest.js'
import type { Page, RestCapabilities, SymbolQuery } from '../contract.js'
import { parseBody, zNumber } from '../wire.js'
import { names } from './symbols.js'

const ID = 'binance-spot'

/** Any number of levels to 5 000 can be asked for; the weight is by these steps. */
const DEPTH_TIERS: readonly DepthTier[] = [
  [100, 5],
  [500, 25],
  [1000, 50],
  [5000, 250],
]

const MOST_LEVELS = 5000

function limitOf(depth: number): number {
  return Math.min(Math.max(1, depth), MOST_LEVELS)
}

const TIME = '/api/v3/time'
const EXCHANGE_INFO = '/api/v3/exchangeInfo'
const DEPTH = '/api/v3/depth'
const KLINES = '/api/v3/klines'
/** Any number of rows costs the same. */
const CANDLES_LIMIT = 1000
const TRADES = '/api/v3/trades'
/** Documented without a security type, hence public; it once asked for a key. */
const OLD_TRADES = '/api/v3/historicalTrades'

const TRADES_LIMIT = 1000
const TRADES_WEIGHT = 25

const zSymbol = z.object({
  symbol: z.string(),
  status: z.string(),
  baseAsset: z.string(),
  quoteAsset: z.string(),
  filters: zFilters,
})

const zExchangeInfo = z.object({ symbols: z.array(zSymbol) })

function instrumentOf(row: z.infer<typeof zSymbol>): Instrument {
  const { symbol, quoteAsset: quote } = row
  const bare = bareInstrument({ exchange: ID, symbol, kind: 'spot', ...names.split(row.baseAsset), quote, settle: undefined })
  return { ...bare, ...row.filters, isTrading: row.status === 'TRADING' }
}

const zTrades = z.array(
  z.object({ id: z.number().int(), price: zNumber, qty: zNumber, time: z.number(), isBuyerMaker: z.boolean() }),
)

/** Single trades: their ids are those of the stream `@trade`. */
function parseTrades(body: unknown, query: SymbolQuery, path: string): Page<Trade> {
  throwRefusal(body, ID, query)
  const rows = parseBody(zTrades, body, ID, path).map((row) => ({
    symbol: query.symbol,
    timestamp: row.time,
    tradeId: String(row.id),
    price: row.price,
    quantity: row.qty,
    side: row.isBuyerMaker ? ('sell' as const) : ('buy' as const),
    isBlock: false,
  }))
  return { rows }
}

export const rest: RestCapabilities = {
  serverTime: {
    path: TIME,
    request: () => ({ path: TIME, query: {}, budget: 'weight', weight: 1 }),
    parse: (body) => ({ rows: [parseServerTime(body, ID, TIME)] }),
  },
  instruments: {
    path: EXCHANGE_INFO,
    request: () => ({ path: EXCHANGE_INFO, query: {}, budget: 'weight', weight: 20 }),
    parse(body) {
      throwRefusal(body, ID)
      return { rows: parseBody(zExchangeInfo, body, ID, EXCHANGE_INFO).symbols.map(instrumentOf) }
    },
  },
  orderBook: {
    path: DEPTH,
    request({ symbol, depth }) {
      const [, weight] = depthTier(DEPTH_TIERS, depth)
      return { path: DEPTH, query: { symbol, limit: limitOf(depth) }, budget: 'weight', weight }
    },
    parse: (body, { symbol, depth }) => ({ rows: [parseDepth(body, { symbol, depth: limitOf(depth) }, ID, DEPTH)] }),
  },
  candles: klines({ exchange: ID, path: KLINES, limit: CANDLES_LIMIT, weight: 2 }),
  recentTrades: {
    path: TRADES,
    request: ({ symbol }) => ({ path: TRADES, query: { symbol, limit: TRADES_LIMIT }, budget: 'weight', weight: TRADES_WEIGHT }),
    parse: (body, query) => parseTrades(body, query, TRADES),
  },
  tradesFrom: {
    path: OLD_TRADES,
    request: ({ symbol, fromId }) => ({
      path: OLD_TRADES,
      query: { symbol, fromId, limit: TRADES_LIMIT },
      budget: 'weight',
      weight: TRADES_WEIGHT,
    }),
    parse: (body, query) => parseTrades(body, query, OLD_TRADES),
  },
}
