import { describe, expect, it } from 'vitest'
import { UsageError } from '../../../../../src/core/errors.js'
import { exchange } from '../../../../../src/core/exchanges/binance/index.js'
import { knownRoute, routeOf } from '../../../../../src/core/exchanges/binance/routes.js'
import { exchange as spot } from '../../../../../src/core/exchanges/binance-spot/index.js'
import { frameRecorder, type Told } from '../../../../support/frame-recorder.js'

function decode(frame: string | object): readonly Told[] {
  const sink = frameRecorder()
  exchange.stream.decoder()(Buffer.from(typeof frame === 'string' ? frame : JSON.stringify(frame)), sink)
  return sink.told
}

const DEPTH =
  '{"e":"depthUpdate","E":1791354000352,"T":1791354000347,"s":"BTCUSDT","ps":"BTCUSDT","U":9512340061,"u":9512340177,"pu":9512340050,"b":[["84106.80","0.000"],["84106.50","2.100"]],"a":[["84106.90","1.001"]],"st":1}'
const DEPTH_TOLD = {
  symbol: 'BTCUSDT',
  isSnapshot: false,
  depth: 0,
  timestamp: 1791354000347,
  sentAt: 1791354000352,
  firstId: 9512340061,
  lastId: 9512340177,
  previousId: 9512340050,
  crossId: -1,
  bids: [
    [84106.8, 0],
    [84106.5, 2.1],
  ],
  asks: [[84106.9, 1.001]],
}
const combined = (stream: string, data: string) => `{"stream":"${stream}","data":${data}}`

