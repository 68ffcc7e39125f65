import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Subscription } from '../../src/core/exchanges/contract.js'
import { findJournalFiles } from '../../src/core/feed/journal/reader.js'
import { Outputs } from '../../src/core/feed/outputs.js'
import { Replay } from '../../src/core/feed/replay.js'
import { DEFAULT_LIMITS } from '../../src/core/feed/validation.js'
import { runReplay } from '../../src/core/live/replay.js'
import type { LiveSignalOptions } from '../../src/core/live/signals/options.js'
import { tellRisks } from '../../src/core/live/signals/tell-risks.js'
import { subscribeToSignals, watchSignals } from '../../src/core/live/signals/watch.js'
import type { MarketEvent, SignalEvent } from '../../src/core/market/event.js'
import { systemClock } from '../../src/core/net/system-clock.js'
import { createFaults } from '../../src/core/sandbox/faults/index.js'
import type { FaultRule } from '../../src/core/sandbox/faults/rule.js'
import type { KnownRisk } from '../../src/core/signals/live/sizing.js'
import { defineBookStrategy } from '../../src/core/strategies/book-contract.js'
import { BOOK_STRATEGIES } from '../../src/core/strategies/book-registry.js'
import type { ParameterValues, Parametrised } from '../../src/core/strategies/parameters.js'
import { type StrategySettings, settingsOfStrategy } from '../../src/core/strategies/settings.js'
import { TRIGGERS } from '../../src/core/strategies/triggers.js'
import { collect, readLines, temporaryDirectory, writeLines } from '../support/feed.js'
import { exchangesOf, startLive } from '../support/live-feed.js'
import { createVirtualNet } from '../support/virtual-net.js'

/** Moments of arbitrage between the two exchanges are planted within. */
const START_MS = Date.UTC(2026, 10, 21, 10, 14, 50)
const RUN_MS = 80_000
const SYMBOLS = ['BTCUSDT', 'ETHUSDT']
const CHANNELS = ['book', 'trades', 'funding', 'open-interest', 'liquidations'] as const
const LARGE = { default: 20_000 }

/** At these every rule has something to say in two minutes. */
const PARAMETERS: Readonly<Record<string, ParameterValues>> = {
  'spread-anomaly': { window_s: 60, min_samples: 10, entry_z: 1.5, exit_z: 0.5, min_excess_bps: 0.01, hold_s: 5 },
  'volume-spike': {
    ...{ 'live.interval_s': 1, 'live.lookback': 10, 'live.volume_ratio': 1.5, 'live.exit_ratio': 1 },
    ...{ 'live.min_move_bps': 0.01, 'live.hold_s': 4 },
  },
  'market-structure': { window: 15, min_flow_z: 0.5, min_imbalance: 0.1 },
  'spread-arbitrage': { min_net_bps: 0 },
}

const settingsOf = (each: Parametrised): StrategySettings => {
  const { parameters, risk, ...settings } = settingsOfStrategy(each, [])
  return {
    ...settings,
    risk: { ...risk, volatilityAdjustment: true },
    minConfidence: 0,
    parameters: { ...parameters, ...PARAMETERS[each.name] },
  }
}

const RULES: LiveSignalOptions = {
  triggers: TRIGGERS.map((trigger) => ({ trigger, settings: settingsOf(trigger) })),
  books: BOOK_STRATEGIES.map((strategy) => ({ strategy, settings: settingsOf(strategy) })),
  ...{ cash: 100_000, latencyMs: 50 },
}

/** What a database would say; a replay has none. */
const riskOf = (asset: string): KnownRisk => {
  if (asset !== 'bitcoin') return { asset, volatilityFactor: null, riskLevel: null, basis: 'no bars' }
  return { asset, volatilityFactor: 0.4, riskLevel: 'HIGH', basis: 'binance 1d bars' }
}

interface Run {
  readonly signals: readonly SignalEvent[]
  /** Of everything but states. */
  readonly lines: readonly string[]
  /** What a subscriber in the process was told. */
  readonly subscribed: readonly SignalEvent[]
  /** Signals that opened while a book of theirs could not be read. */
  readonly blind: readonly SignalEvent[]
}

const FAULTS: readonly FaultRule[] = [
  { kind: 'drop', chance: 0.003 },
  { kind: 'delay', chance: 0.01, by: 300 },
  { kind: 'cut', every: 20_000, times: 3 },
]

