import { describe, expect, it } from 'vitest'
import { exchange } from '../../../../../src/core/exchanges/bybit/index.js'
import { decodeAll } from '../../../../support/told.js'

const decode = (...frames: string[]) => decodeAll(exchange.stream.decoder(), frames)

/** Frames as the documentation of July 2026 shows them. */
const SNAPSHOT =
  '{"topic":"orderbook.50.BTCUSDT","type":"snapshot","ts":1791354000350,"data":{"s":"BTCUSDT","b":[["84106.80","3.512"],["84106.70","0.040"]],"a":[["84106.90","1.207"]],"u":7003305,"seq":412345678901},"cts":1791354000347}'
const DELTA =
  '{"topic":"orderbook.50.BTCUSDT","type":"delta","ts":1791354000370,"data":{"s":"BTCUSDT","b":[["84106.80","0"]],"a":[["84107.00","0.512"]],"u":7003306,"seq":412345679944},"cts":1791354000368}'

const SNAPSHOT_TOLD = {
  what: 'book',
  symbol: 'BTCUSDT',
  isSnapshot: true,
  depth: 50,
  timestamp: 1791354000347,
  sentAt: 1791354000350,
  firstId: 7003305,
  lastId: 7003305,
  previousId: -1,
  crossId: 412345678901,
  bids: [
    [84106.8, 3.512],
    [84106.7, 0.04],
  ],
  asks: [[84106.9, 1.207]],
}

describe('a book frame', () => {
  it('tells a snapshot with its ids and both times', () => {
    expect(decode(SNAPSHOT)).toEqual([SNAPSHOT_TOLD])
  })

  it('tells a change, and nothing of the frame before it', () => {
    expect(decode(SNAPSHOT, DELTA)[1]).toEqual({
      ...SNAPSHOT_TOLD,
      isSnapshot: false,
      timestamp: 1791354000368,
      sentAt: 1791354000370,
      firstId: 7003306,
      lastId: 7003306,
      crossId: 412345679944,
      bids: [[84106.8, 0]],
      asks: [[84107, 0.512]],
    })
  })

  it.each([
    ['ts before type', SNAPSHOT.replace('"type":"snapshot","ts":1791354000350', '"ts":1791354000350,"type":"snapshot"'), {}],
    ['seq before u', SNAPSHOT.replace('"u":7003305,"seq":412345678901', '"seq":412345678901,"u":7003305'), {}],
    ['no cts', SNAPSHOT.replace(',"cts":1791354000347', ''), { timestamp: 1791354000350 }],
  ])('is read without JSON.parse with %s', (_, frame, change) => {
    expect(decode(frame)).toEqual([{ ...SNAPSHOT_TOLD, ...change }])
  })

  it.each([
    ['a key of tomorrow', SNAPSHOT.replace('"cts"', '"new":{"a":[1]},"cts"')],
    ['white space', SNAPSHOT.replaceAll(',"', ', "')],
    ['the time as text', SNAPSHOT.replace('1791354000350', '"1791354000350"')],
  ])('is read by JSON.parse, and counted, with %s', (_, frame) => {
    expect(decode(frame)).toEqual([{ what: 'remark', remark: 'slow-path' }, SNAPSHOT_TOLD])
  })

  it('is a snapshot when u is 1, whatever it is called: the service restarted', () => {
    expect(decode(DELTA.replace('7003306', '1'))).toMatchObject([{ isSnapshot: true, lastId: 1 }])
  })

  it('of one level is whole when it says so, and a change as it was before March 2025', () => {
    const one = SNAPSHOT.replace('orderbook.50', 'orderbook.1')
    expect(decode(one, one.replace('snapshot', 'delta'))).toMatchObject([
      { depth: 1, isSnapshot: true },
      { depth: 1, isSnapshot: false },
    ])
  })

  it('counts a number that float64 does not keep, on both paths', () => {
    const long = SNAPSHOT.replace('"3.512"', '"123456789.12345678"')
    const remark = { what: 'remark', remark: 'inexact-number' }
    expect(decode(long)[0]).toEqual(remark)
    expect(decode(long.replace('"cts"', '"new":1,"cts"'))).toContainEqual(remark)
  })

  it.each([
    ['another symbol than its topic', SNAPSHOT.replace('"s":"BTCUSDT"', '"s":"ETHUSDT"')],
    ['a price that is no number', SNAPSHOT.replace('"84106.80"', '"n/a"')],
    ['an empty quantity', SNAPSHOT.replace('"3.512"', '""')],
    ['a negative quantity', SNAPSHOT.replace('"3.512"', '"-3.512"')],
    ['a level of three', SNAPSHOT.replace('"3.512"', '"3.512","1"')],
    ['no side', SNAPSHOT.replace('"a":', '"x":')],
    ['no id', SNAPSHOT.replace('"u":', '"x":')],
    ['an id beyond 2^53', SNAPSHOT.replace('7003305', '9007199254740993')],
    ['an unknown type', SNAPSHOT.replace('"snapshot"', '"patch"')],
  ])('with %s is unknown, not half a book', (_, frame) => {
    expect(decode(frame)).toEqual([{ what: 'unknown', reason: 'book' }])
  })

  it('cut short is unknown', () => {
    expect(decode(SNAPSHOT.slice(0, -5))).toEqual([{ what: 'unknown', reason: 'not-json' }])
  })
})

