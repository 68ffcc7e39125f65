import { describe, expect, it } from 'vitest'
import type { FaultKind, FaultRule } from '../../src/core/sandbox/faults/rule.js'
import { randomRules } from '../support/fault-rules.js'
import { runFaults, runFaultsOnLoopback } from '../support/fault-run.js'
import { exchangesOf } from '../support/live-feed.js'

const EXCHANGES = await exchangesOf('binance', 'binance-spot', 'bybit')

/** Some exchanges ban for ten minutes, all of which passes here. */
const LONGEST_MS = 60_000
/** One exchange is hit after its book is right; the others show that nothing else is disturbed. */
async function hit(rule: Omit<FaultRule, 'exchange'>, exchange = 'binance') {
  const run = await runFaults(1, [{ at: 100, ...rule, exchange }], EXCHANGES, { isFromRight: true })
  const gaps = run.live.events.filter((event) => event.type === 'gap' && event.channel === 'book')
  return { ...run, gaps, hits: run.faults.counts().get(rule.kind) ?? 0 }
}

describe('the live feed while an exchange misbehaves', () => {
  it.each<FaultKind>(['drop', 'reorder', 'garbage', 'truncate'])(
    'tells exactly one gap for one frame that is hit by %s',
    async (kind) => {
      for (const [exchange, topic] of [
        ['binance', 'btcusdt@depth*'],
        ['bybit', 'orderbook*BTCUSDT'],
      ] as const) {
        const { problems, gaps, hits } = await hit({ kind, topic }, exchange)
        expect(problems).toEqual([])
        expect(hits).toBe(1)
        expect(gaps).toMatchObject([{ exchange, symbol: 'BTCUSDT', channel: 'book' }])
      }
    },
  )

  it.each<FaultKind>(['duplicate', 'delay'])('loses nothing and tells nothing when frames come by %s', async (kind) => {
    const { problems, gaps, hits } = await hit({ kind, for: 1_500, chance: 0.3, by: 100 })
    expect(problems).toEqual([])
    expect(hits).toBeGreaterThan(3)
    expect(gaps).toEqual([])
  })

  it.each<FaultKind>(['cut', 'close'])('tells the end of a connection by %s once for each of its books', async (kind) => {
    const { problems, gaps } = await hit({ kind, for: 500 })
    expect(problems).toEqual([])
    expect(gaps.map(({ exchange, symbol }) => `${exchange} ${symbol}`).sort()).toEqual(['binance BTCUSDT', 'binance ETHUSDT'])
  })

  it('tells what a stall swallowed as soon as data comes again', async () => {
    const { problems, gaps } = await hit({ kind: 'stall', for: 1_000 })
    expect(problems).toEqual([])
    expect(gaps).toHaveLength(2)
  })

  it('tells what one silent topic missed, and nothing of the others', async () => {
    const { problems, gaps, hits } = await hit({ kind: 'mute', for: 1_000, topic: '*@depth*' })
    expect(problems).toEqual([])
    expect(hits).toBeGreaterThan(3)
    expect(gaps).toHaveLength(1)
  })

  it.each<FaultKind>(['snapshot-lag', 'old-snapshot', 'error-body', '429'])(
    'never shows a book made from an answer of %s',
    async (kind) => {
      const answers: FaultRule = {
        kind,
        exchange: 'binance',
        at: 0,
        for: 1_500,
        ...(kind === '429' ? { times: 1, retryAfter: 1 } : {}),
      }
      const { problems, faults } = await runFaults(1, [answers], EXCHANGES)
      expect(problems).toEqual([])
      expect(faults.counts().get(kind)).toBeGreaterThan(0)
    },
  )

  it.each<FaultKind>(['clock-skew', 'clock-jump'])("keeps books right while the exchange's clock is wrong by %s", async (kind) => {
    const { problems, gaps } = await hit({ kind, for: 1_500, by: -60_000 })
    expect(problems).toEqual([])
    expect(gaps).toEqual([])
  })

  it.each<FaultKind>(['429', '418', '403'])(
    'asks nothing of an exchange while a ban of %s lasts, and keeps what is right',
    async (kind) => {
      const asks: FaultRule[] = [
        { kind: 'drop', at: 100, times: 1, exchange: 'binance', topic: 'btcusdt@depth*' },
        { kind, at: 100, times: 1, retryAfter: 7, exchange: 'binance' },
      ]
      const { problems, faults, live } = await runFaults(1, asks, EXCHANGES, { isFromRight: true })
      expect(problems).toEqual([])
      expect(faults.counts().get(kind)).toBe(1)
      const broken = live.events.flatMap((event) => (event.type === 'status' && event.status === 'suspect' ? [event.symbol] : []))
      expect([...new Set(broken)]).toEqual(['BTCUSDT'])
    },
  )

  it('finds out by itself that a connection is dead of which nobody told the end', async () => {
    const both = ['binance', 'bybit'].map((exchange): FaultRule => ({ kind: 'half-open', at: 100, exchange }))
    const { problems, faults, live } = await runFaults(1, both, EXCHANGES, { isFromRight: true })
    expect(problems).toEqual([])
    expect(faults.counts().get('half-open')).toBeGreaterThan(100)
    const gaps = live.events.flatMap((event) => (event.type === 'gap' && event.channel === 'book' ? [event] : []))
    expect(gaps.map(({ exchange, symbol }) => `${exchange} ${symbol}`).sort()).toEqual([
      'binance BTCUSDT',
      'binance ETHUSDT',
      'bybit BTCUSDT',
    ])
  })

  it.each<FaultKind>(['cut', 'refuse', 'stall', 'mute'])('has valid data within 5 s after 10 s of %s', async (kind) => {
    const rules = ['binance', 'bybit'].flatMap((exchange): FaultRule[] => [
      ...(kind === 'refuse' ? [{ kind: 'cut', at: 200, exchange } as const] : []),
      { kind, at: 100, for: 10_000, exchange },
    ])
    const { problems, faults } = await runFaults(1, rules, EXCHANGES, { isFromRight: true })
    expect(problems).toEqual([])
    expect(faults.counts().get(kind)).toBeGreaterThan(0)
  })

  it(
    'shows nothing wrong, hides no loss and invents none under random faults',
    async () => {
      const seed = Math.floor(Math.random() * 1_000_000)
      process.stdout.write(`random faults: FAULT_SEED=${seed}\n`)
      const runs = await Promise.all([0, 1, 2].map((i) => runFaults(seed + i, randomRules(seed + i), EXCHANGES)))
      expect(runs.flatMap(({ problems }, i) => problems.map((problem) => `seed ${seed + i}: ${problem}`))).toEqual([])
    },
    LONGEST_MS,
  )

  it('does the same over real sockets', async () => {
    const rules: FaultRule[] = [
      { kind: 'drop', chance: 0.1 },
      { kind: 'reorder', chance: 0.1, exchange: 'bybit' },
      { kind: 'cut', every: 2_000 },
    ]
    const { problems, faults } = await runFaultsOnLoopback(1, rules, EXCHANGES)
    expect(problems).toEqual([])
    for (const kind of ['drop', 'reorder', 'cut'] as const) expect(faults.counts().get(kind)).toBeGreaterThan(0)
  })
})
