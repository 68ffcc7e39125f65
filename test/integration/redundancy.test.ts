/** Two connections for each topic at the simulated exchanges, and connections that are replaced before the exchange cuts them. */
import { describe, expect, it } from 'vitest'
import type { Exchange, Subscription } from '../../src/core/exchanges/contract.js'
import type { CoverageSpan } from '../../src/core/feed/coverage-span.js'
import type { Channel } from '../../src/core/market/event.js'
import { createFaults } from '../../src/core/sandbox/faults/index.js'
import type { FaultRule } from '../../src/core/sandbox/faults/rule.js'
import type { Gate } from '../../src/core/sandbox/gate.js'
import { canonicalLines, replayJournal, temporaryDirectory } from '../support/feed.js'
import { exchangesOf, type Live, startLive, TruthCheck } from '../support/live-feed.js'
import { createVirtualNet } from '../support/virtual-net.js'

const EXCHANGES = await exchangesOf('binance', 'bybit')
const SYMBOL = 'BTCUSDT'
const LATE_AFTER_MS = 50_000
const SEEN = ['contiguous', 'unproven', 'quiet']

interface Told {
  readonly live: Live
  readonly truth: TruthCheck
  readonly coverage: readonly CoverageSpan[]
  readonly journal: string
}

interface Run {
  readonly exchange: Exchange
  readonly redundancy?: number
  readonly rules: readonly FaultRule[]
  readonly ms: number
  /** From 50 s on what the first connections bring is so much older. */
  readonly late?: { readonly connections: number; readonly ms: number }
}

/** Times of the rules count from when everything came once. */
async function run({ exchange, redundancy = 1, rules, ms, late }: Run): Promise<Told> {
  const net = createVirtualNet(Date.UTC(2026, 10, 21, 10))
  const journal = await temporaryDirectory()
  let faults = createFaults({ rules: [], seed: 1, clock: net.clock })
  const lateFrom = net.clock.now() + LATE_AFTER_MS
  const gate: Gate = (outgoing) => {
    const isLate = outgoing.kind === 'frame' && outgoing.connection <= (late?.connections ?? 0) && net.clock.now() >= lateFrom
    if (isLate) net.clock.after(late?.ms ?? 0, () => faults.gate(outgoing))
    else faults.gate(outgoing)
  }
  const live = await startLive({ gate, net, seed: 1, redundancy, journal, pollEveryMs: 2_000 })
  const truth = new TruthCheck(live)
  const rows = new Map<string, CoverageSpan>()
  live.outputs.keepCoverage((span) => rows.set(`${span.channel} ${span.startedAt}`, span))
  live.feed.add(exchange, subscriptions(exchange))
  const isWhole = () =>
    live.state(exchange.id, SYMBOL).sync.book !== undefined &&
    ['trade', 'funding'].every((type) => live.events.some((event) => event.type === type))
  expect(await net.passUntil(isWhole, 20_000)).toBe(true)
  faults = createFaults({ rules, seed: 1, clock: net.clock })
  await net.pass(ms)
  await live.stop()
  return { live, truth, coverage: [...rows.values()], journal }
}

function subscriptions(exchange: Exchange): Subscription[] {
  const channels: readonly Channel[] = ['book', 'trades', 'ticker', 'funding', 'open-interest', 'liquidations', 'candles']
  return channels.filter((each) => exchange.channels[each] !== undefined).map((channel) => ({ channel, symbol: SYMBOL }))
}

function exchangeOf(id: string): Exchange {
  const exchange = EXCHANGES.get(id)
  if (exchange === undefined) throw new Error(`no ${id}`)
  return exchange
}

function statuses({ live }: Told, ...names: string[]): string[] {
  return live.events.flatMap((event) => (event.type === 'status' && names.includes(event.status) ? [event.detail] : []))
}

/** Nothing is missing, nothing is told twice, and a replay of the journal tells the same. */
async function expectWhole(told: Told, exchange: Exchange): Promise<void> {
  const { live, truth, coverage, journal } = told
  expect(truth.wrong).toEqual([])
  expect(truth.count(exchange.id, SYMBOL)).toBeGreaterThan(20)
  expect(live.events.filter(({ type }) => type === 'gap')).toEqual([])
  expect(statuses(told, 'synced')).toHaveLength(1)
  const trades = live.events.flatMap((event) => (event.type === 'trade' ? [event.tradeId] : []))
  expect(new Set(trades).size).toBe(trades.length)
  for (const channel of ['book', 'trades', 'funding', 'ticker', 'candles', 'liquidations']) {
    const own = coverage.filter((row) => row.channel === channel).sort((a, b) => a.startedAt - b.startedAt)
    expect(own.slice(1).every(({ state }) => SEEN.includes(state))).toBe(true)
  }
  const replayed = await replayJournal(journal, { exchanges: [exchange], intervalMs: 250 })
  expect(replayed.damages).toEqual([])
  expect(replayed.canonical).toEqual(canonicalLines(live.events))
}

