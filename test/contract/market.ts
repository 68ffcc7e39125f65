/** A tiny market that stands still: enough for each exchange's sandbox to answer every request and fill every topic. */
import type {
  SandboxCandle,
  SandboxData,
  SandboxExchange,
  SandboxListing,
  SandboxMarket,
  SandboxTicker,
  SandboxTopic,
  SandboxTrade,
} from '../../src/core/exchanges/sandbox-contract.js'

const HOUR = 3_600_000
const MINUTE = 60_000

/** 23 s into a minute, so that the newest candle of any interval is open. */
export const NOW = Date.UTC(2026, 9, 7, 6, 20, 23, 123)
export const LAST_ID = 1000
const ASSETS = [
  { base: 'BTC', price: 84_000 },
  { base: 'ETH', price: 3_100 },
  { base: 'SHIB', price: 0.0000092 },
]

interface Listed extends SandboxListing {
  readonly base: string
  readonly price: number
}

function listed(sandbox: SandboxExchange): Listed[] {
  return ASSETS.flatMap((asset) => {
    const listing = sandbox.list(asset)
    return listing === undefined ? [] : [{ ...listing, base: asset.base, price: asset.price * listing.multiplier }]
  })
}

export function marketOf(sandbox: SandboxExchange): SandboxMarket {
  const listings = listed(sandbox)
  const find = (symbol: string): Listed => {
    const found = listings.find((listing) => listing.symbol === symbol)
    if (found === undefined) throw new Error(`not listed: ${symbol}`)
    return found
  }
  return {
    now: NOW,
    listings,
    has: (symbol) => listings.some((listing) => listing.symbol === symbol),
    book: (symbol, depth) => ({ lastId: LAST_ID, timestamp: NOW - 5, count: 7, ...levelsOf(find(symbol), Math.min(depth, 30)) }),
    ticker: (symbol) => tickerOf(find(symbol)),
    trades: (symbol, limit) => tradesOf(find(symbol)).slice(-limit),
    candles: (symbol, intervalMs, from, to) =>
      times(intervalMs, from, to).map((openTime) => candleOf(find(symbol), openTime, intervalMs)),
    fundingHistory: (symbol, from, to) =>
      times(8 * HOUR, from, to).map((timestamp) => ({ timestamp, rate: -0.0000125, markPrice: find(symbol).price })),
    openInterestHistory: (symbol, periodMs, from, to) =>
      times(periodMs, from, to).map((timestamp) => ({
        timestamp,
        openInterest: 5000 * find(symbol).lotSize,
        price: find(symbol).price,
      })),
  }
}

/** Multiples of `step` within the half-open range that have come. */
function times(step: number, from: number, to: number): number[] {
  const first = Math.ceil(from / step) * step
  const end = Math.min(to, NOW + 1)
  return Array.from({ length: Math.max(0, Math.ceil((end - first) / step)) }, (_, i) => first + i * step)
}

/** Rounded to the step, as the simulated market quantises. */
function onStep(value: number, step: number): number {
  return Number((Math.round(value / step) * step).toPrecision(12))
}

function levelsOf({ price, tickSize, lotSize }: Listed, depth: number) {
  const level = (away: number) =>
    [onStep(price + away * tickSize, tickSize), onStep((10 + Math.abs(away)) * lotSize, lotSize)] as const
  const bids = Array.from({ length: depth }, (_, i) => level(-i))
  const asks = Array.from({ length: depth }, (_, i) => level(i + 1))
  return { bids, asks }
}

function tickerOf(listing: Listed): SandboxTicker {
  const { price, tickSize, lotSize } = listing
  const at = (ratio: number) => onStep(price * ratio, tickSize)
  return {
    lastPrice: at(1),
    lastQuantity: lotSize,
    bidPrice: at(1),
    bidQuantity: onStep(10 * lotSize, lotSize),
    askPrice: onStep(price + tickSize, tickSize),
    askQuantity: onStep(11 * lotSize, lotSize),
    markPrice: at(1.001),
    indexPrice: at(0.999),
    open24h: at(1.02),
    high24h: at(1.05),
    low24h: at(0.98),
    open1h: at(1.01),
    volume24h: onStep(1e6 * lotSize, lotSize),
    quoteVolume24h: 1e6 * lotSize * price,
    trades24h: 86_400,
    fundingRate: 0.0001,
    nextFundingTime: Math.ceil(NOW / (8 * HOUR)) * 8 * HOUR,
    fundingIntervalHours: 8,
    openInterest: onStep(5000 * lotSize, lotSize),
  }
}

