import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exchange as binance } from '../../src/core/exchanges/binance/index.js'
import { exchange as bybit } from '../../src/core/exchanges/bybit/index.js'
import {
  type Cut,
  type Fate,
  LONGEST_WAY_MS,
  type Play,
  play,
  type Run,
  type Sent,
  timeOf,
  told,
  type Way,
} from '../support/carriers.js'
import { ExchangeEngine, type Message } from '../support/exchange-engine.js'
import { plainUpdate } from '../support/frame-recorder.js'

const MESSAGES = 60
/** What both connections bring before anything is lost: the book is readable then. */
const WHOLE = 20
const SYMBOL = 'BTCUSDT'

type Levels = readonly (readonly [number, number])[]

function texts(levels: Levels): string[][] {
  return levels.map(([price, quantity]) => [String(price), String(quantity)])
}

/** Prices wander up and down one step; every fourth message is a trade or something else instead of a change of the book. */
function changes(engine: ExchangeEngine, i: number): Message {
  const quantity = 1 + ((i * 7) % 5)
  return engine.change([
    { isBid: true, price: 100 - (i % 6), quantity, skip: i % 3 },
    { isBid: false, price: 101 + (i % 5), quantity, skip: 0 },
  ])
}

function binanceFeed(): Play {
  const engine = new ExchangeEngine(binance.book)
  let snapshot = ''
  const sent = Array.from({ length: MESSAGES }, (_, i): Sent => {
    const time = timeOf(i)
    const wrap = (stream: string, data: object) => ({ frame: JSON.stringify({ stream: `btcusdt@${stream}`, data }) })
    if (i % 4 === 1) {
      const data = {
        e: 'aggTrade',
        E: time,
        a: 500 + (i - 1) / 4,
        s: SYMBOL,
        p: '100.5',
        q: String(i),
        f: i,
        l: i,
        T: time,
        m: true,
      }
      return wrap('aggTrade', data)
    }
    if (i % 4 === 3) {
      const k = { t: timeOf(0), s: SYMBOL, i: '1m', o: '1', h: '2', l: '1', c: String(i), v: String(i), q: '1', n: i, x: false }
      return i % 8 === 3
        ? wrap('kline_1m', { e: 'kline', E: time, s: SYMBOL, k })
        : wrap('markPrice@1s', {
            e: 'markPriceUpdate',
            E: time,
            s: SYMBOL,
            p: String(i),
            i: '1',
            P: '1',
            r: '0.0001',
            T: timeOf(9_000),
          })
    }
    const { update } = changes(engine, i)
    if (i === 4) {
      const { bids, asks } = engine.snapshot(engine.id, 0)
      const plain = plainUpdate(Object.assign(update.clone(), { bids, asks }))
      snapshot = JSON.stringify({ lastUpdateId: engine.id, E: time, T: time, bids: texts(plain.bids), asks: texts(plain.asks) })
    }
    const { bids, asks, firstId, lastId, previousId } = plainUpdate(update)
    const ids = { e: 'depthUpdate', E: time, T: time, s: SYMBOL, U: firstId, u: lastId, pu: previousId }
    return wrap('depth@100ms', { ...ids, b: texts(bids), a: texts(asks) })
  })
  const url = `http://x/fapi/v1/depth?symbol=${SYMBOL}&limit=1000`
  const channels = ['book', 'trades', 'funding', 'candles'] as const
  return { exchange: binance, symbol: SYMBOL, channels, sent, snapshot: { after: 6, url, body: snapshot } }
}

function bybitFeed(): Play {
  const engine = new ExchangeEngine({ ...bybit.book, chain: 'first-id' })
  let count = 9
  const sent = Array.from({ length: MESSAGES }, (_, i): Sent => {
    const ts = timeOf(i)
    if (i % 4 === 1) {
      const data = [{ i: `trade-${i}`, T: ts, p: '100.5', v: String(i), S: 'Buy', s: SYMBOL, BT: false }]
      return { frame: JSON.stringify({ topic: `publicTrade.${SYMBOL}`, type: 'snapshot', ts, data }) }
    }
    if (i % 8 === 3) {
      // Two equal ones are two.
      const data = Array.from({ length: 2 }, () => ({ T: ts, s: SYMBOL, S: 'Buy', v: '1', p: '99' }))
      return { frame: JSON.stringify({ topic: `allLiquidation.${SYMBOL}`, type: 'snapshot', ts, data }) }
    }
    if (i % 8 === 7) {
      const data =
        i % 16 === 7 ? { symbol: SYMBOL, lastPrice: String(i) } : { symbol: SYMBOL, markPrice: String(i), fundingRate: `0.0${i}` }
      return { frame: JSON.stringify({ topic: `tickers.${SYMBOL}`, type: 'delta', data, cs: i, ts }) }
    }
    const { update } = changes(engine, i)
    count += 1
    const frame = (type: string, bids: Levels, asks: Levels) => {
      const data = { s: SYMBOL, b: texts(bids), a: texts(asks), u: count, seq: engine.id }
      return JSON.stringify({ topic: `orderbook.50.${SYMBOL}`, type, ts, data, cts: ts })
    }
    const whole = plainUpdate(engine.snapshot(engine.id, 0))
    const changed = plainUpdate(update)
    return { frame: frame('delta', changed.bids, changed.asks), first: frame('snapshot', whole.bids, whole.asks) }
  })
  return { exchange: bybit, symbol: SYMBOL, channels: ['book', 'trades', 'ticker', 'funding', 'liquidations'], sent }
}

