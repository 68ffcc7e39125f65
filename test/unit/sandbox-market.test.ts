import { describe, expect, it } from 'vitest'
import type {
  SandboxAsset,
  SandboxCandle,
  SandboxLevel,
  SandboxListing,
  SandboxTrade,
} from '../../src/core/exchanges/sandbox-contract.js'
import { bestTicks } from '../../src/core/sandbox/market/book.js'
import { type ArbitrageMoment, createMarket, type Market } from '../../src/core/sandbox/market/market.js'
import { bookSource } from '../../src/core/sandbox/sources.js'

const START = Date.UTC(2026, 10, 21, 10, 0, 7)
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

function list({ base, price }: SandboxAsset): SandboxListing {
  const magnitude = Math.floor(Math.log10(price))
  return {
    symbol: `${base}USDT`,
    multiplier: 1,
    tickSize: Number(`1e${magnitude - 5}`),
    lotSize: Number(`1e${Math.min(0, 1 - magnitude)}`),
  }
}

const EXCHANGES = ['one', 'two'].map((id) => ({ id, list }))

/** Books run from when they are asked for. */
function market(seed = 42, startMs = START): Market {
  return createMarket({ seed, startMs, exchanges: EXCHANGES, keptChanges: 100_000 })
}

function wholeMarket(): Market {
  const made = market()
  for (const { exchange, symbol } of made.instruments) made.live(exchange, symbol)
  return made
}

/** Moves on as a clock does: a leap of more than a minute would not be walked through. */
function advance(running: Market, untilMs: number, stepped: () => void): void {
  for (let at = running.now; at < untilMs; at += 30_000) running.advanceTo(Math.min(untilMs, at + 30_000), stepped)
}

/** Every trade that happens on the way, in order. */
function walk(running: Market, untilMs: number, exchange: string, symbol: string): SandboxTrade[] {
  const trades: SandboxTrade[] = []
  advance(running, untilMs, () => trades.push(...running.live(exchange, symbol).trades))
  return trades
}

function candles(running: Market, symbol: string, interval: number, from: number, to: number): readonly SandboxCandle[] {
  return running.view('one').candles(symbol, interval, from, to)
}

function returnsOf(rows: readonly SandboxCandle[]): number[] {
  return rows.map(({ open, close }) => Math.log(close / open))
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [meanA, meanB] = [mean(a), mean(b)]
  const sum = (term: (x: number, y: number) => number) => a.reduce((all, x, i) => all + term(x - meanA, (b[i] ?? 0) - meanB), 0)
  return sum((x, y) => x * y) / Math.sqrt(sum((x) => x * x) * sum((_, y) => y * y))
}

/** Levels after the changes, as a client keeps them: 0 deletes. */
function joined(levels: readonly SandboxLevel[] = [], changes: readonly SandboxLevel[]): SandboxLevel[] {
  const quantities = new Map([...levels, ...changes])
  return [...quantities].filter(([, quantity]) => quantity > 0).sort(([a], [b]) => a - b)
}

/** What a buyer on the cheap exchange and a seller on the dear one get of it, before fees. */
function edgeBps(running: Market, { exchange, symbol, isDear }: ArbitrageMoment): number {
  const here = running.live(exchange, symbol).book
  const there = running.live(exchange === 'one' ? 'two' : 'one', symbol).book
  const [dear, cheap] = isDear ? [here, there] : [there, here]
  return (bestTicks(dear.bids) / bestTicks(cheap.asks) - 1) * 10_000
}

