import { expect, it } from 'vitest'
import { exchange as bybit } from '../../src/core/exchanges/bybit/index.js'
import { Pipeline } from '../../src/core/feed/pipeline.js'
import { DEFAULT_LIMITS } from '../../src/core/feed/validation.js'
import { MinuteStats } from '../../src/core/live/minute-stats.js'
import type { StreamStatsRow } from '../../src/core/storage/rows.js'

const MINUTE = Date.UTC(2026, 10, 21)

/** A run that gets trades at these ms of the minute and is stopped; gives what it wrote. */
function run(times: readonly number[], earlier: readonly StreamStatsRow[] = []): StreamStatsRow[] {
  const rows: StreamStatsRow[] = []
  const nothing = () => undefined
  const pipeline = new Pipeline(bybit, {
    publish: nothing,
    changed: nothing,
    cover: nothing,
    cure: nothing,
    control: nothing,
    unknown: nothing,
    limits: DEFAULT_LIMITS,
  })
  const stats = new MinuteStats(
    () => [pipeline],
    (row) => rows.push(row),
    earlier,
  )
  for (const ms of times) {
    stats.advance(MINUTE + ms)
    const data = [{ T: MINUTE + ms, s: 'BTCUSDT', S: 'Buy', v: '1', p: '100', L: 'PlusTick', i: `id ${ms}`, BT: false }]
    const frame = { topic: 'publicTrade.BTCUSDT', type: 'snapshot', ts: MINUTE + ms, data }
    pipeline.frame(1, (MINUTE + ms) * 1000, Buffer.from(JSON.stringify(frame)))
  }
  stats.flush()
  return rows
}

it('adds to the minute in which the run before was stopped, and to no other', () => {
  const first = run([1_000, 2_000, 3_000])
  expect(first).toMatchObject([{ minute: MINUTE, symbol: 'BTCUSDT', channel: 'trades', messages: 3, validShare: 1 }])
  const second = run([10_000, 20_000, 61_000, 62_000], first)
  expect(second.map(({ minute, messages }) => [minute - MINUTE, messages])).toEqual([
    [0, 5],
    [60_000, 2],
  ])
  expect(second[0]?.latencyMean).toBe(0)
})
