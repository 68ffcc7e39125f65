import { describe, expect, it } from 'vitest'
import { exchange } from '../../../../../src/core/exchanges/bybit/index.js'
import { sandbox } from '../../../../../src/core/exchanges/bybit/sandbox.js'
import type { SandboxData, SandboxSession } from '../../../../../src/core/exchanges/sandbox-contract.js'
import { dataFor, marketOf, NOW } from '../../../../contract/market.js'
import { decodeAll } from '../../../../support/told.js'

const market = marketOf(sandbox)
const SYMBOL = 'SHIB1000USDT'

function session(...topics: string[]): SandboxSession {
  return { connection: 3, socket: 'linear', url: new URL('ws://127.0.0.1/v5/public/linear'), topics: new Set(topics) }
}

function send(message: object, ...running: string[]) {
  const reply = sandbox.message(JSON.stringify(message), session(...running))
  return { ...reply, frames: reply.frames.map((frame) => JSON.parse(frame)) }
}

function frames(name: string): string[] {
  const topic = sandbox.topic(name, 'linear')
  const listing = market.listings.find(({ symbol }) => symbol === topic?.symbol)
  if (topic === undefined || listing === undefined) throw new Error(`unknown topic ${name}`)
  return dataFor(topic, market).flatMap((data) => sandbox.frame(name, data, session(name), listing))
}

const told = (name: string) => decodeAll(exchange.stream.decoder(), frames(name))

describe('the simulated bybit', () => {
  it('refuses a whole message for one topic that already runs', () => {
    const message = { req_id: '4', op: 'subscribe', args: ['tickers.BTCUSDT', 'publicTrade.BTCUSDT'] }
    expect(send(message, 'publicTrade.BTCUSDT')).toEqual({
      frames: [
        {
          success: false,
          ret_msg: 'error:already subscribed,topic:publicTrade.BTCUSDT',
          conn_id: 'sandbox-3',
          req_id: '4',
          op: 'subscribe',
        },
      ],
    })
  })

  it('refuses a message that names one topic twice', () => {
    const reply = send({ req_id: '6', op: 'subscribe', args: ['tickers.BTCUSDT', 'tickers.BTCUSDT'] })
    expect(reply.subscribe).toBeUndefined()
    expect(reply.frames).toMatchObject([{ success: false, ret_msg: 'error:already subscribed,topic:tickers.BTCUSDT' }])
  })

  it.each(['orderbook.500.BTCUSDT', 'tickers.btcusdt', 'kline.7.BTCUSDT', 'liquidation.BTCUSDT', 'depth', ''])(
    'refuses a whole message for the topic %j, which it does not have',
    (topic) => {
      const reply = send({ req_id: '5', op: 'subscribe', args: ['tickers.BTCUSDT', topic] })
      expect(reply.subscribe).toBeUndefined()
      expect(reply.frames).toMatchObject([{ success: false, ret_msg: `error:handler not found,topic:${topic}`, req_id: '5' }])
    },
  )

  it.each([
    '',
    '[1',
    'null',
    '7',
    '{}',
    '{"op":7}',
    '{"op":"subscribe"}',
    '{"op":"subscribe","args":[]}',
    '{"op":"auth","args":["x"]}',
  ])('answers %j with a refusal', (text) => {
    const reply = sandbox.message(text, session())
    expect(reply.subscribe).toBeUndefined()
    expect(reply.frames.map((frame) => JSON.parse(frame).success)).toEqual([false])
  })

  it('answers a ping without an id with op ping', () => {
    expect(send({ op: 'ping' }).frames).toEqual([{ success: true, ret_msg: 'pong', conn_id: 'sandbox-3', req_id: '', op: 'ping' }])
  })

  it('quantises so that a lot is small change and a tick some 0.001 %', () => {
    expect(sandbox.list({ base: 'BTC', price: 84_000 })).toEqual({
      symbol: 'BTCUSDT',
      multiplier: 1,
      tickSize: 0.1,
      lotSize: 0.001,
    })
    expect(sandbox.list({ base: 'SHIB', price: 0.0000092 })).toMatchObject({ symbol: SYMBOL, multiplier: 1000, tickSize: 1e-7 })
    expect(sandbox.list({ base: 'USDT', price: 1 })).toBeUndefined()
  })

  it('writes small prices without an exponent', () => {
    expect(frames(`orderbook.50.${SYMBOL}`).join()).not.toMatch(/\d[eE][-+]?\d/)
  })

  it('tells a book in the very levels of the market, never with the id of a restart', () => {
    const { bids, asks } = market.book(SYMBOL, 50)
    const [snapshot, change] = told(`orderbook.50.${SYMBOL}`)
    expect(snapshot).toMatchObject({ isSnapshot: true, depth: 50, timestamp: NOW, bids, asks })
    expect(change).toMatchObject({ isSnapshot: false, bids: [[bids[0]?.[0], 0]], asks: asks.slice(0, 2) })
    const listing = market.listings.find(({ symbol }) => symbol === SYMBOL)
    const first = {
      kind: 'book',
      isSnapshot: false,
      symbol: SYMBOL,
      timestamp: NOW,
      firstId: 1,
      lastId: 1,
      previousId: 0,
      count: 1,
    } as const
    const data: SandboxData = { ...first, bids: [], asks: [] }
    const frame = listing === undefined ? '' : sandbox.frame(`orderbook.50.${SYMBOL}`, data, session(), listing)
    expect(decodeAll(exchange.stream.decoder(), [frame].flat())).toMatchObject([{ isSnapshot: false, lastId: 2 }])
  })

  it('tells with a ticker delta only what changed, and what follows from it', () => {
    const [, delta = ''] = frames('tickers.BTCUSDT')
    expect(Object.keys(JSON.parse(delta).data).sort()).toEqual([
      'lastPrice',
      'markPrice',
      'openInterest',
      'openInterestValue',
      'price24hPcnt',
      'singleOpenInterest',
      'singleOpenInterestValue',
      'symbol',
      'tickDirection',
    ])
  })

  it('tells one-sided open interest and the change as a fraction', () => {
    const { openInterest, markPrice, lastPrice, open24h } = market.ticker('BTCUSDT')
    const first = told('tickers.BTCUSDT')
    expect(first.find(({ what }) => what === 'openInterest')?.['fields']).toEqual({
      openInterest,
      openInterestUsd: openInterest * markPrice,
    })
    expect(first[0]).toMatchObject({ fields: { change24h: Number((lastPrice / open24h - 1).toFixed(6)) } })
  })

  it('tells trades, liquidations and candles as they are in the market', () => {
    expect(told('publicTrade.BTCUSDT')).toMatchObject(
      market.trades('BTCUSDT', 3).map(({ timestamp, price, quantity, side }) => ({ timestamp, price, quantity, side })),
    )
    expect(told('allLiquidation.BTCUSDT')).toMatchObject([
      { liquidated: 'long', side: 'sell' },
      { liquidated: 'short', side: 'buy' },
    ])
    const [candle] = market.candles('BTCUSDT', 60_000, NOW - 60_000, NOW)
    const { openTime, open, close, volume } = candle ?? {}
    expect(told('kline.1.BTCUSDT')).toMatchObject([{ interval: '1m', timestamp: openTime, open, close, volume, isClosed: false }])
  })
})

