import { describe, expect, it } from 'vitest'
import { ConnectionError, ProtocolError, RateLimitError, RejectedError } from '../../../../../src/core/errors.js'
import { exchange } from '../../../../../src/core/exchanges/bybit/index.js'
import type { PageToken } from '../../../../../src/core/rest/contract.js'
import { plainUpdate } from '../../../../support/frame-recorder.js'

const { rest } = exchange
const NOW = 1_791_354_000_123
const MINUTE = 60_000

const answer = (result: unknown, time = NOW) => ({ retCode: 0, retMsg: 'OK', result, retExtInfo: {}, time })
const error = (retCode: number, retMsg: string) => ({ retCode, retMsg, result: {}, retExtInfo: {}, time: NOW })

/** The capability must be there: the compiler cannot know. */
function have<Source>(source: Source | undefined): Source {
  if (source === undefined) throw new Error('missing capability')
  return source
}

describe('an answer of bybit', () => {
  const query = { symbol: 'NOPEUSDT', depth: 50 }

  it.each([
    [error(10001, 'params error: symbol invalid NOPEUSDT'), RejectedError, /NOPEUSDT/],
    [error(10029, 'The requested symbol is invalid.'), RejectedError, /NOPEUSDT/],
    [error(10017, 'route not found'), RejectedError, /10017/],
    [error(10006, 'Too many visits!'), RateLimitError, /Too many visits/],
    [error(10016, 'Server error'), ConnectionError, /Server error/],
    [{ code: -1121, msg: 'Invalid symbol.' }, ProtocolError, /retCode/],
    ['<html>', ProtocolError, /orderbook/],
  ])('that refuses says why: %j', (body, type, text) => {
    const parse = () => rest.orderBook.parse(body, query)
    expect(parse).toThrow(type)
    expect(parse).toThrow(text)
  })

  it('with too many visits asks for a second of silence', () => {
    try {
      rest.orderBook.parse(error(10006, 'Too many visits!'), query)
      expect.unreachable()
    } catch (refusal) {
      expect(refusal).toMatchObject({ retryAfterMs: 1000, exitCode: 69 })
    }
  })

  it('tells the time to the millisecond although it has nanoseconds', () => {
    expect(rest.serverTime.parse(answer({ timeSecond: '1791354000', timeNano: '1791354000123456789' }), {}).rows).toEqual([NOW])
  })

  it('tells a book, dated by the matching engine', () => {
    const body = answer({
      s: 'BTCUSDT',
      b: [['84106.80', '3.512']],
      a: [['84106.90', '1.207']],
      ts: 1791354000101,
      u: 27218413,
      seq: 412345678901,
      cts: 1791354000095,
    })
    const [book] = rest.orderBook.parse(body, { symbol: 'BTCUSDT', depth: 50 }).rows
    expect(book && plainUpdate(book)).toEqual({
      symbol: 'BTCUSDT',
      isSnapshot: true,
      depth: 50,
      timestamp: 1791354000095,
      sentAt: 1791354000101,
      firstId: 27218413,
      lastId: 27218413,
      previousId: -1,
      crossId: 412345678901,
      bids: [[84106.8, 3.512]],
      asks: [[84106.9, 1.207]],
    })
  })

  it('tells one-sided open interest, of now and of before', () => {
    const now = answer({
      list: [
        {
          symbol: 'BTCUSDT',
          openInterest: '110468.246',
          singleOpenInterest: '55234.123',
          singleOpenInterestValue: '4645808346.25',
        },
      ],
    })
    expect(have(rest.openInterest).parse(now, { symbol: 'BTCUSDT' }).rows).toEqual([
      { symbol: 'BTCUSDT', timestamp: NOW, openInterest: 55234.123, openInterestUsd: 4645808346.25 },
    ])
    const before = answer({
      symbol: 'BTCUSDT',
      list: [
        { openInterest: '110468.246', singleOpenInterest: '55234.123', timestamp: '1791353700000' },
        { openInterest: '110000', timestamp: '1791353400000' },
      ],
    })
    expect(have(rest.openInterestHistory).parse(before, { symbol: 'BTCUSDT', period: '5m' }).rows).toEqual([
      { symbol: 'BTCUSDT', timestamp: 1791353400000, openInterest: 55000, openInterestUsd: null },
      { symbol: 'BTCUSDT', timestamp: 1791353700000, openInterest: 55234.123, openInterestUsd: null },
    ])
  })

  it('tells trades oldest first', () => {
    const trade = {
      symbol: 'BTCUSDT',
      price: '84106.90',
      size: '0.012',
      side: 'Buy',
      isBlockTrade: false,
      isRPITrade: false,
      seq: '1',
    }
    const body = answer({
      list: [
        { ...trade, execId: 'b', time: '1791354000088' },
        { ...trade, execId: 'a', time: '1791354000080', side: 'Sell', isBlockTrade: true },
      ],
    })
    expect(have(rest.recentTrades).parse(body, { symbol: 'BTCUSDT' }).rows).toEqual([
      { symbol: 'BTCUSDT', timestamp: 1791354000080, tradeId: 'a', price: 84106.9, quantity: 0.012, side: 'sell', isBlock: true },
      { symbol: 'BTCUSDT', timestamp: 1791354000088, tradeId: 'b', price: 84106.9, quantity: 0.012, side: 'buy', isBlock: false },
    ])
  })

  it('follows the cursor of the list of contracts', () => {
    expect(rest.instruments.parse(answer({ list: [], nextPageCursor: 'abc%3D' }), {}).next).toBe('abc%3D')
    expect(rest.instruments.request({}, 'abc%3D').query).toMatchObject({ category: 'linear', limit: 1000, cursor: 'abc%3D' })
  })
})

