/** Spot's side of the wire, as far as the simulated market needs it: book, trades, time and instruments. */
import {
  answerRest,
  badParameter,
  type Call,
  type Handler,
  isRefusal,
  type Listing,
  levelTexts,
  limitOf,
  listingOf,
  message,
  opened,
  powerOfTen,
  rateLimit,
  type Texts,
  timeOf,
  wrap,
} from '../binance-shared/sandbox.js'
import { klinesOf } from '../binance-shared/sandbox-klines.js'
import type {
  SandboxAsset,
  SandboxCandle,
  SandboxData,
  SandboxExchange,
  SandboxListing,
  SandboxMarket,
  SandboxRequest,
  SandboxResponse,
  SandboxSession,
  SandboxTopic,
} from '../sandbox-contract.js'
import { BOOK_STREAMS, SOCKET } from './stream.js'
import { names, symbols } from './symbols.js'

const MONEY = ['USD', 'USDT', 'USDC', 'BUSD', 'FDUSD', 'TUSD']

const WEIGHT_LIMIT = 6000

/** Trades that can be looked at. */
const TRADES_KEPT = 1000

/** All number text has eight decimals, whatever the steps. */
const TEXTS: Texts = { price: (value) => value.toFixed(8), quantity: (value) => value.toFixed(8) }

export const sandbox: SandboxExchange = { id: 'binance-spot', list, socket, topic, opened, message, frame, rest }

function list({ base, price }: SandboxAsset): SandboxListing | undefined {
  if (MONEY.includes(base)) return undefined
  const { multiplier } = names.split(names.listedAs(base))
  const magnitude = Math.floor(Math.log10(price * multiplier) + 1e-9)
  return {
    symbol: symbols.main(base),
    multiplier,
    // As on the exchange: 0.01 for BTC, ETH and SOL, 0.0001 for XRP; finer than 1e-8 cannot be written.
    tickSize: powerOfTen(Math.max(-8, Math.min(-2, magnitude - 4))),
    // 0.00001 for BTC, 0.0001 for ETH, 0.001 for SOL, 1 for what costs less than a dollar.
    lotSize: powerOfTen(Math.min(0, Math.max(-5, -magnitude - 1))),
  }
}

function socket(path: string): string | undefined {
  return /^\/(ws|stream)(\/|$)/.test(path) ? SOCKET : undefined
}

function topic(name: string): SandboxTopic | undefined {
  const [, head = '', stream = ''] = /^([^@]+)@(.+)$/.exec(name) ?? []
  const symbol = head.toUpperCase()
  if (head === '' || head !== symbol.toLowerCase()) return undefined
  if (stream === 'trade' || stream === 'aggTrade') return { kind: 'trade', symbol, everyMs: 0 }
  if (stream === 'bookTicker') return { kind: 'quote', symbol, everyMs: 0 }
  const speed = Object.keys(BOOK_STREAMS).find((each) => BOOK_STREAMS[each] === stream)
  return speed === undefined
    ? undefined
    : { kind: 'book', symbol, depth: 0, everyMs: Number.parseInt(speed, 10), hasSnapshot: false }
}

function frame(name: string, data: SandboxData, session: SandboxSession): readonly string[] {
  return payloads(name, data).map((payload) => wrap(name, payload, session))
}

/** Spot says neither the engine's time nor the previous id, and its top of the book not even the event's name. */
function payloads(name: string, data: SandboxData): readonly unknown[] {
  const { symbol: s, timestamp: E } = data
  switch (data.kind) {
    case 'book':
      // Each update begins one after the last: spot's chain has no other proof.
      return [
        {
          e: 'depthUpdate',
          E,
          s,
          U: data.previousId + 1,
          u: data.lastId,
          b: levelTexts(data.bids, TEXTS),
          a: levelTexts(data.asks, TEXTS),
        },
      ]
    case 'quote': {
      const { bidPrice, bidQuantity, askPrice, askQuantity } = data.ticker
      const bid = { b: TEXTS.price(bidPrice), B: TEXTS.quantity(bidQuantity) }
      return [{ u: data.lastId, s, ...bid, a: TEXTS.price(askPrice), A: TEXTS.quantity(askQuantity) }]
    }
    case 'trade':
      return data.trades.map(({ id, timestamp: T, price, quantity, side }) => {
        const amounts = { p: TEXTS.price(price), q: TEXTS.quantity(quantity) }
        const flags = { T, m: side === 'sell', M: true }
        return name.endsWith('@aggTrade')
          ? { e: 'aggTrade', E, s, a: id, ...amounts, f: id, l: id, ...flags }
          : { e: 'trade', E, s, t: id, ...amounts, ...flags }
      })
    default:
      return []
  }
}

function candleTexts(candle: SandboxCandle) {
  const { open, high, low, close, volume, quoteVolume, takerVolume, takerQuoteVolume } = candle
  const texts = { open, high, low, close, volume, quoteVolume, takerVolume, takerQuoteVolume }
  const entries = Object.entries(texts).map(([name, value]) => [name, value.toFixed(8)])
  return Object.fromEntries(entries) as Record<keyof typeof texts, string>
}

