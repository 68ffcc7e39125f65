import { describe, expect, it } from 'vitest'
import type { Exchange } from '../../src/core/exchanges/contract.js'
import type { Gate, OutgoingFrame } from '../../src/core/sandbox/gate.js'
import { openGate } from '../../src/core/sandbox/gate.js'
import { books, exchangesOf, type Live, startLive, TruthCheck } from '../support/live-feed.js'
import { createVirtualNet } from '../support/virtual-net.js'

const EXCHANGES = await exchangesOf('binance', 'binance-spot', 'bybit')

function exchange(id: string): Exchange {
  const found = EXCHANGES.get(id)
  if (found === undefined) throw new Error(`no exchange ${id}`)
  return found
}

function statuses({ events }: Live, exchangeId: string, symbol: string): string[] {
  return events.flatMap((event) =>
    event.type === 'status' && event.exchange === exchangeId && event.symbol === symbol ? [event.status] : [],
  )
}

/** Frames go through until `isBroken` picks one: that one is given to `fault` instead, once. */
function breakOnce(
  isBroken: (frame: OutgoingFrame) => boolean,
  fault: (frame: OutgoingFrame) => void,
): Gate & { isArmed: boolean } {
  const gate: Gate & { isArmed: boolean } = Object.assign(
    (outgoing: Parameters<Gate>[0]) => {
      if (gate.isArmed && outgoing.kind === 'frame' && isBroken(outgoing)) {
        gate.isArmed = false
        fault(outgoing)
      } else openGate(outgoing)
    },
    { isArmed: false },
  )
  return gate
}