describe('a ticker frame', () => {
  it('tells only what it names', () => {
    const told = decode(
      '{"topic":"tickers.BTCUSDT","type":"delta","data":{"symbol":"BTCUSDT","markPrice":"84111.25","bid1Price":"84106.70","bid1Size":"0.040"},"cs":412345679944,"ts":1791354000401}',
    )
    const base = { symbol: 'BTCUSDT', timestamp: 1791354000401, isSnapshot: false }
    expect(told).toEqual([
      { what: 'ticker', ...base, fields: { markPrice: 84111.25, bidPrice: 84106.7, bidQuantity: 0.04 }, topOfBookId: -1 },
      { what: 'funding', ...base, fields: { markPrice: 84111.25 } },
    ])
  })

  it('tells an empty text as no value, and no zero price', () => {
    const told = decode(
      '{"topic":"tickers.BTC-26DEC25","type":"delta","data":{"symbol":"BTC-26DEC25","fundingRate":"","nextFundingTime":"0","bid1Price":"0","bid1Size":"0"},"ts":1791354000401}',
    )
    expect(told).toMatchObject([
      { fields: { bidPrice: null, bidQuantity: 0 } },
      { fields: { fundingRate: null, fundingTime: null } },
    ])
  })

  it('with one value that is no number is unknown as a whole', () => {
    const told = decode(
      '{"topic":"tickers.BTCUSDT","type":"delta","data":{"symbol":"BTCUSDT","markPrice":"84111","fundingRate":"abc"},"ts":1}',
    )
    expect(told).toEqual([{ what: 'unknown', reason: 'ticker' }])
  })
})

describe('other frames', () => {
  const TRADE =
    '{"T":1791354000390,"s":"BTCUSDT","S":"Buy","v":"0.120","p":"84106.90","L":"PlusTick","i":"20f43950-d8dd-5b31-9112-a178eb6023af","BT":false,"RPI":false,"seq":412345679950}'
  const trades = (...rows: string[]) =>
    `{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1791354000402,"data":[${rows.join()}]}`

  it('tell each trade, and mark those off the book', () => {
    const told = decode(trades(TRADE, TRADE.replace('"BT":false', '"BT":true').replace('"Buy"', '"Sell"')))
    expect(told).toMatchObject([
      { what: 'trade', side: 'buy', isBlock: false, price: 84106.9, quantity: 0.12, timestamp: 1791354000390 },
      { what: 'trade', side: 'sell', isBlock: true },
    ])
  })

  it('tell no trade of a frame in which one is broken', () => {
    expect(decode(trades(TRADE, TRADE.replace('"84106.90"', '""')))).toEqual([{ what: 'unknown', reason: 'trades' }])
  })

  it('tell an hour of candles by our name of the interval', () => {
    const told = decode(
      '{"topic":"kline.60.BTCUSDT","type":"snapshot","ts":1791354001858,"data":[{"start":1791352800000,"end":1791356399999,"interval":"60","open":"84125.7","close":"84106.9","high":"84125.7","low":"84099.9","volume":"114.602","turnover":"9615538.6678","confirm":false,"timestamp":1791354001850}]}',
    )
    expect(told).toEqual([
      {
        what: 'candle',
        symbol: 'BTCUSDT',
        timestamp: 1791352800000,
        interval: '1h',
        open: 84125.7,
        high: 84125.7,
        low: 84099.9,
        close: 84106.9,
        volume: 114.602,
        quoteVolume: 9615538.6678,
        trades: null,
        isClosed: false,
        pushedAt: 1791354001858,
      },
    ])
  })

  it('tell a liquidated short as a buy', () => {
    const told = decode(
      '{"topic":"allLiquidation.BTCUSDT","type":"snapshot","ts":2,"data":[{"T":1,"s":"BTCUSDT","S":"Sell","v":"0.200","p":"83648.20"}]}',
    )
    expect(told).toEqual([
      { what: 'liquidation', symbol: 'BTCUSDT', timestamp: 1, liquidated: 'short', side: 'buy', price: 83648.2, quantity: 0.2 },
    ])
  })

  it.each([
    '{"topic":"priceLimit.BTCUSDT","ts":1791354003300,"data":{"symbol":"BTCUSDT","buyLmt":"88310.00","sellLmt":"79900.00"}}',
    '{"topic":"liquidation.GALAUSDT","ts":1,"type":"snapshot","data":{"price":"0.03803","side":"Buy","size":"1637","symbol":"GALAUSDT","updatedTime":1}}',
    '{"topic":"orderbook.rpi.BTCUSDT","type":"delta","ts":1,"data":{"s":"BTCUSDT","b":[["1","0","0"]],"a":[],"u":2,"seq":3},"cts":1}',
    '{"topic":"orderbook.full.BTCUSDT","type":"delta","ts":1,"data":{}}',
    '{"topic":"insurance.USDT","type":"snapshot","ts":1,"data":[]}',
    '{"topic":"adlAlert.USDT","type":"snapshot","ts":1,"data":[]}',
  ])('of no interest are told to nobody: %s', (frame) => {
    expect(decode(frame)).toEqual([])
  })

  it.each([
    ['{"topic":"news.BTCUSDT","data":{}}', 'topic'],
    ['{"topic":"orderbook.50.","data":{}}', 'topic'],
    ['{"topic":"toString.BTCUSDT","data":[]}', 'topic'],
    ['{"topic":"kline.7.BTCUSDT","data":[]}', 'topic'],
    ['{"topic":7}', 'topic'],
    ['{"hello":1}', 'control'],
    ['[]', 'not-json'],
    ['null', 'not-json'],
    ['', 'not-json'],
  ])('not understood are named: %s', (frame, reason) => {
    expect(decode(frame)).toEqual([{ what: 'unknown', reason }])
  })
})