const HANDLERS: Readonly<Record<string, Handler>> = {
  '/api/v3/ping': () => ({ body: {}, weight: 1 }),
  '/api/v3/time': ({ market }) => ({ body: { serverTime: market.now }, weight: 1 }),
  '/api/v3/exchangeInfo': exchangeInfo,
  '/api/v3/depth': depth,
  '/api/v3/klines': klinesOf({ most: 1000, weightOf: () => 2, textsOf: candleTexts }),
  '/api/v3/trades': trades,
  '/api/v3/historicalTrades': trades,
}

function rest(request: SandboxRequest, market: SandboxMarket): SandboxResponse {
  return answerRest(request, market, HANDLERS, WEIGHT_LIMIT)
}

function exchangeInfo(call: Call) {
  const { market } = call
  const rateLimits = [rateLimit('REQUEST_WEIGHT', 'MINUTE', 1, WEIGHT_LIMIT), rateLimit('RAW_REQUESTS', 'MINUTE', 5, 61000)]
  const head = { timezone: 'UTC', serverTime: market.now, rateLimits, exchangeFilters: [] }
  if (!call.query.has('symbol')) return { body: { ...head, symbols: market.listings.map(symbolInfo) }, weight: 20 }
  const listing = listingOf(call)
  return { body: isRefusal(listing) ? listing : { ...head, symbols: [symbolInfo(listing)] }, weight: 20 }
}

function symbolInfo({ symbol, tickSize, lotSize }: Listing) {
  const lot = TEXTS.quantity(lotSize)
  return {
    symbol,
    status: 'TRADING',
    baseAsset: symbol.slice(0, -'USDT'.length),
    baseAssetPrecision: 8,
    quoteAsset: 'USDT',
    quotePrecision: 8,
    quoteAssetPrecision: 8,
    baseCommissionPrecision: 8,
    quoteCommissionPrecision: 8,
    orderTypes: ['LIMIT', 'LIMIT_MAKER', 'MARKET', 'STOP_LOSS_LIMIT', 'TAKE_PROFIT_LIMIT'],
    icebergAllowed: true,
    ocoAllowed: true,
    otoAllowed: true,
    quoteOrderQtyMarketAllowed: true,
    allowTrailingStop: true,
    cancelReplaceAllowed: true,
    isSpotTradingAllowed: true,
    isMarginTradingAllowed: true,
    filters: [
      {
        filterType: 'PRICE_FILTER',
        minPrice: TEXTS.price(tickSize),
        maxPrice: '1000000.00000000',
        tickSize: TEXTS.price(tickSize),
      },
      { filterType: 'LOT_SIZE', minQty: lot, maxQty: '9000000.00000000', stepSize: lot },
      {
        filterType: 'NOTIONAL',
        minNotional: '5.00000000',
        applyMinToMarket: true,
        maxNotional: '9000000.00000000',
        applyMaxToMarket: false,
        avgPriceMins: 5,
      },
    ],
    permissions: [],
    permissionSets: [['SPOT', 'MARGIN']],
    defaultSelfTradePreventionMode: 'EXPIRE_MAKER',
    allowedSelfTradePreventionModes: ['EXPIRE_TAKER', 'EXPIRE_MAKER', 'EXPIRE_BOTH'],
  }
}

function depth(call: Call) {
  const listing = listingOf(call)
  const limit = Number(call.query.get('limit') ?? 100)
  if (!Number.isInteger(limit) || limit < 1) return { body: badParameter('limit'), weight: 1 }
  const levels = Math.min(limit, 5000)
  const weight = levels <= 100 ? 5 : levels <= 500 ? 25 : levels <= 1000 ? 50 : 250
  if (isRefusal(listing)) return { body: listing, weight }
  const { lastId, bids, asks } = call.market.book(listing.symbol, levels)
  return { body: { lastUpdateId: lastId, bids: levelTexts(bids, TEXTS), asks: levelTexts(asks, TEXTS) }, weight }
}

/** The newest ones, or those from `fromId` on; oldest first. */
function trades(call: Call) {
  const listing = listingOf(call)
  const limit = limitOf(call, 500, 1000)
  if (isRefusal(listing)) return { body: listing, weight: 25 }
  if (typeof limit !== 'number') return { body: limit, weight: 25 }
  const fromId = timeOf(call, 'fromId')
  const kept = call.market.trades(listing.symbol, fromId === undefined ? limit : TRADES_KEPT)
  const wanted = fromId === undefined ? kept : kept.filter(({ id }) => id >= fromId).slice(0, limit)
  const body = wanted.map(({ id, price, quantity, timestamp: time, side }) => ({
    id,
    price: TEXTS.price(price),
    qty: TEXTS.quantity(quantity),
    quoteQty: (price * quantity).toFixed(8),
    time,
    isBuyerMaker: side === 'sell',
    isBestMatch: true,
  }))
  return { body, weight: 25 }
}
