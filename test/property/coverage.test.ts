import fc from 'fast-check'
import { expect, it } from 'vitest'
import { loadExchange } from '../../src/core/exchanges/registry.js'
import { Coverage } from '../../src/core/feed/coverage.js'
import type { CoverageSpan } from '../../src/core/feed/coverage-span.js'
import { holeBefore } from '../../src/core/feed/trade-ids.js'
import type { Channel } from '../../src/core/market/event.js'

const exchange = await loadExchange('binance')
const CHANNELS: readonly Channel[] = ['book', 'trades', 'ticker', 'funding', 'liquidations']
const CONNECTION = 1
const START = Date.UTC(2026, 0, 2)

/** What the database holds: a later row of the same start takes the place of an earlier one. */
function keeper() {
  const rows = new Map<string, CoverageSpan>()
  const keep = (span: CoverageSpan) => rows.set(`${span.channel} ${span.startedAt}`, span)
  const of = (name: Channel) => [...rows.values()].filter((row) => row.channel === name).sort((a, b) => a.startedAt - b.startedAt)
  return { keep, of }
}

const channel = fc.constantFrom(...CHANNELS)
const action = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('message' as const), channel, lost: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('close' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('open' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('synced' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('doubted' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('subscribe' as const), channel }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('unsubscribe' as const), channel }) },
)
const pause = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 0, max: 900 }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 200_000 }) },
)
const script = fc.array(fc.record({ pause, action }), { maxLength: 120 })
type Action = typeof action extends fc.Arbitrary<infer Value> ? Value : never

function play(
  steps: readonly { readonly pause: number; readonly action: Action }[],
  hasTimer: boolean,
  end: 'close' | 'crash' = 'close',
) {
  const kept = keeper()
  const coverage = new Coverage(exchange, kept.keep)
  const losses: { readonly from: number; readonly to: number }[] = []
  let now = START
  let tradeId = 0
  let lastTrade = 0
  const message = (name: Channel, lost: boolean) => {
    const track = coverage.track(name, 'BTCUSDT')
    if (name === 'trades') {
      tradeId += lost ? 2 : 1
      const hole = holeBefore(track, String(tradeId))
      if (hole !== undefined) {
        coverage.gap(track, hole.lastId, hole.nextId, 'hole', now)
        if (track.span?.state === 'gap') losses.push({ from: lastTrade, to: now })
      }
      lastTrade = now
    }
    coverage.alive(CONNECTION, now)
    coverage.heard(track, CONNECTION, now)
  }
  const act = (step: Action) => {
    switch (step.kind) {
      case 'message':
        return message(step.channel, step.lost)
      case 'close':
        return coverage.closed(CONNECTION, 'cut', true, now)
      case 'open':
        return coverage.opened(CONNECTION, now)
      case 'subscribe':
        return coverage.subscribed(step.channel, 'BTCUSDT', CONNECTION, now)
      case 'unsubscribe':
        return coverage.unsubscribed(step.channel, 'BTCUSDT', now)
      default:
        return coverage.book('BTCUSDT', step.kind === 'synced', '', now)
    }
  }
  for (const name of CHANNELS) coverage.subscribed(name, 'BTCUSDT', CONNECTION, now)
  for (const { pause: ms, action: step } of steps) {
    if (hasTimer) for (let at = now + 1_000; at < now + ms; at += 1_000) coverage.advance(at)
    now += ms
    coverage.advance(now)
    act(step)
  }
  if (end === 'close') coverage.close(now)
  return { ...kept, now, losses, present: (name: Channel) => coverage.find(name, 'BTCUSDT')?.span }
}

it('says of every moment of every channel exactly one thing, whatever happens', () => {
  fc.assert(
    fc.property(script, (steps) => {
      const { of, now } = play(steps, true)
      for (const name of CHANNELS) {
        let end = START
        for (const row of of(name)) {
          expect(row.startedAt).toBe(end)
          expect(row.endedAt).toBeGreaterThanOrEqual(row.startedAt)
          end = row.endedAt
        }
        // A loss within the last millisecond lasts one.
        expect(end - now).toBeGreaterThanOrEqual(0)
        expect(end - now).toBeLessThanOrEqual(1)
      }
    }),
    { numRuns: 300 },
  )
})

it('has told at every moment all that it knows: a crash leaves one open row a channel, in its present state', () => {
  fc.assert(
    fc.property(script, (steps) => {
      const { of, present } = play(steps, true, 'crash')
      for (const name of CHANNELS) {
        const rows = of(name)
        const last = rows.at(-1)
        expect(rows.filter(({ isOpen }) => isOpen)).toStrictEqual([last])
        expect(last).toMatchObject({ ...present(name) })
        for (const [i, row] of rows.slice(0, -1).entries()) expect(row.endedAt).toBe(rows[i + 1]?.startedAt)
      }
    }),
    { numRuns: 300 },
  )
})

it('lists every hole in the ids of trades, from the last trade before it', () => {
  fc.assert(
    fc.property(script, (steps) => {
      const { of, losses } = play(steps, true)
      const rows = of('trades')
      for (const { from, to } of losses) {
        const within = rows.filter((row) => row.startedAt < Math.max(to, from + 1) && row.endedAt > from)
        expect(within.some((row) => row.state === 'gap')).toBe(true)
      }
    }),
    { numRuns: 300 },
  )
})

it('says the same when no timer ran while it was silent, as in a replay', () => {
  fc.assert(
    fc.property(script, (steps) => {
      const [live, replayed] = [play(steps, true), play(steps, false)]
      for (const name of CHANNELS) expect(replayed.of(name)).toStrictEqual(live.of(name))
    }),
    { numRuns: 300 },
  )
})
