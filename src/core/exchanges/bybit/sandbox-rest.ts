/** Bybit's REST as the simulated market speaks it: number text, newest first, errors by `retCode` with HTTP 200. */
import { HOUR_MS } from '../../market/time.js'
import type { SandboxCandle, SandboxListing, SandboxMarket, SandboxRequest, SandboxResponse } from '../sandbox-contract.js'
import { INTERVALS, PERIODS } from './intervals.js'
import { decimalsOf, shortText, sideText, tickerRow, tradeId, updateId } from './sandbox-text.js'

type Listing = SandboxMarket['listings'][number]

/** `result` of an answer, or what is wrong with the parameters. */
type Answer = { readonly result: unknown } | { readonly refused: string }

interface Call {
  readonly query: URLSearchParams
  readonly market: SandboxMarket
}

/** Requests of one address in a minute that bring a ban: 600 in 5 s. */
const BAN_WEIGHT = 7200

export function rest({ path, query, usedWeight }: SandboxRequest, market: SandboxMarket): SandboxResponse {
  const weight = 1
  if (usedWeight >= BAN_WEIGHT) return { status: 403, body: 'access too frequent', weight }
  const handler = Object.hasOwn(HANDLERS, path) ? HANDLERS[path] : undefined
  if (handler === undefined) return { status: 404, body: { error: 'not found' }, weight }
  const category = query.get('category') ?? ''
  const answer: Answer = path === TIME || category === 'linear' ? handler({ query, market }) : otherCategory(path, category)
  const envelope =
    'result' in answer
      ? { retCode: 0, retMsg: 'OK', result: answer.result }
      : { retCode: 10001, retMsg: `params error: ${answer.refused}`, result: {} }
  return { status: 200, body: { ...envelope, retExtInfo: {}, time: market.now }, weight }
}

const TIME = '/v5/market/time'
const INSTRUMENTS = '/v5/market/instruments-info'
/** Known to the exchange, but nothing of these is traded here: clients that list every kind go on without them. */
const EMPTY_CATEGORIES: readonly string[] = ['spot', 'inverse', 'option']

function otherCategory(path: string, category: string): Answer {
  if (path !== INSTRUMENTS || !EMPTY_CATEGORIES.includes(category)) return { refused: 'Category is invalid' }
  return { result: { category, list: [], nextPageCursor: '' } }
}

const HANDLERS: Readonly<Record<string, (call: Call) => Answer>> = {
  [TIME]: ({ market: { now } }) => ({ result: { timeSecond: String(Math.floor(now / 1000)), timeNano: `${now}000000` } }),
  [INSTRUMENTS]: instruments,
  '/v5/market/orderbook': (call) => ofListing(call, orderBook),
  '/v5/market/tickers': tickers,
  '/v5/market/kline': (call) => ofListing(call, candles),
  '/v5/market/funding/history': (call) => ofListing(call, fundingHistory),
  '/v5/market/open-interest': (call) => ofListing(call, openInterest),
  '/v5/market/recent-trade': (call) => ofListing(call, recentTrades),
}

function ofListing(call: Call, answer: (call: Call, listing: Listing) => Answer): Answer {
  const symbol = call.query.get('symbol')
  const listing = call.market.listings.find((each) => each.symbol === symbol)
  return listing === undefined ? { refused: 'Symbol Is Invalid' } : answer(call, listing)
}

/** A count within Bybit's bounds; outside them the nearest one is taken. */
function limitOf(query: URLSearchParams, standard: number, most: number): number {
  const asked = Number(query.get('limit') ?? standard)
  return Number.isInteger(asked) ? Math.min(Math.max(asked, 1), most) : standard
}

function timeOf(query: URLSearchParams, key: string): number | undefined {
  const text = query.get(key)
  return text === null || text === '' || !Number.isFinite(Number(text)) ? undefined : Number(text)
}

function instruments({ query, market }: Call): Answer {
  const symbol = query.get('symbol')
  const base = query.get('baseCoin')
  const isOpen = (query.get('status') ?? 'Trading') === 'Trading'
  const all = market.listings.filter(
    (each) => isOpen && (symbol ?? each.symbol) === each.symbol && (base ?? each.base) === each.base,
  )
  const start = Number(query.get('cursor') || 0)
  const end = start + limitOf(query, 500, 1000)
  const nextPageCursor = end < all.length ? String(end) : ''
  return { result: { category: 'linear', list: all.slice(start, end).map((each) => instrument(each, market)), nextPageCursor } }
}

function instrument(listing: Listing, market: SandboxMarket): unknown {
  const { symbol, tickSize, lotSize } = listing
  const { price, quantity } = decimalsOf(listing)
  const lot = lotSize.toFixed(quantity)
  return {
    symbol,
    contractType: 'LinearPerpetual',
    status: 'Trading',
    baseCoin: symbol.slice(0, -'USDT'.length),
    quoteCoin: 'USDT',
    launchTime: '1585526400000',
    deliveryTime: '0',
    deliveryFeeRate: '',
    priceScale: String(price),
    leverageFilter: { minLeverage: '1', maxLeverage: '100.00', leverageStep: '0.01' },
    priceFilter: {
      minPrice: tickSize.toFixed(price),
      maxPrice: (tickSize * 19_999_998).toFixed(price),
      tickSize: tickSize.toFixed(price),
    },
    lotSizeFilter: {
      maxOrderQty: (lotSize * 1_000_000).toFixed(quantity),
      minOrderQty: lot,
      qtyStep: lot,
      postOnlyMaxOrderQty: (lotSize * 1_000_000).toFixed(quantity),
      maxMktOrderQty: (lotSize * 500_000).toFixed(quantity),
      minNotionalValue: '5',
    },
    unifiedMarginTrade: true,
    fundingInterval: market.ticker(symbol).fundingIntervalHours * 60,
    settleCoin: 'USDT',
    copyTrading: 'both',
    upperFundingRate: '0.005',
    lowerFundingRate: '-0.005',
    isPreListing: false,
    preListingInfo: null,
    riskParameters: { priceLimitRatioX: '0.01', priceLimitRatioY: '0.02' },
    displayName: '',
    symbolType: '',
    forbidUplWithdrawal: false,
    symbolId: market.listings.indexOf(listing) + 1,
  }
}

