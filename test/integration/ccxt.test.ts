import { afterAll, beforeAll, expect, it } from 'vitest'
import { loadExchange } from '../../src/core/exchanges/registry.js'
import { ExchangeFeed } from '../../src/core/feed/exchange-feed.js'
import { DEFAULT_LIMITS } from '../../src/core/feed/validation.js'
import { createHttp } from '../../src/core/net/http.js'
import { createSockets } from '../../src/core/net/socket.js'
import { systemClock } from '../../src/core/net/system-clock.js'
import { type Sandbox, startSandbox } from '../../src/core/sandbox/index.js'
import { type CcxtBook, type CcxtExchange, type CcxtLevels, ccxtAt } from '../support/ccxt.js'
import { needs } from '../support/require.js'

// A client that knows nothing of mts and was written against the real exchanges, with their addresses changed for ours.

const DEPTH = 50
const BOOKS = 10
const MINUTE_MS = 60_000

interface Book {
  readonly bids: CcxtLevels
  readonly asks: CcxtLevels
}

/** Books by the exchange's id of them. */
type Books = Map<number, Book>

function best({ bids, asks }: Book): Book {
  const pairs = (levels: CcxtLevels) => levels.slice(0, DEPTH).map(([price, quantity]) => [price, quantity] as const)
  return { bids: pairs(bids), asks: pairs(asks) }
}

