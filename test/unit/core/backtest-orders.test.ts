import { describe, expect, it } from 'vitest'
import { type BacktestConfig, DEFAULT_CONFIG } from '../../../src/core/backtest/config.js'
import { type CandleColumns, createMarketData } from '../../../src/core/backtest/data.js'
import { runBacktest } from '../../../src/core/backtest/engine.js'
import type { BacktestResult } from '../../../src/core/backtest/result.js'
import type { OrderIntent, Strategy } from '../../../src/core/strategies/contract.js'
import { bars, each, HOUR_MS, ordering } from '../../support/bars.js'

const FREE: BacktestConfig = { ...DEFAULT_CONFIG, fees: { maker: 0, taker: 0, fixed: 0 } }

function run(columns: CandleColumns, strategy: Strategy, config: Partial<BacktestConfig> = {}): BacktestResult {
  const data = createMarketData({ traded: [{ asset: 'a', interval: '1h', intervalMs: HOUR_MS, columns }] })
  return runBacktest({ ...FREE, ...config }, data, strategy, { version: 'test' })
}

function buy(order: Partial<OrderIntent>): OrderIntent {
  return { side: 'buy', type: 'market', quantity: 1, reason: 'test', ...order }
}

function sell(order: Partial<OrderIntent>): OrderIntent {
  return { ...buy(order), side: 'sell' }
}

/** `bar price reason` of each fill. */
function fillsOf({ fills }: BacktestResult): string[] {
  return fills.map(({ bar, price, reason, quantity }) => `${bar} ${price} ${quantity} ${reason}`)
}

const FLAT = [100, 101, 99, 100] as const

describe('what a bar proves', () => {
  it('takes the loss of an entry by limit whose stop lies below it: the price must have passed both', () => {
    const result = run(bars(FLAT, [100, 104, 90, 103]), ordering({ 0: [buy({ type: 'limit', limit: 95, stopLoss: 92 })] }))
    expect(fillsOf(result)).toStrictEqual(['1 95 1 order', '1 92 1 stop-loss'])
  })

  it('leaves the target of an entry by limit when the high may have come before the entry', () => {
    const result = run(bars(FLAT, [100, 110, 94, 99], FLAT), ordering({ 0: [buy({ type: 'limit', limit: 95, takeProfit: 108 })] }))
    expect(fillsOf(result)).toStrictEqual(['1 95 1 order'])
  })

  it('takes that target when the close lies beyond it', () => {
    const result = run(bars(FLAT, [100, 110, 94, 109]), ordering({ 0: [buy({ type: 'limit', limit: 95, takeProfit: 108 })] }))
    expect(fillsOf(result)).toStrictEqual(['1 95 1 order', '1 108 1 take-profit'])
  })

  it('takes the worse of two ways after an entry by stop', () => {
    const entry = buy({ type: 'stop', stop: 105, stopLoss: 98, takeProfit: 109 })
    expect(fillsOf(run(bars(FLAT, [100, 110, 97, 108]), ordering({ 0: [entry] })))).toStrictEqual([
      '1 105 1 order',
      '1 98 1 stop-loss',
    ])
  })

  it('fills an exit that the entry has already passed at the price of the entry', () => {
    const wrongSide = run(bars(FLAT, [100, 104, 99, 103]), ordering({ 0: [buy({ stopLoss: 110 })] }))
    expect(fillsOf(wrongSide)).toStrictEqual(['1 100 1 order', '1 100 1 stop-loss'])
    const passed = run(bars(FLAT, [100, 104, 90, 96]), ordering({ 0: [buy({ type: 'limit', limit: 95, takeProfit: 93 })] }))
    expect(fillsOf(passed)).toStrictEqual(['1 95 1 order', '1 95 1 take-profit'])
  })

  it('fills a stop-limit at its stop when the limit allows it, and not beyond the limit after a gap', () => {
    const order = buy({ type: 'stop-limit', stop: 105, limit: 106 })
    expect(fillsOf(run(bars(FLAT, [100, 107, 99, 104]), ordering({ 0: [order] })))).toStrictEqual(['1 105 1 order'])
    const gap = bars(FLAT, [108, 110, 107, 109], [109, 110, 105, 107])
    expect(fillsOf(run(gap, ordering({ 0: [order] })))).toStrictEqual(['2 106 1 order'])
  })

  it('lets a trailing stop follow closed bars only', () => {
    const entry = buy({ trailingStop: 0.1 })
    const columns = bars(FLAT, [100, 120, 99, 119], [119, 121, 109, 110], [110, 111, 100, 101])
    // 90 while the bar of the entry runs, then 120 − 10, then 121 − 10.
    expect(fillsOf(run(columns, ordering({ 0: [entry] })))).toStrictEqual(['1 100 1 order', '2 110 1 trailing-stop'])
  })
})

