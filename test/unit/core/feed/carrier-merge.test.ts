import { describe, expect, it } from 'vitest'
import { exchange as binance } from '../../../../src/core/exchanges/binance/index.js'
import { exchange as bybit } from '../../../../src/core/exchanges/bybit/index.js'
import type { Exchange } from '../../../../src/core/exchanges/contract.js'
import { Pipeline } from '../../../../src/core/feed/pipeline.js'
import { DEFAULT_LIMITS } from '../../../../src/core/feed/validation.js'
import type { MarketEvent } from '../../../../src/core/market/event.js'
import { bookText } from '../../../support/feed.js'

const START = Date.UTC(2026, 10, 21, 10) * 1000

function pipelineOf(exchange: Exchange, events: MarketEvent[]): Pipeline {
  return new Pipeline(exchange, {
    publish: (event) => events.push(event),
    changed: () => undefined,
    cure: () => undefined,
    control: () => undefined,
    cover: () => undefined,
    unknown: () => undefined,
    limits: DEFAULT_LIMITS,
  })
}

/** Two connections with the book of one instrument; each message is a millisecond after the one before. */
function twoConnections() {
  const events: MarketEvent[] = []
  const pipeline = pipelineOf(bybit, events)
  let stamp = START
  for (const connection of [1, 2]) {
    pipeline.subscribed(stamp, 'book', 'BTCUSDT', connection)
    pipeline.opened(connection, stamp, 'ws://x')
  }
  /** `lateMs`: how long it was under way. */
  const send = (connection: number, type: 'snapshot' | 'delta', u: number, seq: number, bid: string, lateMs = 0) => {
    stamp += 1_000
    const data = { s: 'BTCUSDT', b: [['100', bid]], a: type === 'snapshot' ? [['101', '1']] : [], u, seq }
    const ts = stamp / 1000 - lateMs
    pipeline.frame(connection, stamp, Buffer.from(JSON.stringify({ topic: 'orderbook.50.BTCUSDT', type, ts, data, cts: ts })))
  }
  return {
    send,
    pipeline,
    pass: (ms: number) => {
      stamp += ms * 1000
      pipeline.rest(stamp, 'http://x/nothing', 200, '{}')
    },
    book: () => bookText(pipeline.state('BTCUSDT')),
    gaps: () => events.filter(({ type }) => type === 'gap'),
    synced: () => events.filter((event) => event.type === 'status' && event.status === 'synced').length,
  }
}

