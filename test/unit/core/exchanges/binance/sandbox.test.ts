import { describe, expect, it } from 'vitest'
import { exchange } from '../../../../../src/core/exchanges/binance/index.js'
import { sandbox } from '../../../../../src/core/exchanges/binance/sandbox.js'
import { sandbox as spotSandbox } from '../../../../../src/core/exchanges/binance-spot/sandbox.js'
import type { SandboxData, SandboxSession } from '../../../../../src/core/exchanges/sandbox-contract.js'
import { frameRecorder, type Told } from '../../../../support/frame-recorder.js'

const BTC = sandbox.list({ base: 'BTC', price: 84_000 }) ?? expect.fail('BTC is not listed')

function session(path: string, socket = 'public'): SandboxSession {
  return { connection: 1, socket, url: new URL(path, 'ws://sandbox'), topics: new Set(['btcusdt@trade']) }
}

function frames(name: string, data: SandboxData, path = '/public/stream'): readonly string[] {
  const written = sandbox.frame(name, data, session(path), BTC)
  return typeof written === 'string' ? [written] : written
}

function decodeAll(texts: readonly string[]): readonly Told[] {
  const sink = frameRecorder()
  const decode = exchange.stream.decoder()
  for (const text of texts) decode(Buffer.from(text), sink)
  return sink.told
}

const BOOK: SandboxData = {
  kind: 'book',
  isSnapshot: false,
  symbol: 'BTCUSDT',
  timestamp: 1_791_354_000_352,
  firstId: 61,
  lastId: 77,
  previousId: 50,
  count: 2,
  bids: [
    [84_106.8, 0],
    [84_106.5, 2.1],
  ],
  asks: [[84_107, 1.001]],
}

describe('listings', () => {
  it.each([
    ['BTC', 120_000, 'BTCUSDT', 0.1, 0.001],
    ['BTC', 84_000, 'BTCUSDT', 0.1, 0.001],
    ['ETH', 3000, 'ETHUSDT', 0.01, 0.001],
    ['SOL', 150, 'SOLUSDT', 0.01, 0.01],
    ['XRP', 1.5, 'XRPUSDT', 0.0001, 1],
    ['SHIB', 0.000012, '1000SHIBUSDT', 0.000001, 1],
  ])('quantise %s at %d as the exchange does', (base, price, symbol, tickSize, lotSize) => {
    expect(sandbox.list({ base, price })).toMatchObject({ symbol, tickSize, lotSize })
  })

  it('lists no money', () => {
    expect([sandbox.list({ base: 'USDT', price: 1 }), spotSandbox.list({ base: 'USDC', price: 1 })]).toEqual([undefined, undefined])
  })
})

