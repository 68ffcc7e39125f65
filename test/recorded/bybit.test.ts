import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { exchange } from '../../src/core/exchanges/bybit/index.js'
import { needsFiles } from '../support/require.js'
import { decodeAll, type Told } from '../support/told.js'

const FOLDER = path.resolve(import.meta.dirname, '../../../shared/recorded/bybit-linear')
const LIVE = 'btc_sol_book200_tickers_trades_kline_20260809.jsonl.gz'

function read(name: string): string {
  const bytes = readFileSync(path.join(FOLDER, name))
  return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()
}

const linesOf = (name: string): string[] =>
  read(name)
    .split('\n')
    .filter((line) => line !== '')
const body = (name: string): unknown => JSON.parse(read(`rest/${name}`))
const decode = (lines: Iterable<string>) => decodeAll(exchange.stream.decoder(), lines)

function allFrames(): string[] {
  const files = readdirSync(FOLDER).filter((name) => /\.jsonl(\.gz)?$/.test(name) && !name.includes('.sent.'))
  return files.flatMap(linesOf)
}

function countBy(told: readonly Told[], key: (entry: Told) => string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const entry of told) counts[key(entry)] = (counts[key(entry)] ?? 0) + 1
  return counts
}

/** The same frame with its keys in another order, which the fast path cannot know. */
function shuffled(line: string): string {
  const { topic, ...rest } = JSON.parse(line)
  return JSON.stringify({ ...rest, topic })
}

needsFiles(FOLDER)('recorded frames of bybit', () => {
  it('are all understood, over three years of the protocol', () => {
    const counts = countBy(decode(allFrames()), ({ what, reason, remark }) => `${what} ${reason ?? remark ?? ''}`.trim())
    expect(counts).toMatchInlineSnapshot(`
      {
        "book": 1000,
        "candle": 49,
        "control": 21,
        "funding": 124,
        "liquidation": 4,
        "openInterest": 88,
        "ticker": 377,
        "trade": 225,
      }
    `)
  })

  it('tell the same in a key order that only JSON.parse understands', () => {
    const books = allFrames().filter((line) => line.includes('"topic":"orderbook.'))
    const slow = decode(books.map(shuffled))
    expect(slow.filter(({ what }) => what === 'remark')).toHaveLength(books.length)
    expect(slow.filter(({ what }) => what !== 'remark')).toEqual(decode(books))
  })

  it('chain by u without a hole, from a snapshot, while seq never falls', () => {
    const books = decode(linesOf(LIVE)).filter(({ what }) => what === 'book')
    const last = new Map<unknown, Told>()
    let holes = 0
    for (const book of books) {
      const before = last.get(book['symbol'])
      if (before === undefined) expect(book['isSnapshot']).toBe(true)
      else if (book['firstId'] !== Number(before['lastId']) + 1 || Number(book['crossId']) < Number(before['crossId'])) holes += 1
      last.set(book['symbol'], book)
    }
    expect([books.length, holes]).toEqual([797, 0])
  })

  it('give the values that stand in the first frames', () => {
    const told = decode(linesOf(LIVE))
    expect(told[0]).toEqual({
      what: 'ticker',
      symbol: 'BTCUSDT',
      timestamp: 1786310817583,
      isSnapshot: true,
      topOfBookId: -1,
      fields: {
        lastPrice: 65114.3,
        bidPrice: 65114.2,
        bidQuantity: 5.954,
        askPrice: 65114.3,
        askQuantity: 10.47,
        markPrice: 65117.44,
        indexPrice: 65137.76,
        open24h: 65008.7,
        high24h: 65282.3,
        low24h: 64694.4,
        volume24h: 17573.912,
        quoteVolume24h: 1142118412.9021,
        change24h: 0.001624,
      },
    })
    expect(told[1]?.['fields']).toEqual({
      fundingRate: 0.0001,
      fundingTime: 1786320000000,
      intervalHours: 8,
      markPrice: 65117.44,
      indexPrice: 65137.76,
    })
    expect(told[2]?.['fields']).toEqual({ openInterest: 29945.866, openInterestUsd: 1949998132.5 })
    expect(told.find(({ what }) => what === 'trade')).toEqual({
      what: 'trade',
      symbol: 'BTCUSDT',
      timestamp: 1786310819680,
      tradeId: 'a9188a0a-82bc-50de-be60-03eedbe3cdd7',
      price: 65114.2,
      quantity: 0.004,
      side: 'sell',
      isBlock: false,
    })
  })

  it('name the open and the closed candle of one frame', () => {
    const candles = decode(linesOf(LIVE)).filter(({ what, symbol }) => what === 'candle' && symbol === 'BTCUSDT')
    const first = candles.findIndex((candle) => candle['isClosed'])
    expect(candles.slice(first, first + 2)).toMatchObject([
      {
        timestamp: 1786310760000,
        interval: '1m',
        open: 65119.9,
        close: 65114.2,
        volume: 3.712,
        isClosed: true,
        pushedAt: 1786310820441,
      },
      { timestamp: 1786310820000, interval: '1m', open: 65114.2, volume: 0, quoteVolume: 0, isClosed: false },
    ])
  })

  it('halve the open interest of before singleOpenInterest', () => {
    const told = decode(linesOf('frames_tickers_20240515.jsonl')).filter(({ what }) => what === 'openInterest')
    expect(told[0]).toMatchObject({
      symbol: 'BTCUSDT',
      fields: { openInterest: 58117.022 / 2, openInterestUsd: 3596005265.51 / 2 },
    })
  })

  it('name the liquidated side, several in one frame', () => {
    const told = decode(linesOf('frames_allLiquidation_tickers_202610.jsonl')).filter(({ what }) => what === 'liquidation')
    expect(told).toEqual([
      {
        what: 'liquidation',
        symbol: 'STRKUSDT',
        timestamp: 1791091285156,
        liquidated: 'long',
        side: 'sell',
        price: 0.05165,
        quantity: 2084.9,
      },
      {
        what: 'liquidation',
        symbol: 'BTCUSDT',
        timestamp: 1791565600992,
        liquidated: 'long',
        side: 'sell',
        price: 82396.9,
        quantity: 0.006,
      },
      {
        what: 'liquidation',
        symbol: 'BTCUSDT',
        timestamp: 1791565601058,
        liquidated: 'long',
        side: 'sell',
        price: 82394.3,
        quantity: 0.038,
      },
    ])
  })
})

