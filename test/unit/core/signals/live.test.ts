import { describe, expect, it } from 'vitest'
import { rowOfSignalEvent } from '../../../../src/core/live/signals/told.js'
import type { SignalEvent, TradeEvent } from '../../../../src/core/market/event.js'
import type { LiveSaying, Place } from '../../../../src/core/signals/live/contract.js'
import { IntervalTrades } from '../../../../src/core/signals/live/interval-trades.js'
import { SignalRegister } from '../../../../src/core/signals/live/register.js'
import { SpreadAnomaly } from '../../../../src/core/signals/live/spread-anomaly.js'
import { type TradedInterval, VolumeSpike } from '../../../../src/core/signals/live/volume-spike.js'
import { resolveParameters } from '../../../../src/core/strategies/parameters.js'
import { anomalySettings, SPREAD_ANOMALY, VOLUME_SPIKE, volumeSettings } from '../../../../src/core/strategies/triggers.js'

const place = (exchange: string): Place => ({ exchange, symbol: 'BTCUSDT', pair: 'BTC/USDT:USDT', asset: 'bitcoin' })
const saying = (exchange: string, change: Partial<LiveSaying> = {}): LiveSaying => ({
  ...{ strategy: 's', market: place(exchange), signal: 'long', strength: 0.5, confidence: 0.6, size: 0.1, value: 3, threshold: 2 },
  ...{ holdMs: 1_000, timestamp: null, reason: 'said', ...change },
})

function opened(minConfidence = 0) {
  const told: SignalEvent[] = []
  const register = new SignalRegister({ minConfidence: new Map([['s', minConfidence]]), tell: (event) => told.push(event) })
  return { register, told, states: () => told.map(({ state, closedBy }) => closedBy ?? state) }
}

describe('signals that stand', () => {
  it('are told once while the same is said again, of another exchange too, and end when everybody took them back', () => {
    const { register, told, states } = opened()
    register.hold('a:BTCUSDT', saying('a'), 1_000)
    register.hold('a:BTCUSDT', saying('a', { value: 9 }), 1_100)
    register.hold('b:BTCUSDT', saying('b'), 1_200)
    register.release('s', 'a:BTCUSDT', 1_300, 'exit', 'less')
    expect(states()).toEqual(['opened'])
    register.release('s', 'b:BTCUSDT', 1_400, 'exit', 'less')
    expect(states()).toEqual(['opened', 'exit'])
    expect(told[1]).toMatchObject({ id: told[0]?.id, confirmations: 1, openedAt: 1_000, closedAt: 1_400, lifeMs: 400 })
    expect(register.counts).toMatchObject({ opened: 1, confirmed: 1 })
  })

  it('are suspended while nobody can tell, and resumed under their own id', () => {
    const { register, told, states } = opened()
    register.hold('a:BTCUSDT', saying('a'), 1_000)
    register.hold('b:BTCUSDT', saying('b'), 1_000)
    register.suspend('s', 'a:BTCUSDT', 1_100, 'lost')
    expect(states()).toEqual(['opened'])
    register.suspend('s', 'b:BTCUSDT', 1_200, 'lost')
    register.suspend('s', 'b:BTCUSDT', 1_250, 'lost')
    register.hold('a:BTCUSDT', saying('a'), 1_300)
    expect(states()).toEqual(['opened', 'suspended', 'resumed'])
    expect(new Set(told.map(({ id }) => id)).size).toBe(1)
  })

  it('end at the very moment at which their life is over, however late that is noticed', () => {
    const { register, told, states } = opened()
    register.hold('a:BTCUSDT', saying('a'), 1_000)
    register.advance(1_999)
    expect(states()).toEqual(['opened'])
    register.hold('a:BTCUSDT', saying('a'), 7_000)
    expect(states()).toEqual(['opened', 'expired', 'opened'])
    expect(told[1]).toMatchObject({ closedAt: 2_000, receivedAt: 2_000 })
    expect(told[2]?.id).not.toBe(told[0]?.id)
  })

  it('take back what a market said before when it says the opposite', () => {
    const { register, told, states } = opened()
    register.hold('a:BTCUSDT', saying('a'), 1_000)
    register.hold('a:BTCUSDT', saying('a', { signal: 'short' }), 1_100)
    expect(states()).toEqual(['opened', 'strategy', 'opened'])
    expect(told.at(-1)?.signal).toBe('short')
  })

  it('have ids of their content alone, and are counted where they are not sure enough', () => {
    const ids = [1, 2].map(() => {
      const { register, told } = opened()
      register.hold('a:BTCUSDT', saying('a'), 1_000)
      return told[0]?.id
    })
    expect(ids[0]).toBe(ids[1])
    const { register, told } = opened(0.7)
    register.hold('a:BTCUSDT', saying('a'), 1_000)
    expect([told, register.counts.unsure]).toEqual([[], 1])
  })
})

describe('the rows of a live signal', () => {
  const rowsOf = (change: Partial<LiveSaying>, end: 'exit' | 'expired') => {
    const { register, told } = opened()
    register.hold('a:BTCUSDT', saying('a', change), 1_000)
    if (end === 'exit') register.release('s', 'a:BTCUSDT', 1_500, 'exit', 'less')
    register.finish(9_000)
    return told.flatMap((event) => rowOfSignalEvent(event, 9_999) ?? [])
  }

  it('are one as it opens, and a flat one where a position is to be left before its time', () => {
    const [row, end, ...more] = rowsOf({}, 'exit')
    expect(row).toMatchObject({ timestamp: 1_000, signal: 'long', expiresAt: 2_000, positionSize: 0.1, createdAt: 9_999 })
    expect(end).toMatchObject({ timestamp: 1_500, signal: 'flat', positionSize: 0, context: { ends: row?.id, closed_by: 'exit' } })
    expect([end?.id === row?.id, more]).toEqual([false, []])
  })

  it('are no second one for what was flat already, or said itself when it would be over', () => {
    expect(rowsOf({ signal: 'flat' }, 'exit')).toHaveLength(1)
    expect(rowsOf({}, 'expired')).toHaveLength(1)
  })
})

