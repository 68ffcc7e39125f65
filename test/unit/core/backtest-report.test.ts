import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drawdownPeriods, drawdowns, fallsOf } from '../../../src/core/analysis/statistics-drawdown.js'
import { answerOf, diagnosisOf } from '../../../src/core/backtest/report/answer.js'
import { monthlyReturns, worstDrawdowns } from '../../../src/core/backtest/report/periods.js'
import { thinnedRows } from '../../../src/core/backtest/report/thin.js'
import { dotChart } from '../../../src/core/cli/output/spark.js'

const DAY_MS = 86_400_000

describe('a long series made short to draw', () => {
  it('keeps first, last, lowest and highest of every span of time, and the whole where it is short', () => {
    const series = fc.array(
      fc.record({ gap: fc.integer({ min: 1, max: 50 }), value: fc.double({ min: -1e6, max: 1e6, noNaN: true }) }),
      {
        minLength: 1,
        maxLength: 400,
      },
    )
    fc.assert(
      fc.property(series, fc.integer({ min: 1, max: 20 }), (points, spans) => {
        let time = 0
        const timestamp = Float64Array.from(points, ({ gap }) => (time += gap))
        const values = Float64Array.from(points, ({ value }) => value)
        const rows = thinnedRows(timestamp, [values], spans)
        expect(rows).toEqual([...new Set(rows)].sort((a, b) => a - b))
        if (points.length <= 2 * spans) {
          expect(rows).toHaveLength(points.length)
          return
        }
        expect(rows.length).toBeLessThanOrEqual(4 * (spans + 1))
        const start = timestamp[0] ?? 0
        const width = ((timestamp.at(-1) ?? 0) - start) / spans
        const spanOf = (row: number): number => Math.floor(((timestamp[row] ?? 0) - start) / width)
        const all = [...timestamp.keys()]
        for (const span of new Set(all.map(spanOf))) {
          const [own, kept] = [all, rows].map((list) => list.filter((row) => spanOf(row) === span).map((row) => values[row] ?? 0))
          expect([Math.min(...(kept ?? [])), Math.max(...(kept ?? [])), kept?.[0], kept?.at(-1)]).toEqual([
            Math.min(...(own ?? [])),
            Math.max(...(own ?? [])),
            own?.[0],
            own?.at(-1),
          ])
        }
      }),
      { numRuns: 200 },
    )
  })

  it('fits a terminal, and shows a spike of a single bar', () => {
    const values = Array.from({ length: 10_000 }, (_, i) => (i === 5000 ? 50 : 1))
    const lines = dotChart(values, 40, 4)
    expect(lines.map((line) => line.length)).toEqual([40, 40, 40, 40])
    expect(lines[0]?.replaceAll('\u2800', '')).toHaveLength(1)
    expect(dotChart([5, 5, 5], 10, 1)).toHaveLength(1)
  })
})

describe('the deepest and the longest fall', () => {
  it('are those of the list of all falls', () => {
    const equity = fc.array(fc.integer({ min: -3, max: 12 }), { minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(equity, (values) => {
        const periods = drawdownPeriods(drawdowns(values, 10))
        expect(fallsOf(values, 10)).toEqual({
          deepest: Math.min(0, ...periods.map(({ depth }) => depth)),
          peakToRecovery: Math.max(0, ...periods.map(({ peak, last, recovery }) => (recovery ?? last) - peak)),
          underwater: Math.max(0, ...periods.map(({ peak, last }) => last - peak)),
        })
      }),
      { numRuns: 300 },
    )
  })
})

describe('months', () => {
  it('are by the close of their last bar, a close at midnight belonging to the day before, and marked where they are not whole', () => {
    const start = Date.UTC(2026, 0, 15)
    const timestamps = Float64Array.from({ length: 50 }, (_, i) => start + (i + 1) * DAY_MS)
    const values = Float64Array.from(timestamps, (_, i) => 100 + i)
    const months = monthlyReturns({ timestamps, values, start: 100 }, undefined, start)
    expect(months).toEqual([
      { month: '2026-01', return: 116 / 100 - 1, benchmark: null, isPartial: true },
      { month: '2026-02', return: 144 / 116 - 1, benchmark: null, isPartial: false },
      { month: '2026-03', return: 149 / 144 - 1, benchmark: null, isPartial: true },
    ])
  })

  it('are 0 after ruin, never a number without sense', () => {
    const timestamps = Float64Array.from([Date.UTC(2026, 1, 1), Date.UTC(2026, 2, 1)])
    const months = monthlyReturns({ timestamps, values: Float64Array.from([0, 0]), start: 100 }, undefined, Date.UTC(2026, 0, 1))
    expect(months.map((month) => month.return)).toEqual([-1, 0])
  })
})

it('lists draw-downs from the deepest, the start capital among the highs, unfinished ones without a recovery', () => {
  const timestamps = Float64Array.from({ length: 6 }, (_, i) => (i + 1) * DAY_MS)
  const values = Float64Array.from([90, 110, 99, 120, 60, 70])
  const [deepest, second, third] = worstDrawdowns({ timestamps, values, start: 100 }, 0)
  expect(deepest).toMatchObject({ depth: -0.5, peakTime: 4 * DAY_MS, troughTime: 5 * DAY_MS, recoveryTime: null, days: 2 })
  expect([second?.depth, third?.depth].map((depth) => Number(depth?.toFixed(6)))).toEqual([-0.1, -0.1])
  expect([second?.peakTime, second?.recoveryTime]).toEqual([0, 2 * DAY_MS])
})

describe('the answer', () => {
  const facts = { strategy: 'mine', currency: 'USDT', cash: 1000, trades: 3, open: 0 }

  it('says which of the two did better, whatever their signs', () => {
    expect(answerOf({ ...facts, finalEquity: 900, benchmarkReturn: -0.2 })).toBe(
      'mine lost 10.00 % after all costs (-100.00 USDT on 1,000.00); buy and hold lost 20.00 %, 10.00 points worse.',
    )
    expect(answerOf({ ...facts, finalEquity: 1100, benchmarkReturn: 0.25 })).toContain(
      'buy and hold made 25.00 %, 15.00 points better.',
    )
    expect(answerOf({ ...facts, finalEquity: 1100, benchmarkReturn: 0.1 })).toContain('buy and hold made 10.00 %, the same.')
    expect(answerOf({ ...facts, finalEquity: 1100, benchmarkReturn: null })).toBe(
      'mine made 10.00 % after all costs (100.00 USDT on 1,000.00).',
    )
  })

  it('names what blocked every signal where nothing was traded', () => {
    const blocked = [{ reason: 'insufficient-margin' as const, count: 7, timestamp: 0, example: '' }]
    expect(diagnosisOf({ positions: 0, blocked, silences: [], signals: 7, bars: 99 })).toContain(
      'of 7 signals none became a position (insufficient-margin 7 times)',
    )
    expect(diagnosisOf({ positions: 0, blocked: [], silences: [], signals: 0, bars: 99 })).toContain('no signal on any of 99 bars.')
    expect(diagnosisOf({ positions: 1, blocked, silences: [], signals: 7, bars: 99 })).toBeNull()
  })

  it('gives the reasons of a strategy that said nothing', () => {
    const silences = [
      { reason: 'VIX is calm', count: 90 },
      { reason: 'too few bars', count: 9 },
    ]
    expect(diagnosisOf({ positions: 0, blocked: [], silences, signals: 0, bars: 99 })).toContain(
      'no signal on any of 99 bars: VIX is calm (90 times); too few bars (9 times).',
    )
  })
})
