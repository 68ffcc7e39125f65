import { describe, expect, it } from 'vitest'
import { type BacktestConfig, DEFAULT_CONFIG } from '../../../src/core/backtest/config.js'
import { createMarketData, type FundingData, type MarketData, type SeriesData } from '../../../src/core/backtest/data.js'
import { runBacktest } from '../../../src/core/backtest/engine.js'
import { defineStrategy, type Needs, type Strategy, type View } from '../../../src/core/strategies/contract.js'
import { strategyNamed } from '../../../src/core/strategies/registry.js'
import { bars, each, HOUR_MS, ordering } from '../../support/bars.js'

const RUN = { version: 'test' }
const FREE: BacktestConfig = { ...DEFAULT_CONFIG, fees: { maker: 0, taker: 0, fixed: 0 } }
const FLAT = [100, 101, 99, 100] as const

function series(
  asset: string,
  rows: readonly (readonly [number, number, number, number])[],
  times?: readonly number[],
): SeriesData {
  const columns = bars(...rows)
  const timestamp = times === undefined ? columns.timestamp : Float64Array.from(times, (hour) => hour * HOUR_MS)
  return { asset, interval: '1h', intervalMs: HOUR_MS, columns: { ...columns, timestamp } }
}

function flat(count: number, asset = 'a'): SeriesData {
  return series(
    asset,
    Array.from({ length: count }, () => FLAT),
  )
}

function looking(needs: Needs, look: (view: View) => unknown): { strategy: Strategy; seen: unknown[] } {
  const seen: unknown[] = []
  const create = () => ({ onBar: (view: View) => void seen.push(look(view)) })
  return {
    strategy: defineStrategy({ name: 'looking', description: 'x', parameters: {}, needs: () => needs, warmup: () => 0, create }),
    seen,
  }
}

function run(data: MarketData, strategy: Strategy, config: Partial<BacktestConfig> = {}) {
  return runBacktest({ ...FREE, ...config }, data, strategy, RUN)
}

describe('the view', () => {
  it('shows a macro value from its publication on, and a revision from its own', () => {
    const macro = {
      indicator: 'VIX',
      date: Float64Array.of(0, 0, 1),
      availableAt: Float64Array.of(2 * HOUR_MS, 3 * HOUR_MS, 4 * HOUR_MS),
      value: Float64Array.of(10, 11, 20),
    }
    const data = createMarketData({ traded: [flat(4)], macro: [macro] })
    const { strategy, seen } = looking({ macro: ['VIX'] }, (view) => {
      const vix = view.macro('VIX')
      return Array.from({ length: vix.length }, (_, back) => vix.value(back))
    })
    run(data, strategy)
    expect(seen).toStrictEqual([[], [10], [11], [20, 11]])
  })

  it('shows a longer bar only when it has closed', () => {
    const four: SeriesData = { ...series('a', [[100, 101, 70, 77]]), interval: '4h', intervalMs: 4 * HOUR_MS }
    const data = createMarketData({ traded: [flat(5)], context: [four] })
    const { strategy, seen } = looking({ series: { slow: { interval: '4h' } } }, (view) => view.series('slow').length)
    run(data, strategy)
    expect(seen).toStrictEqual([0, 0, 0, 1, 1])
  })

  it.each([-1, 0.5, Number.NaN, 3])('refuses to look %s bars back of three', (back) => {
    const strategy = each('peeking', (view) => void (view.bars.length === 3 && view.bars.close(back)))
    const failing = () => run(createMarketData({ traded: [flat(5)] }), strategy)
    expect(failing).toThrow(
      /peeking failed on bar 2 of a, 1970-01-01T02:00:00.000Z: Asked for bar of 1h .* back, but 0 to 2 can be seen/,
    )
  })

  it('marks and trades several assets in one account, each on its own bars', () => {
    const other = series('b', [FLAT, [200, 200, 200, 200], [210, 210, 210, 210]], [0, 2, 3])
    const data = createMarketData({ traded: [flat(4), other] })
    const strategy = each('both', (view, sink) => {
      if (view.bars.length === 1) sink.order({ side: 'buy', type: 'market', quantity: 1, reason: 'x' })
    })
    const result = run(data, strategy)
    expect(result.fills.map(({ asset, bar, price }) => [asset, bar, price])).toStrictEqual([
      ['a', 1, 100],
      ['b', 2, 200],
    ])
    expect([...result.equity]).toStrictEqual([100_000, 100_000, 100_000, 100_010])
    expect(result.warnings).toStrictEqual([
      'b 1h: 1 bars missing in 1 hole, the first from 1970-01-01T01:00:00.000Z; nothing is filled in',
    ])
  })

  it('asks a strategy of the whole portfolio once a step', () => {
    const data = createMarketData({ traded: [flat(3, 'a'), flat(3, 'b')] })
    let asked = 0
    const strategy = defineStrategy({
      name: 'all',
      description: 'x',
      scope: 'portfolio',
      parameters: {},
      warmup: () => 0,
      create: () => ({
        onBar(view, sink) {
          asked += 1
          if (view.barsOf(1).length === 1)
            sink.signal({ signal: 'long', strength: 1, confidence: 1, reason: 'x', asset: 1, size: 0.5 })
        },
      }),
    })
    const result = run(data, strategy)
    expect(asked).toBe(3)
    expect(result.open).toMatchObject([{ asset: 'b', quantity: 500 }])
  })
})