describe('ties between orders', () => {
  it('cancels the other of a pair', () => {
    const pair = [buy({ type: 'stop', stop: 103, group: 'out' }), sell({ type: 'stop', stop: 97, group: 'out' })]
    const result = run(bars(FLAT, [100, 104, 99, 103], [103, 104, 90, 95]), ordering({ 0: pair }))
    expect(fillsOf(result)).toStrictEqual(['1 103 1 order'])
    expect(result.blocked).toMatchObject([{ reason: 'cancelled-by-group', count: 1 }])
  })

  it('drops the exits of a position with the position', () => {
    const strategy = ordering({ 0: [buy({ stopLoss: 90 })], 1: [sell({})] })
    const result = run(bars(FLAT, FLAT, FLAT, [100, 100, 80, 85]), strategy)
    expect(fillsOf(result)).toStrictEqual(['1 100 1 order', '2 100 1 order'])
    expect(result.open).toHaveLength(0)
  })

  it('cancels by tag', () => {
    const strategy = each('tagged', (view, sink) => {
      if (view.bars.length === 1) sink.order(buy({ type: 'limit', limit: 95, tag: 'dip' }))
      if (view.bars.length === 2) sink.cancel('dip')
    })
    expect(fillsOf(run(bars(FLAT, FLAT, [100, 100, 90, 91]), strategy))).toStrictEqual([])
  })

  it('turns a position in two fills, each with its own fee and trade', () => {
    const strategy = ordering({ 0: [buy({ quantity: 1 })], 1: [sell({ quantity: 3 })] })
    const result = run(bars(FLAT, FLAT, FLAT), strategy, { fees: { maker: 0, taker: 0, fixed: 2 } })
    expect(fillsOf(result)).toStrictEqual(['1 100 1 order', '2 100 1 order', '2 100 2 order'])
    expect(result.trades).toMatchObject([{ side: 'long', fees: 4, pnl: -4 }])
    expect(result.open).toMatchObject([{ side: 'short', quantity: 2, fees: 2 }])
  })
})

describe('time in force', () => {
  const dip = { type: 'limit', limit: 95 } as const
  const columns = bars(FLAT, FLAT, [100, 100, 90, 91])

  it.each<[OrderIntent['timeInForce'], number]>([
    ['gtc', 1],
    ['ioc', 0],
    ['fok', 0],
    ['day', 1],
  ])('%s', (timeInForce, count) => {
    const result = run(columns, ordering({ 0: [buy({ ...dip, ...(timeInForce !== undefined && { timeInForce }) })] }))
    expect(result.fills).toHaveLength(count)
  })

  it('ends a day order at midnight, and a gtd order at its time', () => {
    const rows = Array.from({ length: 26 }, () => FLAT)
    const late = bars(...rows, [100, 100, 90, 91])
    expect(run(late, ordering({ 3: [buy({ ...dip, timeInForce: 'day' })] })).blocked).toMatchObject([
      { reason: 'expired', timestamp: 24 * HOUR_MS },
    ])
    const gtd = buy({ ...dip, timeInForce: 'gtd', expiresAt: 5 * HOUR_MS })
    expect(run(late, ordering({ 3: [gtd] })).blocked).toMatchObject([{ reason: 'expired', timestamp: 5 * HOUR_MS }])
  })
})

