import { describe, expect, it } from 'vitest'
import { type ClosedOpportunity, DEFAULT_ARBITRAGE, type Finding } from '../../src/core/analysis/arbitrage/contract.js'
import { DEFAULT_FUNDING_ARBITRAGE } from '../../src/core/analysis/arbitrage/funding.js'
import { findJournalFiles } from '../../src/core/feed/journal/reader.js'
import { DEFAULT_LIMITS } from '../../src/core/feed/validation.js'
import { rebuildBooks } from '../../src/core/live/arbitrage/rebuild.js'
import { addsUp, fillsOf, storedOpportunity } from '../../src/core/live/arbitrage/stored.js'
import { opportunityRow } from '../../src/core/live/arbitrage/told.js'
import { watchOpportunities } from '../../src/core/live/arbitrage/watch.js'
import { runReplay } from '../../src/core/live/replay.js'
import { systemClock } from '../../src/core/net/system-clock.js'
import { createFaults } from '../../src/core/sandbox/faults/index.js'
import type { FaultRule } from '../../src/core/sandbox/faults/rule.js'
import type { ArbitrageRow } from '../../src/core/storage/rows.js'
import { collect, temporaryDirectory } from '../support/feed.js'
import { books, exchangesOf, startLive } from '../support/live-feed.js'
import { createVirtualNet, LATENCY_MS } from '../support/virtual-net.js'

const START_MS = Date.UTC(2026, 10, 21, 10, 14, 50)
const RUN_MS = 190_000
const SYMBOLS = ['BTCUSDT', 'ETHUSDT']
/** A book is sent each 100 ms, and what changed at its begin can come that late. */
const CADENCE_MS = 100 + 2 * LATENCY_MS + 20

const SCAN = {
  kinds: new Set(['spread' as const]),
  settings: DEFAULT_ARBITRAGE,
  funding: DEFAULT_FUNDING_ARBITRAGE,
  fees: new Map<string, number>(),
}

interface Run {
  readonly closed: readonly ClosedOpportunity[]
  /** Of everything but states. */
  readonly lines: readonly string[]
  readonly unreadable: readonly string[]
  readonly planted: readonly { base: string; exchange: string; isDear: boolean; from: number; to: number; edgeBps: number }[]
  readonly directory: string
}

/** Three simulated minutes of two exchanges on a virtual clock. */
async function watchMarket(rules: readonly FaultRule[]): Promise<Run> {
  const net = createVirtualNet(START_MS)
  const directory = await temporaryDirectory()
  const faults = createFaults({ rules, seed: 7, clock: net.clock, onTruth: () => undefined })
  const live = await startLive({ net, journal: directory, gate: (outgoing) => faults.gate(outgoing) })
  const unreadable: string[] = []
  const pipelines = () => [...live.feed.exchanges].map((each) => each.pipeline)
  const watch = watchOpportunities(live.outputs, pipelines, SCAN)
  collect(live.outputs, (event) => {
    if (event.type !== 'opportunity' || event.state !== 'opened') return
    const legs = [
      [event.exchange, event.symbol],
      [event.sellExchange, event.sellSymbol],
    ] as const
    if (legs.some(([exchange, symbol]) => live.state(exchange, symbol).sync.book === undefined)) unreadable.push(event.id)
  })
  for (const exchange of (await exchangesOf('binance', 'bybit')).values()) live.feed.add(exchange, books(...SYMBOLS))
  await net.pass(RUN_MS)
  const planted = live.sandbox.market
    .arbitrage(START_MS + 10_000, START_MS + RUN_MS - 10_000)
    .filter(({ base }) => SYMBOLS.includes(`${base}USDT`))
  await live.stop()
  watch.finish(net.clock.now())
  const closed = watch.closed.filter((each) => each.type !== 'funding')
  const lines = live.events.filter(({ type }) => type !== 'status').map((event) => JSON.stringify(event))
  return { closed, lines, unreadable, planted, directory }
}

