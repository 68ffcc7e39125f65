/**
 * USD-M futures' public streams.
 * https://developers.binance.com/docs/derivatives/usds-margined-futures/websocket-market-streams
 */
import { UsageError } from '../../errors.js'
import type { Candle, Liquidation, TickerFields } from '../../market/event.js'
import { decimalOf, type Fields, idOf, isCoinMargined, isFields, numbersOf } from '../binance-shared/fields.js'
import { INTERVALS, lengthOf } from '../binance-shared/intervals.js'
import { bookReaders, type EventReaders, makeDecoder, messages, type Telling } from '../binance-shared/stream.js'
import type { StreamProtocol, Subscription } from '../contract.js'
import { percent } from './rest.js'
import { knownRoute } from './routes.js'

/** Speeds of the book, the default first. 0 ms (each change at once) is not documented. */
export const BOOK_STREAMS: Readonly<Record<string, string>> = {
  '100ms': 'depth@100ms',
  '250ms': 'depth',
  '500ms': 'depth@500ms',
  '0ms': 'depth@0ms',
}

const READERS: EventReaders = {
  ...bookReaders,
  markPriceUpdate: readMarkPrice,
  kline: readKline,
  '24hrTicker': readTicker,
  '24hrMiniTicker': readTicker,
  forceOrder: readForceOrder,
}

const IGNORED = new Set(['contractInfo', 'compositeIndex', 'assetIndexUpdate', 'continuous_kline', 'tradingSession'])

export const stream: StreamProtocol = {
  topics: (subscription) =>
    streamsOf(subscription).map((suffix) => {
      const name = `${subscription.symbol.toLowerCase()}@${suffix}`
      return { name, socket: knownRoute(name) }
    }),
  ...messages,
  decoder: () => makeDecoder({ readers: READERS, ignored: IGNORED }),
}

function streamsOf({ channel, option }: Subscription): readonly string[] {
  switch (channel) {
    case 'book':
      return [bookStream(option)]
    case 'trades':
      // `@trade` has each fill, but is not documented and its ids are not those of any REST answer without a key.
      return ['aggTrade']
    case 'ticker':
      return ['ticker', 'bookTicker']
    case 'funding':
      return ['markPrice@1s']
    case 'liquidations':
      return ['forceOrder']
    case 'candles':
      return [candleStream(option ?? '1m')]
    case 'open-interest':
      return []
  }
}

function bookStream(option = '100ms'): string {
  const name = Object.hasOwn(BOOK_STREAMS, option) ? BOOK_STREAMS[option] : undefined
  if (name !== undefined) return name
  throw new UsageError('USAGE_UNKNOWN_OPTION', `binance has no book at ${option}`, {
    suggestions: [`Take one of ${Object.keys(BOOK_STREAMS).join(', ')}`],
  })
}

function candleStream(interval: string): string {
  lengthOf(interval, INTERVALS)
  return `kline_${interval}`
}

/** `T` is the next payment; dated contracts have none. `i` is missing before 2020. */
function readMarkPrice({ s: symbol, E, T, p, i, r }: Fields): Telling | undefined {
  const timestamp = idOf(E)
  const nextTime = idOf(T)
  const numbers = numbersOf({ fundingRate: r, markPrice: p, indexPrice: i })
  if (typeof symbol !== 'string' || timestamp < 0 || nextTime < 0 || numbers === undefined) return undefined
  const fields = nextTime > 0 ? { ...numbers, fundingTime: nextTime } : { ...numbers, fundingRate: null, fundingTime: null }
  return (sink) => sink.funding(symbol, timestamp, fields, false)
}

/** Of 24 h; the small form has no change. */
function readTicker({ s: symbol, E, c, o, h, l, v, q, P }: Fields): Telling | undefined {
  const timestamp = idOf(E)
  const numbers = numbersOf({ lastPrice: c, open24h: o, high24h: h, low24h: l, volume24h: v, quoteVolume24h: q })
  const isWhole = P === undefined || Number.isFinite(decimalOf(P))
  if (typeof symbol !== 'string' || timestamp < 0 || numbers === undefined || !isWhole) return undefined
  const fields: TickerFields = P === undefined ? numbers : { ...numbers, change24h: percent(P) }
  return (sink) => sink.ticker(symbol, timestamp, fields, false, -1)
}

function readKline({ E, k }: Fields): Telling | undefined {
  if (!isFields(k)) return undefined
  const { t, s: symbol, i: interval, n, x: isClosed } = k
  const pushedAt = idOf(E)
  const timestamp = idOf(t)
  const trades = idOf(n)
  const open = decimalOf(k['o'])
  const high = decimalOf(k['h'])
  const low = decimalOf(k['l'])
  const close = decimalOf(k['c'])
  const volume = decimalOf(k['v'])
  const quoteVolume = decimalOf(k['q'])
  if (typeof symbol !== 'string' || typeof interval !== 'string' || typeof isClosed !== 'boolean') return undefined
  if (!(Math.min(pushedAt, timestamp, trades, open, high, low, close, volume, quoteVolume) >= 0)) return undefined
  const candle: Candle = { symbol, timestamp, interval, open, high, low, close, volume, quoteVolume, trades, isClosed }
  return (sink) => sink.candle(candle, pushedAt)
}

/** A sample: at most one of a symbol and second. `p` is the limit of the closing order, `ap` its average fill, `z` what was filled. */
function readForceOrder({ o }: Fields): Telling | null | undefined {
  if (!isFields(o)) return undefined
  if (isCoinMargined(o)) return null
  const { s: symbol, S, T } = o
  const timestamp = idOf(T)
  const quantity = decimalOf(o['z'])
  const limit = decimalOf(o['p'])
  const average = decimalOf(o['ap'])
  const price = average > 0 ? average : limit
  if (typeof symbol !== 'string' || timestamp < 0 || !(quantity >= 0 && price >= 0)) return undefined
  if (S !== 'BUY' && S !== 'SELL') return undefined
  const sides = S === 'SELL' ? ({ liquidated: 'long', side: 'sell' } as const) : ({ liquidated: 'short', side: 'buy' } as const)
  const liquidation: Liquidation = { symbol, timestamp, ...sides, price, quantity }
  return (sink) => sink.liquidation(liquidation)
}
