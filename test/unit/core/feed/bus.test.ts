import { describe, expect, it } from 'vitest'
import { Bus, type Consumer, type SlowPolicy } from '../../../../src/core/feed/bus.js'
import type { MarketEvent } from '../../../../src/core/market/event.js'

const BASE = { exchange: 'binance', symbol: 'BTCUSDT', pair: 'BTC/USDT:USDT', timestamp: 1, receivedAt: 1 }

function trade(tradeId: string, over: Partial<typeof BASE> = {}): MarketEvent {
  return { type: 'trade', ...BASE, ...over, tradeId, price: 1, quantity: 1, side: 'buy', isBlock: false, quality: '' }
}

function book(sequence: number, over: Partial<typeof BASE> = {}): MarketEvent {
  return { type: 'book', ...BASE, ...over, sequence, bids: [[1, 1]], asks: [[2, 1]], quality: '' }
}

function nameOf(event: MarketEvent): string {
  if (event.type === 'trade') return `trade ${event.tradeId}`
  if (event.type === 'book') return `book ${event.symbol} ${event.sequence}`
  return event.type === 'lag' ? `lag ${event.lost}` : event.type
}

/** A consumer that takes one event and then nothing more until it is let go. */
function slowConsumer(policy: SlowPolicy, maxBytes: number, filter: Consumer['filter'] = {}) {
  const got: string[] = []
  const errors: unknown[] = []
  let release = () => {}
  const gate = new Promise<void>((resolve) => {
    release = resolve
  })
  const consumer: Consumer = {
    name: 'slow',
    filter,
    policy,
    maxBytes,
    handle: (event) => {
      got.push(nameOf(event))
      return gate
    },
    onError: (error) => errors.push(error),
  }
  return { got, errors, release, consumer }
}

describe('the bus', () => {
  it('hands events to whom they concern, at once and in order', () => {
    const bus = new Bus()
    const got: string[] = []
    const filter = { types: new Set(['trade'] as const), exchanges: new Set(['bybit']), symbols: new Set(['ETHUSDT']) }
    bus.subscribe({
      name: 'x',
      filter,
      policy: 'wait',
      maxBytes: 1,
      handle: (event) => void got.push(nameOf(event)),
      onError: () => {},
    })
    bus.publish(trade('other exchange', { symbol: 'ETHUSDT' }))
    bus.publish(trade('other symbol', { exchange: 'bybit' }))
    bus.publish(book(1, { exchange: 'bybit', symbol: 'ETHUSDT' }))
    bus.publish(trade('1', { exchange: 'bybit', symbol: 'ETHUSDT' }))
    bus.publish(trade('2', { exchange: 'bybit', symbol: 'ETHUSDT' }))
    expect(got).toEqual(['trade 1', 'trade 2'])
  })

  it('drops the oldest for a slow one, counts them, and tells so where they are missing', async () => {
    const bus = new Bus()
    const { got, release, consumer } = slowConsumer('drop-oldest', 1_200)
    const subscription = bus.subscribe(consumer)
    for (let i = 0; i < 10; i++) bus.publish(trade(String(i)))
    release()
    await subscription.settled()
    expect(got).toEqual(['trade 0', 'lag 6', 'trade 7', 'trade 8', 'trade 9'])
    expect(subscription.stats).toMatchObject({ lost: 6, conflated: 0, waitingBytes: 0 })
  })

  it('tells a loss also when nothing is left behind it', async () => {
    const bus = new Bus()
    const { got, release, consumer } = slowConsumer('drop-oldest', 100)
    const subscription = bus.subscribe(consumer)
    for (let i = 0; i < 3; i++) bus.publish(trade(String(i)))
    release()
    await subscription.settled()
    expect(got).toEqual(['trade 0', 'lag 2'])
  })

  it('keeps only the newest state of each instrument for one who conflates, and every trade', async () => {
    const bus = new Bus()
    const { got, release, consumer } = slowConsumer('conflate', 1 << 20)
    const subscription = bus.subscribe(consumer)
    for (const event of [book(1), book(2), trade('a'), book(1, { symbol: 'ETHUSDT' }), book(3), trade('b')]) bus.publish(event)
    release()
    await subscription.settled()
    expect(got).toEqual(['book BTCUSDT 1', 'book BTCUSDT 3', 'trade a', 'book ETHUSDT 1', 'trade b'])
    expect(subscription.stats).toMatchObject({ conflated: 1, lost: 0 })
  })

  it('bounds a conflating one too: what is no state goes, counted and told', async () => {
    const bus = new Bus()
    const { got, release, consumer } = slowConsumer('conflate', 1_000)
    const subscription = bus.subscribe(consumer)
    for (let i = 0; i < 50; i++) bus.publish(trade(String(i)))
    expect(subscription.stats.waitingBytes).toBeLessThanOrEqual(1_000)
    release()
    await subscription.settled()
    expect(got).toEqual(['trade 0', 'lag 47', 'trade 48', 'trade 49'])
  })

  it('loses nothing for one who must have all, and says when to wait for it', async () => {
    const bus = new Bus()
    const { got, release, consumer } = slowConsumer('wait', 1)
    bus.subscribe(consumer)
    expect(bus.mustWait).toBe(false)
    for (let i = 0; i < 100; i++) bus.publish(trade(String(i)))
    expect(bus.mustWait).toBe(true)
    release()
    await bus.settled()
    expect(bus.mustWait).toBe(false)
    expect(got).toEqual(Array.from({ length: 100 }, (_, i) => `trade ${i}`))
  })

  it('lets no consumer slow, starve or break another', async () => {
    const bus = new Bus()
    const slow = slowConsumer('drop-oldest', 400)
    const failures: unknown[] = []
    const broken = slowConsumer('drop-oldest', 400)
    const got: string[] = []
    bus.subscribe(slow.consumer)
    bus.subscribe({
      ...broken.consumer,
      handle: () => {
        throw new Error('cannot take it')
      },
      onError: (error) => failures.push(error),
    })
    bus.subscribe({ ...slow.consumer, handle: (event) => void got.push(nameOf(event)) })
    for (let i = 0; i < 20; i++) bus.publish(trade(String(i)))
    expect(got.length).toBe(20)
    expect(failures.length).toBe(20)
    slow.release()
    await bus.settled()
    expect(slow.got[0]).toBe('trade 0')
  })

  it('goes on after a promise that was broken', async () => {
    const bus = new Bus()
    const errors: unknown[] = []
    const got: string[] = []
    const subscription = bus.subscribe({
      name: 'x',
      filter: {},
      policy: 'wait',
      maxBytes: 1,
      handle: async (event) => {
        got.push(nameOf(event))
        if (got.length === 1) throw new Error('first one fails')
      },
      onError: (error) => errors.push(error),
    })
    bus.publish(trade('1'))
    bus.publish(trade('2'))
    await subscription.settled()
    expect([got, errors.length]).toEqual([['trade 1', 'trade 2'], 1])
  })

  it('gives nothing more to one who has left', () => {
    const bus = new Bus()
    const got: string[] = []
    const subscription = bus.subscribe({
      name: 'x',
      filter: {},
      policy: 'wait',
      maxBytes: 1,
      handle: (event) => void got.push(nameOf(event)),
      onError: () => {},
    })
    bus.publish(trade('1'))
    subscription.unsubscribe()
    bus.publish(trade('2'))
    expect(got).toEqual(['trade 1'])
    expect(bus.stats).toEqual([])
  })
})
