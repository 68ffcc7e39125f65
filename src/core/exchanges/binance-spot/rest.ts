/** Spot over REST: time, instruments, book. https://developers.binance.com/docs/binance-spot-api-docs/rest-api */
import { z } from 'zod'
import { bareInstrument, type Instrument } from '../../market/instrument.js'
import { type DepthTier, depthTier, parseDepth, parseServerTime, throwRefusal, zFilters } from '../binance-shared/rest.js'
import type { RestCapabilities } from '../contract.js'
import { parseBody } from '../wire.js'
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
}
