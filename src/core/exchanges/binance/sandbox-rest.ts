/** USD-M futures' REST as the simulated market speaks it: books, prices, trades. The histories are in `sandbox-history.ts`. */
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
  type Refusal,
  rateLimit,
  timeOf,
} from '../binance-shared/sandbox.js'
import type { SandboxMarket, SandboxRequest, SandboxResponse, SandboxTrade } from '../sandbox-contract.js'
import { fundingRate, klines, openInterestHist } from './sandbox-history.js'
import { markText, priceDecimals, rateText, statisticsTexts, textsOf } from './sandbox-text.js'

const WEIGHT_LIMIT = 2400

/** Trades that can be looked at. */
const TRADES_KEPT = 1000

const DEPTH_WEIGHTS: Readonly<Record<number, number>> = { 5: 2, 10: 2, 20: 2, 50: 2, 100: 5, 500: 10, 1000: 20 }

/** A perpetual's "delivery": never. */
const NEVER = 4133404800000
const ONBOARDED = 1569398400000

const HANDLERS: Readonly<Record<string, Handler>> = {
  '/fapi/v1/ping': () => ({ body: {}, weight: 1 }),
  '/fapi/v1/time': ({ market }) => ({ body: { serverTime: market.now }, weight: 1 }),
  '/fapi/v1/exchangeInfo': ({ market }) => ({ body: exchangeInfo(market), weight: 1 }),
  '/fapi/v1/depth': depth,
  '/fapi/v1/trades': (call) => ({ body: recent(call, 500, trade), weight: 5 }),
  '/fapi/v1/aggTrades': (call) => ({ body: recent(call, 500, aggTrade), weight: 20 }),
  '/fapi/v1/klines': klines,
  '/fapi/v1/premiumIndex': (call) => oneOrAll(call, premiumIndex, 1, 10),
  '/fapi/v1/fundingRate': fundingRate,
  '/fapi/v1/fundingInfo': ({ market }) => ({ body: market.listings.map((listing) => fundingInfo(listing, market)), weight: 0 }),
  '/fapi/v1/ticker/24hr': (call) => oneOrAll(call, ticker24hr, 1, 40),
  '/fapi/v1/ticker/bookTicker': (call) => oneOrAll(call, bookTicker, 2, 5),
  '/fapi/v1/openInterest': (call) => ({ body: ofListing(call, openInterest), weight: 1 }),
  '/futures/data/openInterestHist': openInterestHist,
}

export function rest(request: SandboxRequest, market: SandboxMarket): SandboxResponse {
  return answerRest(request, market, HANDLERS, WEIGHT_LIMIT)
}

type Row = (listing: Listing, market: SandboxMarket) => unknown

function ofListing(call: Call, row: Row): unknown {
  const listing = listingOf(call)
  return isRefusal(listing) ? listing : row(listing, call.market)
}

/** An object for one symbol, an array for all. */
function oneOrAll(call: Call, row: Row, weight: number, weightOfAll: number) {
  if (call.query.has('symbol')) return { body: ofListing(call, row), weight }
  return { body: call.market.listings.map((listing) => row(listing, call.market)), weight: weightOfAll }
}

function exchangeInfo(market: SandboxMarket) {
  const rateLimits = [
    rateLimit('REQUEST_WEIGHT', 'MINUTE', 1, WEIGHT_LIMIT),
    rateLimit('ORDERS', 'MINUTE', 1, 1200),
    rateLimit('ORDERS', 'SECOND', 10, 300),
  ]
  const assets = [{ asset: 'USDT', marginAvailable: true, autoAssetExchange: '-10000' }]
  const head = { timezone: 'UTC', serverTime: market.now, futuresType: 'U_MARGINED' }
  return { ...head, rateLimits, exchangeFilters: [], assets, symbols: market.listings.map(symbolInfo) }
}

function symbolInfo(listing: Listing) {
  const { symbol, tickSize, lotSize } = listing
  const { price, quantity } = textsOf(listing)
  const listed = symbol.slice(0, -'USDT'.length)
  const lots = { stepSize: quantity(lotSize), minQty: quantity(lotSize), maxQty: '1000000' }
  return {
    symbol,
    pair: symbol,
    contractType: 'PERPETUAL',
    deliveryDate: NEVER,
    onboardDate: ONBOARDED,
    status: 'TRADING',
    maintMarginPercent: '2.5000',
    requiredMarginPercent: '5.0000',
    baseAsset: listed,
    quoteAsset: 'USDT',
    marginAsset: 'USDT',
    pricePrecision: priceDecimals(listing),
    quantityPrecision: (quantity(lotSize).split('.')[1] ?? '').length,
    baseAssetPrecision: 8,
    quotePrecision: 8,
    underlyingType: 'COIN',
    underlyingSubType: [],
    triggerProtect: '0.0500',
    liquidationFee: '0.012500',
    marketTakeBound: '0.05',
    maxMoveOrderLimit: 10000,
    permissionSets: ['GRID', 'COPY'],
    filters: [
      { filterType: 'PRICE_FILTER', tickSize: price(tickSize), minPrice: price(tickSize), maxPrice: '10000000' },
      { filterType: 'LOT_SIZE', ...lots },
      { filterType: 'MARKET_LOT_SIZE', ...lots },
      { filterType: 'MAX_NUM_ORDERS', limit: 200 },
      { filterType: 'MAX_NUM_ALGO_ORDERS', limit: 10 },
      { filterType: 'MIN_NOTIONAL', notional: '5' },
      { filterType: 'PERCENT_PRICE', multiplierUp: '1.0500', multiplierDown: '0.9500', multiplierDecimal: '4' },
      { filterType: 'POSITION_RISK_CONTROL', positionControlSide: 'NONE' },
    ],
    orderTypes: ['LIMIT', 'MARKET', 'STOP', 'STOP_MARKET', 'TAKE_PROFIT', 'TAKE_PROFIT_MARKET', 'TRAILING_STOP_MARKET'],
    timeInForce: ['GTC', 'IOC', 'FOK', 'GTX', 'GTD'],
  }
}