describe('a share of the volume', () => {
  const thin = bars([100, 101, 99, 100, 10], [100, 101, 99, 100, 10], [102, 103, 101, 102, 10], [104, 105, 103, 104, 10])

  it('fills over several bars, and the trade is one', () => {
    const result = run(thin, ordering({ 0: [buy({ quantity: 5 })] }), { participation: 0.2 })
    expect(fillsOf(result)).toStrictEqual(['1 100 2 order', '2 102 2 order', '3 104 1 order'])
    expect(result.open).toMatchObject([{ quantity: 5, entryPrice: (2 * 100 + 2 * 102 + 104) / 5 }])
  })

  it('fills all or nothing of a fill-or-kill order', () => {
    const result = run(thin, ordering({ 0: [buy({ quantity: 5, timeInForce: 'fok' })] }), { participation: 0.2 })
    expect(result.fills).toHaveLength(0)
    expect(result.blocked).toMatchObject([{ reason: 'not-filled-at-once' }])
  })

  it('stops entering when an exit has been touched, and sells what was bought when there is volume', () => {
    const result = run(thin, ordering({ 0: [buy({ quantity: 3, stopLoss: 99.5 })] }), { participation: 0.2 })
    expect(fillsOf(result)).toStrictEqual(['1 100 2 order', '2 102 2 stop-loss'])
    expect(result.blocked).toMatchObject([{ reason: 'cancelled-by-group', count: 1 }])
  })
})

describe('margin', () => {
  const config: Partial<BacktestConfig> = {
    cash: 1000,
    margin: { kind: 'isolated', leverage: 10, maintenanceRate: 0.005, liquidationFee: 0 },
  }

  it('liquidates a long at (entry − margin) / (1 − maintenance rate)', () => {
    const result = run(bars(FLAT, FLAT, [100, 100, 85, 95]), ordering({ 0: [buy({ quantity: 50 })] }), config)
    expect(result.fills[1]).toMatchObject({ bar: 2, reason: 'liquidation' })
    expect(result.fills[1]?.price).toBeCloseTo((100 - 10) / 0.995, 10)
  })

  it('takes a stop before the liquidation price when that is nearer', () => {
    const result = run(bars(FLAT, FLAT, [100, 100, 85, 95]), ordering({ 0: [buy({ quantity: 50, stopLoss: 94 })] }), config)
    expect(fillsOf(result)[1]).toBe('2 94 50 stop-loss')
  })

  it('refuses what cannot be paid, and says so', () => {
    const result = run(bars(FLAT, FLAT), ordering({ 0: [buy({ quantity: 101 })] }), config)
    expect(result.fills).toHaveLength(0)
    expect(result.blocked).toMatchObject([{ reason: 'insufficient-margin', count: 1 }])
  })

  it('ends an account that a short has ruined', () => {
    const strategy = ordering({ 0: [sell({ quantity: 10 })], 2: [buy({ quantity: 1 })] })
    const result = run(bars(FLAT, FLAT, [100, 250, 100, 240], FLAT), strategy, { cash: 1000 })
    expect(fillsOf(result)[1]).toBe('2 240 10 ruin')
    expect(result.equity.at(-1)).toBe(-400)
    expect(result.blocked.map(({ reason }) => reason)).toContain('ruined')
  })
})

describe('risk limits', () => {
  it('leaves everything at the next open once the draw-down limit is reached, and opens nothing more', () => {
    const strategy = each('always-long', (_view, sink) =>
      sink.signal({ signal: 'long', strength: 1, confidence: 1, reason: 'always' }),
    )
    const columns = bars(FLAT, FLAT, [100, 100, 78, 80], [82, 83, 81, 82], FLAT)
    const result = run(columns, strategy, { risk: { maxDrawdown: 0.15 }, sizing: { kind: 'fraction', fraction: 1 } })
    expect(result.fills.map(({ bar, price, reason }) => [bar, price, reason])).toStrictEqual([
      [1, 100, 'signal'],
      [3, 82, 'drawdown-limit'],
    ])
    expect(result.blocked.find(({ reason }) => reason === 'drawdown-limit')?.count).toBe(3)
  })

  it('keeps the exposure of sized orders within its limit', () => {
    const strategy = each('long', (_view, sink) => sink.signal({ signal: 'long', strength: 1, confidence: 1, reason: 'x' }))
    const result = run(bars(FLAT, FLAT, FLAT), strategy, { risk: { maxExposure: 0.25 } })
    expect(result.open[0]?.quantity).toBeCloseTo(250, 9)
  })
})