describe('an answer to a message of ours', () => {
  it.each([
    ['{"success":true,"ret_msg":"","conn_id":"2324","req_id":"7","op":"subscribe"}', { kind: 'subscribed', id: 7 }],
    ['{"success":true,"ret_msg":"subscribe","conn_id":"2324","op":"subscribe"}', { kind: 'subscribed', id: undefined }],
    ['{"success":true,"ret_msg":"","conn_id":"2324","req_id":"","op":"unsubscribe"}', { kind: 'unsubscribed', id: undefined }],
    ['{"success":true,"ret_msg":"pong","conn_id":"2324","req_id":"3","op":"ping"}', { kind: 'pong', id: 3 }],
    ['{"op":"pong","args":["1791354000123"],"conn_id":"2324"}', { kind: 'pong', id: undefined }],
    [
      '{"success":false,"ret_msg":"error:already subscribed,topic:publicTrade.BTCUSDT","conn_id":"2324","req_id":"2","op":"subscribe"}',
      {
        kind: 'rejected',
        id: 2,
        message: 'error:already subscribed,topic:publicTrade.BTCUSDT',
        topic: 'publicTrade.BTCUSDT',
        isDuplicate: true,
      },
    ],
    [
      '{"success":false,"ret_msg":"error:handler not found,topic:orderbook.500.BTCUSDT","conn_id":"2324","op":"subscribe"}',
      {
        kind: 'rejected',
        id: undefined,
        message: 'error:handler not found,topic:orderbook.500.BTCUSDT',
        topic: 'orderbook.500.BTCUSDT',
        isDuplicate: false,
      },
    ],
    [
      '{"success":false,"ret_msg":"Failed to decode incoming data","conn_id":"2324","req_id":"","op":""}',
      { kind: 'rejected', id: undefined, message: 'Failed to decode incoming data', topic: undefined, isDuplicate: false },
    ],
    [
      '{"success":true,"conn_id":"2324","type":"COMMAND_RESP","data":{"failTopics":[],"successTopics":["tickers.BTCUSDT"]}}',
      { kind: 'subscribed', id: undefined },
    ],
    [
      '{"success":false,"conn_id":"2324","type":"COMMAND_RESP","data":{"failTopics":["tickers.X"],"successTopics":[]}}',
      { kind: 'rejected', id: undefined, message: 'failed', topic: 'tickers.X', isDuplicate: false },
    ],
  ])('%s', (frame, control) => {
    expect(decode(frame)).toEqual([{ what: 'control', ...control }])
  })
})