function orderBook({ query, market }: Call, listing: Listing): Answer {
  const { price, quantity } = decimalsOf(listing)
  const { bids, asks, timestamp, lastId, count } = market.book(listing.symbol, limitOf(query, 25, 1000))
  const levels = (side: typeof bids) => side.map(([p, q]) => [p.toFixed(price), q.toFixed(quantity)])
  return {
    result: { s: listing.symbol, b: levels(bids), a: levels(asks), ts: timestamp, u: updateId(count), seq: lastId, cts: timestamp },
  }
}

const DATED_ONLY = {
  predictedDeliveryPrice: '',
  basisRate: '',
  basis: '',
  basisRateYear: '',
  deliveryFeeRate: '',
  deliveryTime: '0',
}

function tickers({ query, market }: Call): Answer {
  const symbol = query.get('symbol')
  const listings = market.listings.filter((each) => (symbol ?? each.symbol) === each.symbol)
  if (listings.length === 0) return { refused: 'Symbol Is Invalid' }
  const list = listings.map((listing) => {
    // The stream alone tells the direction of the tick.
    const { tickDirection: _, ...row } = tickerRow(listing, market.ticker(listing.symbol))
    return { ...row, ...DATED_ONLY, preOpenPrice: '', preQty: '', curPreListingPhase: '' }
  })
  return { result: { category: 'linear', list } }
}

function candles({ query, market }: Call, listing: Listing): Answer {
  const interval = INTERVALS.find(({ wire }) => wire === query.get('interval'))
  if (interval === undefined) return { refused: 'Invalid period!' }
  const limit = limitOf(query, 200, 1000)
  const start = timeOf(query, 'start')
  const end = timeOf(query, 'end') ?? (start === undefined ? market.now : start + limit * interval.ms - 1)
  const last = Math.min(end, market.now)
  const from = Math.max(start ?? 0, last - limit * interval.ms)
  const rows = market.candles(listing.symbol, interval.ms, from, last + 1)
  const list = newest(rows, limit).map((candle) => candleRow(candle, listing))
  return { result: { symbol: listing.symbol, category: 'linear', list } }
}

function candleRow(candle: SandboxCandle, listing: SandboxListing): readonly string[] {
  const { price, quantity } = decimalsOf(listing)
  const prices = [candle.open, candle.high, candle.low, candle.close].map((value) => shortText(value, price))
  return [String(candle.openTime), ...prices, shortText(candle.volume, quantity), shortText(candle.quoteVolume, 4)]
}

function newest<Row>(oldestFirst: readonly Row[], limit: number): readonly Row[] {
  return oldestFirst.slice(-limit).reverse()
}

/** The longest time between two payments. */
const LONGEST_FUNDING_MS = 8 * HOUR_MS

function fundingHistory({ query, market }: Call, { symbol }: Listing): Answer {
  const start = timeOf(query, 'startTime')
  const end = timeOf(query, 'endTime')
  if (start !== undefined && end === undefined) return { refused: 'endTime is required with startTime' }
  const limit = limitOf(query, 200, 200)
  const last = Math.min(end ?? market.now, market.now)
  const from = Math.max(start ?? 0, last - (limit + 1) * LONGEST_FUNDING_MS)
  const list = newest(market.fundingHistory(symbol, from, last + 1), limit).map(({ timestamp, rate }) => ({
    symbol,
    fundingRate: shortText(rate, 8),
    fundingRateTimestamp: String(timestamp),
  }))
  return { result: { category: 'linear', list } }
}

function openInterest({ query, market }: Call, listing: Listing): Answer {
  const period = PERIODS.find(({ wire }) => wire === query.get('intervalTime'))
  if (period === undefined) return { refused: 'Invalid intervalTime' }
  const { quantity } = decimalsOf(listing)
  const { symbol } = listing
  const limit = limitOf(query, 50, 200)
  const start = timeOf(query, 'startTime') ?? 0
  const last = Math.min(timeOf(query, 'cursor') ?? timeOf(query, 'endTime') ?? market.now, market.now)
  const rows = market.openInterestHistory(symbol, period.ms, Math.max(start, last - limit * period.ms), last + 1)
  const list = newest(rows, limit).map((row) => ({
    openInterest: (2 * row.openInterest).toFixed(quantity),
    singleOpenInterest: row.openInterest.toFixed(quantity),
    timestamp: String(row.timestamp),
  }))
  const oldest = Number(list.at(-1)?.timestamp ?? 0)
  return {
    result: { symbol, category: 'linear', list, nextPageCursor: list.length === limit && oldest > start ? String(oldest - 1) : '' },
  }
}

function recentTrades({ query, market }: Call, listing: Listing): Answer {
  const { price, quantity } = decimalsOf(listing)
  const list = newest(market.trades(listing.symbol, limitOf(query, 500, 1000)), 1000).map((trade) => ({
    execId: tradeId(trade),
    symbol: listing.symbol,
    price: trade.price.toFixed(price),
    size: trade.quantity.toFixed(quantity),
    side: sideText(trade.side),
    time: String(trade.timestamp),
    isBlockTrade: false,
    isRPITrade: false,
    seq: String(trade.engineId),
  }))
  return { result: { category: 'linear', list } }
}
