/**
 * Binance's trades, of futures and spot. Each is read by the strict scanner in the key orders seen so far (fields in brackets may
 * be missing), else from the parsed JSON; both ways give one record.
 *
 * `{e:"aggTrade",E,[a],s,p,q,[nq],f,l,T,m,[st|M]}` and `{e:"trade",E,[T],s,t,p,q,[T],[X],m,[st|M]}`.
 */
import type { Side, Trade } from '../../market/event.js'
import type { FrameSink } from '../contract.js'
import type { Scanner } from '../scanner.js'
import { decimalOf, type Fields, idOf } from './fields.js'

const AGGREGATE = Buffer.from('{"e":"aggTrade","E":')
const SINGLE = Buffer.from('{"e":"trade","E":')
const AGGREGATE_ID = Buffer.from(',"a":')
const TRADE_ID = Buffer.from(',"t":')
const SYMBOL = Buffer.from(',"s":')
const PRICE = Buffer.from(',"p":')
const QUANTITY = Buffer.from(',"q":')
const PLAIN_QUANTITY = Buffer.from(',"nq":')
const FIRST_FILL = Buffer.from(',"f":')
const LAST_FILL = Buffer.from(',"l":')
const TIME = Buffer.from(',"T":')
const ON_MARKET = Buffer.from(',"X":"MARKET"')
const BUYER_TOOK = Buffer.from(',"m":false')
const SELLER_TOOK = Buffer.from(',"m":true')
const MARGIN = Buffer.from(',"st":1')
const BEST_MATCH = Buffer.from(',"M":true')

/** Reads the event at the scanner's position up to its closing brace; `undefined`: not a trade in a known order. */
export function scanTrade(scanner: Scanner): Trade | undefined {
  const trade = scanner.literal(AGGREGATE) ? scanAggregate(scanner) : scanner.literal(SINGLE) ? scanSingle(scanner) : undefined
  if (trade !== undefined && !scanner.literal(MARGIN)) scanner.literal(BEST_MATCH)
  return trade
}

function scanAggregate(scanner: Scanner): Trade | undefined {
  const sentAt = scanner.integer()
  const id = numberAt(scanner, AGGREGATE_ID)
  const symbol = scanner.literal(SYMBOL) ? scanner.symbol() : undefined
  const price = scanner.literal(PRICE) ? scanner.quotedNumber() : Number.NaN
  const quantity = scanner.literal(QUANTITY) ? scanner.quotedNumber() : Number.NaN
  const hasPlain = !scanner.literal(PLAIN_QUANTITY) || scanner.quotedNumber() >= 0
  const hasFills = hasPlain && numberAt(scanner, FIRST_FILL) >= 0 && numberAt(scanner, LAST_FILL) >= 0
  const timestamp = numberAt(scanner, TIME)
  if (sentAt < 0 || !hasFills) return undefined
  return makeTrade(symbol, timestamp, id, price, quantity, scanSide(scanner))
}

function scanSingle(scanner: Scanner): Trade | undefined {
  const sentAt = scanner.integer()
  const early = numberAt(scanner, TIME)
  const symbol = scanner.literal(SYMBOL) ? scanner.symbol() : undefined
  const id = numberAt(scanner, TRADE_ID)
  const price = scanner.literal(PRICE) ? scanner.quotedNumber() : Number.NaN
  const quantity = scanner.literal(QUANTITY) ? scanner.quotedNumber() : Number.NaN
  const timestamp = early >= 0 ? early : numberAt(scanner, TIME)
  scanner.literal(ON_MARKET)
  return sentAt < 0 ? undefined : makeTrade(symbol, timestamp, id, price, quantity, scanSide(scanner))
}

function numberAt(scanner: Scanner, key: Buffer): number {
  return scanner.literal(key) ? scanner.integer() : -1
}

/** `m`: the buyer was the maker, so the aggressor sold. */
function scanSide(scanner: Scanner): Side | undefined {
  if (scanner.literal(SELLER_TOOK)) return 'sell'
  return scanner.literal(BUYER_TOOK) ? 'buy' : undefined
}

function makeTrade(
  symbol: string | undefined,
  timestamp: number,
  id: number,
  price: number,
  quantity: number,
  side: Side | undefined,
): Trade | undefined {
  if (symbol === undefined || side === undefined || timestamp < 0 || id < 0 || !(price >= 0 && quantity >= 0)) return undefined
  return { symbol, timestamp, tradeId: String(id), price, quantity, side, isBlock: false }
}

/** Slow path: fills of one taker order at one price. Before 2020 the id `a` was missing: the first fill's id stands for it. */
export function readAggTrade(data: Fields): ((sink: FrameSink) => void) | undefined {
  return readFields(data['a'] === undefined ? data['f'] : data['a'], data)
}

/** Slow path. Funds of the exchange (`INSURANCE_FUND`, `ADL`, `NA`) trade off the market: `null`. */
export function readTrade(data: Fields): ((sink: FrameSink) => void) | null | undefined {
  return data['X'] === undefined || data['X'] === 'MARKET' ? readFields(data['t'], data) : null
}

function readFields(id: unknown, { s, T, p, q, m }: Fields): ((sink: FrameSink) => void) | undefined {
  if (typeof s !== 'string' || typeof m !== 'boolean') return undefined
  const trade = makeTrade(s, idOf(T), idOf(id), decimalOf(p), decimalOf(q), m ? 'sell' : 'buy')
  if (trade === undefined) return undefined
  return (sink) => {
    sink.remark('slow-path')
    sink.trade(trade)
  }
}