describe('frames of 2026', () => {
  it('reads a change of the book, bare and combined, on the fast path', () => {
    expect(decode(DEPTH)).toEqual([['book', DEPTH_TOLD]])
    expect(decode(combined('btcusdt@depth@100ms', DEPTH))).toEqual([['book', DEPTH_TOLD]])
  })

  it('takes the best levels for what they are: a whole window, not a change', () => {
    for (const stream of ['btcusdt@depth20@100ms', 'btcusdt@depth20']) {
      expect(decode(combined(stream, DEPTH))).toEqual([['book', { ...DEPTH_TOLD, isSnapshot: true, depth: 20 }]])
    }
  })

  it('never mixes the other book of retail orders into this one', () => {
    expect(decode(combined('btcusdt@rpiDepth@500ms', DEPTH))).toEqual([['unknown', 'malformed-depthUpdate']])
  })

  it('tells the same of a frame in an order not seen before, and says that it was slow', () => {
    const { bids: b, asks: a } = {
      bids: [
        ['84106.80', '0.000'],
        ['84106.50', '2.100'],
      ],
      asks: [['84106.90', '1.001']],
    }
    const ids = { pu: 9512340050, u: 9512340177, U: 9512340061 }
    const frame = { s: 'BTCUSDT', a, b, ...ids, T: 1791354000347, e: 'depthUpdate', E: 1791354000352, novel: { x: [1] } }
    expect(decode(frame)).toEqual([
      ['remark', 'slow-path'],
      ['book', DEPTH_TOLD],
    ])
  })

  it('reads the top of the book in both orders of its times', () => {
    const fields = { bidPrice: 84106.7, bidQuantity: 0.04, askPrice: 84106.9, askQuantity: 1.001 }
    const early =
      '{"e":"bookTicker","u":9512340177,"E":1791354000352,"T":1791354000347,"s":"BTCUSDT","ps":"BTCUSDT","b":"84106.70","B":"0.040","a":"84106.90","A":"1.001","st":1}'
    const late =
      '{"e":"bookTicker","u":9512340177,"s":"BTCUSDT","ps":"BTCUSDT","b":"84106.70","B":"0.040","a":"84106.90","A":"1.001","T":1791354000347,"E":1791354000352,"st":1}'
    for (const frame of [early, late]) {
      expect(decode(frame)).toEqual([['ticker', 'BTCUSDT', 1791354000347, fields, false, 9512340177]])
    }
  })

  it('reads an aggregate trade with the aggressor’s side', () => {
    const frame =
      '{"e":"aggTrade","E":1791354000401,"a":3012345679,"s":"BTCUSDT","p":"84106.90","q":"0.120","nq":"0.100","f":8132505634,"l":8132505636,"T":1791354000390,"m":false,"st":1}'
    const trade = {
      symbol: 'BTCUSDT',
      timestamp: 1791354000390,
      tradeId: '3012345679',
      price: 84106.9,
      quantity: 0.12,
      isBlock: false,
    }
    expect(decode(frame)).toEqual([['trade', { ...trade, side: 'buy' }]])
    expect(decode(frame.replace('"m":false', '"m":true'))).toEqual([['trade', { ...trade, side: 'sell' }]])
  })

  it('keeps the funds of the exchange out of the trades', () => {
    const frame = { e: 'trade', E: 2, T: 1, s: 'BTCUSDT', t: 7, p: '1.5', q: '2', X: 'INSURANCE_FUND', m: true }
    expect(decode(frame)).toEqual([])
    expect(decode({ ...frame, X: 'MARKET' })).toHaveLength(1)
  })

  it('reads the running rate and when it is paid', () => {
    const frame =
      '{"e":"markPriceUpdate","E":1791354001000,"s":"BTCUSDT","p":"84111.20000000","ap":"84110.90000000","P":"84139.90000000","i":"84140.51000000","r":"0.00003812","T":1791360000000,"st":1}'
    const fields = { fundingRate: 0.00003812, markPrice: 84111.2, indexPrice: 84140.51, fundingTime: 1791360000000 }
    expect(decode(frame)).toEqual([['funding', 'BTCUSDT', 1791354001000, fields, false]])
    const empty = frame.replace('"r":"0.00003812"', '"r":""')
    expect(decode(empty)).toEqual([['funding', 'BTCUSDT', 1791354001000, { ...fields, fundingRate: null }, false]])
  })

  it('reads a candle that is still open', () => {
    const frame =
      '{"e":"kline","E":1791354001858,"s":"BTCUSDT","k":{"t":1791354000000,"T":1791354059999,"s":"BTCUSDT","i":"1m","f":8132503391,"L":8132505633,"o":"84125.70","c":"84106.90","h":"84125.70","l":"84099.90","v":"114.602","n":2239,"x":false,"q":"9615538.66780","V":"48.488","Q":"4068722.10360","B":"0"}}'
    const candle = {
      symbol: 'BTCUSDT',
      timestamp: 1791354000000,
      interval: '1m',
      open: 84125.7,
      high: 84125.7,
      low: 84099.9,
      close: 84106.9,
      volume: 114.602,
      quoteVolume: 9615538.6678,
      trades: 2239,
      isClosed: false,
    }
    expect(decode(frame)).toEqual([['candle', candle, 1791354001858]])
  })

  it('reads the 24 h ticker with the change as a fraction, no digit lost', () => {
    const frame =
      '{"e":"24hrTicker","E":1791354002000,"s":"BTCUSDT","p":"-310.10","P":"-0.367","w":"84220.01","c":"84106.90","Q":"0.012","o":"84417.00","h":"85010.00","l":"83700.00","v":"120345.112","q":"10135467000.11","O":1791267600000,"C":1791354001990,"F":8130000000,"L":8132505640,"n":2505640,"st":1}'
    const fields = {
      lastPrice: 84106.9,
      open24h: 84417,
      high24h: 85010,
      low24h: 83700,
      volume24h: 120345.112,
      quoteVolume24h: 10135467000.11,
      change24h: -0.00367,
    }
    expect(decode(frame)).toEqual([['ticker', 'BTCUSDT', 1791354002000, fields, false, -1]])
  })

  it('reads a liquidation at its average fill, or at its limit while nothing says the fill', () => {
    const o = {
      s: 'BTCUSDT',
      S: 'SELL',
      o: 'LIMIT',
      f: 'IOC',
      q: '0.003',
      p: '83648.20',
      ap: '84101.90',
      X: 'FILLED',
      l: '0.001',
      z: '0.002',
      T: 1791354003092,
    }
    const told = { symbol: 'BTCUSDT', timestamp: 1791354003092, liquidated: 'long', side: 'sell', price: 84101.9, quantity: 0.002 }
    expect(decode({ e: 'forceOrder', E: 1791354003100, o })).toEqual([['liquidation', told]])
    expect(decode({ e: 'forceOrder', E: 1791354003100, o: { ...o, ap: '0' } })).toEqual([
      ['liquidation', { ...told, price: 83648.2 }],
    ])
  })
})