describe('the live feed at the simulated exchanges', () => {
  it("shows every exchange's own book at every moment", async () => {
    const live = await startLive()
    const truth = new TruthCheck(live)
    live.feed.add(exchange('binance'), books('BTCUSDT', 'ETHUSDT'))
    live.feed.add(exchange('bybit'), books('BTCUSDT', 'ETHUSDT'))
    live.feed.add(exchange('binance-spot'), books('BTCUSDT'))
    const all = [
      ['binance', 'BTCUSDT'],
      ['binance', 'ETHUSDT'],
      ['bybit', 'BTCUSDT'],
      ['bybit', 'ETHUSDT'],
      ['binance-spot', 'BTCUSDT'],
    ] as const
    await live.until(() => all.every(([id, symbol]) => truth.count(id, symbol) >= 15))
    expect(truth.wrong).toEqual([])
    expect(live.events.filter(({ type }) => type === 'gap')).toEqual([])
    for (const [id, symbol] of all) expect(statuses(live, id, symbol)).toEqual(['synced'])
  })

  it('takes subscriptions and exchanges in and out without touching the others', async () => {
    const live = await startLive()
    const truth = new TruthCheck(live)
    live.feed.add(exchange('binance'), books('BTCUSDT'))
    live.feed.add(exchange('bybit'), books('BTCUSDT'))
    await live.until(() => truth.count('binance', 'BTCUSDT') > 2 && truth.count('bybit', 'BTCUSDT') > 2)
    const connection = live.state('binance', 'BTCUSDT').sync.connection

    live.feed.add(exchange('binance'), [...books('ETHUSDT'), { channel: 'trades', symbol: 'BTCUSDT' }])
    live.feed.add(exchange('binance-spot'), books('BTCUSDT'))
    await live.until(() => truth.count('binance', 'ETHUSDT') > 2 && truth.count('binance-spot', 'BTCUSDT') > 2)
    await live.until(() => live.events.some((event) => event.type === 'trade' && event.exchange === 'binance'))
    live.feed.remove('binance', books('ETHUSDT'))
    live.feed.removeExchange('binance-spot')
    expect(live.state('binance', 'ETHUSDT').sync.book).toBeUndefined()
    expect([...live.feed.exchanges].map((each) => each.exchange.id)).toEqual(['binance', 'bybit'])
    const [removed, kept] = [truth.count('binance', 'ETHUSDT'), truth.count('binance', 'BTCUSDT')]
    await live.until(() => truth.count('binance', 'BTCUSDT') > kept + 5)
    expect(truth.count('binance', 'ETHUSDT')).toBe(removed)

    live.feed.add(exchange('binance'), books('ETHUSDT'))
    await live.until(() => truth.count('binance', 'ETHUSDT') > removed + 3)
    expect(truth.wrong).toEqual([])
    expect(live.events.filter(({ type }) => type === 'gap')).toEqual([])
    expect(statuses(live, 'binance', 'BTCUSDT')).toEqual(['synced'])
    expect(statuses(live, 'bybit', 'BTCUSDT')).toEqual(['synced'])
    expect(live.state('binance', 'BTCUSDT').sync.connection).toBe(connection)
    const cuts = live.events.filter((event) => event.type === 'status' && event.status === 'disconnected')
    expect(cuts.map((event) => event.exchange)).toEqual(['binance-spot'])
  })

  it.each(['binance', 'bybit', 'binance-spot'])(
    'tells a frame that %s lost on the way, and comes right again by itself',
    async (id) => {
      const isBook = ({ topic = '' }: OutgoingFrame) => topic.includes('BTCUSDT') || topic.includes('btcusdt')
      const gate = breakOnce(isBook, () => undefined)
      const live = await startLive({ gate })
      const truth = new TruthCheck(live)
      live.feed.add(exchange(id), books('BTCUSDT', 'ETHUSDT'))
      await live.until(() => truth.count(id, 'BTCUSDT') > 3 && truth.count(id, 'ETHUSDT') > 3)
      gate.isArmed = true
      await live.until(() => live.events.some(({ type }) => type === 'gap'))
      expect(live.state(id, 'BTCUSDT').sync.book).toBeUndefined()
      const seen = truth.count(id, 'BTCUSDT')
      await live.until(() => truth.count(id, 'BTCUSDT') > seen + 3)
      expect(truth.wrong).toEqual([])
      expect(live.events.filter(({ type }) => type === 'gap').map(({ symbol }) => symbol)).toEqual(['BTCUSDT'])
      expect(statuses(live, id, 'BTCUSDT')).toEqual(['synced', 'suspect', 'resyncing', 'synced'])
      expect(statuses(live, id, 'ETHUSDT')).toEqual(['synced'])
    },
  )

  it.each(['binance', 'bybit'])(
    'survives that %s cuts the connection: gap, status, a new connection and the right book',
    async (id) => {
      const gate = breakOnce(
        ({ exchange: from, topic }) => from === id && topic !== undefined,
        ({ peer }) => peer.destroy(),
      )
      const live = await startLive({ gate })
      const truth = new TruthCheck(live)
      const other = id === 'binance' ? 'bybit' : 'binance'
      for (const each of [id, other]) live.feed.add(exchange(each), books('BTCUSDT'))
      await live.until(() => truth.count(id, 'BTCUSDT') > 3 && truth.count(other, 'BTCUSDT') > 3)
      gate.isArmed = true
      await live.until(() => live.events.some((event) => event.type === 'status' && event.status === 'disconnected'))
      expect(live.state(id, 'BTCUSDT').sync.book).toBeUndefined()
      const seen = truth.count(id, 'BTCUSDT')
      await live.until(() => truth.count(id, 'BTCUSDT') > seen + 3)
      const gaps = live.events.filter((event) => event.type === 'gap')
      expect(gaps).toMatchObject([{ exchange: id, symbol: 'BTCUSDT', channel: 'book', nextId: null }])
      expect(truth.wrong).toEqual([])
      expect(statuses(live, id, 'BTCUSDT')).toEqual(['synced', 'synced'])
      expect(statuses(live, other, 'BTCUSDT')).toEqual(['synced'])
    },
  )

  it('does not make a book readable by a snapshot that comes after its connection has gone', async () => {
    let answer: (() => void) | undefined
    let cut: (() => void) | undefined
    const gate: Gate = (outgoing) => {
      if (outgoing.kind === 'frame') cut = () => outgoing.peer.destroy()
      if (outgoing.kind === 'response' && outgoing.path.endsWith('/depth') && answer === undefined)
        answer = () => openGate(outgoing)
      else openGate(outgoing)
    }
    const live = await startLive({ gate, reconnectMs: 200 })
    const readableAfter: (number | undefined)[] = []
    live.feed.add(exchange('binance'), books('BTCUSDT'))
    await live.until(() => answer !== undefined)
    cut?.()
    await live.until(() => live.events.some((event) => event.type === 'status' && event.status === 'disconnected'))
    live.outputs.watch((state, kind) => {
      if (kind === 'book') readableAfter.push(state.sync.connection)
    })
    answer?.()
    await live.until(() => readableAfter.length > 2)
    expect(readableAfter).not.toContain(-1)
  })

  it('polls what binance does not push, at the pace that was asked for', async () => {
    const net = createVirtualNet(Date.UTC(2026, 10, 21, 10, 15))
    const live = await startLive({ pollEveryMs: 100, net })
    live.feed.add(exchange('binance'), [{ channel: 'open-interest', symbol: 'BTCUSDT' }])
    const polled = () => live.state('binance', 'BTCUSDT').statsOf('open-interest').total.messages
    await net.pass(50)
    expect(polled()).toBe(1)
    // What is subscribed to besides does not disturb the pace.
    live.feed.add(exchange('binance'), [...books('BTCUSDT'), { channel: 'trades', symbol: 'BTCUSDT' }])
    await net.pass(1_000)
    expect(polled()).toBe(11)
    expect(live.state('binance', 'BTCUSDT').openInterest.fields.openInterest).toBeGreaterThan(0)
    live.feed.remove('binance', [{ channel: 'open-interest', symbol: 'BTCUSDT' }])
    await net.pass(1_000)
    expect(polled()).toBe(11)
  })

  it('gives each consumer the types, exchanges and symbols that it subscribed to', async () => {
    const live = await startLive()
    const seen = new Map<string, Set<string>>()
    const consumer = (name: string, filter: object) => {
      const kinds = new Set<string>()
      seen.set(name, kinds)
      live.outputs.bus.subscribe({
        name,
        filter,
        policy: 'drop-oldest',
        maxBytes: 1 << 20,
        handle: ({ type, exchange: from, symbol }) => {
          if (symbol !== '') kinds.add(`${type} ${from} ${symbol}`)
        },
        onError: (error) => {
          throw error
        },
      })
    }
    consumer('spreads', { types: new Set(['spread']) })
    consumer('bybit', { exchanges: new Set(['bybit']), types: new Set(['book']) })
    consumer('eth', { symbols: new Set(['ETHUSDT']), types: new Set(['book', 'spread']) })
    consumer('eth again', { symbols: new Set(['ETHUSDT']), types: new Set(['book', 'spread']) })
    for (const id of ['binance', 'bybit']) live.feed.add(exchange(id), books('BTCUSDT', 'ETHUSDT'))
    await live.until(() => seen.get('spreads')?.size === 4)
    await live.until(
      () => new Set(live.events.flatMap((event) => (event.type === 'book' ? [event.exchange + event.symbol] : []))).size === 4,
    )
    const sorted = (name: string) => [...(seen.get(name) ?? [])].sort()
    expect(sorted('spreads')).toEqual(['binance', 'bybit'].flatMap((id) => [`spread ${id} BTCUSDT`, `spread ${id} ETHUSDT`]))
    expect(sorted('bybit')).toEqual(['book bybit BTCUSDT', 'book bybit ETHUSDT'])
    expect(sorted('eth')).toEqual(['book', 'spread'].flatMap((type) => [`${type} binance ETHUSDT`, `${type} bybit ETHUSDT`]))
    expect(sorted('eth again')).toEqual(sorted('eth'))
  })
})
