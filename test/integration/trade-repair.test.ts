import { describe, expect, it } from 'vitest'
import type { Subscription } from '../../src/core/exchanges/contract.js'
import type { StatusEvent, TradeEvent } from '../../src/core/market/event.js'
import { type Gate, type Outgoing, openGate } from '../../src/core/sandbox/gate.js'
import { canonicalLines, hashOf, keepCoverage, replayJournal, temporaryDirectory } from '../support/feed.js'
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

/** `cut()` destroys a connection with the next frame that would go out over it. */
function cutter(gate: Gate) {
  let onCut: (() => void) | undefined
  const cutting: Gate = (outgoing) => {
    if (outgoing.kind !== 'frame' || onCut === undefined) return gate(outgoing)
    outgoing.peer.destroy()
    onCut()
    onCut = undefined
  }
  const cut = () =>
    new Promise<void>((resolve) => {
      onCut = resolve
    })
  return { cutting, cut }
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

  it.each(['binance', 'bybit'])(
    'are told once each when the stream brings them after they were fetched, or twice: %s',
    async (id) => {
      const held: Outgoing[] = []
      const late = { isHolding: false, lostBook: 0 }
      const live = await startLive({
        gate: (outgoing) => {
          const topic = outgoing.kind === 'frame' ? (outgoing.topic ?? '') : ''
          if (late.isHolding && /trade/i.test(topic) && held.length < 3) held.push(outgoing)
          // Where ids of trades do not count, a hole in the book says that something may be missing.
          else if (held.length === 3 && late.lostBook === 0 && /orderbook/.test(topic)) late.lostBook += 1
          else openGate(outgoing)
        },
      })
      live.feed.add(exchange(id), [...TRADES, { channel: 'book', symbol: 'BTCUSDT' }])
      await live.until(() => trades(live).length > 3 && live.state(id, 'BTCUSDT').sync.book !== undefined)
      late.isHolding = true
      await live.until(() => ends(live).length === 1)
      expect(ends(live)[0]?.status).toBe('repaired')
      const fetched = trades(live).filter(({ quality }) => quality === 'backfilled').length
      expect(fetched).toBeGreaterThanOrEqual(3)
      for (const outgoing of [...held, ...held]) openGate(outgoing)
      await live.until(() => live.state(id, 'BTCUSDT').repeatedTrades >= 2 * fetched)
      await live.stop()
      const told = trades(live).map(({ tradeId }) => tradeId)
      expect(new Set(told).size).toBe(told.length)
    },
  )

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

  it('are fetched by id on the spot market too', async () => {
    const { gate, fault } = faulty()
    const live = await startLive({ gate })
    live.feed.add(exchange('binance-spot'), TRADES)
    await lose(live, fault)
    await live.until(() => ends(live).length === 1)
    expect(ends(live)[0]?.status).toBe('repaired')
  })

  it('are said to stay lost when the stream is stopped before they came, in the row of the loss too', async () => {
    const { gate, fault } = faulty({ answer: () => ({ status: 500, body: 'later' }) })
    const live = await startLive({ gate })
    const coverage = keepCoverage(live.outputs)
    live.feed.add(exchange('binance'), TRADES)
    await lose(live, fault)
    await live.until(() => live.events.some(({ type }) => type === 'gap'))
    await live.stop()
    expect(ends(live)).toMatchObject([{ status: 'unrepaired', detail: expect.stringContaining('mts was stopped before') }])
    const row = coverage().find(({ state }) => state === 'gap')
    expect(row?.detail).toMatch(/^\d+\.\.\d+ trade .*; trades .* 0 of \d+ fetched by id; mts was stopped before$/)
  })

  it('are fetched by overlap after a lost connection where ids do not count, are unproven, and a replay tells the same', async () => {
    const directory = await temporaryDirectory()
    const { gate, fault } = faulty()
    const { cutting, cut } = cutter(gate)
    const live = await startLive({ journal: directory, reconnectMs: 600, gate: cutting })
    const coverage = keepCoverage(live.outputs)
    live.feed.add(exchange('bybit'), TRADES)
    await live.until(() => trades(live).length > 3)
    await cut()
    await live.until(() => ends(live).length === 1)
    await live.stop()
    const fetched = trades(live).filter(({ quality }) => quality === 'backfilled')
    expect(fetched.length).toBeGreaterThan(0)
    expect(ends(live)[0]).toMatchObject({ status: 'repaired', detail: `${fetched.length} trades fetched by overlap` })
    expect(fault.asked).toBe(1)
    const told = trades(live).map(({ tradeId }) => tradeId)
    expect(new Set(told).size).toBe(told.length)
    const row = coverage().find(({ detail }) => detail.includes('closed'))
    expect(row?.state).toBe('unproven')
    expect(row?.detail).toMatch(/^connection 1 closed: .*; \d+ trades fetched by overlap; backfilled$/)
    const replayed = await replayJournal(directory, { exchanges: [exchange('bybit')], intervalMs: 250 })
    expect(replayed.canonical).toEqual(canonicalLines(live.events))
    expect(replayed.coverage).toEqual(coverage())
  })

  it('stay a gap with its times where the recent ones do not reach back', async () => {
    const { gate } = faulty()
    let cutAt = 0
    const { cutting, cut } = cutter((outgoing) => {
      if (outgoing.kind !== 'response' || !outgoing.path.endsWith('/recent-trade')) return gate(outgoing)
      const body = JSON.parse(outgoing.response.body)
      const list = body.result.list.filter(({ time }: { time: string }) => Number(time) > cutAt)
      outgoing.respond({ ...outgoing.response, body: JSON.stringify({ ...body, result: { list } }) })
    })
    const live = await startLive({ gate: cutting, reconnectMs: 600 })
    const coverage = keepCoverage(live.outputs)
    live.feed.add(exchange('bybit'), TRADES)
    await live.until(() => trades(live).length > 3)
    await cut()
    cutAt = live.sandbox.market.now
    await live.until(() => ends(live).length === 1)
    await live.stop()
    const said = /the list of recent trades does not reach back: nothing from \d\d:\d\d:\d\d\.\d{3} to /
    expect(ends(live)[0]).toMatchObject({ status: 'unrepaired', detail: expect.stringMatching(said) })
    expect(coverage().find(({ state }) => state === 'gap')?.detail).toMatch(said)
  })

  it('are looked for where a hole in the book says that frames were lost, and told where they were missing', async () => {
    const lost = { book: 0, trade: 0, isOn: false }
    const live = await startLive({
      // One frame of trades, and after it one of the book.
      gate: (outgoing) => {
        const topic = lost.isOn && outgoing.kind === 'frame' ? (outgoing.topic ?? '') : ''
        if (lost.trade === 0 && topic.startsWith('publicTrade')) lost.trade += 1
        else if (lost.trade > 0 && lost.book === 0 && topic.startsWith('orderbook')) lost.book += 1
        else openGate(outgoing)
      },
    })
    const coverage = keepCoverage(live.outputs)
    live.feed.add(exchange('bybit'), [...TRADES, { channel: 'book', symbol: 'BTCUSDT' }])
    await live.until(() => trades(live).length > 3 && live.state('bybit', 'BTCUSDT').sync.book !== undefined)
    lost.isOn = true
    await live.until(() => ends(live).length === 1)
    await live.stop()
    expect(lost).toMatchObject({ book: 1, trade: 1 })
    expect(ends(live)[0]?.status).toBe('repaired')
    const own = coverage().filter(({ channel }) => channel === 'trades')
    const row = own.find(({ detail }) => detail.includes('fetched'))
    expect(row).toMatchObject({ state: 'unproven', detail: expect.stringMatching(/trades fetched by overlap; backfilled$/) })
    for (const [i, { endedAt }] of own.entries()) expect(own[i + 1]?.startedAt ?? endedAt).toBe(endedAt)
  })
})
