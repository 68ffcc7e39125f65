import { expect, it } from 'vitest'
import type { Exchange } from '../../src/core/exchanges/contract.js'
import { planExchange } from '../../src/core/feed/plan.js'
import { type Gate, openGate } from '../../src/core/sandbox/gate.js'
import { books, exchangesOf, startLive } from '../support/live-feed.js'
import { createVirtualNet } from '../support/virtual-net.js'

const BOOKS = 300
/** One way: a snapshot in 0.3 s, a connection in 0.6, as the plan takes it. */
const LATENCY_MS = 150
const LOOK_MS = 200
/** Two to eight minutes of 300 instruments: a busy machine takes its time. */
const TIMEOUT_MS = 60_000
const MINUTE_MS = 60_000
/** What connecting and asking take more or less than was planned for. */
const TOLERANCE_S = 5
const EXCHANGES = await exchangesOf('binance', 'binance-spot', 'bybit')

interface ColdStart {
  readonly seconds: number
  readonly plannedSeconds: number
  readonly refusals: readonly number[]
  /** Weight that was spent in the UTC minute with the most. */
  readonly heaviestMinute: number
  readonly snapshots: number
  readonly suspects: number
}

/** Subscribes to so many books at once, `secondOfMinute` after a UTC minute began, and waits until each can be read. */
async function coldStart(exchange: Exchange, secondOfMinute: number, budgetShare = 0.9): Promise<ColdStart> {
  const net = createVirtualNet(Date.UTC(2026, 10, 21, 10, 15, secondOfMinute), LATENCY_MS)
  const { clock } = net
  const spent = new Map<number, number>()
  const refusals: number[] = []
  let snapshots = 0
  const gate: Gate = (outgoing) => {
    if (outgoing.kind === 'response') {
      snapshots += 1
      const minute = Math.floor(clock.now() / MINUTE_MS)
      const used = Number(outgoing.response.headers?.['X-MBX-USED-WEIGHT-1M'] ?? 0)
      spent.set(minute, Math.max(used, spent.get(minute) ?? 0))
      if (outgoing.response.status !== 200) refusals.push(outgoing.response.status)
    }
    openGate(outgoing)
  }
  const market = { extraAssets: BOOKS, stepMs: 1_000, keptChanges: 64 }
  const backoff = { baseMs: 1_000, maxMs: 60_000 }
  const live = await startLive({ gate, net, market, budgetShare, backoff })
  const symbols = live.sandbox.market.instruments.flatMap(({ exchange: id, symbol }) => (id === exchange.id ? [symbol] : []))
  const wanted = books(...symbols.slice(0, BOOKS))
  const began = clock.now()
  live.feed.add(exchange, wanted)
  const isReadable = () => wanted.every(({ symbol }) => live.state(exchange.id, symbol).sync.book !== undefined)
  expect(await net.passUntil(isReadable, 15 * MINUTE_MS, LOOK_MS)).toBe(true)
  const seconds = (clock.now() - began) / 1000
  // Nothing is asked for that was had already.
  const had = snapshots
  await net.pass(15_000)
  expect(snapshots).toBe(had)
  const suspects = live.events.filter((event) => event.type === 'status' && event.status === 'suspect').length
  await live.stop()
  const { secondsToBooks } = planExchange(exchange, wanted, { budgetShare })
  return { seconds, plannedSeconds: secondsToBooks, refusals, heaviestMinute: Math.max(0, ...spent.values()), snapshots, suspects }
}

function exchange(id: string): Exchange {
  const found = EXCHANGES.get(id)
  if (found === undefined) throw new Error(`no exchange ${id}`)
  return found
}

it.each([
  ['binance', 2, 0.9],
  ['binance-spot', 55, 0.5],
] as const)(
  'makes 300 books of %s within its budget, without a refusal, in the time that was planned',
  async (id, secondOfMinute, share) => {
    const limit = exchange(id).budgets['weight']?.limit ?? 0
    const { seconds, plannedSeconds, refusals, heaviestMinute, snapshots, suspects } = await coldStart(
      exchange(id),
      secondOfMinute,
      share,
    )
    expect(refusals).toEqual([])
    expect(heaviestMinute).toBeGreaterThan(limit * share * 0.9)
    expect(heaviestMinute).toBeLessThanOrEqual(limit * share)
    expect(snapshots).toBe(BOOKS)
    expect(suspects).toBe(0)
    expect(Math.abs(seconds - plannedSeconds)).toBeLessThanOrEqual(TOLERANCE_S)
  },
  TIMEOUT_MS,
)

it('makes 300 books of Bybit at the pace at which it takes subscriptions, each asked for once', async () => {
  const { seconds, plannedSeconds, refusals, snapshots, suspects } = await coldStart(exchange('bybit'), 2)
  expect(refusals).toEqual([])
  expect(snapshots).toBe(0)
  expect(suspects).toBe(0)
  expect(Math.abs(seconds - plannedSeconds)).toBeLessThanOrEqual(TOLERANCE_S)
})