describe('a spread anomaly', () => {
  const settings = anomalySettings(
    resolveParameters(SPREAD_ANOMALY, { min_samples: 10, window_s: 60, entry_z: 3, exit_z: 1, min_excess_bps: 0.5 }),
  )
  const watched = () => {
    const told: SignalEvent[] = []
    const register = new SignalRegister({ minConfidence: new Map(), tell: (event) => told.push(event) })
    const anomaly = new SpreadAnomaly(settings, place('a'), register)
    let at = 0
    const look = (spreadBps: number, unreadable?: string) => {
      at += 1_000
      anomaly.look({ spreadBps, unreadable, timestamp: null }, at)
    }
    return { told, look, usual: () => [1, 2, 1, 2, 1, 2, 1, 2, 1, 2].forEach((each) => void look(each)) }
  }

  it('opens beyond its entry, stays between the two thresholds, and ends below the exit', () => {
    const { told, look, usual } = watched()
    usual()
    // Mean 1.5, deviation 0.527: z = 4.74.
    look(4)
    look(3.5)
    look(1.5)
    const signals = told.filter(({ id }) => id !== null)
    expect(signals.map(({ state }) => state)).toEqual(['opened', 'closed'])
    expect(signals[0]?.value).toBeCloseTo((4 - 1.5) / Math.sqrt(2.5 / 9), 9)
    expect(signals[0]?.confidence).toBeCloseTo(1 - 1 / (1 + ((4 - 1.5) ** 2 * 9) / 2.5), 9)
    expect(signals[1]?.closedAt).toBe(13_000)
  })

  it('says why it is silent: too little history, then a book that cannot be read; what it said is suspended meanwhile', () => {
    const { told, look, usual } = watched()
    usual()
    look(4)
    look(Number.NaN, 'stale')
    look(Number.NaN, 'stale')
    look(4.5)
    expect(told.map(({ state, reason }) => (state === 'silent' ? reason : state))).toEqual([
      ...['fewer than 10 samples of its spread', 'listening', 'opened'],
      ...['the book is stale', 'suspended', 'listening', 'resumed'],
    ])
  })

  it('is none where the spread never moved and grows by a tick', () => {
    const { told, look } = watched()
    for (let i = 0; i < 10; i++) look(0.01)
    look(0.02)
    expect(told.filter(({ id }) => id !== null)).toEqual([])
  })
})

describe('a volume spike', () => {
  const settings = volumeSettings(
    resolveParameters(VOLUME_SPIKE, { 'live.lookback': 4, 'live.volume_ratio': 3, 'live.exit_ratio': 1.5, 'live.min_move_bps': 5 }),
  )
  const watched = () => {
    const told: SignalEvent[] = []
    const register = new SignalRegister({ minConfidence: new Map(), tell: (event) => told.push(event) })
    const spike = new VolumeSpike(settings, place('a'), register)
    let at = 0
    const look = (volume: number, close: number, change: Partial<TradedInterval> = {}) => {
      at += 10_000
      spike.look({ open: close, close, volume, timestamp: null, doubt: undefined, ...change }, at)
    }
    for (let i = 0; i < 4; i++) look(10, 100)
    return { signals: () => told.filter(({ id }) => id !== null), look }
  }

  it('goes with the move, and ends when the volume is usual again', () => {
    const { signals, look } = watched()
    look(40, 100.1)
    look(25, 100.2)
    look(10, 100.2)
    expect(signals().map(({ state, signal }) => [state, signal])).toEqual([
      ['opened', 'long'],
      ['closed', 'long'],
    ])
    expect(signals()[0]).toMatchObject({ value: 4, confidence: 0.75, strengthValue: 4 / 3 - 1 })
  })

  it('is none without a move, nor of an interval that was not seen whole, which is no part of the usual volume either', () => {
    const { signals, look } = watched()
    look(40, 100)
    look(400, 101, { doubt: 'trades were lost' })
    expect(signals()).toEqual([])
    // Usual: (10 + 10 + 10 + 40) / 4.
    look(70, 101, { open: 100 })
    expect(signals()[0]?.value).toBeCloseTo(4, 12)
  })

  it('counts what was traded in the book of the moment: no blocks, nothing that was fetched afterwards', () => {
    const trades = new IntervalTrades()
    trades.end(undefined)
    const trade = (quantity: number, change: Partial<TradeEvent> = {}): TradeEvent => ({
      ...{ type: 'trade', ...place('a'), timestamp: 1, receivedAt: 1, tradeId: '', price: 100, quantity, side: 'buy' },
      ...{ isBlock: false, quality: '', ...change },
    })
    trades.trade(trade(1))
    trades.trade(trade(2, { isBlock: true }))
    trades.trade(trade(4, { quality: 'backfilled' }))
    trades.trade(trade(8, { quality: 'outlier', price: 900 }))
    expect(trades.end(undefined)).toMatchObject({ volume: 9, open: 100, close: 100, doubt: undefined })
  })
})
