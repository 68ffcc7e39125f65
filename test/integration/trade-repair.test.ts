import { describe, expect, it } from 'vitest'
import type { Subscription } from '../../src/core/exchanges/contract.js'
import type { StatusEvent, TradeEvent } from '../../src/core/market/event.js'
import { type Gate, openGate } from '../../src/core/sandbox/gate.js'
import { hashOf, replayJournal, temporaryDirectory } from '../support/feed.js'
import { exchangesOf, type Live, startLive } from '../support/live-feed.js'

const EXCHANGES = await exchangesOf('binance', 'binance-spot', 'bybit')

function exchange(id: string) {
  const found = EXCHANGES.get(id)
  if (found === undefined) throw new Error(`no exchange ${id}`)
  return found
}

const TRADES: readonly Subscription[] = [{ channel: 'trades', symbol: 'BTCUSDT' }]

/** Swallows frames with trades while `isDeaf`; `answer` stands in for what REST says of trades. */
function faulty({ answer }: { answer?: () => { status: number; body: string } } = {}) {
  const fault = { isDeaf: false, swallowed: 0, asked: 0 }
  const gate: Gate = (outgoing) => {
    if (outgoing.kind === 'frame' && fault.isDeaf && /trade/i.test(outgoing.topic ?? '')) {
      fault.swallowed += 1
      return
    }
    if (outgoing.kind === 'response' && /trade/i.test(outgoing.path)) {
      fault.asked += 1
      if (answer !== undefined) return outgoing.respond(answer())
    }
    openGate(outgoing)
  }
  return { gate, fault }
}

function trades({ events }: Live): TradeEvent[] {
  return events.filter((event) => event.type === 'trade')
}

function ends({ events }: Live): StatusEvent[] {
  return events.filter((event) => event.type === 'status').filter(({ status }) => /repaired$/.test(status))
}

async function lose(live: Live, fault: { isDeaf: boolean; swallowed: number }): Promise<void> {
  await live.until(() => trades(live).length > 3)
  fault.isDeaf = true
  await live.until(() => fault.swallowed >= 3)
  fault.isDeaf = false
}

describe('trades that were lost on the way', () => {
  it('are fetched by id, marked, told once each and in order, and a replay tells the same', async () => {
    const directory = await temporaryDirectory()
    const { gate, fault } = faulty()
    const live = await startLive({ gate, journal: directory })
    live.feed.add(exchange('binance'), TRADES)
    await lose(live, fault)
    await live.until(() => ends(live).length === 1)
    await live.stop()
    const [gap] = live.events.filter((event) => event.type === 'gap')
    if (gap?.lastId == null || gap.nextId === null) throw new Error('no gap with ids')
    const missing = Array.from({ length: gap.nextId - gap.lastId - 1 }, (_, i) => String((gap.lastId ?? 0) + 1 + i))
    const backfilled = trades(live).filter(({ quality }) => quality.includes('backfilled'))
    expect(backfilled.map(({ tradeId }) => tradeId)).toEqual(missing)
    const ids = trades(live).map(({ tradeId }) => Number(tradeId))
    expect(ids.toSorted((a, b) => a - b)).toEqual(Array.from(ids, (_, i) => Math.min(...ids) + i))
    const [end] = ends(live)
    expect(end?.status).toBe('repaired')
    expect(end?.detail).toContain(`${missing.length} of ${missing.length} fetched by id`)

    const lines = (events: Live['events']) => events.filter((event) => event.type === 'trade').map((event) => JSON.stringify(event))
    const replayed = await replayJournal(directory, { exchanges: [exchange('binance')] })
    expect(hashOf(lines([...replayed.events]))).toBe(hashOf(lines(live.events)))
  })

  it('are said to stay lost when the exchange does not have them any more', async () => {
    const { gate, fault } = faulty({ answer: () => ({ status: 200, body: '[]' }) })
    const live = await startLive({ gate })
    live.feed.add(exchange('binance'), TRADES)
    await lose(live, fault)
    await live.until(() => ends(live).length === 1)
    const [end] = ends(live)
    expect(end?.status).toBe('unrepaired')
    expect(end?.detail).toMatch(/^trades \d+\.\.\d+: 0 of \d+ fetched by id; the exchange does not give the others$/)
    expect(fault.asked).toBe(1)
  })

  it('are asked for again after a refusal', async () => {
    let refusals = 0
    const { gate, fault } = faulty()
    const refusing: Gate = (outgoing) => {
      if (outgoing.kind === 'response' && /aggTrades/.test(outgoing.path) && refusals++ === 0) {
        outgoing.respond({ status: 400, body: '{"code":-1000,"msg":"unknown error"}' })
      } else gate(outgoing)
    }
    const live = await startLive({ gate: refusing })
    live.feed.add(exchange('binance'), TRADES)
    await lose(live, fault)
    await live.until(() => ends(live).length === 1)
    expect(ends(live)[0]?.status).toBe('repaired')
    expect(refusals).toBe(2)
  })

  it('are said to be out of reach where an exchange gives none by id', async () => {
    const { gate, fault } = faulty()
    const live = await startLive({ gate })
    live.feed.add(exchange('binance-spot'), TRADES)
    await lose(live, fault)
    await live.until(() => ends(live).length === 1)
    expect(ends(live)[0]).toMatchObject({ status: 'unrepaired', detail: expect.stringContaining('Binance Spot gives none by id') })
    expect(fault.asked).toBe(0)
  })
})
