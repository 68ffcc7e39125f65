import { describe, expect, it } from 'vitest'
import { exchange as bybit } from '../../../../src/core/exchanges/bybit/index.js'
import { Outputs } from '../../../../src/core/feed/outputs.js'
import { Pipeline } from '../../../../src/core/feed/pipeline.js'
import { DEFAULT_LIMITS } from '../../../../src/core/feed/validation.js'
import type { BookEvent, MarketEvent } from '../../../../src/core/market/event.js'
import { collect } from '../../../support/feed.js'

const START = Date.UTC(2026, 10, 21)

/** A bybit pipeline with one sampler; frames come at ms after the start. */
function setUp(intervalMs: number, depth = 5) {
  const outputs = new Outputs()
  const events: MarketEvent[] = []
  collect(outputs, (event) => {
    if (event.type !== 'status') events.push(event)
  })
  outputs.sample({ intervalMs, depth, limits: DEFAULT_LIMITS })
  const pipeline = new Pipeline(bybit, {
    publish: (event) => outputs.publish(event),
    changed: (state, kind) => outputs.changed(state, kind),
    cover: () => undefined,
    cure: () => undefined,
    control: () => undefined,
    unknown: () => undefined,
    limits: DEFAULT_LIMITS,
  })
  let updateId = 0
  const frame = (ms: number, message: object) => {
    outputs.advance(START + ms)
    pipeline.frame(1, (START + ms) * 1000, Buffer.from(JSON.stringify(message)))
  }
  const lose = (ms: number) => {
    outputs.advance(START + ms)
    pipeline.closed(1, (START + ms) * 1000, 'code 1006')
  }
  const book = (ms: number, type: 'snapshot' | 'delta', bids: [string, string][], asks: [string, string][], skip = 0) => {
    updateId += 1 + skip
    const data = { s: 'BTCUSDT', b: bids, a: asks, u: updateId, seq: updateId }
    frame(ms, { topic: 'orderbook.50.BTCUSDT', type, ts: START + ms, data, cts: START + ms })
  }
  return { outputs, events, book, frame, lose, books: () => events.filter((event): event is BookEvent => event.type === 'book') }
}

const BID: [string, string][] = [['100', '1']]
const ASK: [string, string][] = [['101', '1']]