describe('frames of all markets', () => {
  const mark = (s: string, st: number) => ({ e: 'markPriceUpdate', E: 1, s, p: '10', i: '11', r: '0.0001', T: 5, st })

  it('tells each entry of an array, the coin-margined ones left out', () => {
    const told = decode({ stream: '!markPrice@arr@1s', data: [mark('BTCUSDT', 1), mark('BTCUSD_PERP', 2), mark('ETHUSDT', 1)] })
    expect(told.map(([kind, symbol]) => [kind, symbol])).toEqual([
      ['funding', 'BTCUSDT'],
      ['funding', 'ETHUSDT'],
    ])
  })

  it('tells nothing of an array with one entry that is not understood', () => {
    expect(decode([mark('BTCUSDT', 1), { ...mark('ETHUSDT', 1), r: 'x' }])).toEqual([['unknown', 'malformed-markPriceUpdate']])
  })

  it('leaves out coin-margined books and liquidations', () => {
    expect(decode(DEPTH.replace('"st":1', '"st":2'))).toEqual([])
    expect(decode({ e: 'forceOrder', E: 1, o: { s: 'BTCUSD_PERP', st: 2 } })).toEqual([])
  })
})

describe('what cannot be read', () => {
  it.each([
    ['not-json', '{"e":"depthUpdate","E":17'],
    ['no-event', '{"hello":1}'],
    ['no-event', '[1]'],
    ['no-event', 'null'],
    ['unknown-event', '{"e":"novelty"}'],
    ['unknown-event', '{"e":"constructor"}'],
    ['malformed-depthUpdate', DEPTH.replace('"2.100"', '"-2.100"')],
    ['malformed-depthUpdate', DEPTH.replace('"2.100"', '""')],
    ['malformed-depthUpdate', DEPTH.replace('"84106.50"', '"0.-10000"')],
    ['malformed-depthUpdate', DEPTH.replace('"u":9512340177', '"u":9.5')],
    ['malformed-depthUpdate', DEPTH.replace('"u":9512340177', '"u":9007199254740993')],
    ['malformed-forceOrder', '{"e":"forceOrder","E":1,"o":{"s":"X","S":"HOLD","z":"1","p":"1","ap":"1","T":1}}'],
  ])('is told as %s', (reason, frame) => {
    expect(decode(frame)).toEqual([['unknown', reason]])
  })

  it('counts a number that float64 does not keep, on both paths', () => {
    const long = DEPTH.replace('84106.50', '84106.501234567891234')
    expect(decode(long)[0]).toEqual(['remark', 'inexact-number'])
    expect(decode(` ${long}`).slice(0, 2)).toContainEqual(['remark', 'inexact-number'])
  })
})