describe('a book that two connections carry', () => {
  it('begins anew with the exchange, once, though one connection still tells of before', () => {
    const { send, book, gaps } = twoConnections()
    send(1, 'snapshot', 500, 9_000, '1')
    send(2, 'snapshot', 500, 9_000, '1')
    send(1, 'delta', 501, 9_010, '2')
    send(2, 'delta', 501, 9_010, '2')
    // The service starts again: connection 1 hears of it first.
    send(1, 'snapshot', 1, 9_030, '7')
    expect(book()).toBe('1 100,7 | 101,1')
    send(2, 'delta', 502, 9_020, '3')
    send(1, 'delta', 2, 9_040, '8')
    send(2, 'snapshot', 1, 9_030, '7')
    expect(book()).toBe('2 100,8 | 101,1')
    send(2, 'delta', 2, 9_040, '8')
    send(2, 'delta', 3, 9_050, '9')
    expect(book()).toBe('3 100,9 | 101,1')
    expect(gaps()).toEqual([])
  })

  it('keeps what it has when the second connection begins with a snapshot of before, or one ahead', () => {
    const { send, book, gaps, synced } = twoConnections()
    send(1, 'snapshot', 500, 9_000, '1')
    send(1, 'delta', 501, 9_010, '2')
    send(2, 'snapshot', 500, 9_000, '1')
    expect(book()).toBe('501 100,2 | 101,1')
    send(2, 'snapshot', 503, 9_030, '4')
    expect(book()).toBe('501 100,2 | 101,1')
    send(1, 'delta', 502, 9_020, '3')
    send(1, 'delta', 503, 9_030, '4')
    expect(book()).toBe('503 100,4 | 101,1')
    expect(gaps()).toEqual([])
    expect(synced()).toBe(1)
  })

  it('waits for what one lost until the other has passed it, or half a second is over by the records', () => {
    const { send, book, gaps, pipeline, pass } = twoConnections()
    for (const connection of [1, 2]) send(connection, 'snapshot', 500, 9_000, '1')
    send(1, 'delta', 502, 9_020, '3')
    expect(pipeline.isWaiting('book', 'BTCUSDT')).toBe(true)
    pass(499)
    expect([book(), gaps()]).toEqual(['500 100,1 | 101,1', []])
    pass(1)
    expect(book()).toBeUndefined()
    expect(gaps()).toMatchObject([{ lastId: 500, nextId: 502 }])
    expect(pipeline.isWaiting('book', 'BTCUSDT')).toBe(false)
  })

  it('does not wait for a connection that is down', () => {
    const { send, gaps, pipeline } = twoConnections()
    for (const connection of [1, 2]) send(connection, 'snapshot', 500, 9_000, '1')
    pipeline.closed(2, START + 50_000, 'cut')
    send(1, 'delta', 502, 9_020, '3')
    expect(gaps()).toMatchObject([{ lastId: 500, nextId: 502 }])
  })

  it('waits for one that is late for as long as it is late, and while its ids come nearer', () => {
    const { send, book, gaps, pass, pipeline } = twoConnections()
    send(1, 'snapshot', 499, 8_990, '0', 3_000)
    send(1, 'delta', 500, 9_000, '1', 3_000)
    // The second one begins ahead: what lies between is under way on the first.
    send(2, 'snapshot', 505, 9_050, '6')
    pass(3_400)
    expect(gaps()).toEqual([])
    for (const u of [501, 502, 503]) {
      send(1, 'delta', u, 9_000 + (u - 500) * 10, String(u - 499), 20_000)
      pass(450)
      expect([book()?.slice(0, 3), gaps()]).toEqual([String(u), []])
    }
    send(1, 'delta', 504, 9_040, '5', 20_000)
    expect(book()).toBe('504 100,5 | 101,1')
    send(1, 'delta', 505, 9_050, '6', 20_000)
    expect([book(), gaps(), pipeline.isWaiting('book', 'BTCUSDT')]).toEqual(['505 100,6 | 101,1', [], false])
  })

  it('does not wait for ever for one that is said to be late', () => {
    const { send, gaps, pass } = twoConnections()
    send(1, 'snapshot', 500, 9_000, '1', 60_000)
    send(2, 'snapshot', 500, 9_000, '1')
    send(2, 'delta', 502, 9_020, '3')
    pass(5_499)
    expect(gaps()).toEqual([])
    pass(1)
    expect(gaps()).toMatchObject([{ lastId: 500, nextId: 502 }])
  })
})

describe('trades that two connections carry', () => {
  it('are told once each, also one that comes after its hole was told', () => {
    const events: MarketEvent[] = []
    const pipeline = pipelineOf(binance, events)
    let stamp = START
    for (const connection of [1, 2]) {
      pipeline.subscribed(stamp, 'trades', 'BTCUSDT', connection)
      pipeline.opened(connection, stamp, 'ws://x')
    }
    const send = (connection: number, a: number) => {
      stamp += 1_000
      const data = { e: 'aggTrade', E: stamp / 1000, a, s: 'BTCUSDT', p: '1', q: '1', f: a, l: a, T: stamp / 1000, m: true }
      pipeline.frame(connection, stamp, Buffer.from(JSON.stringify({ stream: 'btcusdt@aggTrade', data })))
    }
    const trades = () => events.flatMap((event) => (event.type === 'trade' ? [event.tradeId] : []))
    for (const id of [10, 12]) send(1, id)
    stamp += 501_000
    pipeline.rest(stamp, 'http://x/nothing', 200, '{}')
    expect(trades()).toEqual(['10', '12'])
    for (const id of [10, 11, 12]) send(2, id)
    send(1, 13)
    expect(trades()).toEqual(['10', '12', '11', '13'])
    expect(events.filter(({ type }) => type === 'gap')).toMatchObject([{ lastId: 10, nextId: 12 }])
  })
})
