/**
 * The fast path of Binance's frequent frames, of futures and spot, and the slow path of book updates and the top of the book
 * (that of trades is in their own file). A frame is read by the strict scanner in the key orders seen so far (fields in
 * brackets may be missing), else from the parsed JSON; both ways give one record.
 *
 * `{e,E,[T],s,[ps],U,u,[pu],b,a,[st]}` and `{[e],u,[E,T],s,[ps],b,B,a,A,[T,E],[st]}`, bare or as `{"stream":…,"data":…}`.
 */
import { BookUpdate } from '../../market/book-update.js'
import type { TickerFields } from '../../market/event.js'
import type { FrameSink } from '../contract.js'
import type { Scanner } from '../scanner.js'
import { decimalOf, type Fields, idOf } from './fields.js'
import { scanTrade } from './trade.js'

const STREAM = Buffer.from('{"stream":')
const DATA = Buffer.from(',"data":')
const BOOK = Buffer.from('{"e":"depthUpdate","E":')
const TICKER = Buffer.from('{"e":"bookTicker","u":')
const SPOT_TICKER = Buffer.from('{"u":')
const EVENT_TIME = Buffer.from(',"E":')
const ENGINE_TIME = Buffer.from(',"T":')
const SYMBOL = Buffer.from(',"s":')
const PAIR = Buffer.from(',"ps":')
const FIRST_ID = Buffer.from(',"U":')
const LAST_ID = Buffer.from(',"u":')
const PREVIOUS_ID = Buffer.from(',"pu":')
const BIDS = Buffer.from(',"b":')
const BID_QUANTITY = Buffer.from(',"B":')
const ASKS = Buffer.from(',"a":')
const ASK_QUANTITY = Buffer.from(',"A":')
const MARGIN = Buffer.from(',"st":1')
const END = Buffer.from('}')

/** Fast: tells the frame and gives true, or tells nothing and gives false. */
export type FastPath = (frame: Buffer, sink: FrameSink) => boolean

export function fastPath(scanner: Scanner): FastPath {
  const update = new BookUpdate()
  const depths = new Map<string, number>()
  return (frame, sink) => {
    scanner.reset(frame)
    const isCombined = scanner.literal(STREAM)
    const stream = isCombined ? scanner.symbol() : ''
    if (stream === undefined || (isCombined && !scanner.literal(DATA))) return false
    if (scanner.literal(BOOK)) {
      update.depth = knownDepth(depths, stream)
      return scanBook(scanner, update, isCombined) && tellBook(scanner, update, sink)
    }
    if (scanner.literal(TICKER) || scanner.literal(SPOT_TICKER)) return scanTicker(scanner, isCombined, sink)
    return tellTrade(scanner, isCombined, sink)
  }
}

function tellTrade(scanner: Scanner, isCombined: boolean, sink: FrameSink): boolean {
  const trade = scanTrade(scanner)
  if (trade === undefined || !scanEnd(scanner, isCombined)) return false
  if (scanner.isInexact) sink.remark('inexact-number')
  sink.trade(trade)
  return true
}

function tellBook(scanner: Scanner, update: BookUpdate, sink: FrameSink): boolean {
  if (scanner.isInexact) sink.remark('inexact-number')
  sink.book(update)
  return true
}

/** Fills `update`, whose depth is known from the stream's name. */
function scanBook(scanner: Scanner, update: BookUpdate, isCombined: boolean): boolean {
  const sentAt = scanner.integer()
  const engineTime = optionalInteger(scanner, ENGINE_TIME)
  const symbol = scanner.literal(SYMBOL) ? scanner.symbol() : undefined
  if (update.depth < 0 || sentAt < 0 || engineTime === SURPRISE || symbol === undefined || !skipPair(scanner)) return false
  const firstId = scanner.literal(FIRST_ID) ? scanner.integer() : SURPRISE
  const lastId = scanner.literal(LAST_ID) ? scanner.integer() : SURPRISE
  const previousId = optionalInteger(scanner, PREVIOUS_ID)
  if (firstId < 0 || lastId < 0 || previousId === SURPRISE) return false
  const hasLevels = scanner.literal(BIDS) && scanner.levels(update.bids) && scanner.literal(ASKS) && scanner.levels(update.asks)
  if (!hasLevels || !scanEnd(scanner, isCombined)) return false
  update.symbol = symbol
  update.isSnapshot = update.depth > 0
  update.timestamp = engineTime >= 0 ? engineTime : sentAt
  update.sentAt = sentAt
  update.firstId = firstId
  update.lastId = lastId
  update.previousId = previousId
  return true
}

