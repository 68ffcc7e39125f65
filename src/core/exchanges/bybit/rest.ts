/**
 * Bybit's public REST for `category=linear`. HTTP is 200 for most errors: `retCode` decides. Lists come newest first.
 * https://bybit-exchange.github.io/docs/v5/market/time
 */
import { z } from 'zod'
import { ProtocolError } from '../../errors.js'
import { BookUpdate } from '../../market/book-update.js'
import type { Trade } from '../../market/event.js'
import type { FundingRow, RestCapabilities, RestSource, SymbolQuery, TickerRow } from '../contract.js'
import { zLevel, zNumber } from '../wire.js'
import { open, request } from './envelope.js'
import { candles, fundingHistory, openInterestHistory } from './history.js'
import { instruments } from './instruments.js'
import { fundingFields, openInterestFields, tickerFields, type WireRecord } from './ticker.js'

const TIME = '/v5/market/time'
const BOOK = '/v5/market/orderbook'
const TICKERS = '/v5/market/tickers'
const TRADES = '/v5/market/recent-trade'

const MOST_LEVELS = 1000
const MOST_TRADES = 1000

/** Nanoseconds do not fit a float64: cut as text. */
const Time = z.object({ timeNano: z.string().regex(/^\d{7,}$/) })

const serverTime: RestCapabilities['serverTime'] = {
  path: TIME,
  request: () => ({ path: TIME, query: {}, budget: 'http', weight: 1 }),
  parse(body) {
    const { result } = open(Time, body, TIME)
    return { rows: [Number(result.timeNano.slice(0, -6))] }
  },
}

const Book = z.object({
  s: z.string().min(1),
  b: z.array(zLevel),
  a: z.array(zLevel),
  ts: zNumber,
  u: zNumber,
  seq: zNumber,
  cts: zNumber.optional(),
})

/** Its `u` is that of the 1000-level topic alone: no seed for any other. */
const orderBook: RestCapabilities['orderBook'] = {
  path: BOOK,
  request: ({ symbol, depth }) => request(BOOK, { symbol, limit: Math.min(Math.max(depth, 1), MOST_LEVELS) }),
  parse(body, { symbol, depth }) {
    const { result } = open(Book, body, BOOK, symbol)
    const update = new BookUpdate()
    update.symbol = result.s
    update.isSnapshot = true
    update.depth = Math.min(Math.max(depth, 1), MOST_LEVELS)
    update.timestamp = result.cts ?? result.ts
    update.sentAt = result.ts
    update.firstId = result.u
    update.lastId = result.u
    update.crossId = result.seq
    for (const [price, quantity] of result.b) update.bids.push(price, quantity)
    for (const [price, quantity] of result.a) update.asks.push(price, quantity)
    return { rows: [update] }
  },
}

const Ticker = z.looseObject({ symbol: z.string().min(1) })
const Tickers = z.object({ list: z.array(Ticker) })

/** A ticker row has no time of its own: the envelope's is taken. */
function tickerSource<Query extends Partial<SymbolQuery>, Row>(
  read: (row: WireRecord & SymbolQuery, time: number) => Row | undefined,
): RestSource<Query, Row> {
  return {
    path: TICKERS,
    request: ({ symbol }) => request(TICKERS, { symbol }),
    parse(body, { symbol }) {
      const { result, time } = open(Tickers, body, TICKERS, symbol)
      return { rows: result.list.map((row) => read(row, time)).filter((row) => row !== undefined) }
    },
  }
}

function known<Fields>(fields: Fields | undefined, row: SymbolQuery): Fields {
  if (fields !== undefined) return fields
  throw new ProtocolError(`bybit ${TICKERS}: a value of ${row.symbol} is no number`, 'bybit')
}

const tickers: RestSource<Partial<SymbolQuery>, TickerRow> = tickerSource((row, time) => ({
  symbol: row.symbol,
  timestamp: time,
  ...known(tickerFields(row), row),
}))

/** Dated contracts are in the list, but pay no funding. */
const funding: RestSource<Partial<SymbolQuery>, FundingRow> = tickerSource((row, time) => {
  const fields = known(fundingFields(row), row)
  return typeof fields.fundingRate === 'number' ? { symbol: row.symbol, timestamp: time, ...fields } : undefined
})

const openInterest: RestCapabilities['openInterest'] = tickerSource((row, time) => {
  const fields = known(openInterestFields(row), row)
  if (typeof fields.openInterest !== 'number') return undefined
  const { openInterest, openInterestUsd = null } = fields
  return { symbol: row.symbol, timestamp: time, openInterest, openInterestUsd }
})

const Trades = z.object({
  list: z.array(
    z.object({
      execId: z.string().min(1),
      symbol: z.string().min(1),
      price: zNumber,
      size: zNumber,
      side: z.enum(['Buy', 'Sell']),
      time: zNumber,
      isBlockTrade: z.boolean(),
    }),
  ),
})

const recentTrades: RestSource<SymbolQuery, Trade> = {
  path: TRADES,
  request: ({ symbol }) => request(TRADES, { symbol, limit: MOST_TRADES }),
  parse(body, { symbol }) {
    const { result } = open(Trades, body, TRADES, symbol)
    const rows = result.list.map(
      (row): Trade => ({
        symbol: row.symbol,
        timestamp: row.time,
        tradeId: row.execId,
        price: row.price,
        quantity: row.size,
        side: row.side === 'Buy' ? 'buy' : 'sell',
        isBlock: row.isBlockTrade,
      }),
    )
    return { rows: rows.reverse() }
  },
}

export const rest: RestCapabilities = {
  serverTime,
  instruments,
  orderBook,
  tickers,
  funding,
  fundingHistory,
  openInterest,
  openInterestHistory,
  candles,
  recentTrades,
}