describe('start and warm-up', () => {
  it('lets the strategy see bars before the start, and trades from the start on', () => {
    const buyhold = strategyNamed('buyhold')
    const result = run(createMarketData({ traded: [flat(6)] }), buyhold, { start: 3 * HOUR_MS, end: 5 * HOUR_MS })
    expect([...result.timestamps]).toStrictEqual([4 * HOUR_MS, 5 * HOUR_MS])
    expect(result.fills).toMatchObject([{ bar: 1, timestamp: 4 * HOUR_MS }])
  })

  it('says what came of each signal, also of those in the warm-up and on the last bar', () => {
    const strategy = {
      ...each('eager', (_view, sink) => sink.signal({ signal: 'short', strength: 1, confidence: 1, reason: 'now' })),
      warmup: () => 2,
    }
    const result = run(createMarketData({ traded: [flat(4)] }), strategy, { allowShort: false })
    expect(result.decisions.map(({ block }) => block)).toStrictEqual([
      'warm-up',
      'shorts-not-allowed',
      'shorts-not-allowed',
      'shorts-not-allowed',
    ])
    expect(result.blocked).toMatchObject([
      { reason: 'shorts-not-allowed', count: 3, example: 'a: now' },
      { reason: 'warm-up', count: 1 },
    ])
    const last = ordering({ 3: [{ side: 'buy', type: 'market', quantity: 1, reason: 'late' }] })
    expect(run(createMarketData({ traded: [flat(4)] }), last).blocked).toMatchObject([{ reason: 'end-of-data' }])
  })
})

describe('funding', () => {
  const rates = (hours: readonly number[]): FundingData => ({
    asset: 'a',
    timestamp: Float64Array.from(hours, (hour) => hour * HOUR_MS + 8),
    rate: Float64Array.from(hours, () => 0.001),
    intervalHours: 2,
  })
  const long = ordering({ 0: [{ side: 'buy', type: 'market', quantity: 2, reason: 'x' }] })

  it('is paid by a long at each settlement while it is held, as a line of its own', () => {
    const result = run(createMarketData({ traded: [flat(6)], funding: [rates([0, 2, 4])] }), long)
    expect(result.funding).toMatchObject([
      { bar: 2, amount: -0.2, rate: 0.001, quantity: 2, price: 100 },
      { bar: 4, amount: -0.2 },
    ])
    expect(result.equity.at(-1)).toBeCloseTo(100_000 - 0.4, 9)
    expect(result.warnings).toStrictEqual([])
    expect(result.open[0]?.funding).toBeCloseTo(-0.4, 12)
  })

  it('that is missing is counted aloud, and an error when strict', () => {
    const data = createMarketData({ traded: [flat(6)], funding: [rates([0, 4])] })
    expect(run(data, long).warnings).toStrictEqual([
      '1 funding payments of a are missing while a position was held, the first on 1970-01-01T02:00:00.000Z: their cost is not in the result',
    ])
    expect(() => run(data, long, { strict: true })).toThrow(/1 funding payments of a are missing/)
  })
})

