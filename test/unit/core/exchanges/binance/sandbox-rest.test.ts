import { describe, expect, it } from 'vitest'
import { exchange } from '../../../../../src/core/exchanges/binance/index.js'
import { sandbox } from '../../../../../src/core/exchanges/binance/sandbox.js'
import type { HttpRequest, PageToken, RestSource } from '../../../../../src/core/exchanges/contract.js'
import { marketOf, NOW } from '../../../../contract/market.js'

const HOUR = 3_600_000
const market = marketOf(sandbox)

function ask({ path, query }: Pick<HttpRequest, 'path' | 'query'>, usedWeight = 0) {
  const asked = Object.entries(query).flatMap(([key, value]): [string, string][] =>
    value === undefined ? [] : [[key, String(value)]],
  )
  return sandbox.rest({ method: 'GET', path, query: new URLSearchParams(asked), usedWeight }, market)
}

/** All rows, page by page, as a history job asks for them. */
function collect<Query, Row>(source: RestSource<Query, Row> | undefined, query: Query) {
  if (source === undefined) return expect.fail('no such capability')
  const rows: Row[] = []
  let pages = 0
  let next: PageToken | undefined
  do {
    const page = source.parse(ask(source.request(query, next)).body, query)
    rows.push(...page.rows)
    next = page.next
    pages += 1
  } while (next !== undefined && pages < 100)
  return { rows, pages }
}

function expectGrid(times: readonly number[], from: number, step: number, count: number): void {
  expect(times).toEqual(Array.from({ length: count }, (_, i) => from + i * step))
}

describe('histories page by page', () => {
  const from = Math.floor(NOW / HOUR) * HOUR - 1200 * HOUR

  it('join candles without a hole or a double, all closed but the one that is open', () => {
    const { rows, pages } = collect(exchange.rest.candles, { symbol: 'BTCUSDT', interval: '1h', from, to: NOW })
    expectGrid(
      rows.map(({ timestamp }) => timestamp),
      from,
      HOUR,
      1201,
    )
    expect(rows.filter(({ isClosed }) => !isClosed).map(({ timestamp }) => timestamp)).toEqual([from + 1200 * HOUR])
    expect(pages).toBe(3)
  })

  it('call the last candle of a range in the past closed', () => {
    const { rows } = collect(exchange.rest.candles, { symbol: 'BTCUSDT', interval: '1h', from, to: from + 498 * HOUR })
    expectGrid(
      rows.map(({ timestamp }) => timestamp),
      from,
      HOUR,
      498,
    )
    expect(rows.every(({ isClosed }) => isClosed)).toBe(true)
  })

  it('join settled rates without a hole or a double', () => {
    const first = Math.floor(NOW / (8 * HOUR)) * 8 * HOUR - 2500 * 8 * HOUR
    const { rows, pages } = collect(exchange.rest.fundingHistory, { symbol: 'BTCUSDT', from: first, to: NOW })
    expectGrid(
      rows.map(({ timestamp }) => timestamp),
      first,
      8 * HOUR,
      2501,
    )
    expect(pages).toBe(3)
  })

  it('join open interest without a hole or a double, with and without an end', () => {
    const first = Math.floor(NOW / HOUR) * HOUR - 700 * HOUR
    for (const to of [NOW, undefined]) {
      const query = { symbol: 'BTCUSDT', period: '1h', from: first, ...(to === undefined ? {} : { to }) }
      const { rows } = collect(exchange.rest.openInterestHistory, query)
      expectGrid(
        rows.map(({ timestamp }) => timestamp),
        first,
        HOUR,
        701,
      )
    }
  })

  it('give the newest rows where no time is asked for', () => {
    const { rows } = collect(exchange.rest.candles, { symbol: 'BTCUSDT', interval: '1h' })
    expectGrid(
      rows.map(({ timestamp }) => timestamp),
      from + 1200 * HOUR - 498 * HOUR,
      HOUR,
      499,
    )
  })
})

describe('refusals and limits', () => {
  it.each([
    ['/fapi/v1/depth', { symbol: 'NOVELUSDT', limit: 5 }, -1121],
    ['/fapi/v1/depth', { symbol: 'BTCUSDT', limit: 7 }, -1130],
    ['/fapi/v1/depth', {}, -1102],
    ['/fapi/v1/klines', { symbol: 'BTCUSDT', interval: '1s' }, -1120],
    ['/fapi/v1/klines', { symbol: 'BTCUSDT', interval: '1m', limit: 1501 }, -1130],
    ['/fapi/v1/premiumIndex', { symbol: 'btcusdt' }, -1121],
    ['/futures/data/openInterestHist', { symbol: 'BTCUSDT', period: '1h', startTime: NOW - 31 * 24 * HOUR }, -1130],
  ])('answers %s %j with the code of the exchange', (path, query, code) => {
    const { status, body } = ask({ path, query })
    expect([status, body]).toEqual([400, { code, msg: expect.any(String) }])
  })

  it('costs what the capabilities declare, and tells the sum', () => {
    for (const [source, query] of [
      [exchange.rest.orderBook, { symbol: 'BTCUSDT', depth: 1000 }],
      [exchange.rest.candles, { symbol: 'BTCUSDT', interval: '1m' }],
      [exchange.rest.tickers, {}],
      [exchange.rest.funding, {}],
      [exchange.rest.recentTrades, { symbol: 'BTCUSDT' }],
    ] as const) {
      const request = (source as RestSource<unknown, unknown>).request(query)
      const { weight, headers } = ask(request, 100)
      expect([request.path, weight, headers]).toEqual([
        request.path,
        request.weight,
        { 'X-MBX-USED-WEIGHT-1M': String(100 + request.weight) },
      ])
    }
  })

  it('tells no weight for what is paid from another pool', () => {
    const { weight, headers } = ask({ path: '/fapi/v1/fundingInfo', query: {} }, 100)
    expect([weight, headers]).toEqual([0, {}])
  })

  it('refuses beyond the limit until the minute ends, and bans who goes on', () => {
    const depth = exchange.rest.orderBook.request({ symbol: 'BTCUSDT', depth: 1000 })
    expect(ask(depth, 2380).status).toBe(200)
    expect(ask(depth, 2381)).toMatchObject({ status: 429, body: { code: -1003 }, headers: { 'Retry-After': '37' } })
    expect(ask(depth, 4800)).toMatchObject({ status: 418, body: { code: -1003 }, headers: { 'Retry-After': '120' } })
  })
})
