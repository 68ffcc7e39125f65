import { readFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { RejectedError } from '../../src/core/errors.js'
import { exchange as futures } from '../../src/core/exchanges/binance/index.js'
import { exchange as spot } from '../../src/core/exchanges/binance-spot/index.js'
import type { Exchange } from '../../src/core/exchanges/contract.js'
import { frameRecorder, plainUpdate, type Told } from '../support/frame-recorder.js'
import { needsFiles } from '../support/require.js'

const RECORDED = path.resolve(import.meta.dirname, '../../../shared/recorded')
const FUTURES = path.join(RECORDED, 'binance-usdm')
const SPOT = path.join(RECORDED, 'binance-spot')

/** Streams with what each line of them has to become. */
const STREAMS: readonly (readonly [Exchange, file: string, counts: Readonly<Record<string, number>>])[] = [
  [
    futures,
    'binance-usdm/btcusdt_depth0ms_bookTicker_trade_20240808.jsonl.gz',
    { book: 6551, ticker: 66_089, trade: 21_313, unknown: 1 },
  ],
  [futures, 'binance-usdm/five_alts_depth100ms_20210405/frames.jsonl.gz', { book: 4423, ticker: 3424, trade: 574 }],
  [futures, 'binance-usdm/four_alts_depth100ms_20210722/frames.jsonl.gz', { book: 764, ticker: 613, trade: 91, candle: 67 }],
  [futures, 'binance-usdm/frames_forceOrder_bookTicker_202610.jsonl', { liquidation: 3, ticker: 1 }],
  [futures, 'binance-usdm/frames_mixed_2019-2021.jsonl', { trade: 3, ticker: 2, funding: 3, remark: 1 }],
  [
    spot,
    'binance-spot/btcusdt_depth100ms_bookTicker_trade_20240808.jsonl.gz',
    { book: 3451, ticker: 28_040, trade: 9757, unknown: 1 },
  ],
]

function lines(file: string): string[] {
  const bytes = readFileSync(path.join(RECORDED, file))
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()
  return text.split('\n').filter((line) => line !== '')
}

function body(...names: string[]): unknown {
  return JSON.parse(readFileSync(path.join(...names), 'utf8'))
}

/** What one frame tells, as text, remarks on the path left out. */
function telling(told: readonly Told[]): string {
  return JSON.stringify(told.filter(([kind, what]) => kind !== 'remark' || what !== 'slow-path'))
}

needsFiles(FUTURES, SPOT)('recorded Binance streams', () => {
  for (const [exchange, file, expected] of STREAMS) {
    it(`understands every frame of ${file}, on both paths alike`, () => {
      const decode = exchange.stream.decoder()
      const tally = new Map<string, number>()
      const differing: string[] = []
      for (const line of lines(file)) {
        const fast = frameRecorder()
        decode(Buffer.from(line), fast)
        const parsed = frameRecorder()
        // A space that no key order knows: the scanner gives up at once.
        decode(Buffer.from(`{ ${line.slice(1)}`), parsed)
        if (telling(fast.told) !== telling(parsed.told)) differing.push(line)
        for (const [kind] of fast.told) tally.set(kind, (tally.get(kind) ?? 0) + 1)
      }
      // One remark in all, for a trade of 2019 without an id: the fast path knows every other order, and no number is too long.
      expect(Object.fromEntries(tally)).toEqual(expected)
      expect(differing).toEqual([])
    })
  }

  it('chains each diff to the one before it, which a wrong id would break', () => {
    for (const [exchange, file] of STREAMS.filter(([, name]) => name.includes('frames.jsonl') || name.includes('depth'))) {
      const decode = exchange.stream.decoder()
      const last = new Map<string, number>()
      let breaks = 0
      const sink = frameRecorder()
      sink.book = (update) => {
        const before = last.get(update.symbol)
        const follows = exchange.book.chain === 'previous-id' ? update.previousId : update.firstId - 1
        if (before !== undefined && follows !== before) breaks += 1
        last.set(update.symbol, update.lastId)
      }
      for (const line of lines(file)) decode(Buffer.from(line), sink)
      expect([file, last.size > 0, breaks]).toEqual([file, true, 0])
    }
  })

  it.each([
    [futures, 'binance-usdm/five_alts_depth100ms_20210405/frames.jsonl.gz', 5],
    [spot, 'binance-spot/btcusdt_depth100ms_bookTicker_trade_20240808.jsonl.gz', 1],
  ])('gives trades ids without holes, so that a lost one can be proven: $1', (exchange, file, symbols) => {
    const decode = exchange.stream.decoder()
    const last = new Map<string, number>()
    let holes = 0
    const sink = frameRecorder()
    sink.trade = ({ symbol, tradeId }) => {
      const before = last.get(symbol)
      if (before !== undefined && Number(tradeId) !== before + 1) holes += 1
      last.set(symbol, Number(tradeId))
    }
    for (const line of lines(file)) decode(Buffer.from(line), sink)
    expect([last.size, holes]).toEqual([symbols, 0])
  })

  it('tells the side, the fill and the size of the liquidations of 2026', () => {
    const decode = futures.stream.decoder()
    const sink = frameRecorder()
    for (const line of lines('binance-usdm/frames_forceOrder_bookTicker_202610.jsonl')) decode(Buffer.from(line), sink)
    expect(sink.told).toEqual([
      [
        'liquidation',
        { symbol: 'XRPUSDT', timestamp: 1791091174219, liquidated: 'short', side: 'buy', price: 1.4912, quantity: 127.2 },
      ],
      [
        'liquidation',
        { symbol: 'MANTAUSDT', timestamp: 1791091026103, liquidated: 'long', side: 'sell', price: 0.0722187, quantity: 2049.1 },
      ],
      [
        'liquidation',
        { symbol: 'BTCUSDT', timestamp: 1791565602120, liquidated: 'long', side: 'sell', price: 82651.9, quantity: 0.19 },
      ],
      [
        'ticker',
        'BTCUSDT',
        1791091007473,
        { bidPrice: 84788.2, bidQuantity: 5.923, askPrice: 84788.3, askQuantity: 2.824 },
        false,
        11730346419457,
      ],
    ])
  })

  it('tells no rate for a dated contract, and no index where the old form has none', () => {
    const decode = futures.stream.decoder()
    const sink = frameRecorder()
    for (const line of lines('binance-usdm/frames_mixed_2019-2021.jsonl')) decode(Buffer.from(line), sink)
    expect(sink.told.filter(([kind]) => kind === 'funding')).toEqual([
      ['funding', 'BTCUSDT', 1569888003001, { fundingRate: 0.0001, markPrice: 8291.34697815, fundingTime: 1569916800000 }, false],
      [
        'funding',
        'BTCUSDT',
        1597536008000,
        { fundingRate: 0.0001564, markPrice: 11857.56, indexPrice: 11851.86949091, fundingTime: 1597564800000 },
        false,
      ],
      [
        'funding',
        'BTCBUSD_210129',
        1609830121004,
        { fundingRate: null, markPrice: 31799.2773, indexPrice: 31307.034, fundingTime: null },
        false,
      ],
    ])
    expect(sink.told.filter(([kind]) => kind === 'trade').map(([, trade]) => trade)).toEqual([
      {
        symbol: 'BTCUSDT',
        timestamp: 1568693103463,
        tradeId: '181349',
        price: 10223.74,
        quantity: 0.236,
        side: 'buy',
        isBlock: false,
      },
      {
        symbol: 'BTCUSDT',
        timestamp: 1574381164086,
        tradeId: '10934580',
        price: 7627.6,
        quantity: 0.044,
        side: 'buy',
        isBlock: false,
      },
      {
        symbol: 'BTCUSDT',
        timestamp: 1596240000519,
        tradeId: '173525189',
        price: 11343.67,
        quantity: 0.467,
        side: 'sell',
        isBlock: false,
      },
    ])
  })
})

needsFiles(FUTURES, SPOT)('recorded Binance REST answers', () => {
  const { rest } = futures
  const answer = (name: string) => body(FUTURES, 'rest', name)

  it('reads the book with its id and both of its times', () => {
    const parsed = rest.orderBook.parse(answer('depth_BTCUSDT_limit100_20241101.json'), { symbol: 'BTCUSDT', depth: 100 }).rows
    const book = plainUpdate(parsed[0] ?? expect.fail('no book'))
    expect(book).toMatchObject({ symbol: 'BTCUSDT', isSnapshot: true, timestamp: 1730440386476, sentAt: 1730440386483 })
    expect([book.asks[0], book.bids.length, book.asks.length]).toEqual([[69607.8, 11.668], 100, 100])
  })

  it('reads the snapshots that belong to the streams', () => {
    const file = 'btcusdt_depth0ms_bookTicker_trade_20240808.depth_snapshot.json'
    const [book] = rest.orderBook.parse(body(FUTURES, file), { symbol: 'BTCUSDT', depth: 1000 }).rows
    expect([book?.lastId, book?.bids.prices[0], book?.bids.quantities[0], book?.bids.length]).toEqual([
      5123107852948, 61800.2, 2.909, 1000,
    ])
    const spotFile = 'btcusdt_depth100ms_bookTicker_trade_20240808.depth_snapshot.json'
    const [spotBook] = spot.rest.orderBook.parse(body(SPOT, spotFile), { symbol: 'BTCUSDT', depth: 1000 }).rows
    expect([spotBook?.lastId, spotBook?.bids.prices[0], spotBook?.timestamp]).toEqual([50093239218, 61837.63, 0])
  })

  it('pages candles from the oldest on and calls only those closed that a later one proves', () => {
    const all = answer('klines_LTCUSDT_5m_500_20201014.json') as readonly unknown[]
    const from = 1602669900000
    const query = { symbol: 'LTCUSDT', interval: '5m', from, to: from + 600 * 300_000 }
    const first = rest.candles?.parse(all.slice(0, 499), query) ?? expect.fail('no candles')
    expect([first.rows.length, first.rows.every((candle) => candle.isClosed), first.next]).toEqual([
      498,
      true,
      from + 498 * 300_000,
    ])
    expect(rest.candles?.request(query, first.next).query).toMatchObject({ startTime: from + 498 * 300_000, limit: 499 })
    const second = rest.candles?.parse(all.slice(498), query) ?? expect.fail('no candles')
    expect(second.rows.map(({ timestamp, isClosed }) => [timestamp, isClosed])).toEqual([
      [from + 498 * 300_000, true],
      [from + 499 * 300_000, false],
    ])
    expect(second.next).toBeUndefined()
    expect(first.rows[0]).toEqual({
      symbol: 'LTCUSDT',
      timestamp: from,
      interval: '5m',
      open: 50.49,
      high: 50.52,
      low: 50.31,
      close: 50.33,
      volume: 3811.648,
      quoteVolume: 192171.59398,
      trades: 1517,
      isClosed: true,
    })
  })

  it('takes the candle that opens at the end of the range as proof only', () => {
    const rows = (answer('klines_BTCUSDT_1d_20190908-20200101.json') as readonly unknown[]).slice(0, 3)
    const query = { symbol: 'BTCUSDT', interval: '1d', from: 1567900800000, to: 1568073600000 }
    expect(rest.candles?.request(query).query['endTime']).toBe(query.to)
    const page = rest.candles?.parse(rows, query)
    expect(page?.rows.map(({ timestamp, isClosed }) => [timestamp, isClosed])).toEqual([
      [1567900800000, true],
      [1567987200000, true],
    ])
  })

  it('reads settled rates at the times that the exchange gave, without a mark price on old rows', () => {
    const page = rest.fundingHistory?.parse(answer('fundingRate_BTCUSDT_20200915-20201018.json'), { symbol: 'BTCUSDT', from: 0 })
    expect([page?.rows.length, page?.next]).toEqual([100, undefined])
    expect(page?.rows[1]).toEqual({
      symbol: 'BTCUSDT',
      timestamp: 1600156800010,
      fundingRate: -0.00002796,
      markPrice: null,
      kind: 'settled',
    })
  })

  it('reads the running rate of one symbol and of all', () => {
    const one = rest.funding?.parse(answer('premiumIndex_BTCUSDT_20230620.json'), { symbol: 'BTCUSDT' })
    expect(one?.rows).toEqual([
      {
        symbol: 'BTCUSDT',
        timestamp: 1687244112000,
        fundingRate: 0.00001226,
        fundingTime: 1687248000000,
        markPrice: 26780.82240476,
        indexPrice: 26798.25197802,
      },
    ])
    expect(rest.funding?.parse(answer('premiumIndex_all_trimmed_20201016.json'), {}).rows).toHaveLength(5)
  })

  it('reads open interest, now and then', () => {
    const now = rest.openInterest?.parse(answer('openInterest_BTCUSDT_20231210.json'), { symbol: 'BTCUSDT' })
    expect(now?.rows).toEqual([{ symbol: 'BTCUSDT', timestamp: 1702244985273, openInterest: 83782.317, openInterestUsd: null }])
    const query = { symbol: 'LTCUSDT', period: '1d', from: 1602028800000, to: 1602028800000 + 20 * 86_400_000 }
    const past = rest.openInterestHistory?.parse(answer('openInterestHist_LTCUSDT_1d_20201016.json'), query)
    expect(past?.rows[0]).toEqual({
      symbol: 'LTCUSDT',
      timestamp: 1602028800000,
      openInterest: 286060.674,
      openInterestUsd: 13151177.5449312,
    })
    expect([past?.rows.length, past?.next]).toEqual([10, 1602028800000 + 10 * 86_400_000])
  })

  it('reads trades, intervals of funding and the 24 h ticker', () => {
    const trades = rest.recentTrades?.parse(answer('aggTrades_LTCUSDT_500_20201016.json'), { symbol: 'LTCUSDT' }).rows
    expect(trades).toHaveLength(500)
    expect(trades?.[0]).toMatchObject({
      tradeId: '19427407',
      price: 49.73,
      quantity: 0.001,
      side: 'sell',
      timestamp: 1602819697783,
    })
    const intervals = rest.fundingIntervals?.parse(answer('fundingInfo.json'), {}).rows
    expect(intervals).toContainEqual({ symbol: 'LPTUSDT', intervalHours: 4 })
    const ticker = rest.tickers?.parse(answer('ticker24hr_BTCUSDT_20210827.json'), { symbol: 'BTCUSDT' }).rows[0]
    expect(ticker).toEqual({
      symbol: 'BTCUSDT',
      timestamp: 1630042423017,
      lastPrice: 47028.59,
      open24h: 47184.22,
      high24h: 47688.88,
      low24h: 46280,
      volume24h: 471823.103,
      quoteVolume24h: 22175129357.2,
      change24h: -0.0033,
    })
  })

  it('reads ticks, lots and kinds of the instruments', () => {
    const rows = rest.instruments.parse(body(FUTURES, 'four_alts_depth100ms_20210722/exchangeInfo.json'), {}).rows
    const named = (symbol: string) => rows.find((row) => row.symbol === symbol)
    expect(rows).toHaveLength(122)
    expect(named('BTCUSDT')).toMatchObject({
      kind: 'perpetual',
      pair: 'BTC/USDT:USDT',
      tickSize: 0.01,
      lotSize: 0.001,
      minNotional: 5,
    })
    expect(named('BTCUSDT_210924')).toMatchObject({ kind: 'future', pair: 'BTC/USDT:USDT-210924', expiry: 1632470400000 })
    expect(named('1000SHIBUSDT')).toMatchObject({ pair: '1000SHIB/USDT:USDT', base: 'SHIB', multiplier: 1000, isTrading: true })
    expect(named('1INCHUSDT')).toMatchObject({ pair: '1INCH/USDT:USDT', base: '1INCH', multiplier: 1 })
    expect(named('BTCSTUSDT')).toMatchObject({ kind: 'perpetual', isTrading: false })
    expect(rest.instruments.parse(answer('exchangeInfo_trimmed.json'), {}).rows[0]).toMatchObject({
      tickSize: 0.1,
      minNotional: 100,
    })
  })

  it('agrees with what each symbol says by itself', () => {
    const rows = rest.instruments.parse(body(FUTURES, 'four_alts_depth100ms_20210722/exchangeInfo.json'), {}).rows
    const identity = (row: (typeof rows)[number] | undefined) =>
      row && [row.symbol, row.pair, row.kind, row.base, row.multiplier, row.expiry]
    for (const row of rows) expect(identity(futures.symbols.parse(row.symbol))).toEqual(identity(row))
  })

  it('names the symbol that the exchange does not have', () => {
    const parse = () => rest.tickers?.parse(answer('error_invalid_symbol.json'), { symbol: 'BTCUSTD' })
    expect(parse).toThrow(RejectedError)
    expect(parse).toThrow(/BTCUSTD/)
  })
})