const IDS = ['binance', 'bybit'] as const

describe('two connections for each topic', () => {
  it.each(IDS)('lose nothing when one of them is cut, also again and again: %s', async (id) => {
    const exchange = exchangeOf(id)
    const rules = [
      { kind: 'cut', at: 1_000, connection: 1 },
      { kind: 'cut', at: 5_000, connection: 2 },
    ] as const
    const told = await run({ exchange, redundancy: 2, rules, ms: 15_000 })
    await expectWhole(told, exchange)
    const ends = statuses(told, 'disconnected').filter((detail) => detail !== 'stopped')
    expect(ends).toHaveLength(2)
  })

  it.each(IDS)('fill in from one what the other lost on the way: %s', async (id) => {
    const exchange = exchangeOf(id)
    const rules = [
      { kind: 'drop', at: 500, for: 4_000, chance: 0.2, connection: 1 },
      { kind: 'drop', at: 5_000, for: 4_000, chance: 0.2, connection: 2 },
    ] as const
    const told = await run({ exchange, redundancy: 2, rules, ms: 12_000 })
    await expectWhole(told, exchange)
  })

  it.each(IDS)('tell the stall of one of them and begin it anew, while the other goes on: %s', async (id) => {
    const exchange = exchangeOf(id)
    const rules = [{ kind: 'stall', at: 1_000, for: 45_000, connection: 2 }] as const
    const told = await run({ exchange, redundancy: 2, rules, ms: 60_000 })
    await expectWhole(told, exchange)
    expect(statuses(told, 'silent').length).toBeGreaterThan(0)
  })

  it.each(IDS)('tell once what both of them lost: %s', async (id) => {
    const exchange = exchangeOf(id)
    const topic = id === 'binance' ? '*@depth*' : 'orderbook*'
    const rules = [1, 2, 3, 4].map((connection) => ({ kind: 'drop', at: 1_000, for: 600, topic, connection }) as const)
    const told = await run({ exchange, redundancy: 2, rules, ms: 10_000 })
    expect(told.truth.wrong).toEqual([])
    expect(told.live.events.filter(({ type }) => type === 'gap')).toMatchObject([{ channel: 'book', symbol: SYMBOL }])
    const replayed = await replayJournal(told.journal, { exchanges: [exchange], intervalMs: 250 })
    expect(replayed.canonical).toEqual(canonicalLines(told.live.events))
  })
})

describe('a connection that the exchange cuts at an age', () => {
  /** The exchange's day lasts a minute. */
  const shortLived = (id: string): Exchange => {
    const exchange = exchangeOf(id)
    return { ...exchange, sockets: { ...exchange.sockets, lifetimeMs: 60_000 } }
  }
  const cuts: FaultRule[] = Array.from({ length: 4 }, (_, i) => ({ kind: 'cut', at: 60_000, connection: i + 1 }))

  it.each(IDS)('is replaced before, and nothing is missing or told twice: %s', async (id) => {
    const exchange = shortLived(id)
    const told = await run({ exchange, rules: id === 'binance' ? cuts.slice(0, 2) : cuts.slice(0, 1), ms: 125_000 })
    await expectWhole(told, exchange)
    const ends = statuses(told, 'disconnected').filter((detail) => detail !== 'stopped')
    expect(ends.length).toBeGreaterThanOrEqual(2)
    expect(ends.every((detail) => detail.startsWith('replaced by connection '))).toBe(true)
  })

  it.each(IDS)('is replaced without a gap though it is seconds behind its successor: %s', async (id) => {
    const exchange = shortLived(id)
    const connections = id === 'binance' ? 2 : 1
    const told = await run({ exchange, rules: [], ms: 80_000, late: { connections, ms: 3_000 } })
    await expectWhole(told, exchange)
    const ends = statuses(told, 'disconnected').filter((detail) => detail !== 'stopped')
    expect(ends).toHaveLength(connections)
    expect(ends.every((detail) => detail.startsWith('replaced by connection '))).toBe(true)
  })

  it('goes on until the cut when no successor may be opened, and then comes back as ever', async () => {
    const exchange = shortLived('bybit')
    const rules: FaultRule[] = [{ kind: 'refuse', at: 30_000, for: 34_000 }, ...cuts.slice(0, 1)]
    const told = await run({ exchange, rules, ms: 80_000 })
    expect(told.truth.wrong).toEqual([])
    const gaps = told.live.events.filter((event) => event.type === 'gap' && event.channel === 'book')
    expect(gaps).toHaveLength(1)
    expect(statuses(told, 'synced')).toHaveLength(2)
    expect(told.live.state('bybit', SYMBOL).sync.endedReadable).toBe(true)
  })
})