function depth(call: Call) {
  const listing = listingOf(call)
  const limit = Number(call.query.get('limit') ?? 500)
  const weight = DEPTH_WEIGHTS[limit]
  if (weight === undefined) return { body: badParameter('limit'), weight: 1 }
  if (isRefusal(listing)) return { body: listing, weight }
  const { lastId, timestamp, bids, asks } = call.market.book(listing.symbol, limit)
  const texts = textsOf(listing)
  const levels = { bids: levelTexts(bids, texts), asks: levelTexts(asks, texts) }
  return { body: { lastUpdateId: lastId, E: call.market.now, T: timestamp, ...levels }, weight }
}

/** The newest trades, oldest first; `fromId` and the times choose among those that are kept. */
function recent(call: Call, standard: number, row: (each: SandboxTrade, listing: Listing) => unknown): unknown | Refusal {
  const listing = listingOf(call)
  const limit = limitOf(call, standard, TRADES_KEPT)
  if (isRefusal(listing)) return listing
  if (typeof limit !== 'number') return limit
  const fromId = timeOf(call, 'fromId')
  const from = timeOf(call, 'startTime') ?? 0
  const to = timeOf(call, 'endTime') ?? Number.POSITIVE_INFINITY
  const kept = call.market.trades(listing.symbol, TRADES_KEPT)
  const wanted = kept.filter((each) => each.id >= (fromId ?? 0) && each.timestamp >= from && each.timestamp <= to)
  const page = fromId === undefined && from === 0 ? wanted.slice(-limit) : wanted.slice(0, limit)
  return page.map((each) => row(each, listing))
}

function trade({ id, timestamp, price, quantity, side }: SandboxTrade, listing: Listing) {
  const texts = textsOf(listing)
  const quoteQty = (price * quantity).toFixed(2)
  const amounts = { price: texts.price(price), qty: texts.quantity(quantity), quoteQty }
  return { id, ...amounts, time: timestamp, isBuyerMaker: side === 'sell', isRPITrade: false }
}

function aggTrade({ id, timestamp, price, quantity, side }: SandboxTrade, listing: Listing) {
  const texts = textsOf(listing)
  const q = texts.quantity(quantity)
  return { a: id, p: texts.price(price), q, nq: q, f: id, l: id, T: timestamp, m: side === 'sell' }
}

function premiumIndex({ symbol }: Listing, market: SandboxMarket) {
  const now = market.ticker(symbol)
  return {
    symbol,
    markPrice: markText(now.markPrice),
    indexPrice: markText(now.indexPrice),
    estimatedSettlePrice: markText(now.indexPrice),
    lastFundingRate: rateText(now.fundingRate),
    interestRate: '0.00010000',
    nextFundingTime: now.nextFundingTime,
    time: market.now,
  }
}

function fundingInfo({ symbol }: Listing, market: SandboxMarket) {
  return {
    symbol,
    adjustedFundingRateCap: '0.02000000',
    adjustedFundingRateFloor: '-0.02000000',
    fundingIntervalHours: market.ticker(symbol).fundingIntervalHours,
    disclaimer: false,
    updateTime: null,
  }
}

function ticker24hr(listing: Listing, market: SandboxMarket) {
  const { openTime, ...texts } = statisticsTexts(market.ticker(listing.symbol), listing)
  return { symbol: listing.symbol, ...texts, openTime: openTime(market.now), closeTime: market.now }
}

function bookTicker(listing: Listing, market: SandboxMarket) {
  const { symbol } = listing
  const texts = textsOf(listing)
  const { bidPrice, bidQuantity, askPrice, askQuantity } = market.ticker(symbol)
  const bid = { bidPrice: texts.price(bidPrice), bidQty: texts.quantity(bidQuantity) }
  const ask = { askPrice: texts.price(askPrice), askQty: texts.quantity(askQuantity) }
  return { symbol, ...bid, ...ask, time: market.now, lastUpdateId: market.book(symbol, 1).lastId }
}

function openInterest(listing: Listing, market: SandboxMarket) {
  const amount = market.ticker(listing.symbol).openInterest
  return { openInterest: textsOf(listing).quantity(amount), symbol: listing.symbol, time: market.now }
}
