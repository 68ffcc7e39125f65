import { describe, expect, it } from 'vitest'
import { loadExchange } from '../../../../src/core/exchanges/registry.js'
import { Coverage } from '../../../../src/core/feed/coverage.js'
import type { CoverageSpan } from '../../../../src/core/feed/coverage-span.js'
import { Cadence } from '../../../../src/core/feed/freshness.js'
import { holeBefore } from '../../../../src/core/feed/trade-ids.js'
import type { Channel } from '../../../../src/core/market/event.js'

const binance = await loadExchange('binance')
const bybit = await loadExchange('bybit')
const START = 1_000_000

function watched(exchange = binance) {
  const rows = new Map<number, CoverageSpan>()
  const coverage = new Coverage(exchange, (span) => rows.set(span.startedAt, span))
  const at = (second: number) => START + second * 1000
  const hear = (channel: Channel, second: number, id?: number) => {
    coverage.advance(at(second))
    const track = coverage.track(channel, 'BTCUSDT')
    const hole = id === undefined ? undefined : holeBefore(track, String(id))
    if (hole !== undefined) coverage.gap(track, hole.lastId, hole.nextId, 'hole', at(second))
    coverage.heard(track, 1, at(second))
  }
  const told = () =>
    [...rows.values()]
      .sort((a, b) => a.startedAt - b.startedAt)
      .map(({ state, startedAt, endedAt }) => {
        return `${state} ${(startedAt - START) / 1000}..${(endedAt - START) / 1000}`
      })
  return { coverage, rows, at, hear, told }
}

describe('coverage', () => {
  it('tells a hole in trade ids from the last trade before it, with both ids', () => {
    const { coverage, rows, at, hear, told } = watched()
    hear('trades', 0, 10)
    hear('trades', 1, 11)
    hear('trades', 2, 14)
    coverage.close(at(3))
    expect(told()).toEqual(['contiguous 0..1', 'gap 1..2', 'contiguous 2..3'])
    expect(rows.get(at(1))?.detail).toBe('11..14 hole')
  })

  it('takes an outage back when the ids prove that nothing was sent meanwhile', () => {
    const { coverage, at, hear, told } = watched()
    hear('trades', 0, 10)
    coverage.closed(1, 'cut', true, at(1))
    coverage.opened(1, at(2))
    hear('trades', 5, 11)
    hear('trades', 6, 12)
    coverage.close(at(7))
    expect(told()).toEqual(['contiguous 0..7'])
  })

  it('keeps an outage where the ids prove a loss, also after a reconnect', () => {
    const { coverage, at, hear, told } = watched()
    hear('trades', 0, 10)
    coverage.closed(1, 'cut', true, at(1))
    coverage.opened(1, at(2))
    hear('trades', 5, 12)
    coverage.close(at(7))
    expect(told()).toEqual(['gap 0..5', 'contiguous 5..7'])
  })

  it('calls a channel that fell silent stale since its last message, and unproven again with the next', () => {
    const { coverage, at, hear, told } = watched()
    for (let second = 0; second <= 20; second++) hear('ticker', second)
    for (let second = 21; second < 50; second++) coverage.advance(at(second))
    hear('ticker', 50)
    coverage.close(at(51))
    expect(told()).toEqual(['unproven 0..20', 'stale 20..50', 'unproven 50..51'])
  })

  it('never calls liquidations stale: they are quiet while their connection lives, and a gap while it does not', () => {
    const { coverage, at, told } = watched()
    coverage.opened(1, at(0))
    coverage.subscribed('liquidations', 'BTCUSDT', 1, at(0))
    coverage.advance(at(100_000))
    coverage.alive(1, at(99_990))
    coverage.closed(1, 'cut', true, at(100_000))
    coverage.opened(1, at(100_010))
    coverage.close(at(100_020))
    expect(told()).toEqual(['quiet 0..99990', 'gap 99990..100010', 'quiet 100010..100020'])
  })

  it('goes by the topic where several channels share one: a steady open interest is no fault', () => {
    const { coverage, rows, at, hear } = watched(bybit)
    hear('open-interest', 0)
    for (let second = 0; second < 200; second++) hear('ticker', second)
    coverage.close(at(200))
    expect([...rows.values()].filter(({ state }) => state !== 'unproven')).toEqual([])
  })

  it('leaves sealed ends behind when the program dies', () => {
    const { coverage, at, hear, told } = watched()
    for (let second = 0; second <= 34; second++) {
      coverage.advance(at(second))
      hear('ticker', second)
    }
    expect(told()).toEqual(['unproven 0..30'])
  })
})