needs('bench:ccxt')('ccxt, pointed at the sandbox', () => {
  const clock = systemClock()
  let sandbox: Sandbox
  const cleanups: (() => unknown)[] = []

  beforeAll(async () => {
    sandbox = await startSandbox({ clock, port: 0, seed: 42, speed: 1, keptChanges: 100_000 })
  })
  afterAll(async () => {
    for (const clean of cleanups.reverse()) await clean()
    await sandbox.close()
  })

  async function client(name: string, exchange: string, options = {}): Promise<CcxtExchange> {
    const opened = await ccxtAt(name, `127.0.0.1:${sandbox.port}/${exchange}`, options)
    cleanups.push(() => opened.close())
    return opened
  }

  function truth(exchange: string, symbol: string, id: number): Book | undefined {
    const book = sandbox.market.book(exchange, symbol, id)
    return book === undefined ? undefined : best(book)
  }

  /** Every book of ours from now on, by the id that `market.book` knows it by. */
  async function follow(name: string, symbol: string): Promise<Books> {
    const books: Books = new Map()
    const exchange = await loadExchange(name)
    const http = createHttp({ clock, requestTimeoutMs: 5_000, userAgent: 'mts/test' })
    const sockets = createSockets({ clock, connectionTimeoutMs: 5_000, userAgent: 'mts/test' })
    const settings = { endpoints: sandbox.urls[name] ?? exchange.endpoints, backoff: { baseMs: 100, maxMs: 1_000 } }
    const feed = new ExchangeFeed(exchange, { clock, http, sockets, random: () => 0.5 }, settings, {
      publish: () => undefined,
      advance: () => undefined,
      cover: () => undefined,
      unknown: () => undefined,
      limits: DEFAULT_LIMITS,
      changed({ sync: { book } }, kind) {
        if (kind !== 'book' || book === undefined) return
        const id = book.crossId >= 0 ? book.crossId : book.sequence
        books.set(id, { bids: book.bids.levels(DEPTH), asks: book.asks.levels(DEPTH) })
      },
    })
    cleanups.push(() => http.close())
    cleanups.push(() => feed.stop())
    feed.add([{ channel: 'book', symbol }])
    return books
  }

  /** Watches until ten of its books are among ours, and holds all three against each other. */
  async function expectSameBooks(
    exchange: CcxtExchange,
    name: string,
    idOf: (book: CcxtBook) => number | undefined,
  ): Promise<void> {
    const ours = await follow(name, 'BTCUSDT')
    const watched: Books = new Map()
    const common = () => [...watched.keys()].filter((id) => ours.has(id))
    while (common().length < BOOKS) {
      const book = await exchange.watchOrderBook('BTC/USDT:USDT')
      watched.set(idOf(book) ?? Number.NaN, best(book))
    }
    for (const id of common()) {
      expect(watched.get(id)).toEqual(truth(name, 'BTCUSDT', id))
      expect(ours.get(id)).toEqual(watched.get(id))
    }
  }

  async function expectCandles(exchange: CcxtExchange, name: string): Promise<void> {
    const rows = await exchange.fetchOHLCV('BTC/USDT:USDT', '1m', undefined, 5)
    expect(rows).toHaveLength(5)
    // The last one is still open.
    const closed = rows.slice(0, -1)
    const from = closed[0]?.[0] ?? 0
    const candles = sandbox.market.view(name).candles('BTCUSDT', MINUTE_MS, from, from + 4 * MINUTE_MS)
    expect(closed).toEqual(candles.map((each) => [each.openTime, each.open, each.high, each.low, each.close, each.volume]))
  }

  async function expectFunding(exchange: CcxtExchange, name: string): Promise<void> {
    const { fundingRate, fundingTimestamp, markPrice } = await exchange.fetchFundingRate('BTC/USDT:USDT')
    const ticker = sandbox.market.view(name).ticker('BTCUSDT')
    expect(fundingTimestamp).toBe(ticker.nextFundingTime)
    expect(Math.abs(fundingRate)).toBeLessThan(0.01)
    expect(Math.abs(markPrice / ticker.markPrice - 1)).toBeLessThan(0.01)
  }

  async function expectTrades(exchange: CcxtExchange, name: string): Promise<void> {
    const trades = await exchange.watchTrades('BTC/USDT:USDT')
    expect(trades.length).toBeGreaterThan(0)
    const known = sandbox.market.view(name).trades('BTCUSDT', 1_000)
    for (const { timestamp, price, amount: quantity, side } of trades)
      expect(known).toContainEqual(expect.objectContaining({ timestamp, price, quantity, side }))
  }

  it('reads and watches binance: order book, funding, candles and trades are those of the simulated market', async () => {
    const exchange = await client('binanceusdm', 'binance')
    const book = await exchange.fetchOrderBook('BTC/USDT:USDT', DEPTH)
    expect(best(book)).toEqual(truth('binance', 'BTCUSDT', book.nonce ?? -1))
    await expectFunding(exchange, 'binance')
    await expectCandles(exchange, 'binance')
    await expectTrades(exchange, 'binance')
  })

  it('builds from binance, by its own rules, the very books that mts builds', async () => {
    const exchange = await client('binanceusdm', 'binance')
    await expectSameBooks(exchange, 'binance', ({ nonce }) => nonce)
  })

  it('reads and watches bybit: order book, funding, candles and trades are those of the simulated market', async () => {
    const exchange = await client('bybit', 'bybit')
    const book = await exchange.fetchOrderBook('BTC/USDT:USDT', DEPTH)
    const { result } = exchange.last_json_response as { readonly result: { readonly seq: number } }
    expect(best(book)).toEqual(truth('bybit', 'BTCUSDT', result.seq))
    await expectFunding(exchange, 'bybit')
    await expectCandles(exchange, 'bybit')
    await expectTrades(exchange, 'bybit')
  })

  it('builds from bybit the very books that mts builds', async () => {
    const exchange = await client('bybit', 'bybit')
    // ccxt keeps no id of a bybit book: that of the last frame it handled is the book's.
    let sequence: number | undefined
    const handle = exchange.handleMessage.bind(exchange)
    exchange.handleMessage = (socket, message) => {
      sequence = (message as { readonly data?: { readonly seq?: number } }).data?.seq ?? sequence
      return handle(socket, message)
    }
    await expectSameBooks(exchange, 'bybit', () => sequence)
  })

  it("reads binance spot's order book", async () => {
    const exchange = await client('binance', 'binance-spot', { fetchMarkets: { types: ['spot'] } })
    const book = await exchange.fetchOrderBook('BTC/USDT', DEPTH)
    expect(best(book)).toEqual(truth('binance-spot', 'BTCUSDT', book.nonce ?? -1))
  })
})
