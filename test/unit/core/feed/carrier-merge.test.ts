import { describe, expect, it } from 'vitest'
import { exchange as bybit } from '../../../../src/core/exchanges/bybit/index.js'
import { Pipeline } from '../../../../src/core/feed/pipeline.js'
import { DEFAULT_LIMITS } from '../../../../src/core/feed/validation.js'
import type { MarketEvent } from '../../../../src/core/market/event.js'
import { bookText } from '../../../support/feed.js'

const START = Date.UTC(2026, 10, 21, 10) * 1000

/** Two connections with the book of one instrument; each message is a millisecond after the one before. */
function twoConnections() {
  const events: MarketEvent[] = []
  const pipeline = new Pipeline(bybit, {
    publish: (event) => events.push(event),
    changed: () => undefined,
    cure: () => undefined,
    control: () => undefined,
    cover: () => undefined,
    unknown: () => undefined,
    limits: DEFAULT_LIMITS,
  })
  let stamp = START
  for (const connection of [1, 2]) {
    pipeline.subscribed(stamp, 'book', 'BTCUSDT', connection)
    pipeline.opened(connection, stamp, 'ws://x')
  }
  const send = (connection: number, type: 'snapshot' | 'delta', u: number, seq: number, bid: string) => {
    stamp += 1_000
    const data = { s: 'BTCUSDT', b: [['100', bid]], a: type === 'snapshot' ? [['101', '1']] : [], u, seq }
    const ts = stamp / 1000
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
})
