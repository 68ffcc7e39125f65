/**
 * Bybit's public linear stream. Book frames, nine in ten, go through the strict scanner; all others, and book frames in a key
 * order not seen before (Bybit promises none), through JSON.parse.
 * https://bybit-exchange.github.io/docs/v5/ws/connect
 */
import type { Candle, Liquidation, Trade } from '../../market/event.js'
import type { Decoder, FrameSink, StreamProtocol } from '../contract.js'
import { Scanner } from '../scanner.js'
import { numeric } from '../wire.js'
import { BookReader, type BookTopic, readBook, wholeNumber } from './book.js'
import { readControl } from './control.js'
import { fundingFields, openInterestFields, tickerFields, type WireRecord } from './ticker.js'
import { readTopic, SOCKET, type Topic, topicOf } from './topics.js'

export const stream: StreamProtocol = {
  topics: (subscription) => [{ name: topicOf(subscription), socket: SOCKET }],
  subscribe: (topics, id) => JSON.stringify({ req_id: String(id), op: 'subscribe', args: topics }),
  unsubscribe: (topics, id) => JSON.stringify({ req_id: String(id), op: 'unsubscribe', args: topics }),
  decoder,
}

function decoder(): Decoder {
  const book = new BookReader(new Scanner())
  return (frame, sink) => {
    if (!book.scan(frame)) {
      decodeParsed(frame, book, sink)
      return
    }
    if (book.isInexact) sink.remark('inexact-number')
    sink.book(book.update)
  }
}

function decodeParsed(bytes: Buffer, book: BookReader, sink: FrameSink): void {
  const text = bytes.toString()
  const frame = parseObject(text)
  if (frame === undefined) {
    sink.unknown('not-json')
    return
  }
  if (frame['topic'] === undefined) {
    const answers = readControl(frame)
    if (answers === undefined) sink.unknown('control')
    else for (const answer of answers) sink.control(answer)
    return
  }
  const topic = typeof frame['topic'] === 'string' ? readTopic(frame['topic']) : undefined
  if (topic?.kind === 'ignored') return
  const isTold =
    topic !== undefined && (topic.kind === 'book' ? tellBook(frame, topic, book, sink) : READERS[topic.kind](frame, topic, sink))
  if (!isTold) sink.unknown(topic?.kind ?? 'topic')
  else if (hasLongNumber(text)) sink.remark('inexact-number')
}

function parseObject(text: string): WireRecord | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

function tellBook(frame: WireRecord, topic: BookTopic, book: BookReader, sink: FrameSink): boolean {
  if (!readBook(frame, topic, book.update)) return false
  sink.remark('slow-path')
  sink.book(book.update)
  return true
}

/** More than 15 significant digits (leading and trailing zeros do not count) in any number. */
function hasLongNumber(text: string): boolean {
  for (const [digits] of text.matchAll(/\d[\d.]{15,}/g)) {
    if (digits.replace('.', '').replace(/^0+|0+$/g, '').length > 15) return true
  }
  return false
}

type Reader = (frame: WireRecord, topic: Topic, sink: FrameSink) => boolean

/** Each tells the whole frame, or nothing and gives false. */
const READERS: Readonly<Record<Exclude<Topic['kind'], 'book' | 'ignored'>, Reader>> = {
  ticker: tellTicker,
  trades: (frame, topic, sink) =>
    tellEach(
      frame,
      (row) => readTrade(row, topic.symbol),
      (trade) => sink.trade(trade),
    ),
  liquidations: (frame, topic, sink) =>
    tellEach(
      frame,
      (row) => readLiquidation(row, topic.symbol),
      (liquidation) => sink.liquidation(liquidation),
    ),
  candles: (frame, topic, sink) => {
    const pushedAt = wholeNumber(frame['ts'])
    const interval = topic.kind === 'candles' ? topic.interval : ''
    if (pushedAt < 0) return false
    return tellEach(
      frame,
      (row) => readCandle(row, topic.symbol, interval),
      (candle) => sink.candle(candle, pushedAt),
    )
  },
}

function tellEach<Row>(frame: WireRecord, read: (row: WireRecord) => Row | undefined, tell: (row: Row) => void): boolean {
  const data = frame['data']
  if (!Array.isArray(data)) return false
  const rows: Row[] = []
  for (const entry of data) {
    const row = isRecord(entry) ? read(entry) : undefined
    if (row === undefined) return false
    rows.push(row)
  }
  rows.forEach(tell)
  return true
}

/** The topic's `cs` is the cross sequence, which no book id can be compared with: no top-of-book id is told. */
function tellTicker(frame: WireRecord, topic: Topic, sink: FrameSink): boolean {
  const { symbol } = topic
  const { data, type } = frame
  const timestamp = wholeNumber(frame['ts'])
  if (!isRecord(data) || data['symbol'] !== symbol || timestamp < 0 || (type !== 'snapshot' && type !== 'delta')) return false
  const ticker = tickerFields(data)
  const funding = fundingFields(data)
  const openInterest = openInterestFields(data)
  if (ticker === undefined || funding === undefined || openInterest === undefined) return false
  const isSnapshot = type === 'snapshot'
  if (isSnapshot || !isEmpty(ticker)) sink.ticker(symbol, timestamp, ticker, isSnapshot, -1)
  if (isSnapshot || !isEmpty(funding)) sink.funding(symbol, timestamp, funding, isSnapshot)
  if (isSnapshot || !isEmpty(openInterest)) sink.openInterest(symbol, timestamp, openInterest, isSnapshot)
  return true
}

function readTrade({ T, s, S, v, p, i, BT }: WireRecord, symbol: string): Trade | undefined {
  const timestamp = wholeNumber(T)
  const price = numeric(p)
  const quantity = numeric(v)
  const isWhole = timestamp >= 0 && price >= 0 && quantity >= 0 && s === symbol && typeof i === 'string' && i !== ''
  if (!isWhole || (S !== 'Buy' && S !== 'Sell') || (BT !== undefined && typeof BT !== 'boolean')) return undefined
  return { symbol, timestamp, tradeId: i, price, quantity, side: S === 'Buy' ? 'buy' : 'sell', isBlock: BT === true }
}

/** `S` is the side of the position that was closed, unlike Binance's, which is the order's. */
function readLiquidation({ T, s, S, v, p }: WireRecord, symbol: string): Liquidation | undefined {
  const timestamp = wholeNumber(T)
  const price = numeric(p)
  const quantity = numeric(v)
  if (!(timestamp >= 0 && price >= 0 && quantity >= 0) || s !== symbol || (S !== 'Buy' && S !== 'Sell')) return undefined
  const sides = S === 'Buy' ? ({ liquidated: 'long', side: 'sell' } as const) : ({ liquidated: 'short', side: 'buy' } as const)
  return { symbol, timestamp, ...sides, price, quantity }
}

function readCandle(row: WireRecord, symbol: string, interval: string): Candle | undefined {
  const timestamp = wholeNumber(row['start'])
  const open = numeric(row['open'])
  const high = numeric(row['high'])
  const low = numeric(row['low'])
  const close = numeric(row['close'])
  const volume = numeric(row['volume'])
  const quoteVolume = numeric(row['turnover'])
  const isClosed = row['confirm']
  const isWhole = timestamp >= 0 && Math.min(open, high, low, close, volume, quoteVolume) >= 0
  if (!isWhole || typeof isClosed !== 'boolean') return undefined
  return { symbol, timestamp, interval, open, high, low, close, volume, quoteVolume, trades: null, isClosed }
}

function isRecord(value: unknown): value is WireRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isEmpty(fields: object): boolean {
  return Object.keys(fields).length === 0
}