describe('sockets and streams', () => {
  it('opens both routes and the old address, which carries nothing', () => {
    const paths = ['/public/stream', '/market/ws', '/public/ws/btcusdt@depth', '/ws', '/private/ws', '/fapi/v1/time']
    expect(paths.map(sandbox.socket)).toEqual(['public', 'market', 'public', 'unrouted', undefined, undefined])
    expect(sandbox.topic('btcusdt@depth', 'unrouted')).toBeUndefined()
  })

  it('acknowledges a stream on the wrong route and stays silent', () => {
    const reply = sandbox.message('{"method":"SUBSCRIBE","params":["btcusdt@markPrice@1s"],"id":7}', session('/public/stream'))
    expect(reply).toEqual({ frames: ['{"result":null,"id":7}'], subscribe: ['btcusdt@markPrice@1s'] })
    expect(sandbox.topic('btcusdt@markPrice@1s', 'public')).toBeUndefined()
    expect(sandbox.topic('btcusdt@markPrice@1s', 'market')).toEqual({ kind: 'mark', symbol: 'BTCUSDT', everyMs: 1000 })
  })

  it('takes streams out of both forms of the URL, and what is none for nothing', () => {
    const named = (path: string) => sandbox.opened?.(session(path)).subscribe
    expect(named('/public/stream?streams=btcusdt@depth@100ms/ethusdt@bookTicker')).toEqual([
      'btcusdt@depth@100ms',
      'ethusdt@bookTicker',
    ])
    expect(named('/market/ws/btcusdt@aggTrade/!forceOrder@arr')).toEqual(['btcusdt@aggTrade', '!forceOrder@arr'])
    expect(named('/public/ws/%E5%B8%81usdt@depth')).toEqual(['币usdt@depth'])
    expect(named('/public/ws/0')).toEqual([])
  })

  it('has the book at each speed and as a window', () => {
    const topic = (name: string) => sandbox.topic(name, 'public')
    expect(topic('btcusdt@depth')).toMatchObject({ depth: 0, everyMs: 250, hasSnapshot: false })
    expect(topic('btcusdt@depth@0ms')).toMatchObject({ depth: 0, everyMs: 0 })
    expect(topic('btcusdt@depth20@500ms')).toMatchObject({ depth: 20, everyMs: 500, isWhole: true })
    expect(topic('BTCUSDT@depth')).toBeUndefined()
  })

  it('refuses messages in the form of the exchange', () => {
    const told = (text: string) => decodeAll(sandbox.message(text, session('/public/stream')).frames).map(([, control]) => control)
    expect(told('{')).toMatchObject([{ kind: 'rejected', message: 'Invalid JSON (3)' }])
    expect(told('{"method":"SUBSCRIBE","params":"x","id":1}')).toMatchObject([{ kind: 'rejected', id: 1 }])
    expect(told('{"method":"NOVELTY","id":2}')).toMatchObject([{ kind: 'rejected', id: 2 }])
    expect(told('{"method":"SUBSCRIBE","params":[],"id":-1}')).toMatchObject([{ kind: 'rejected' }])
    expect(told('{"method":"LIST_SUBSCRIPTIONS","id":3}')).toEqual([{ kind: 'pong', id: 3 }])
    expect(told('{"method":"SET_PROPERTY","params":["combined",true],"id":4}')).toEqual([{ kind: 'subscribed', id: 4 }])
    expect(told('{"method":"SET_PROPERTY","params":["combined",false],"id":5}')).toMatchObject([{ kind: 'rejected', id: 5 }])
  })
})

describe('frames', () => {
  it('write a change with its ids and in the listing’s decimals, and are read on the fast path', () => {
    const [text = ''] = frames('btcusdt@depth@100ms', BOOK)
    expect(text).toContain('"b":[["84106.80","0.000"],["84106.50","2.100"]],"a":[["84107.00","1.001"]]')
    expect(decodeAll([text])).toEqual([
      [
        'book',
        expect.objectContaining({ firstId: 61, lastId: 77, previousId: 50, isSnapshot: false, bids: BOOK.bids, asks: BOOK.asks }),
      ],
    ])
  })

  it('are bare on a raw socket', () => {
    const [text = ''] = frames('btcusdt@depth@100ms', BOOK, '/public/ws')
    expect(JSON.parse(text)).toMatchObject({ e: 'depthUpdate', s: 'BTCUSDT', U: 61, u: 77, pu: 50 })
  })

  it('make a window a snapshot', () => {
    const told = decodeAll(frames('btcusdt@depth20@100ms', { ...BOOK, isSnapshot: true }))
    expect(told).toEqual([['book', expect.objectContaining({ isSnapshot: true, depth: 20 })]])
  })

  it('send each trade by itself', () => {
    const trade = { timestamp: 5, price: 84_106.9, quantity: 0.12, side: 'buy' as const, engineId: 70 }
    const trades = [
      { ...trade, id: 8 },
      { ...trade, id: 9, side: 'sell' as const },
    ]
    for (const stream of ['btcusdt@aggTrade', 'btcusdt@trade']) {
      const told = decodeAll(frames(stream, { kind: 'trade', symbol: 'BTCUSDT', timestamp: 6, trades }))
      expect(told).toMatchObject([
        ['trade', { tradeId: '8', side: 'buy', price: 84_106.9, quantity: 0.12, timestamp: 5 }],
        ['trade', { tradeId: '9', side: 'sell' }],
      ])
    }
  })

  it('tell only the largest of several liquidations', () => {
    const liquidation = { timestamp: 5, price: 84_000, bankruptcyPrice: 83_900, liquidated: 'long' as const }
    const liquidations = [0.1, 0.3, 0.2].map((quantity) => ({ ...liquidation, quantity }))
    const told = decodeAll(
      frames('btcusdt@forceOrder', { kind: 'liquidation', symbol: 'BTCUSDT', timestamp: 6, liquidations }, '/market/stream'),
    )
    expect(told).toMatchObject([['liquidation', { quantity: 0.3, price: 84_000, liquidated: 'long', side: 'sell' }]])
  })
})