async function watchMarket(directory: string): Promise<Run> {
  const net = createVirtualNet(START_MS)
  const faults = createFaults({ rules: FAULTS, seed: 7, clock: net.clock, onTruth: () => undefined })
  const live = await startLive({ net, journal: directory, gate: (outgoing) => faults.gate(outgoing) })
  const exchanges = await exchangesOf('binance', 'bybit')
  const pipelines = () => [...live.feed.exchanges].map((each) => each.pipeline)
  const watch = watchSignals(live.outputs, pipelines, {
    ...{ ...RULES, exchanges: [...exchanges.values()], largeTrades: LARGE },
    isWanted: () => true,
  })
  const subscribed: SignalEvent[] = []
  const onError = (error: unknown) => {
    throw error
  }
  subscribeToSignals(live.outputs.bus, (signal) => void subscribed.push(signal), { onError })
  // After the rules, as those who print: what is told on a trade comes before it.
  const events: MarketEvent[] = []
  collect(live.outputs, (event) => events.push(event))
  const blind: SignalEvent[] = []
  collect(live.outputs, (event) => {
    if (event.type !== 'signal' || event.strategy !== 'arbitrage' || event.state !== 'opened') return
    const legs = [[event.exchange, event.symbol] as const, [event.sellExchange ?? '', event.sellSymbol ?? ''] as const]
    if (legs.some(([exchange, symbol]) => live.state(exchange, symbol).sync.book === undefined)) blind.push(event)
  })
  const wanted: Subscription[] = CHANNELS.flatMap((channel) => SYMBOLS.map((symbol) => ({ channel, symbol })))
  for (const exchange of exchanges.values()) live.feed.add(exchange, wanted)
  const risks = tellRisks(live.feed, (assets) => assets.map(riskOf), net.clock)
  await net.pass(RUN_MS)
  risks.cancel()
  await live.stop()
  watch.finish(net.clock.now())
  const signals = events.filter((event) => event.type === 'signal')
  const lines = events.filter(({ type }) => type !== 'status').map((event) => JSON.stringify(event))
  return { signals, lines, blind, subscribed }
}

async function replayed(directory: string): Promise<string[]> {
  const lines: string[] = []
  const options = {
    ...{ files: await findJournalFiles(directory), exchanges: [...(await exchangesOf('binance', 'bybit')).values()] },
    ...{ symbols: [], channels: [...CHANNELS, 'ticker', 'signals'] as const, depth: 10, intervalMs: 250, speed: undefined },
    sinks: { database: undefined, csvDirectory: undefined, storeIntervalMs: 1_000 },
    ...{ limits: DEFAULT_LIMITS, largeTrades: LARGE, signals: RULES },
  }
  await runReplay({ clock: systemClock(), signal: new AbortController().signal }, options, (event) => {
    if (event.type !== 'status') lines.push(JSON.stringify(event))
  })
  return lines
}

/** The same with the feed's timer at work between the records, each so many ms; what it samples comes when it comes. */
async function playedWith(directory: string, timerMs: number | undefined, rules = RULES): Promise<string[]> {
  const exchanges = await exchangesOf('binance', 'bybit')
  const outputs = new Outputs()
  const replay = new Replay(exchanges, outputs, DEFAULT_LIMITS)
  const parts = { ...rules, exchanges: [...exchanges.values()], largeTrades: LARGE, isWanted: () => true }
  const watch = watchSignals(outputs, () => replay.pipelines.values(), parts)
  outputs.sample({ intervalMs: 700, depth: 1, limits: DEFAULT_LIMITS })
  const lines: string[] = []
  collect(outputs, (event) => {
    if (event.type !== 'status' || event.exchange === '') lines.push(JSON.stringify(event))
  })
  let last = 0
  const { lastStamp = 0 } = await replay.play(await findJournalFiles(directory), {
    before: (stamp) => {
      const now = Math.floor(stamp / 1_000)
      if (timerMs !== undefined && last > 0) for (let at = last + timerMs; at < now; at += timerMs) outputs.advance(at)
      last = now
      return undefined
    },
    onDamage: (damage) => expect(damage).toBeUndefined(),
  })
  watch.finish(lastStamp / 1_000)
  return lines
}

/** Of each signal, what was told of it, in order. */
function lives(signals: readonly SignalEvent[]): Map<string, SignalEvent[]> {
  const byId = new Map<string, SignalEvent[]>()
  for (const event of signals) if (event.id !== null) byId.set(event.id, [...(byId.get(event.id) ?? []), event])
  return byId
}

const keyOf = ({ strategy, asset, signal, exchange, symbol, sellExchange, sellSymbol }: SignalEvent) =>
  `${strategy} ${asset} ${sellSymbol === null ? signal : `${exchange}:${symbol} ${sellExchange}:${sellSymbol}`}`

/** The first places at which two runs differ: thousands of lines say nothing. */
function differences(replay: readonly string[], live: readonly string[]): unknown[] {
  const places = live.flatMap((line, i) => (line === replay[i] ? [] : [{ i, live: line, replay: replay[i] }]))
  return [...places.slice(0, 2), ...(replay.length === live.length ? [] : [`${replay.length} lines for ${live.length}`])]
}

