import { describe, expect, it } from 'vitest'
import { ConnectionError, ProtocolError, RateLimitError, RejectedError, UsageError } from '../../../../../src/core/errors.js'
import { exchange } from '../../../../../src/core/exchanges/binance/index.js'
import { exchange as spot } from '../../../../../src/core/exchanges/binance-spot/index.js'

const { rest } = exchange
const HOUR = 3_600_000

function present<T>(value: T | undefined): T {
  return value ?? expect.fail('missing')
}

describe('books over REST', () => {
  it('asks for the smallest tier that covers the depth, and says what it costs', () => {
    const asked = [1, 20, 21, 100, 101, 1000, 5000].map((depth) => rest.orderBook.request({ symbol: 'BTCUSDT', depth }))
    expect(asked.map(({ query, weight }) => [query['limit'], weight])).toEqual([
      [5, 2],
      [20, 2],
      [50, 2],
      [100, 5],
      [500, 10],
      [1000, 20],
      [1000, 20],
    ])
    const spotAsked = [20, 101, 1000, 9000].map((depth) => spot.rest.orderBook.request({ symbol: 'BTCUSDT', depth }))
    expect(spotAsked.map(({ query, weight }) => [query['limit'], weight])).toEqual([
      [20, 5],
      [101, 25],
      [1000, 50],
      [5000, 250],
    ])
  })

  it('says how many levels were asked for, so that a shorter side is known to be whole', () => {
    const body = { lastUpdateId: 7, E: 2, T: 1, bids: [['1.5', '2']], asks: [] }
    const [book] = rest.orderBook.parse(body, { symbol: 'BTCUSDT', depth: 30 }).rows
    expect([book?.depth, book?.lastId, book?.timestamp, book?.sentAt, book?.bids.length]).toEqual([50, 7, 1, 2, 1])
  })

  it('gives an empty book where there is none yet', () => {
    const [book] = rest.orderBook.parse({ lastUpdateId: -1, bids: [], asks: [] }, { symbol: 'NEWUSDT', depth: 1000 }).rows
    expect([book?.lastId, book?.bids.length, book?.asks.length]).toEqual([-1, 0, 0])
  })
})

describe('settled funding', () => {
  const source = present(rest.fundingHistory)
  const query = { symbol: 'TSLAUSDT', from: 0, to: 10_000 * HOUR }
  const row = (fundingTime: number, rateType: string) => ({
    symbol: 'TSLAUSDT',
    fundingTime,
    fundingRate: '0.0001',
    markPrice: '',
    rateType,
  })

  it('loses no row when a page ends between two rows of one time', () => {
    const body = Array.from({ length: 1000 }, (_, i) => row(Math.min(i, 998) * HOUR, i === 999 ? 'Special' : 'Regular'))
    const page = source.parse(body, query)
    expect([page.rows.length, page.rows.at(-1)?.timestamp, page.next]).toEqual([998, 997 * HOUR, 998 * HOUR])
    expect(source.request(query, page.next).query).toMatchObject({ startTime: 998 * HOUR, endTime: query.to - 1, limit: 1000 })
  })

  it('tells an extra payment from a regular one', () => {
    const { rows, next } = source.parse([row(HOUR, 'Regular'), row(HOUR, 'Special')], query)
    expect([rows.map(({ kind }) => kind), next]).toEqual([['settled', 'special'], undefined])
  })
})

describe('history of open interest', () => {
  const source = present(rest.openInterestHistory)

  it('asks in windows of one page, since of too many rows only the newest are given', () => {
    const query = { symbol: 'BTCUSDT', period: '1h', from: 0, to: 700 * HOUR }
    expect(source.request(query).query).toMatchObject({ startTime: 0, endTime: 500 * HOUR - 1, limit: 500 })
    expect(source.request(query, 500 * HOUR).query).toMatchObject({ startTime: 500 * HOUR, endTime: 700 * HOUR - 1 })
  })

  it('goes on over a hole in a page, until the range ends', () => {
    const query = { symbol: 'BTCUSDT', period: '1h', from: 0, to: 700 * HOUR }
    const row = (hour: number) => ({ symbol: 'BTCUSDT', sumOpenInterest: '1', sumOpenInterestValue: '2', timestamp: hour * HOUR })
    expect(source.parse([row(0), row(498)], query).next).toBe(499 * HOUR)
    expect(source.parse([row(698), row(699)], query).next).toBeUndefined()
  })

  it('goes on after a window from before the listing', () => {
    const query = { symbol: 'BTCUSDT', period: '1h', from: 0, to: 700 * HOUR }
    expect(source.parse([], query).next).toBe(500 * HOUR)
    expect(source.parse([], query, 500 * HOUR).next).toBeUndefined()
  })
})

describe('refusals', () => {
  const parse = (body: unknown) => () => rest.orderBook.parse(body, { symbol: 'BTCUSTD', depth: 5 })

  it.each([
    [{ code: -1121, msg: 'Invalid symbol.' }, RejectedError, /BTCUSTD/],
    [{ code: -1130, msg: 'Data sent is not valid.' }, RejectedError, /-1130/],
    [{ code: -1008, msg: 'Server is currently overloaded.' }, ConnectionError, /overloaded/],
    [{ code: -1003, msg: 'Too many requests.' }, RateLimitError, /Too many/],
    [{ lastUpdateId: 'x', bids: [], asks: [] }, ProtocolError, /lastUpdateId/],
    [{ lastUpdateId: 1, bids: [['', '1']], asks: [] }, ProtocolError, /bids\.0\.0/],
    [[], ProtocolError, /depth/],
  ])('turns %j into the right error', (body, kind, text) => {
    expect(parse(body)).toThrow(kind)
    expect(parse(body)).toThrow(text)
  })

  it('waits longer for a ban than for a full minute', () => {
    const wait = (msg: string) => {
      try {
        parse({ code: -1003, msg })()
      } catch (error) {
        return error instanceof RateLimitError ? error.retryAfterMs : undefined
      }
      return undefined
    }
    expect([wait('Too many requests'), wait('Way too many requests; IP banned until 1791354000000')]).toEqual([60_000, 120_000])
  })

  it('asks for no candle that other exchanges cannot give', () => {
    expect(() => present(rest.candles).request({ symbol: 'BTCUSDT', interval: '1s' })).toThrow(UsageError)
  })
})