function scanTicker(scanner: Scanner, isCombined: boolean, sink: FrameSink): boolean {
  const lastId = scanner.integer()
  let eventTime = optionalInteger(scanner, EVENT_TIME)
  let engineTime = optionalInteger(scanner, ENGINE_TIME)
  const symbol = scanner.literal(SYMBOL) ? scanner.symbol() : undefined
  if (lastId < 0 || symbol === undefined || !skipPair(scanner)) return false
  const bidPrice = scanner.literal(BIDS) ? scanner.quotedNumber() : Number.NaN
  const bidQuantity = scanner.literal(BID_QUANTITY) ? scanner.quotedNumber() : Number.NaN
  const askPrice = scanner.literal(ASKS) ? scanner.quotedNumber() : Number.NaN
  const askQuantity = scanner.literal(ASK_QUANTITY) ? scanner.quotedNumber() : Number.NaN
  if (!(bidPrice >= 0 && bidQuantity >= 0 && askPrice >= 0 && askQuantity >= 0)) return false
  if (engineTime === ABSENT) engineTime = optionalInteger(scanner, ENGINE_TIME)
  if (eventTime === ABSENT) eventTime = optionalInteger(scanner, EVENT_TIME)
  if (engineTime === SURPRISE || eventTime === SURPRISE || !scanEnd(scanner, isCombined)) return false
  if (scanner.isInexact) sink.remark('inexact-number')
  sink.ticker(symbol, bestTime(engineTime, eventTime), { bidPrice, bidQuantity, askPrice, askQuantity }, false, lastId)
  return true
}

const ABSENT = -1
const SURPRISE = -2

function optionalInteger(scanner: Scanner, key: Buffer): number {
  if (!scanner.literal(key)) return ABSENT
  const value = scanner.integer()
  return value < 0 ? SURPRISE : value
}

function skipPair(scanner: Scanner): boolean {
  return !scanner.literal(PAIR) || scanner.symbol() !== undefined
}

function scanEnd(scanner: Scanner, isCombined: boolean): boolean {
  scanner.literal(MARGIN)
  return scanner.literal(END) && (!isCombined || scanner.literal(END)) && scanner.atEnd()
}

function bestTime(engineTime: number, eventTime: number): number | null {
  if (engineTime >= 0) return engineTime
  return eventTime >= 0 ? eventTime : null
}

/** A stream's name behind the symbol: `@depth`, `@depth@100ms` (changes), `@depth20@100ms` (the best 20 each time). */
const DEPTH_STREAM = /@depth(5|10|20|)(?:@\d+ms)?$/

/**
 * Levels a side that a stream shows whole each time; 0: it sends changes; −1: it is no stream of the book, although its frames
 * call themselves `depthUpdate` (`@rpiDepth`). A bare frame has no name: it is taken for changes.
 */
function depthOfStream(stream: string): number {
  if (stream === '') return 0
  const match = DEPTH_STREAM.exec(stream)
  return match === null ? -1 : Number(match[1])
}

/** Names of all listed instruments at every speed; beyond it the names are read anew each time. */
const DEPTHS_KEPT = 8192

function knownDepth(depths: Map<string, number>, stream: string): number {
  const known = depths.get(stream)
  if (known !== undefined) return known
  const depth = depthOfStream(stream)
  if (depths.size < DEPTHS_KEPT) depths.set(stream, depth)
  return depth
}

/** Slow path of a book frame: what to tell, or `undefined` when it is malformed. */
export function readBook(data: Fields, stream: string): ((sink: FrameSink) => void) | undefined {
  const update = new BookUpdate()
  const depth = depthOfStream(stream)
  const { s: symbol, E, T, U, u, pu, b, a } = data
  const isWhole = depth >= 0 && typeof symbol === 'string' && fillLevels(b, update.bids) && fillLevels(a, update.asks)
  if (!isWhole) return undefined
  update.symbol = symbol
  update.isSnapshot = depth > 0
  update.depth = depth
  update.sentAt = idOf(E)
  update.timestamp = T === undefined ? update.sentAt : idOf(T)
  update.firstId = idOf(U)
  update.lastId = idOf(u)
  update.previousId = pu === undefined ? ABSENT : idOf(pu)
  if (Math.min(update.sentAt, update.timestamp, update.firstId, update.lastId) < 0) return undefined
  if (pu !== undefined && update.previousId < 0) return undefined
  return (sink) => {
    sink.remark('slow-path')
    sink.book(update)
  }
}

function fillLevels(levels: unknown, into: BookUpdate['bids']): boolean {
  if (!Array.isArray(levels)) return false
  for (const level of levels) {
    if (!Array.isArray(level) || level.length !== 2) return false
    const price = decimalOf(level[0])
    const quantity = decimalOf(level[1])
    if (!(price >= 0 && quantity >= 0)) return false
    into.push(price, quantity)
  }
  return true
}

/** Slow path of the top of the book: what to tell, or `undefined` when it is malformed. */
export function readBookTicker({ u, s: symbol, b, B, a, A, T, E }: Fields): ((sink: FrameSink) => void) | undefined {
  const fields: TickerFields & Record<string, number> = {
    bidPrice: decimalOf(b),
    bidQuantity: decimalOf(B),
    askPrice: decimalOf(a),
    askQuantity: decimalOf(A),
  }
  const lastId = idOf(u)
  if (typeof symbol !== 'string' || lastId < 0 || !Object.values(fields).every((value) => value >= 0)) return undefined
  if ((T !== undefined && idOf(T) < 0) || (E !== undefined && idOf(E) < 0)) return undefined
  return (sink) => {
    sink.remark('slow-path')
    sink.ticker(symbol, bestTime(idOf(T), idOf(E)), fields, false, lastId)
  }
}