describe('the simulated market', () => {
  it('is the same to the last byte for the same seed and times', () => {
    const [first, second] = [wholeMarket(), wholeMarket()]
    for (const each of [first, second]) each.advanceTo(START + 5_000, () => {})
    for (const { exchange, symbol } of first.instruments) {
      expect(first.book(exchange, symbol)).toEqual(second.book(exchange, symbol))
      const [a, b] = [first.view(exchange), second.view(exchange)]
      expect(JSON.stringify([a.ticker(symbol), a.trades(symbol, 50)])).toBe(
        JSON.stringify([b.ticker(symbol), b.trades(symbol, 50)]),
      )
    }
  })

  it('does not depend on how often the clock was looked at', () => {
    const [smooth, jerky] = [market(), market()]
    for (let at = START; at <= START + 4_000; at += 7) smooth.advanceTo(at, () => {})
    jerky.advanceTo(START + 4_000, () => {})
    smooth.advanceTo(START + 4_000, () => {})
    expect(smooth.book('one', 'BTCUSDT')).toEqual(jerky.book('one', 'BTCUSDT'))
  })

  it('is another market for another seed', () => {
    expect(market(1).view('one').ticker('BTCUSDT').lastPrice).not.toBe(market(2).view('one').ticker('BTCUSDT').lastPrice)
  })

  it('begins near the typical price of each asset', () => {
    const running = market()
    for (const { exchange, symbol, path } of running.instruments) {
      const { lastPrice } = running.view(exchange).ticker(symbol)
      expect(lastPrice / path.asset.price).toBeGreaterThan(1 / 3)
      expect(lastPrice / path.asset.price).toBeLessThan(3)
    }
  })

  it('never crosses a book, never leaves an empty level, and numbers every change', () => {
    const running = wholeMarket()
    const before = new Map(running.instruments.map((each) => [each, running.live(each.exchange, each.symbol).book.lastId]))
    let steps = 0
    running.advanceTo(START + 20_000, () => {
      steps += 1
      for (const { exchange, symbol } of running.instruments) {
        const { bids, asks } = running.live(exchange, symbol).book
        expect(bestTicks(bids)).toBeLessThan(bestTicks(asks))
      }
    })
    expect(steps).toBe(1_000)
    for (const [each, lastId] of before) {
      const { book } = running.live(each.exchange, each.symbol)
      expect(book.lastId).toBeGreaterThan(lastId)
      for (const side of [book.bids, book.asks]) {
        expect(side.ticks).toEqual([...new Set(side.ticks)].sort((a, b) => (side.isBid ? a - b : b - a)))
        expect(Math.min(...side.lots)).toBeGreaterThan(0)
        expect(side.ticks.every(Number.isSafeInteger) && side.lots.every(Number.isSafeInteger)).toBe(true)
      }
    }
  })

  it('tells the exact book of any engine id that it remembers, uncrossed between any two changes', () => {
    const running = market()
    running.advanceTo(START + 1_000, () => {})
    const known = running.book('one', 'ETHUSDT')
    const firstId = known?.lastId ?? 0
    running.advanceTo(START + 2_000, () => {})
    const { lastId } = running.live('one', 'ETHUSDT').book
    expect(running.book('one', 'ETHUSDT', firstId)).toEqual(known)
    for (let id = firstId; id <= lastId; id++) {
      const book = running.book('one', 'ETHUSDT', id)
      expect(book?.bids[0]?.[0]).toBeLessThan(book?.asks[0]?.[0] ?? 0)
    }
    expect(running.book('one', 'ETHUSDT', lastId + 1)).toBeUndefined()
  })

  it('tells changes of a whole book that lead to it from any snapshot in between', () => {
    const running = market()
    const live = running.live('one', 'BTCUSDT')
    const source = bookSource(live, { kind: 'book', symbol: 'BTCUSDT', depth: 0, everyMs: 100, hasSnapshot: false }, 1)
    running.advanceTo(START + 1_000, () => {})
    const [update] = source.step(true)
    if (update?.kind !== 'book') throw new Error('no update')
    expect(update.lastId - update.firstId).toBeGreaterThan(100)
    const now = running.book('one', 'BTCUSDT')
    for (let id = update.firstId - 1; id <= update.lastId; id += 7) {
      const snapshot = running.book('one', 'BTCUSDT', id)
      expect(joined(snapshot?.bids, update.bids)).toEqual(joined(now?.bids, []))
      expect(joined(snapshot?.asks, update.asks)).toEqual(joined(now?.asks, []))
    }
  })

  it('keeps each book deep, wide and near its trades through every move of the price', () => {
    const running = wholeMarket()
    const lives = running.instruments.map(({ exchange, symbol }) => running.live(exchange, symbol))
    const lastIds = lives.map(({ book }) => book.lastId)
    let mostChanges = 0
    advance(running, START + 120_000, () => {
      lives.forEach(({ book }, i) => {
        mostChanges = Math.max(mostChanges, book.lastId - (lastIds[i] ?? 0))
        lastIds[i] = book.lastId
      })
    })
    // Even a dislocation, the widest move there is, consumes and rebuilds no more than a few books' worth.
    expect(mostChanges).toBeLessThan(2_000)
    for (const { instrument } of lives) {
      const { bids, asks } = running.book(instrument.exchange, instrument.symbol) ?? { bids: [], asks: [] }
      expect(bids.length).toBeGreaterThanOrEqual(380)
      expect(asks.length).toBeGreaterThanOrEqual(380)
      expect((bids.at(-1)?.[0] ?? 0) / (bids[0]?.[0] ?? 0)).toBeLessThan(0.992)
      expect((asks.at(-1)?.[0] ?? 0) / (asks[0]?.[0] ?? 0)).toBeGreaterThan(1.008)
      const [trade] = running.view(instrument.exchange).trades(instrument.symbol, 1)
      expect(Math.abs((trade?.price ?? 0) / (bids[0]?.[0] ?? 1) - 1)).toBeLessThan(0.006)
    }
  })

  it('trades at the touch, with ids that never skip, over the end of a minute', () => {
    const running = market()
    running.live('one', 'BTCUSDT')
    const trades = walk(running, START + 90_000, 'one', 'BTCUSDT')
    expect(trades.length).toBeGreaterThan(200)
    trades.slice(1).forEach((trade, i) => {
      expect(trade.id).toBe((trades[i]?.id ?? 0) + 1)
      expect(trade.engineId).toBeGreaterThan(trades[i]?.engineId ?? 0)
      expect(trade.timestamp).toBeGreaterThanOrEqual(trades[i]?.timestamp ?? 0)
    })
    expect(new Set(trades.map(({ side }) => side))).toEqual(new Set(['buy', 'sell']))
    expect(running.view('one').trades('BTCUSDT', 100)).toEqual(trades.slice(-100))
  })

  it('tells the trades from before it began as if it had always run', () => {
    const early = market(42, START)
    const seen = walk(early, START + 30_000, 'one', 'SOLUSDT')
    const late = market(42, START + 30_000)
    const past = late.view('one').trades('SOLUSDT', seen.length)
    const bare = (trades: readonly SandboxTrade[]) => trades.map(({ engineId: _, ...trade }) => trade)
    expect(bare(past)).toEqual(bare(seen))
  })

  it('makes of the trades of a minute exactly the candle that history tells of it', () => {
    const running = market()
    const minute = Math.ceil(START / MINUTE) * MINUTE
    const trades = walk(running, minute + 5 * MINUTE, 'one', 'PEPEUSDT')
    for (let openTime = minute; openTime < minute + 5 * MINUTE; openTime += MINUTE) {
      const rows = trades.filter(({ timestamp }) => timestamp >= openTime && timestamp < openTime + MINUTE)
      const prices = rows.map(({ price }) => price)
      const [candle] = candles(running, 'PEPEUSDT', MINUTE, openTime, openTime + 1)
      expect(candle).toMatchObject({
        openTime,
        open: prices[0],
        high: Math.max(...prices),
        low: Math.min(...prices),
        close: prices.at(-1),
        trades: rows.length,
        firstTradeId: rows[0]?.id,
        lastTradeId: rows.at(-1)?.id,
      })
      expect(candle?.volume).toBeCloseTo(
        rows.reduce((sum, { quantity }) => sum + quantity, 0),
        6,
      )
      const bought = rows.reduce((sum, { quantity, side }) => sum + (side === 'buy' ? quantity : 0), 0)
      expect(candle?.takerVolume).toBeCloseTo(bought, 6)
      const quote = rows.reduce((sum, { quantity, price }) => sum + quantity * price, 0)
      expect((candle?.quoteVolume ?? 0) / quote).toBeCloseTo(1, 2)
    }
  })

  it('makes each wide candle of the narrow ones that it covers', () => {
    const running = market()
    for (const [wide, narrow] of [
      [HOUR, MINUTE],
      [DAY, HOUR],
      [7 * DAY, DAY],
    ] as const) {
      const from = Date.UTC(2024, 2, 4)
      const [candle] = candles(running, 'ETHUSDT', wide, from, from + wide)
      const parts = candles(running, 'ETHUSDT', narrow, from, from + wide)
      expect(parts).toHaveLength(wide / narrow)
      expect(candle).toMatchObject({
        openTime: from,
        open: parts[0]?.open,
        high: Math.max(...parts.map(({ high }) => high)),
        low: Math.min(...parts.map(({ low }) => low)),
        close: parts.at(-1)?.close,
        trades: parts.reduce((sum, { trades }) => sum + trades, 0),
        firstTradeId: parts[0]?.firstTradeId,
        lastTradeId: parts.at(-1)?.lastTradeId,
      })
      expect((candle?.volume ?? 0) / parts.reduce((sum, { volume }) => sum + volume, 0)).toBeCloseTo(1, 9)
      expect((candle?.quoteVolume ?? 0) / parts.reduce((sum, part) => sum + part.quoteVolume, 0)).toBeCloseTo(1, 9)
    }
  })

  it('lets candles follow each other without gaps in time, trade ids or price', () => {
    const rows = candles(market(), 'BTCUSDT', MINUTE, START - DAY, START)
    expect(rows).toHaveLength(1_440)
    rows.slice(1).forEach((row, i) => {
      const before = rows[i]
      expect(row.openTime).toBe((before?.openTime ?? 0) + MINUTE)
      expect(row.firstTradeId).toBe((before?.lastTradeId ?? 0) + 1)
      expect(Math.abs(row.open / (before?.close ?? 0) - 1)).toBeLessThan(0.0005)
      expect(row.high).toBeGreaterThanOrEqual(Math.max(row.open, row.close))
      expect(row.low).toBeLessThanOrEqual(Math.min(row.open, row.close))
    })
  })

  it('ends with the open candle and begins no earlier than 2020', () => {
    const running = market()
    const last = candles(running, 'BTCUSDT', HOUR, START - 2 * HOUR, START + DAY).at(-1)
    expect(last?.openTime).toBe(Date.UTC(2026, 10, 21, 10))
    expect(candles(running, 'BTCUSDT', DAY, 0, Date.UTC(2020, 0, 3)).map(({ openTime }) => openTime)).toEqual([
      Date.UTC(2020, 0, 1),
      Date.UTC(2020, 0, 2),
    ])
  })

  it('tells 24 hour figures that are those of the candles', () => {
    const running = market()
    running.advanceTo(START + 10_000, () => {})
    const rows = candles(running, 'XRPUSDT', MINUTE, Math.floor(START / MINUTE) * MINUTE - DAY, START + DAY)
    const ticker = running.view('one').ticker('XRPUSDT')
    expect(ticker.open24h).toBe(rows[0]?.open)
    expect(ticker.high24h).toBe(Math.max(...rows.map(({ high }) => high)))
    expect(ticker.low24h).toBe(Math.min(...rows.map(({ low }) => low)))
    expect(ticker.trades24h).toBe(rows.reduce((sum, { trades }) => sum + trades, 0))
    expect(ticker.lastPrice).toBe(rows.at(-1)?.close)
  })

  it('moves its assets together', () => {
    const running = market()
    const daily = (symbol: string) => returnsOf(candles(running, symbol, DAY, START - 150 * DAY, START - DAY))
    const bitcoin = daily('BTCUSDT')
    for (const symbol of ['ETHUSDT', 'DOGEUSDT']) {
      const together = correlation(bitcoin, daily(symbol))
      expect(together).toBeGreaterThan(0.4)
      expect(together).toBeLessThan(0.98)
    }
  })

  it('shows on the books the arbitrage that it planted, for as long as it said', () => {
    const running = wholeMarket()
    const moments = running.arbitrage(START, START + 60_000)
    expect(moments.length).toBeGreaterThan(0)
    const seen = new Map(moments.map((moment) => [moment, 0]))
    // The first step moves the books.
    const isOpen = (moment: ArbitrageMoment) => running.now > moment.from && running.now < moment.to
    advance(running, START + 70_000, () => {
      for (const moment of moments.filter(isOpen)) {
        expect(edgeBps(running, moment)).toBeGreaterThan(21)
        seen.set(moment, (seen.get(moment) ?? 0) + 1)
      }
    })
    for (const [moment, steps] of seen) expect(steps).toBe((moment.to - moment.from) / 20 - 1)
  })

  it('liquidates somebody every few seconds, in a trade that happened', () => {
    const running = wholeMarket()
    let count = 0
    running.advanceTo(START + 60_000, () => {
      for (const { exchange, symbol } of running.instruments) {
        const { liquidations, trades } = running.live(exchange, symbol)
        for (const { liquidated, price, quantity, bankruptcyPrice } of liquidations) {
          count += 1
          const side = liquidated === 'long' ? 'sell' : 'buy'
          expect(trades).toContainEqual(expect.objectContaining({ price, quantity, side }))
          expect(bankruptcyPrice < price).toBe(liquidated === 'long')
        }
      }
    })
    expect(count).toBeGreaterThan(8)
    expect(count).toBeLessThan(30)
  })

  it('settles funding at the rate that it estimated last', () => {
    const settlement = Date.UTC(2026, 10, 21, 16)
    const before = market(42, settlement - 20)
      .view('one')
      .ticker('BTCUSDT')
    expect(before.nextFundingTime).toBe(settlement)
    const after = market(42, settlement + 1_000).view('one')
    const [row] = after.fundingHistory('BTCUSDT', settlement, settlement + 1)
    expect(row?.rate).toBeCloseTo(before.fundingRate, 7)
    expect(after.ticker('BTCUSDT').nextFundingTime).toBe(settlement + 8 * HOUR)
    expect(after.fundingHistory('BTCUSDT', settlement - 3 * DAY, settlement + DAY)).toHaveLength(10)
    expect(new Set(after.listings.map(({ symbol }) => after.ticker(symbol).fundingIntervalHours))).toEqual(new Set([8, 4, 1]))
  })

  it('opens new books with later ids after a leap in time', () => {
    const running = market()
    const { lastId } = running.live('one', 'BTCUSDT').book
    running.advanceTo(START + DAY, () => {})
    expect(running.live('one', 'BTCUSDT').book.lastId).toBeGreaterThan(lastId)
    expect(running.now).toBe(Math.floor((START + DAY) / 20) * 20)
    expect(running.book('one', 'BTCUSDT', lastId)).toBeUndefined()
  })
})