describe('the opportunities of the simulated market', { timeout: 60_000 }, () => {
  it('are each found once, with side, size of the edge and life, none is invented, and a replay finds the same', async () => {
    const { closed, lines, planted, directory } = await watchMarket([])
    expect(planted.length).toBeGreaterThan(1)
    for (const moment of planted) {
      const found = closed.filter(({ base, openedAt }) => base === moment.base && openedAt >= moment.from && openedAt < moment.to)
      expect(found, JSON.stringify(moment)).toHaveLength(1)
      const [one] = found
      if (one === undefined) continue
      const there = moment.isDear ? one.opened.sell : one.opened.buy
      expect(there.exchange).toBe(moment.exchange)
      expect(Math.abs(one.openedAt - moment.from)).toBeLessThanOrEqual(CADENCE_MS)
      expect(Math.abs(one.closedAt - moment.to)).toBeLessThanOrEqual(CADENCE_MS)
      // The asset's own range of the minute, offsets, ticks and spreads are what may lie between.
      expect(Math.abs(one.peak.grossBps - moment.edgeBps)).toBeLessThan(15)
      const row = JSON.parse(JSON.stringify(opportunityRow(one, one))) as ArbitrageRow
      for (const leg of [one.opened.buy, one.opened.sell]) {
        const fills = fillsOf(storedOpportunity(row)).filter((each) => each.exchange === leg.exchange)
        expect(fills.reduce((sum, each) => sum + each.notional, 0)).toBeCloseTo(leg.notional, 6)
        expect(fills.reduce((sum, each) => sum + each.fee, 0)).toBeCloseTo(leg.fee, 8)
        expect(fills.reduce((sum, each) => sum + each.quantity, 0)).toBeCloseTo(one.opened.quantity, 8)
        expect(addsUp(one, fillsOf(one))).toBe(true)
        expect(fills.every((each) => each.quantity <= each.held * (1 + 1e-9))).toBe(true)
      }
      expect(one).toMatchObject({ closedBy: 'price', isFeasible: true, isPhantom: false })
    }
    const within = (each: ClosedOpportunity) =>
      planted.some(({ base, from, to }) => base === each.base && each.openedAt >= from && each.openedAt < to + CADENCE_MS)
    expect(
      closed.filter((each) => each.openedAt > START_MS + 10_000 && each.openedAt < START_MS + RUN_MS - 10_000 && !within(each)),
    ).toEqual([])
    const [first] = closed
    if (first === undefined) return
    const { opened } = first
    const recording = {
      files: await findJournalFiles(directory),
      exchanges: [...(await exchangesOf('binance', 'bybit')).values()],
      limits: DEFAULT_LIMITS,
    }
    const rebuild = (of: Finding) => rebuildBooks(of, { ...recording, depth: 10, signal: new AbortController().signal })
    const books = await rebuild(opened)
    expect(books).toMatchObject({ buy: { isAsTold: true }, sell: { isAsTold: true } })
    expect(books.buy?.asks.slice(0, opened.buy.levels.length)).toEqual(opened.buy.levels.slice(0, 10))
    const levels = opened.buy.levels.map(([price, held]) => [price, held + 1] as const)
    const sell = { ...opened.sell, stamp: opened.sell.stamp + 1 }
    const doubted = await rebuild({ ...opened, buy: { ...opened.buy, levels }, sell })
    expect([doubted.buy?.isAsTold, doubted.sell]).toEqual([false, undefined])
    const replayed: string[] = []
    const replay = {
      ...recording,
      ...{ symbols: [], channels: ['book', 'opportunities'] as const, depth: 10, intervalMs: 250, speed: undefined },
      sinks: { database: undefined, csvDirectory: undefined, storeIntervalMs: 1_000 },
      ...{ largeTrades: { default: 1 }, opportunities: SCAN },
    }
    const world = { clock: systemClock(), signal: new AbortController().signal }
    await runReplay(world, replay, (event) => {
      if (event.type !== 'status') replayed.push(JSON.stringify(event))
    })
    expect(lines.filter((line) => line.includes('"opportunity"'))).toHaveLength(2 * closed.length)
    expect(replayed).toEqual(lines)
  })

  it('are never told of a book that cannot be read, whatever is lost, late or cut', async () => {
    const { closed, unreadable, planted } = await watchMarket([
      { kind: 'drop', chance: 0.005 },
      { kind: 'reorder', chance: 0.005 },
      { kind: 'delay', chance: 0.01, by: 300 },
      { kind: 'cut', every: 40_000, times: 1 },
    ])
    expect(unreadable).toEqual([])
    expect(closed.some((each) => each.closedBy === 'unreadable')).toBe(true)
    // What a late frame makes of prices that moved together is no opportunity either: every one stands on a planted moment.
    const stray = closed.filter(
      (each) => !planted.some(({ base, from, to }) => base === each.base && each.openedAt >= from && each.openedAt < to + 500),
    )
    expect(stray.filter((each) => each.openedAt < START_MS + RUN_MS - 10_000 && each.openedAt > START_MS + 10_000)).toEqual([])
  })
})
