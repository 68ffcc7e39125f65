import { describe, expect, it } from 'vitest'
import { scoreRows } from '../../../../src/core/live/signals/track.js'
import { correlationOfChanges } from '../../../../src/core/signals/market-context.js'
import { outcomeOf } from '../../../../src/core/signals/outcome.js'
import { type ScoredSignal, scoreSignals, trackRecords } from '../../../../src/core/signals/score.js'

const DAY = 86_400_000

/** Daily bars from the epoch: [open, close]; undefined is a hole. */
function prices(...rows: readonly ([number, number] | undefined)[]) {
  const kept = rows.flatMap((row, i) => (row === undefined ? [] : [{ at: i * DAY, row }]))
  return {
    timestamp: Float64Array.from(kept, ({ at }) => at),
    open: Float64Array.from(kept, ({ row }) => row[0]),
    close: Float64Array.from(kept, ({ row }) => row[1]),
  }
}

describe('a signal', () => {
  const bars = prices([100, 101], [102, 104], [104, 110], [110, 99])

  it.each([
    ['long', 1, 1, 104 / 102 - 1],
    ['long', 1, 2, 110 / 102 - 1],
    ['short', 1, 3, 1 - 99 / 102],
    ['long', 0, 1, 101 / 100 - 1],
  ] as const)('%s at the begin of day %d is followed from the open for %d days', (signal, day, days, wanted) => {
    const { return: change, reason } = outcomeOf({ signal, saidAt: day * DAY }, bars, DAY, days * DAY)
    expect(change).toBeCloseTo(wanted, 12)
    expect(reason).toBeNull()
  })

  it('is pending until the last bar of its horizon is over', () => {
    expect(outcomeOf({ signal: 'long', saidAt: 2 * DAY }, bars, DAY, 2 * DAY).reason).toBeNull()
    expect(outcomeOf({ signal: 'long', saidAt: 2 * DAY }, bars, DAY, 3 * DAY)).toEqual({ return: null, reason: 'pending' })
    expect(outcomeOf({ signal: 'long', saidAt: 4 * DAY }, bars, DAY, DAY)).toEqual({ return: null, reason: 'pending' })
  })

  it('has no outcome where a bar is missing at either end: nothing is filled in', () => {
    const holed = prices([100, 101], undefined, [104, 110], [110, 99])
    expect(outcomeOf({ signal: 'long', saidAt: DAY }, holed, DAY, 2 * DAY).reason).toBe('no-bar')
    expect(outcomeOf({ signal: 'long', saidAt: 0 }, holed, DAY, 2 * DAY).reason).toBe('no-bar')
    expect(outcomeOf({ signal: 'long', saidAt: 0 }, holed, DAY, 3 * DAY).return).toBeCloseTo(0.1, 12)
    expect(outcomeOf({ signal: 'long', saidAt: 0 }, prices(), DAY, DAY).reason).toBe('no-bar')
  })

  it('that says flat holds nothing, and one shorter than a bar cannot be judged', () => {
    expect(outcomeOf({ signal: 'flat', saidAt: 0 }, bars, DAY, DAY).reason).toBe('not-scored')
    expect(outcomeOf({ signal: 'long', saidAt: 0 }, bars, DAY, DAY / 2).reason).toBe('no-bar')
  })
})

function scored(day: number, change: number | null, changes: Partial<ScoredSignal> = {}): ScoredSignal {
  return {
    strategy: 'momentum',
    asset: 'bitcoin',
    timestamp: day * DAY,
    confidence: 0.7,
    outcomes: [{ return: change, reason: change === null ? 'pending' : null }],
    ...changes,
  }
}

