import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { BookRun } from '../../src/core/backtest/books/book-run.js'
import { type JournalOutcome, playJournal } from '../../src/core/backtest/books/journal-run.js'
import { type BacktestConfig, DEFAULT_CONFIG } from '../../src/core/backtest/config.js'
import type { Exchange, Subscription } from '../../src/core/exchanges/contract.js'
import { findJournalFiles } from '../../src/core/feed/journal/reader.js'
import { DEFAULT_LIMITS } from '../../src/core/feed/validation.js'
import { createFaults } from '../../src/core/sandbox/faults/index.js'
import type { FaultRule } from '../../src/core/sandbox/faults/rule.js'
import type { BookStrategy } from '../../src/core/strategies/book-contract.js'
import { BOOK_STRATEGIES } from '../../src/core/strategies/book-registry.js'
import { fundingArbitrage } from '../../src/core/strategies/funding-arbitrage.js'
import { marketStructure } from '../../src/core/strategies/market-structure.js'
import { spreadArbitrage } from '../../src/core/strategies/spread-arbitrage.js'
import { temporaryDirectory } from '../support/feed.js'
import { exchangesOf, startLive } from '../support/live-feed.js'
import { createVirtualNet } from '../support/virtual-net.js'

/** A settlement of funding lies within, and three moments of arbitrage between the two exchanges are planted. */
const START_MS = Date.UTC(2026, 10, 13, 7, 58, 50)
const RUN_MS = 120_000
const SETTLED_AT = Date.UTC(2026, 10, 13, 8)
const TIMEOUT_MS = 60_000
const SYMBOLS = ['BTCUSDT', 'ETHUSDT']
const CHANNELS = ['book', 'trades', 'funding', 'open-interest'] as const
const LARGE = { default: 20_000 }
/** Parameters at which each strategy has something to say in three minutes. */
const PARAMETERS = new Map<BookStrategy, BacktestConfig['parameters']>([
  [spreadArbitrage, { min_net_bps: 0, min_confidence: 0 }],
  [marketStructure, { window: 15, min_flow_z: 0.5, min_imbalance: 0.1 }],
  [fundingArbitrage, { min_profit_bps: 0, min_rate_diff: 0.00001, hold_hours: 2000, min_confidence: 0 }],
])

function configOf(strategy: BookStrategy, exchanges: ReadonlyMap<string, Exchange>, latencyMs = 50): BacktestConfig {
  const feesOf = Object.fromEntries([...exchanges].map(([id, { fees }]) => [id, { ...fees, fixed: 0 }]))
  return { ...DEFAULT_CONFIG, fill: 'book', latencyMs, feesOf, parameters: PARAMETERS.get(strategy) ?? {} }
}

/** Everything that a run decided, filled, paid and kept silent about. */
function told({ journal, pairs, decisions, columns, account }: BookRun): string {
  const { fills, trades, funding } = journal
  const steps = { times: [...columns.timestamps], equity: [...columns.equity] }
  return JSON.stringify([journal.decisions, fills, trades, funding, pairs.closed, decisions.silences, steps, account.cash])
}

/** Three simulated minutes of two exchanges, every strategy at work on the live feed, everything recorded. */
async function watchMarket(directory: string, rules: readonly FaultRule[] = []): Promise<ReadonlyMap<BookStrategy, string>> {
  const exchanges = await exchangesOf('binance', 'bybit')
  const net = createVirtualNet(START_MS)
  const faults = createFaults({ rules, seed: 7, clock: net.clock, onTruth: () => undefined })
  const live = await startLive({ net, journal: directory, gate: (outgoing) => faults.gate(outgoing) })
  const pipelines = () => [...live.feed.exchanges].map((each) => each.pipeline)
  const runs = BOOK_STRATEGIES.map((strategy) => {
    const run = new BookRun(pipelines, { strategy, config: configOf(strategy, exchanges), largeTrades: LARGE })
    run.follow(live.outputs)
    return [strategy, run] as const
  })
  const wanted: Subscription[] = CHANNELS.flatMap((channel) => SYMBOLS.map((symbol) => ({ channel, symbol })))
  for (const exchange of exchanges.values()) live.feed.add(exchange, wanted)
  await net.pass(RUN_MS)
  await live.stop()
  for (const [, run] of runs) run.finish(net.clock.now())
  return new Map(runs.map(([strategy, run]) => [strategy, told(run)]))
}

