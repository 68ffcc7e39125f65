import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { DEFAULT_CONFIG } from '../../src/core/backtest/config.js'
import { type CandleColumns, createMarketData } from '../../src/core/backtest/data.js'
import { runBacktest } from '../../src/core/backtest/engine.js'
import { gridOf, readSpace } from '../../src/core/backtest/optimise/space.js'
import { performanceOf } from '../../src/core/backtest/performance/index.js'
import { seededRandom } from '../../src/core/backtest/random.js'
import { walkForward } from '../../src/core/backtest/walkforward/walk-forward.js'
import { windowsOf } from '../../src/core/backtest/walkforward/windows.js'
import { smaCross } from '../../src/core/strategies/sma-cross.js'
import { bars, HOUR_MS } from '../support/bars.js'

const DAY_MS = 24 * HOUR_MS
const SETS = gridOf(smaCross, readSpace(smaCross, { fast: '3,6', slow: '12,24' })).sets

function walked(count: number, seed: number): CandleColumns {
  const random = seededRandom(seed)
  let price = 100
  return bars(
    ...Array.from({ length: count }, () => {
      const open = price
      price *= 1 + (random.next() - 0.5) * 0.03
      return [open, Math.max(open, price), Math.min(open, price), price] as const
    }),
  )
}

function walk(columns: CandleColumns, isAnchored = false) {
  const data = createMarketData({ traded: [{ asset: 'bitcoin', interval: '1h', intervalMs: HOUR_MS, columns }] })
  const setup = { data, config: DEFAULT_CONFIG, strategy: smaCross, version: 'test', intervalMs: HOUR_MS, warmup: 25 }
  return walkForward({
    setup,
    source: { name: 'sma-cross', folder: '.' },
    strategyHash: undefined,
    holder: 'the test',
    folder: mkdtempSync(path.join(tmpdir(), 'mts-walk-')),
    threads: 1,
    sets: SETS,
    names: ['fast', 'slow'],
    target: 'total_return',
    plan: { train: 20 * DAY_MS, test: 5 * DAY_MS, isAnchored },
  })
}

describe('a walk forward', () => {
  const columns = walked(24 * 60, 5)

  it('chooses in each window what was best in its training, by itself', async () => {
    const { windows } = await walk(columns)
    expect(windows.length).toBeGreaterThan(6)
    for (const { trainFrom, trainTo, parameters, inSample } of windows.slice(0, 3)) {
      const data = createMarketData({ traded: [{ asset: 'bitcoin', interval: '1h', intervalMs: HOUR_MS, columns }] })
      const scores = SETS.map((set) => {
        const config = { ...DEFAULT_CONFIG, parameters: set, start: trainFrom, end: trainTo }
        const run = runBacktest(config, data, smaCross, { version: 'test' })
        return performanceOf(run, { intervalMs: HOUR_MS }).total_return.value ?? Number.NaN
      })
      expect(inSample).toBeCloseTo(Math.max(...scores), 10)
      expect(parameters).toStrictEqual(SETS[scores.indexOf(Math.max(...scores))])
    }
  })

  it('is one account from the first test to the last: the windows multiply to the whole', async () => {
    const { windows, result, performance } = await walk(columns)
    const grown = windows.reduce((product, { totalReturn }) => product * (1 + (totalReturn ?? 0)), 1)
    expect(grown - 1).toBeCloseTo(performance.total_return.value ?? Number.NaN, 10)
    expect(result.timestamps[0]).toBe((windows[0]?.trainTo ?? 0) + HOUR_MS)
    expect(result.timestamps.at(-1)).toBe(windows.at(-1)?.testTo)
  })

  it('knows nothing of what comes after: another future changes no earlier window', async () => {
    const other = walked(24 * 60, 6)
    const change = 24 * 45
    const mixed = (name: keyof CandleColumns) =>
      Float64Array.from(columns[name], (value, i) => (i < change ? value : (other[name][i] ?? 0)))
    const changed: CandleColumns = {
      timestamp: columns.timestamp,
      open: mixed('open'),
      high: mixed('high'),
      low: mixed('low'),
      close: mixed('close'),
      volume: columns.volume,
    }
    const before = (await walk(columns)).windows.filter(({ testTo }) => testTo <= change * HOUR_MS)
    const after = (await walk(changed)).windows.filter(({ testTo }) => testTo <= change * HOUR_MS)
    expect(before.length).toBeGreaterThan(3)
    expect(after).toStrictEqual(before)
  })

  it('keeps the beginning of its training when it is anchored', async () => {
    const { windows } = await walk(columns, true)
    expect(new Set(windows.map(({ trainFrom }) => trainFrom)).size).toBe(1)
  })
})

describe('windows', () => {
  it('test every moment after the first training once', () => {
    const windows = windowsOf(0, 100, { train: 30, test: 20, isAnchored: false })
    expect(windows).toStrictEqual([
      { trainFrom: 0, trainTo: 30, testTo: 50 },
      { trainFrom: 20, trainTo: 50, testTo: 70 },
      { trainFrom: 40, trainTo: 70, testTo: 90 },
      { trainFrom: 60, trainTo: 90, testTo: 100 },
    ])
  })

  it('are refused where not one fits', () => {
    expect(() => windowsOf(0, 30, { train: 30, test: 5, isAnchored: false })).toThrow(
      expect.objectContaining({ code: 'DATA_TOO_SHORT' }),
    )
  })
})