describe('signals of a live feed whose frames are lost, late and cut', { timeout: 60_000 }, () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'mts-signals-'))
  afterAll(() => rmSync(directory, { recursive: true, force: true }))
  /** Of whichever test comes first. */
  let watched: Promise<Run> | undefined
  const live = () => (watched ??= watchMarket(directory))

  it('are told again by a replay of its journal: the same lines with the same ids in the same order', async () => {
    const { signals, lines } = await live()
    const opened = new Set(signals.filter(({ state }) => state === 'opened').map(({ strategy }) => strategy))
    expect([...opened].sort()).toEqual(['arbitrage', 'market-structure', 'spread-anomaly', 'spread-arbitrage', 'volume-spike'])
    expect(differences(await replayed(directory), lines)).toEqual([])
  })

  it('are smaller where one leg is held in a market that moves more than usual, and say where that is not known', async () => {
    const opened = (await live()).signals.filter(({ state }) => state === 'opened')
    const of = (strategy: string, asset: string) => opened.filter((each) => each.strategy === strategy && each.asset === asset)
    const sizes = (all: SignalEvent[]) => all.map(({ positionSize, confidence }) => (positionSize ?? 0) / (confidence ?? 0))
    const [bitcoin, ethereum] = [of('volume-spike', 'bitcoin'), of('volume-spike', 'ethereum')]
    expect(sizes(bitcoin)).toEqual(bitcoin.map(() => expect.closeTo(0.02 * 0.4, 12)))
    expect(bitcoin[0]).toMatchObject({ volatilityFactor: 0.4, riskLevel: 'HIGH', sizing: 'volatility ×0.4: binance 1d bars' })
    expect(sizes(ethereum)).toEqual(ethereum.map(() => expect.closeTo(0.02, 12)))
    expect(ethereum[0]).toMatchObject({ volatilityFactor: null, sizing: 'not adjusted for volatility: no bars' })
    // What one leg loses by a move the other one wins.
    const [hedged] = of('arbitrage', 'bitcoin')
    expect(hedged).toMatchObject({ volatilityFactor: null, sizing: null, riskLevel: 'HIGH' })
  })

  it('do not depend on what a timer looked at while nothing came', async () => {
    await live()
    const slow = await temporaryDirectory()
    // Every seven seconds of the recording three and a half in which nothing comes.
    const silences = (stamp: number) => Math.floor((stamp / 1_000 - START_MS) / 7_000) * 3_517_000
    await writeLines(
      slow,
      (await readLines(directory)).map((line) => ({ ...line, stamp: line.stamp + silences(line.stamp) })),
    )
    const [without, withTimers] = [await playedWith(slow, undefined), await playedWith(slow, 100)]
    expect(without.some((line) => line.includes('"suspended"'))).toBe(true)
    expect(differences(withTimers, without)).toEqual([])
  })

  it('go on where one strategy fails, which is told once and asked no more', async () => {
    await live()
    let asked = 0
    const failing = defineBookStrategy({
      ...{ name: 'failing', description: 'Fails', parameters: {} },
      needs: () => ({ stepMs: 1_000, maxBookAgeMs: 2_000 }),
      create: () => ({
        onStep: () => {
          asked += 1
          if (asked === 3) throw new Error('a mistake')
        },
      }),
    })
    const books = [{ strategy: failing, settings: settingsOf(failing) }]
    const [alone, beside] = [
      await playedWith(directory, undefined, { ...RULES, books: [] }),
      await playedWith(directory, undefined, { ...RULES, books }),
    ]
    expect(asked).toBe(3)
    const told = beside.filter((line) => line.includes('a mistake'))
    expect(told).toHaveLength(1)
    expect(beside.filter((line) => !told.includes(line))).toEqual(alone)
  })

  it('are told once in their life, and never of a book that is lost', async () => {
    const { signals, blind, subscribed } = await live()
    expect(subscribed).toEqual(signals)
    expect(blind).toEqual([])
    expect(signals.some(({ state }) => state === 'suspended')).toBe(true)
    expect(signals.some(({ state, reason }) => state === 'silent' && reason.includes('book'))).toBe(true)
    const until = new Map<string, number>()
    for (const [id, told] of lives(signals)) {
      const [first, ...others] = told
      if (first === undefined) continue
      expect(first.state, id).toBe('opened')
      expect(others.filter(({ state }) => state === 'opened')).toEqual([])
      expect(told.at(-1)?.state).toBe('closed')
      // Between two of the same kind the first one is over.
      expect(first.receivedAt).toBeGreaterThanOrEqual(until.get(keyOf(first)) ?? 0)
      until.set(keyOf(first), told.at(-1)?.closedAt ?? Number.POSITIVE_INFINITY)
      expect(told.at(-1)?.closedAt ?? 0).toBeLessThanOrEqual(first.expiresAt ?? 0)
    }
  })
})