describe('bad input', () => {
  const broken = (change: (data: SeriesData) => void) => () => {
    const one = flat(4)
    change(one)
    return createMarketData({ traded: [one] })
  }

  it.each<[string, (data: SeriesData) => void, RegExp]>([
    [
      'unsorted bars',
      ({ columns }) => columns.timestamp.set([0, 2 * HOUR_MS, HOUR_MS]),
      /a 1h: bar 2 of 1970-01-01T01:00:00.000Z comes after/,
    ],
    ['two bars of one time', ({ columns }) => columns.timestamp.fill(0, 0, 2), /bars 0 and 1 have one timestamp/],
    [
      'NaN',
      ({ columns }) => columns.close.fill(Number.NaN, 2, 3),
      /bar 2 of 1970-01-01T02:00:00.000Z is not all numbers: .*close NaN/,
    ],
    [
      'a close above its high',
      ({ columns }) => columns.close.fill(500, 1, 2),
      /bar 1 of .* cannot be: open 100, high 101, low 99, close 500/,
    ],
    ['no price at all', ({ columns }) => columns.low.fill(0, 3, 4), /bar 3 of .* cannot be/],
  ])('names the bar of %s', (_what, change, message) => {
    expect(broken(change)).toThrow(message)
  })

  it.each<[string, Strategy, RegExp]>([
    ['throws', each('bad', () => JSON.parse('{')), /bad failed on bar 0 of a, 1970-01-01T00:00:00.000Z: Expected property name/],
    [
      'says NaN',
      each('bad', (_view, sink) => sink.signal({ signal: 'long', strength: Number.NaN, confidence: 1, reason: '' })),
      /its signal cannot be: strength NaN does not lie between 0 and 1/,
    ],
    [
      'forgets a limit',
      each('bad', (_view, sink) => sink.order({ side: 'buy', type: 'limit', reason: '' })),
      /its order cannot be: limit needs limit/,
    ],
  ])('names the bar on which a strategy %s', (_what, strategy, message) => {
    expect(() => run(createMarketData({ traded: [flat(3)] }), strategy)).toThrow(message)
  })

  it('names parameters, strategies and missing series, with what to do', () => {
    const data = createMarketData({ traded: [flat(40)] })
    const cross = strategyNamed('sma-cross')
    const failing = (parameters: BacktestConfig['parameters']) => () => run(data, cross, { parameters })
    expect(failing({ fsat: 5 })).toThrow('sma-cross has no parameter fsat')
    expect(failing({ fast: 2.5 })).toThrow('sma-cross: fast cannot be 2.5')
    expect(failing({ fast: 30, slow: 20 })).toThrow('fast (30) has to be smaller than slow (20)')
    expect(failing({ slow: 60 })).toThrow('sma-cross needs more than 61 bars: a has 40')
    expect(() => strategyNamed('sma-corss')).toThrow('There is no strategy sma-corss')
    const { strategy } = looking({ macro: ['VIX'] }, () => 0)
    expect(() => run(data, strategy)).toThrow('looking needs the macro series VIX, which is not there')
    expect(() => run(data, cross, { fees: { maker: 0, taker: 10, fixed: 0 } })).toThrow('fees are fractions')
  })
})

describe('a limit that is reached on a bar on which nothing else happens', () => {
  /** From 100 in steps of 1, every open the close before. */
  const walking = (step: 1 | -1, count: number) =>
    createMarketData({
      traded: [
        series(
          'a',
          Array.from({ length: count }, (_, i) => {
            const open = 100 + step * Math.max(0, i - 1)
            const close = 100 + step * i
            return [open, Math.max(open, close), Math.min(open, close), close] as const
          }),
        ),
      ],
    })
  const once = (signal: 'long' | 'short') =>
    each('once', (view, sink) => {
      if (view.bars.length === 1) sink.signal({ signal, strength: 1, confidence: 1, reason: 'in' })
    })
  const both = (data: MarketData, strategy: Strategy, config: Partial<BacktestConfig>) =>
    [{}, { listener: () => undefined }].map((more) =>
      runBacktest({ ...FREE, cash: 1000, ...config }, data, strategy, { ...RUN, ...more }),
    )

  it('closes at the next open once equity is the draw-down below its highest, told or not', () => {
    for (const { fills, trades } of both(walking(-1, 12), once('long'), { risk: { maxDrawdown: 0.05 } })) {
      // 10 units from 100 on: 950 are left at the close of bar 5, at 95.
      expect(fills.map(({ bar, price, reason }) => [bar, price, reason])).toEqual([
        [1, 100, 'signal'],
        [6, 95, 'drawdown-limit'],
      ])
      expect(trades).toHaveLength(1)
    }
  })

  it('closes at once where nothing is left, and opens nothing any more', () => {
    for (const { fills, equity } of both(walking(1, 120), once('short'), {})) {
      // 10 units sold at 100: nothing is left at 200.
      expect(fills.map(({ bar, price, reason }) => [bar, price, reason])).toEqual([
        [1, 100, 'signal'],
        [100, 200, 'ruin'],
      ])
      expect([...equity.subarray(98)]).toEqual([20, 10, ...new Array<number>(20).fill(0)])
    }
  })
})

it('hashes the content of data and configuration, not its form', () => {
  const one = run(createMarketData({ traded: [flat(5)] }), strategyNamed('buyhold')).provenance
  const { parameters, ...rest } = FREE
  const same = runBacktest(
    { ...rest, parameters },
    createMarketData({ traded: [flat(5)] }),
    strategyNamed('buyhold'),
    RUN,
  ).provenance
  expect(same).toStrictEqual(one)
  const other = series('a', [FLAT, FLAT, FLAT, FLAT, [100, 101, 99, 100.5]])
  expect(run(createMarketData({ traded: [other] }), strategyNamed('buyhold')).provenance.dataHash).not.toBe(one.dataHash)
  expect(run(createMarketData({ traded: [flat(5)] }), strategyNamed('buyhold'), { cash: 5 }).provenance.configHash).not.toBe(
    one.configHash,
  )
})