describe('samples of books', () => {
  it('come once for each interval in which something changed, at multiples of it since the epoch', () => {
    const { outputs, book, books } = setUp(1_000)
    book(100, 'snapshot', BID, ASK)
    book(400, 'delta', [['100', '2']], [])
    book(999, 'delta', [['100', '3']], [])
    expect(books()).toEqual([])
    book(1_000, 'delta', [['100', '4']], [])
    expect(books().map(({ sequence, receivedAt }) => [sequence, receivedAt - START])).toEqual([[3, 999]])
    outputs.advance(START + 5_000)
    outputs.advance(START + 6_000)
    expect(books().map(({ sequence }) => sequence)).toEqual([3, 4])
    outputs.flush()
    expect(books().length).toBe(2)
  })

  it('carry the flag stale when, at the time that they were due, nothing had come for longer than the rule', () => {
    const { outputs, book, books } = setUp(60_000)
    book(49_000, 'snapshot', BID, ASK)
    outputs.advance(START + 60_000)
    book(119_000, 'delta', [['100', '2']], [])
    // A replay takes the sample late, because silence makes no record: that makes nothing stale.
    outputs.advance(START + 300_000)
    expect(books().map(({ quality }) => quality)).toEqual(['stale', ''])
  })

  it('come for every change where the interval is zero', () => {
    const { book, books } = setUp(0)
    book(1, 'snapshot', BID, ASK)
    for (let i = 0; i < 4; i++) book(2 + i, 'delta', [['100', String(i + 2)]], [])
    expect(books().map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5])
  })

  it('show the best levels to the depth asked for, with the spread beside them', () => {
    const { outputs, book, books, events } = setUp(1_000, 2)
    book(
      1,
      'snapshot',
      [
        ['98', '3'],
        ['100', '1'],
        ['99', '2'],
      ],
      [
        ['101', '1'],
        ['102', '2'],
        ['103', '3'],
      ],
    )
    outputs.flush()
    expect(books()[0]).toMatchObject({
      bids: [
        [100, 1],
        [99, 2],
      ],
      asks: [
        [101, 1],
        [102, 2],
      ],
      timestamp: START + 1,
      quality: '',
    })
    expect(events.find(({ type }) => type === 'spread')).toMatchObject({
      midPrice: 100.5,
      spreadAbsolute: 1,
      spreadBps: (1 / 100.5) * 10_000,
    })
  })

  it('of tickers, funding and open interest too say what was lost and what time was impossible, once', () => {
    const { outputs, events, frame, lose } = setUp(1_000)
    const ticker = (ms: number, lastPrice: string, skew = 0) => {
      const data = { symbol: 'BTCUSDT', lastPrice, fundingRate: `0.0${lastPrice}`, openInterest: lastPrice }
      frame(ms, { topic: 'tickers.BTCUSDT', type: 'snapshot', cs: ms, ts: START + ms + skew, data })
    }
    ticker(100, '1')
    lose(1_100)
    ticker(1_700, '2')
    ticker(2_100, '3')
    ticker(3_100, '4', 600_000)
    outputs.advance(START + 5_000)
    for (const type of ['ticker', 'funding', 'open_interest']) {
      const own = events.filter((event) => event.type === type)
      expect([type, ...own.map((event) => 'quality' in event && event.quality)]).toEqual([type, '', 'gap', '', 'clock'])
    }
  })

  it('are not taken of a book that cannot be read', () => {
    const { outputs, book, books } = setUp(1_000)
    book(100, 'snapshot', BID, ASK)
    book(200, 'delta', [['100', '2']], [], 1)
    outputs.advance(START + 1_000)
    expect(books()).toEqual([])
  })

  it('say what has happened to the book since the one before: gap, resync, crossed', () => {
    const { outputs, book, books } = setUp(1_000)
    const qualities = () => books().map(({ quality }) => quality)
    book(100, 'snapshot', BID, ASK)
    outputs.advance(START + 1_000)
    book(1_100, 'delta', [['100', '2']], [], 3)
    book(1_200, 'snapshot', BID, ASK)
    outputs.advance(START + 2_000)
    book(2_100, 'delta', [['100', '2']], [])
    outputs.advance(START + 3_000)
    book(3_100, 'delta', [['102', '2']], [])
    book(3_200, 'snapshot', BID, ASK)
    outputs.advance(START + 4_000)
    book(4_100, 'delta', [['100', '2']], [])
    book(4_200, 'snapshot', BID, ASK)
    outputs.advance(START + 5_000)
    expect(qualities()).toEqual(['', 'gap,resync', '', 'resync,crossed', 'resync'])
  })

  it('flag a spread that no market has, and a mid far from the recent ones', () => {
    const { outputs, book, books } = setUp(1_000)
    for (let i = 0; i < 40; i++) {
      book(i * 1_000, 'snapshot', BID, ASK)
      outputs.advance(START + i * 1_000 + 999)
    }
    book(40_000, 'snapshot', [['60', '1']], ASK)
    book(41_000, 'snapshot', [['200', '1']], [['201', '1']])
    book(42_000, 'snapshot', BID, ASK)
    outputs.flush()
    expect(books().map(({ quality }) => quality.includes('outlier'))).toEqual([
      ...Array.from({ length: 40 }, () => false),
      true,
      true,
      false,
    ])
  })
})

describe('samples of what is told in parts', () => {
  // Bybit counts both sides of open interest; mts counts one.
  it('are whole: what a change leaves out stays as it was', () => {
    const { outputs, frame, events } = setUp(1_000)
    const ticker = (ms: number, type: string, data: object) =>
      frame(ms, { topic: 'tickers.BTCUSDT', type, ts: START + ms, cs: 1, data: { symbol: 'BTCUSDT', ...data } })
    ticker(1, 'snapshot', {
      lastPrice: '100',
      bid1Price: '99',
      bid1Size: '1',
      ask1Price: '101',
      ask1Size: '2',
      fundingRate: '0.0001',
      nextFundingTime: String(START),
      openInterest: '7',
      openInterestValue: '700',
    })
    ticker(2, 'delta', { lastPrice: '100.5', openInterest: '8' })
    outputs.flush()
    expect(events.find(({ type }) => type === 'ticker')).toMatchObject({
      lastPrice: 100.5,
      bidPrice: 99,
      askQuantity: 2,
      markPrice: null,
    })
    expect(events.find(({ type }) => type === 'funding')).toMatchObject({ kind: 'estimated', fundingRate: 0.0001 })
    expect(events.find(({ type }) => type === 'open_interest')).toMatchObject({ openInterest: 4 })
    expect(events.length).toBe(3)
  })
})