const FEEDS = { binance: binanceFeed(), bybit: bybitFeed() }

const delay = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: LONGEST_WAY_MS }))
const fate = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Fate>('both') },
  { weight: 1, arbitrary: fc.constantFrom<Fate>('only-1', 'only-2') },
)
const ways = fc
  .array(fc.record({ fate, delays: fc.tuple(delay, delay) }), { minLength: MESSAGES, maxLength: MESSAGES })
  .map((all) => all.map((way, i): Way => (i < WHOLE ? { ...way, fate: 'both' } : way)))
const cut = fc.option(
  fc
    .record({
      connection: fc.constantFrom(1 as const, 2 as const),
      from: fc.integer({ min: WHOLE, max: MESSAGES - 6 }),
      length: fc.integer({ min: 1, max: 15 }),
    })
    .map(({ connection, from, length }): Cut => ({ connection, from, to: Math.min(MESSAGES - 3, from + length) })),
  { nil: undefined },
)

/** While one connection is down the other brings everything, and until it is back for sure. */
function during(all: readonly Way[], down: Cut | undefined): Way[] {
  return all.map((way, i) =>
    down !== undefined && i >= down.from && i <= down.to + LONGEST_WAY_MS / 20 + 1 ? { ...way, fate: 'both' } : way,
  )
}

function expectSame(merged: Run, single: Run): void {
  expect(told(merged, 'gap')).toEqual([])
  expect(merged.lastBook).toBe(single.lastBook)
  for (const [sequence, book] of merged.books) expect(book).toBe(single.books.get(sequence) ?? `nothing at ${sequence}`)
  expect(merged.fields).toBe(single.fields)
  expect(told(merged, 'status').filter((text) => text.includes('"synced"'))).toHaveLength(1)
}

describe('two connections with everything', () => {
  it.each(['binance', 'bybit'] as const)('are as good as one that loses nothing, whichever of them loses what: %s', (id) => {
    const feed = FEEDS[id]
    const single = play(feed)
    expect(single.books.size).toBeGreaterThan(20)
    fc.assert(
      fc.property(ways, cut, (all, down) => {
        const merged = play(feed, during(all, down), down)
        expectSame(merged, single)
        if (id === 'binance') expect(told(merged, 'trade')).toEqual(told(single, 'trade'))
        expect(told(merged, 'trade', 'liquidation').sort()).toEqual(told(single, 'trade', 'liquidation').sort())
        const [known, seen] = [new Set(told(single, 'candle')), told(merged, 'candle')]
        expect(new Set(seen).size).toBe(seen.length)
        expect(seen.every((each) => known.has(each))).toBe(true)
        for (const { state, channel } of merged.coverage) expect(`${channel} ${state}`).not.toMatch(/gap|stale|book resync.*resync/)
      }),
      { numRuns: 150 },
    )
  })

  it.each(['binance', 'bybit'] as const)('tell exactly one gap of what both of them lost: %s', (id) => {
    const feed = FEEDS[id]
    const single = play(feed)
    fc.assert(
      fc.property(ways, fc.integer({ min: WHOLE, max: MESSAGES - 10 }), (all, at) => {
        // Without other losses on the way: the one that is lost is not to be confused with them.
        const merged = play(
          feed,
          all.map((way, i) => ({ ...way, fate: i === at ? 'lost' : i > at - 8 ? 'both' : way.fate })),
        )
        const isBook = at % 2 === 0
        const isTrade = id === 'binance' && at % 4 === 1
        const gaps = merged.events.filter(({ type }) => type === 'gap')
        expect(gaps).toHaveLength(isBook || isTrade ? 1 : 0)
        expect(gaps.every((gap) => gap.type === 'gap' && gap.channel === (isBook ? 'book' : 'trades'))).toBe(true)
        for (const [sequence, book] of merged.books) expect(book).toBe(single.books.get(sequence))
      }),
      { numRuns: 100 },
    )
  })
})
