import { describe, expect, it } from 'vitest'
import { exchange as binance } from '../../../../src/core/exchanges/binance/index.js'
import { exchange as spot } from '../../../../src/core/exchanges/binance-spot/index.js'
import { exchange as bybit } from '../../../../src/core/exchanges/bybit/index.js'
import type { Exchange, Subscription } from '../../../../src/core/exchanges/contract.js'
import { placeTopics, topicsBySocket } from '../../../../src/core/feed/placement.js'
import { planExchange } from '../../../../src/core/feed/plan.js'
import type { Channel } from '../../../../src/core/market/event.js'

function subscriptions(count: number, ...channels: Channel[]): Subscription[] {
  const symbols = Array.from({ length: count }, (_, i) => `COIN${i}USDT`)
  return symbols.flatMap((symbol) => channels.map((channel) => ({ channel, symbol })))
}

describe('the plan of connections', () => {
  it.each([
    [binance, 450],
    [bybit, 1_000],
    [spot, 450],
  ])('keeps within the limits of every connection and message, and misses nothing: $0.id', (exchange, count) => {
    const wanted = subscriptions(count, 'book', 'trades')
    const { connections } = planExchange(exchange, wanted)
    const topics = connections.flatMap((connection) => connection.topics)
    expect([...new Set(topics)].sort()).toEqual([...topicsBySocket(exchange, wanted).values()].flat().sort())
    expect(topics.length).toBe(new Set(topics).size)
    expect(connections.length).toBeGreaterThan(1)
    const { topicsPerConnection, charactersPerConnection = Number.POSITIVE_INFINITY, topicsPerMessage } = exchange.sockets
    for (const connection of connections) {
      expect(connection.topics.length).toBeLessThanOrEqual(topicsPerConnection)
      expect(connection.topics.join('').length).toBeLessThanOrEqual(charactersPerConnection)
      expect(connection.messages).toHaveLength(Math.ceil(connection.topics.length / topicsPerMessage))
    }
  })

  it("puts binance's books and trades on sockets of different classes", () => {
    const { connections } = planExchange(binance, subscriptions(1, 'book', 'trades', 'funding'))
    expect(connections.map(({ socket, topics }) => [socket, topics.length])).toEqual([
      ['public', 1],
      ['market', 2],
    ])
  })

  it('asks once for what several channels share, and for nothing that is polled', () => {
    const shared = planExchange(bybit, subscriptions(1, 'ticker', 'funding', 'open-interest'))
    expect(shared.connections.map(({ topics }) => topics)).toEqual([['tickers.COIN0USDT']])
    const polled = planExchange(binance, subscriptions(3, 'open-interest'))
    expect([polled.connections, polled.pollsPerMinute]).toEqual([[], 12])
  })

  it('counts the snapshots and their weight, and how long the budget makes them last', () => {
    const few = planExchange(binance, subscriptions(2, 'book'))
    expect([few.snapshots, few.snapshotWeight]).toEqual([2, 40])
    expect(few.secondsToBooks).toBeLessThan(2)
    // 2 160 of 2 400 a minute may be used, 20 for each: the last of 300 comes in the third minute.
    const many = planExchange(binance, subscriptions(300, 'book'))
    expect([many.snapshots, many.snapshotWeight]).toEqual([300, 6_000])
    expect(many.secondsToBooks).toBeGreaterThan(120)
    expect(many.secondsToBooks).toBeLessThan(180)
    const pushed = planExchange(bybit, subscriptions(300, 'book'))
    expect([pushed.snapshots, pushed.snapshotWeight]).toEqual([0, 0])
    // 30 messages of ten topics, five a second.
    expect(pushed.secondsToBooks).toBeCloseTo(6.5, 5)
  })

  it('takes longer with less of the budget', () => {
    const wanted = subscriptions(300, 'book')
    const minutes = (budgetShare: number) => Math.floor(planExchange(binance, wanted, { budgetShare }).secondsToBooks / 60)
    expect([minutes(0.9), minutes(0.5)]).toEqual([2, 4])
  })

  it('is empty for nothing', () => {
    expect(planExchange(binance, [])).toMatchObject({ connections: [], snapshots: 0, snapshotWeight: 0, pollsPerMinute: 0 })
  })
})

describe('topics that are added while others run', () => {
  const small: Exchange = { ...bybit, sockets: { ...bybit.sockets, topicsPerConnection: 3 } }
  const slot = (socketClass: string, ...topics: string[]) => ({ socketClass, topics: new Set(topics) })

  it('fill up what runs before a new connection is opened, and leave alone what runs already', () => {
    const placed = placeTopics(
      small,
      [slot('linear', 'a', 'b'), slot('linear', 'c', 'd', 'e')],
      new Map([['linear', ['b', 'f', 'g', 'h']]]),
    )
    expect(placed).toEqual([
      { index: 0, socketClass: 'linear', copy: 1, topics: ['f'] },
      { index: 2, socketClass: 'linear', copy: 1, topics: ['g', 'h'] },
    ])
  })

  it('keep within the characters that a connection may carry', () => {
    const narrow: Exchange = { ...bybit, sockets: { ...bybit.sockets, charactersPerConnection: 10 } }
    const placed = placeTopics(narrow, [slot('linear', 'seven77')], new Map([['linear', ['four', 'abc', 'sixsix']]]))
    expect(placed.map(({ index, topics }) => [index, topics])).toEqual([
      [0, ['abc']],
      [1, ['four', 'sixsix']],
    ])
  })

  it('do not go to a socket of another class, however empty', () => {
    expect(placeTopics(small, [slot('market')], new Map([['public', ['x']]]))).toEqual([
      { index: 1, socketClass: 'public', copy: 1, topics: ['x'] },
    ])
  })
})