describe('a strategy', () => {
  it('is told with n beside every figure', () => {
    const said = [scored(0, 0.1), scored(7, -0.04), scored(14, 0.03, { confidence: 0.9 }), scored(21, null), scored(28, 0)]
    const [score] = scoreSignals(said, [7 * DAY], 0)
    expect(score?.horizons[0]).toMatchObject({ n: 4, nIndependent: 4, pending: 1, noBar: 0, hits: 2, hitRate: 0.5, reason: null })
    expect(score?.horizons[0]?.meanReturn).toBeCloseTo(0.0225, 12)
    // Wilson's interval of 2 in 4, as published tables have it.
    expect(score?.horizons[0]?.hitRateLow).toBeCloseTo(0.15004, 4)
    expect(score?.horizons[0]?.hitRateHigh).toBeCloseTo(0.84996, 4)
    expect(score?.calibration).toMatchObject([
      { n: 0, hitRate: null },
      { n: 0 },
      { n: 0 },
      { n: 3, hitRate: 1 / 3 },
      { n: 1, hitRate: 1 },
    ])
    expect(score?.brier).toBeCloseTo((0.09 + 0.49 + 0.01 + 0.49) / 4, 12)
  })

  it('that says the same thing every day has said it once: the interval knows', () => {
    const daily = Array.from({ length: 70 }, (_, day) => scored(day, 0.01))
    const [score] = scoreSignals(daily, [7 * DAY], 0)
    expect(score?.horizons[0]).toMatchObject({ n: 70, nIndependent: 10, hitRate: 1 })
    expect(score?.horizons[0]?.hitRateLow).toBeCloseTo(0.72247, 4)
    const twoAssets = [...daily, ...daily.map((each) => ({ ...each, asset: 'ethereum' }))]
    expect(scoreSignals(twoAssets, [7 * DAY], 0)[0]?.horizons[0]?.nIndependent).toBe(20)
  })

  it('without a figure has the reason', () => {
    const flat: ScoredSignal = scored(0, null, { outcomes: [{ return: null, reason: 'not-scored' }] })
    const nothing = { hitRate: null, meanReturn: null, hitRateLow: null, n: 0 }
    expect(scoreSignals([flat], [DAY], 0)[0]).toMatchObject({
      signals: 1,
      flat: 1,
      brier: null,
      horizons: [{ ...nothing, reason: 'it has never said long or short' }],
    })
    expect(scoreSignals([scored(0, null)], [DAY], 0)[0]?.horizons[0]).toMatchObject({
      ...nothing,
      reason: 'the time of 1 signals is not over',
    })
    const holed = scored(0, null, { outcomes: [{ return: null, reason: 'no-bar' }] })
    expect(scoreSignals([holed], [DAY], 0)[0]?.horizons[0]?.reason).toContain('no bars')
    expect(scoreSignals([], [DAY], 0)).toEqual([])
  })

  it('is weighed by nothing whose time was not over yet', () => {
    const said = [scored(0, 0.1), scored(10, -0.1), scored(20, 0.1)]
    expect(trackRecords(said, 0, 7 * DAY, 17 * DAY).get('momentum')).toEqual({ hits: 1, count: 2 })
    expect(trackRecords(said, 0, 7 * DAY, 17 * DAY - 1).get('momentum')).toEqual({ hits: 1, count: 1 })
  })
})

describe('the correlation with a series of working days', () => {
  const days = Array.from({ length: 60 }, (_, day) => day)
  const moves = days.map((day) => Math.sin(day * 12.9898) / 10)
  const asset = {
    timestamp: Float64Array.from(days, (day) => day * DAY),
    close: Float64Array.from(days, (day) => 100 * Math.exp(moves.slice(0, day + 1).reduce((sum, move) => sum + move, 0))),
  }
  const working = days.filter((day) => day % 7 < 5)
  // The series does with each move, weekends included, what the asset does: turned round.
  const series = {
    date: working.map((day) => day * DAY),
    value: working.map((day) => 20 - 10 * moves.slice(0, day + 1).reduce((sum, move) => sum + move, 0)),
  }

  it('takes the days that both have first, so that a Monday holds its weekend', () => {
    expect(correlationOfChanges(asset, series)).toBeCloseTo(-1, 12)
  })

  it('is unknown with fewer than thirty changes', () => {
    expect(correlationOfChanges(asset, { date: series.date.slice(0, 30), value: series.value.slice(0, 30) })).toBeNaN()
    expect(correlationOfChanges(asset, { date: series.date.slice(0, 31), value: series.value.slice(0, 31) })).toBeCloseTo(-1, 12)
  })
})

it('scores as many stored signals as years of them make', () => {
  const said = { id: '', strategy: 'momentum', asset: 'bitcoin', strength: 'WEAK', positionSize: 0, riskLevel: null } as const
  const rest = {
    signal: 'long',
    confidence: 1,
    expiresAt: null,
    context: { source: 'binance', interval: '1d' },
    createdAt: 0,
  } as const
  const rows = Array.from({ length: 150_000 }, (_, i) => ({ ...said, ...rest, timestamp: i * DAY }))
  const asked: number[] = []
  const candleColumns = (_: unknown, from = 0) => {
    asked.push(from)
    return { ...prices([100, 101]), high: new Float64Array(1), low: new Float64Array(1), volume: new Float64Array(1) }
  }
  expect(scoreRows({ candleColumns, candleSpans: () => [] }, rows, [DAY])).toHaveLength(150_000)
  expect(asked).toEqual([0])
})