function tradesOf({ price, tickSize, lotSize }: Listed): SandboxTrade[] {
  return Array.from({ length: 5 }, (_, i) => ({
    id: 70 + i,
    timestamp: NOW - 100 * (5 - i),
    price: onStep(price + (i % 2) * tickSize, tickSize),
    quantity: onStep((i + 1) * lotSize, lotSize),
    side: i % 2 === 0 ? 'sell' : 'buy',
    engineId: LAST_ID - 5 + i,
  }))
}

function candleOf({ price, tickSize, lotSize }: Listed, openTime: number, intervalMs: number): SandboxCandle {
  const index = Math.floor(openTime / intervalMs) % 50
  const open = onStep(price + index * tickSize, tickSize)
  const close = onStep(price + (index + 1) * tickSize, tickSize)
  const volume = onStep((100 + index) * lotSize, lotSize)
  return {
    openTime,
    open,
    high: onStep(close + tickSize, tickSize),
    low: onStep(open - tickSize, tickSize),
    close,
    volume,
    quoteVolume: volume * price,
    trades: 10,
    takerVolume: volume / 2,
    takerQuoteVolume: (volume / 2) * price,
    firstTradeId: 10 * index,
    lastTradeId: 10 * index + 9,
  }
}

/** What the simulated market would push for a topic: its first frame's data and the one after it. */
export function dataFor(topic: SandboxTopic, market: SandboxMarket): SandboxData[] {
  const { symbol, kind } = topic
  const timestamp = NOW
  const ticker = market.ticker(symbol)
  switch (kind) {
    case 'book':
      return bookData(topic, market)
    case 'trade':
      return [{ kind, symbol, timestamp, trades: market.trades(symbol, 3) }]
    case 'ticker': {
      const all = new Set(Object.keys(ticker) as (keyof SandboxTicker)[])
      const first = { kind, symbol, timestamp, ticker, isSnapshot: true, changed: all }
      return [first, { ...first, isSnapshot: false, changed: new Set(['lastPrice', 'markPrice', 'openInterest'] as const) }]
    }
    case 'quote':
      return [{ kind, symbol, timestamp, lastId: LAST_ID, ticker }]
    case 'mark':
      return [{ kind, symbol, timestamp, ticker }]
    case 'liquidation': {
      const one = { timestamp: NOW - 10, price: ticker.bidPrice, bankruptcyPrice: ticker.bidPrice, quantity: ticker.bidQuantity }
      const liquidations = [
        { ...one, liquidated: 'long' as const },
        { ...one, liquidated: 'short' as const },
      ]
      return [{ kind, symbol, timestamp, liquidations }]
    }
    case 'candle': {
      const [candle] = market.candles(symbol, MINUTE, NOW - MINUTE, NOW + 1)
      return candle === undefined ? [] : [{ kind, symbol, timestamp, interval: topic.interval, candle }]
    }
  }
}

/** Where the stream has its own snapshot, that first; then the update that follows `LAST_ID`, with one level removed. */
function bookData(
  { symbol, depth, hasSnapshot, isWhole = false }: SandboxTopic & { kind: 'book' },
  market: SandboxMarket,
): SandboxData[] {
  const { bids, asks } = market.book(symbol, depth === 0 ? 1000 : depth)
  const base = { kind: 'book', symbol, timestamp: NOW, isSnapshot: true, bids, asks } as const
  const first = { ...base, firstId: LAST_ID, lastId: LAST_ID, previousId: LAST_ID - 1, count: 7 }
  const next = { ...base, firstId: LAST_ID + 1, lastId: LAST_ID + 3, previousId: LAST_ID, count: 8 }
  if (isWhole) return [first, next]
  const [best = [0, 0]] = bids
  const change = { ...next, isSnapshot: false, bids: [[best[0], 0]], asks: asks.slice(0, 2) } as const
  return hasSnapshot ? [first, change] : [change]
}