describe('the cadence of a channel', () => {
  it('stretches the rule of a channel that always comes slowly, and shortens what is quiet for a fast one', () => {
    const slow = new Cadence({ proof: 'none', quietMs: 10_000 })
    const fast = new Cadence({ proof: 'none', quietMs: 10_000 })
    for (let i = 1; i <= 40; i++) {
      slow.heard(i * 8_000)
      fast.heard(i * 100)
    }
    expect(slow.freshness(320_000 + 60_000, true)).toBe('quiet')
    expect(slow.freshness(320_000 + 81_000, true)).toBe('stale')
    expect(fast.freshness(4_000 + 900, true)).toBe('live')
    expect(fast.freshness(4_000 + 1_100, true)).toBe('quiet')
    expect(fast.freshness(4_000 + 10_001, true)).toBe('stale')
    expect(fast.freshness(4_000 + 10_001, false)).toBe('dead')
  })

  it('tells an exchange that is down from the start as a gap with its reason, once, of books too', () => {
    const { coverage, rows, at, told } = watched()
    for (const channel of ['book', 'trades'] as const) {
      const { rows: own, coverage: each } = channel === 'book' ? { rows, coverage } : watched()
      each.subscribed(channel, 'BTCUSDT', 1, at(0))
      for (const second of [1, 2, 3]) each.closed(1, 'nobody listens there', true, at(second))
      each.close(at(9))
      expect([...own.values()].at(-1)).toMatchObject({
        channel,
        state: 'gap',
        startedAt: at(1),
        endedAt: at(9),
        detail: 'connection 1 closed: nobody listens there',
      })
    }
    expect(told()).toEqual(['resync 0..1', 'gap 1..9'])
  })

  it('says in the row of a loss what became of it, and that all of it was fetched only when all was', () => {
    const { coverage, rows, at, hear } = watched()
    hear('trades', 0, 10)
    hear('trades', 1, 14)
    const track = coverage.track('trades', 'BTCUSDT')
    const mend = (isWhole: boolean, detail: string) =>
      coverage.rows.mended(track, { rowAt: at(0), isWhole, isProven: true, hasMissed: true, detail })
    mend(false, 'HTTP 500')
    expect(rows.get(at(0))).toMatchObject({ state: 'gap', endedAt: at(1), detail: '10..14 hole; HTTP 500' })
    mend(true, '3 of 3')
    expect(rows.get(at(0))).toMatchObject({ state: 'gap', detail: '10..14 hole; HTTP 500; 3 of 3; backfilled' })
    expect(coverage.track('trades', 'BTCUSDT').span?.state).toBe('contiguous')
  })

  it('calls what was filled without ids unproven, and counts nothing as fetched where nothing was missing', () => {
    const { coverage, rows, at, hear } = watched(bybit)
    hear('trades', 0)
    coverage.closed(1, 'cut', true, at(1))
    coverage.opened(1, at(2))
    hear('trades', 5)
    const track = coverage.track('trades', 'BTCUSDT')
    const rowAt = [...rows.values()].find(({ state }) => state === 'gap')?.startedAt ?? 0
    coverage.rows.mended(track, { rowAt, isWhole: true, isProven: false, hasMissed: false, detail: 'by overlap' })
    expect(rows.get(rowAt)).toMatchObject({ state: 'unproven', detail: 'connection 1 closed: cut; by overlap' })
    coverage.rows.mended(track, { rowAt, isWhole: true, isProven: false, hasMissed: true, detail: '3 fetched' })
    expect(rows.get(rowAt)?.detail).toMatch(/; 3 fetched; backfilled$/)
  })

  it('tells a loss that is found afterwards in the middle of a row, without hole or overlap', () => {
    const { coverage, at, hear, told } = watched(bybit)
    for (const second of [0, 1, 2, 3]) hear('trades', second)
    const track = coverage.track('trades', 'BTCUSDT')
    coverage.rows.found(track, at(1), at(2), { isWhole: false, detail: 'lost' })
    coverage.close(at(4))
    expect(told()).toEqual(['unproven 0..1', 'gap 1..2', 'unproven 2..4'])
  })
})