describe('strategies on order books', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'mts-books-'))
  /** What each of them said live; recorded once, by whichever test comes first. */
  let watched: Promise<ReadonlyMap<BookStrategy, string>> | undefined
  const live = () => (watched ??= watchMarket(directory))
  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  const play = async (strategy: BookStrategy, change: Partial<BacktestConfig> = {}, from = directory): Promise<JournalOutcome> => {
    await live()
    const exchanges = await exchangesOf('binance', 'bybit')
    return playJournal({
      ...{ strategy, config: { ...configOf(strategy, exchanges), ...change }, largeTrades: LARGE, limits: DEFAULT_LIMITS },
      files: await findJournalFiles(from),
      exchanges: [...exchanges.values()],
      signal: new AbortController().signal,
    })
  }

  it.each(BOOK_STRATEGIES.map((strategy) => ({ strategy, name: strategy.name })))(
    'of $name decide, fill and earn on a journal what they did live, to the last byte, each time',
    async ({ strategy }) => {
      const [first, second] = [await play(strategy), await play(strategy)]
      expect(first.run.journal.fills.length).toBeGreaterThan(0)
      expect(told(first.run)).toBe((await live()).get(strategy))
      expect(told(second.run)).toBe(told(first.run))
      expect(second.dataHash).toBe(first.dataHash)
    },
    TIMEOUT_MS,
  )

  it(
    'take each planted opportunity once, with both legs, and close it with a profit when the prices have met',
    async () => {
      const { run } = await play(spreadArbitrage)
      expect(run.pairs.closed).toHaveLength(3)
      for (const { pnl, legs, entryTime, exitTime } of run.pairs.closed) {
        expect(pnl).toBeGreaterThan(0)
        expect(legs.map(({ side }) => side).sort()).toEqual(['long', 'short'])
        // Planted moments last from 1.5 to 5 s.
        expect(exitTime - entryTime).toBeLessThan(6_000)
      }
      const pnl = run.pairs.closed.reduce((sum, pair) => sum + pair.pnl, 0)
      expect(run.account.cash - 100_000).toBeCloseTo(pnl, 9)
    },
    TIMEOUT_MS,
  )

  it(
    'earn less the longer an order takes, and nothing is filled at a price from before it arrived',
    async () => {
      const earned = async (latencyMs: number) => {
        const { run } = await play(spreadArbitrage, { latencyMs })
        for (const { timestamp, order } of run.journal.fills) {
          const decision = run.journal.decisions.find((each) => each.order === order)
          expect(timestamp - (decision?.timestamp ?? 0)).toBe(latencyMs)
        }
        return run.account.cash - 100_000
      }
      expect(await earned(10_000)).toBeLessThan(await earned(50))
    },
    TIMEOUT_MS,
  )

  it(
    'pay funding on what is held when it is settled, at the last rate that was told before',
    async () => {
      const { run } = await play(fundingArbitrage)
      const { funding, fills } = run.journal
      expect(funding.length).toBeGreaterThanOrEqual(2)
      for (const { asset, timestamp, amount, quantity, price, rate } of funding) {
        expect(timestamp).toBe(SETTLED_AT)
        const held = fills.filter((fill) => fill.asset === asset && fill.timestamp < SETTLED_AT)
        expect(quantity).toBeCloseTo(
          held.reduce((sum, { side, quantity: units }) => sum + (side === 'buy' ? units : -units), 0),
          12,
        )
        expect(amount).toBeCloseTo(-quantity * price * rate, 12)
      }
    },
    TIMEOUT_MS,
  )

  it(
    'decide the same up to a moment whether the journal goes on or not',
    async () => {
      const whole = await play(marketStructure)
      const end = START_MS + 70_000
      const part = await play(marketStructure, { end })
      const upTo = (outcome: JournalOutcome) => outcome.run.journal.decisions.filter(({ timestamp }) => timestamp <= end)
      expect(upTo(part).length).toBeGreaterThan(3)
      expect(upTo(part)).toEqual(upTo(whole))
      expect(part.run.journal.decisions.length).toBeLessThan(whole.run.journal.decisions.length)
    },
    TIMEOUT_MS,
  )

  it(
    'agree with what they did live also where frames are lost, late and out of order, and connections are cut',
    async () => {
      const broken = await temporaryDirectory()
      const rules: FaultRule[] = [
        { kind: 'drop', chance: 0.01 },
        { kind: 'reorder', chance: 0.005 },
        { kind: 'delay', chance: 0.01, by: 300 },
        { kind: 'cut', every: 30_000, times: 2 },
      ]
      const said = await watchMarket(broken, rules)
      const { run } = await play(spreadArbitrage, {}, broken)
      expect(told(run)).toBe(said.get(spreadArbitrage))
      expect(run.markets.every(({ unread }) => (unread.get('out-of-sync') ?? 0) > 10)).toBe(true)
      expect(run.journal.fills.length).toBeGreaterThan(0)
    },
    TIMEOUT_MS,
  )
})