describe('a history of bybit', () => {
  const candles = have(rest.candles)
  const row = (start: number) => [String(start), '84125.7', '84125.7', '84099.9', '84106.9', '214.561', '18046628.852']

  it('asks for windows that hold no more candles than a page', () => {
    const from = NOW - 5000 * MINUTE
    const { query } = candles.request({ symbol: 'BTCUSDT', interval: '1m', from, to: NOW })
    expect(query).toMatchObject({ interval: '1', limit: 1000, end: NOW - 1, start: NOW - 1000 * MINUTE })
    const last = candles.request({ symbol: 'BTCUSDT', interval: '1m', from, to: NOW }, from + 10 * MINUTE)
    expect(last.query).toMatchObject({ start: from, end: from + 10 * MINUTE })
  })

  it('turns candles oldest first and marks the open one', () => {
    const open = 1_791_354_000_000
    const query = { symbol: 'BTCUSDT', interval: '1m', from: open - 10 * MINUTE, to: NOW }
    const page = candles.parse(answer({ symbol: 'BTCUSDT', list: [row(open), row(open - MINUTE)] }), query)
    expect(page.rows).toMatchObject([
      { timestamp: open - MINUTE, isClosed: true, volume: 214.561, quoteVolume: 18046628.852, trades: null },
      { timestamp: open, isClosed: false, close: 84106.9 },
    ])
    expect(page.next).toBe(open - MINUTE - 1)
  })

  it('ends at the first row asked for, and where there is nothing', () => {
    const query = { symbol: 'BTCUSDT', interval: '1m', from: 1_791_353_940_000, to: 1_791_354_060_000 }
    const page = candles.parse(answer({ symbol: 'BTCUSDT', list: [row(1_791_354_000_000), row(1_791_353_940_000)] }), query)
    expect(page.rows).toHaveLength(2)
    expect(page.next).toBeUndefined()
    expect(candles.parse(answer({ symbol: 'BTCUSDT', list: [] }), query)).toEqual({ rows: [] })
  })

  it('goes on before a window without bars, since trading may have stood still, until the time asked for begins', () => {
    const query = { symbol: 'BTCUSDT', interval: '1m', from: NOW - 2500 * MINUTE, to: NOW }
    const nothing = answer({ symbol: 'BTCUSDT', list: [] })
    const windows: unknown[] = []
    let page: PageToken | undefined
    do {
      windows.push(candles.request(query, page).query['start'])
      page = candles.parse(nothing, query, page).next
    } while (page !== undefined && windows.length < 9)
    expect(windows).toEqual([1000, 2000, 2500].map((minutes) => NOW - minutes * MINUTE))
  })

  it('begins the walk of a delivered contract at its end', () => {
    const { query } = candles.request({ symbol: 'BTCUSDT-26DEC25', interval: '1h', from: 0, to: NOW })
    expect(query['end']).toBe(Date.UTC(2025, 11, 26, 8))
  })

  it('never sends a start of funding without an end, which is an error', () => {
    const history = have(rest.fundingHistory)
    const from = NOW - 86_400_000
    expect(history.request({ symbol: 'BTCUSDT', from }).query).not.toHaveProperty('startTime')
    expect(history.request({ symbol: 'BTCUSDT', from }, 77).query).toMatchObject({ startTime: from, endTime: 77, limit: 200 })
    const body = answer({
      category: 'linear',
      list: [
        { symbol: 'BTCUSDT', fundingRate: '0.0001', fundingRateTimestamp: '1791331200000' },
        { symbol: 'BTCUSDT', fundingRate: '-0.00001592', fundingRateTimestamp: '1791302400000' },
      ],
    })
    const page = history.parse(body, { symbol: 'BTCUSDT', from })
    expect(page.rows.map((rate) => [rate.timestamp, rate.fundingRate, rate.kind])).toEqual([
      [1791302400000, -0.00001592, 'settled'],
      [1791331200000, 0.0001, 'settled'],
    ])
    expect(page.next).toBe(1791302399999)
  })
})