describe('messages and their answers', () => {
  it('writes exactly what the exchange documents', () => {
    expect(exchange.stream.subscribe(['btcusdt@aggTrade', 'ethusdt@markPrice@1s'], 1)).toBe(
      '{"method":"SUBSCRIBE","params":["btcusdt@aggTrade","ethusdt@markPrice@1s"],"id":1}',
    )
    expect(exchange.stream.unsubscribe(['btcusdt@aggTrade'], 2)).toBe(
      '{"method":"UNSUBSCRIBE","params":["btcusdt@aggTrade"],"id":2}',
    )
    expect(exchange.sockets.heartbeat.ping?.(3)).toBe('{"method":"LIST_SUBSCRIPTIONS","id":3}')
  })

  it('takes an acknowledgement, the answer to a ping and both forms of an error', () => {
    const rejected = { kind: 'rejected', topic: undefined, isDuplicate: false }
    expect(decode('{"result":null,"id":1}')).toEqual([['control', { kind: 'subscribed', id: 1 }]])
    expect(decode('{"result":["ethusdt@markPrice@1s"],"id":3}')).toEqual([['control', { kind: 'pong', id: 3 }]])
    expect(decode('{"code":2,"msg":"Invalid request"}')).toEqual([
      ['control', { ...rejected, id: undefined, message: 'Invalid request (2)' }],
    ])
    expect(decode('{"error":{"code":3,"msg":"Invalid JSON"},"id":4}')).toEqual([
      ['control', { ...rejected, id: 4, message: 'Invalid JSON (3)' }],
    ])
  })
})

describe('routes', () => {
  it('sends each channel to the socket that carries it', () => {
    const topics = (channel: 'book' | 'trades' | 'ticker' | 'funding' | 'liquidations' | 'candles', option?: string) =>
      exchange.stream
        .topics({ channel, symbol: 'BTCUSDT', ...(option === undefined ? {} : { option }) })
        .map(({ name, socket }) => `${socket} ${name}`)
    expect(topics('book')).toEqual(['public btcusdt@depth@100ms'])
    expect(topics('book', '250ms')).toEqual(['public btcusdt@depth'])
    expect(topics('book', '0ms')).toEqual(['public btcusdt@depth@0ms'])
    expect(topics('trades')).toEqual(['market btcusdt@aggTrade'])
    expect(topics('ticker')).toEqual(['market btcusdt@ticker', 'public btcusdt@bookTicker'])
    expect(topics('funding')).toEqual(['market btcusdt@markPrice@1s'])
    expect(topics('liquidations')).toEqual(['market btcusdt@forceOrder'])
    expect(topics('candles', '1h')).toEqual(['market btcusdt@kline_1h'])
    expect(exchange.stream.topics({ channel: 'open-interest', symbol: 'BTCUSDT' })).toEqual([])
    expect(() => topics('book', '1ms')).toThrow(UsageError)
    expect(() => topics('candles', '1s')).toThrow(UsageError)
  })

  it('refuses a name that it does not know, since the exchange would be silent', () => {
    expect(() => knownRoute('btcusdt@novelty')).toThrow(/btcusdt@novelty/)
    expect(['btcusdt', '@depth', 'btcusdt@depth7', '!novelty'].map(routeOf)).toEqual([undefined, undefined, undefined, undefined])
  })
})

describe('spot', () => {
  it('chains by first ids, gives the sending time, and names nobody at the top of the book', () => {
    const told = frameRecorder()
    const decodeSpot = spot.stream.decoder()
    decodeSpot(Buffer.from('{"e":"depthUpdate","E":9,"s":"BTCUSDT","U":4,"u":6,"b":[["1.00000000","2.00000000"]],"a":[]}'), told)
    decodeSpot(Buffer.from('{"u":7,"s":"BTCUSDT","b":"1.5","B":"2","a":"1.6","A":"3"}'), told)
    decodeSpot(Buffer.from('{"e":"markPriceUpdate","E":1,"s":"BTCUSDT","p":"1","T":1}'), told)
    expect(told.told).toEqual([
      [
        'book',
        expect.objectContaining({ timestamp: 9, sentAt: 9, firstId: 4, lastId: 6, previousId: -1, bids: [[1, 2]], asks: [] }),
      ],
      ['ticker', 'BTCUSDT', null, { bidPrice: 1.5, bidQuantity: 2, askPrice: 1.6, askQuantity: 3 }, false, 7],
      ['unknown', 'unknown-event'],
    ])
  })
})