needsFiles(FOLDER)('recorded REST bodies of bybit', () => {
  const { rest } = exchange

  it('list the contracts of 2026 with their steps, and no stocks', () => {
    const { rows, next } = rest.instruments.parse(body('instruments-info_linear_20260809.json.gz'), {})
    const bySymbol = new Map(rows.map((row) => [row.symbol, row]))
    expect(next).toBeUndefined()
    // 800 contracts, 174 of them stocks and 4 commodities.
    expect(rows).toHaveLength(622)
    expect(bySymbol.get('BTCUSDT')).toEqual({
      exchange: 'bybit',
      symbol: 'BTCUSDT',
      pair: 'BTC/USDT:USDT',
      kind: 'perpetual',
      base: 'BTC',
      quote: 'USDT',
      settle: 'USDT',
      multiplier: 1,
      expiry: undefined,
      tickSize: 0.1,
      lotSize: 0.001,
      minNotional: 5,
      fundingIntervalHours: 8,
      isTrading: true,
    })
    expect(bySymbol.get('SHIB1000USDT')).toMatchObject({ pair: '1000SHIB/USDT:USDT', base: 'SHIB', multiplier: 1000 })
    expect(bySymbol.get('BTCUSDT-25DEC26')).toMatchObject({
      pair: 'BTC/USDT:USDT-261225',
      kind: 'future',
      expiry: Date.UTC(2026, 11, 25, 8),
      fundingIntervalHours: undefined,
    })
    expect(bySymbol.get('0GUSDT')).toMatchObject({ base: '0G', multiplier: 1, fundingIntervalHours: 4 })
  })

  it('list no contract that the name alone would tell otherwise', () => {
    const { rows } = rest.instruments.parse(body('instruments-info_linear_20260809.json.gz'), {})
    const differing = rows.filter((row) => {
      const parsed = exchange.symbols.parse(row.symbol)
      return parsed?.pair !== row.pair || parsed.base !== row.base || parsed.expiry !== row.expiry || parsed.kind !== row.kind
    })
    expect(differing).toEqual([])
  })

  it('give every ticker of 2023 the time of the envelope', () => {
    const tickers = body('tickers_linear_20230816.json.gz') as { time: number }
    const { rows } = rest.tickers?.parse(tickers, {}) ?? { rows: [] }
    expect(rows).toHaveLength(259)
    expect(rows.find(({ symbol }) => symbol === '10000LADYSUSDT')).toEqual({
      symbol: '10000LADYSUSDT',
      timestamp: tickers.time,
      lastPrice: 0.0002635,
      bidPrice: 0.0002635,
      bidQuantity: 11536400,
      askPrice: 0.000264,
      askQuantity: 18393900,
      markPrice: 0.0002635,
      indexPrice: 0.0002633,
      open24h: 0.000294,
      high24h: 0.0002965,
      low24h: 0.000262,
      volume24h: 19735379600,
      quoteVolume24h: 5506985.8498,
      change24h: -0.103741,
    })
  })

  it('give funding for perpetuals only: dated contracts pay none', () => {
    const { rows } = rest.funding?.parse(body('tickers_linear_20230816.json.gz'), {}) ?? { rows: [] }
    expect(rows).toHaveLength(245)
    expect(rows.find(({ symbol }) => symbol === '10000LADYSUSDT')).toMatchObject({
      fundingRate: 0.0001,
      fundingTime: 1692172800000,
    })
  })
})