describe('the simulated REST of bybit', () => {
  function get(path: string, query: Record<string, string>, usedWeight = 0) {
    return sandbox.rest({ method: 'GET', path, query: new URLSearchParams(query), usedWeight }, market)
  }

  it.each([
    ['no category', '/v5/market/tickers', {}],
    ['an unknown symbol', '/v5/market/orderbook', { category: 'linear', symbol: 'NOPEUSDT' }],
    ['an unknown interval', '/v5/market/kline', { category: 'linear', symbol: 'BTCUSDT', interval: '7' }],
    ['a start of funding without an end', '/v5/market/funding/history', { category: 'linear', symbol: 'BTCUSDT', startTime: '1' }],
  ])('refuses %s by retCode, with HTTP 200', (_, path, query: Record<string, string>) => {
    expect(get(path, query)).toMatchObject({ status: 200, body: { retCode: 10001, result: {}, time: NOW } })
  })

  it('has no other path, and bans who asks too much', () => {
    expect(get('/v5/market/nothing', {}).status).toBe(404)
    expect(get('/v5/market/time', {}, 7200).status).toBe(403)
  })

  it('lists newest first, in text', () => {
    const { body } = get('/v5/market/kline', { category: 'linear', symbol: 'BTCUSDT', interval: '1', limit: '2' })
    const open = Math.floor(NOW / 60_000) * 60_000
    const { list } = (body as { result: { list: unknown[][] } }).result
    expect(list.map(([start]) => start)).toEqual([String(open), String(open - 60_000)])
    expect(list.flat().every((value) => typeof value === 'string')).toBe(true)
  })
})
