import { describe, expect, it } from 'vitest'
import {
  type ArbitrageSettings,
  type ClosedOpportunity,
  DEFAULT_ARBITRAGE,
  type Opportunity,
} from '../../../../src/core/analysis/arbitrage/contract.js'
import { ArbitrageDetector } from '../../../../src/core/analysis/arbitrage/detector.js'
import { arbitrageStatistics } from '../../../../src/core/analysis/arbitrage/statistics.js'
import { addsUp, fillsOf } from '../../../../src/core/live/arbitrage/stored.js'
import type { Instrument } from '../../../../src/core/market/instrument.js'
import { WrittenMarket } from '../../../support/arbitrage.js'

const CHEAP = { bids: [[99.9, 1]], asks: [[100, 1]] } as const
const DEAR = { bids: [[101, 1]], asks: [[101.1, 1]] } as const

function scene(settings: Partial<ArbitrageSettings> = {}, instruments: readonly Partial<Instrument>[] = [{}, {}]) {
  const opened: Opportunity[] = []
  const closed: ClosedOpportunity[] = []
  const host = { opened: (each: Opportunity) => opened.push(each), closed: (each: ClosedOpportunity) => closed.push(each) }
  const detector = new ArbitrageDetector({ ...DEFAULT_ARBITRAGE, ...settings }, host)
  const markets = instruments.map((each, i) => new WrittenMarket(`x${i}`, 0.001, each))
  const legs = markets.map((market) => detector.add(market))
  const set = (i: number, book: Parameters<WrittenMarket['set']>[0], at: number, timestamp = at) => {
    detector.advance(at)
    markets[i]?.set(book, at, timestamp)
    const leg = legs[i]
    if (leg !== undefined) detector.changed(leg, at)
  }
  return { detector, opened, closed, markets, legs, set }
}

describe('an opportunity', () => {
  it('opens, has its peak, and ends with the price', () => {
    const { opened, closed, set } = scene()
    set(0, CHEAP, 1_000)
    set(1, DEAR, 1_020)
    set(1, { bids: [[102, 1]], asks: [[102.1, 1]] }, 1_090)
    set(0, CHEAP, 1_150)
    set(1, CHEAP, 1_200)
    expect(opened).toHaveLength(1)
    // 101 · 0.999 − 100 · 1.001
    expect(opened[0]?.opened).toMatchObject({ at: 1_020, quantity: 1, skewMs: 20, endedBy: 'depth' })
    expect(opened[0]?.opened.netProfit).toBeCloseTo(0.799, 10)
    expect(opened[0]?.opened.netBps).toBeCloseTo(79.9, 8)
    expect(opened[0]?.opened.capital).toBeCloseTo(201.1, 10)
    set(0, CHEAP, 1_210)
    expect(closed).toMatchObject([
      { openedAt: 1_020, closedAt: 1_200, lifeMs: 180, closedBy: 'price', isFeasible: true, isPhantom: false },
    ])
    expect(closed[0]?.peak.netProfit).toBeCloseTo(1.798, 10)
    expect(closed[0]?.captured.slice(0, 5).map(({ lateMs, netProfit }) => [lateMs, Number(netProfit.toFixed(6))])).toEqual([
      [10, 0.799],
      [25, 0.799],
      [50, 0.799],
      [100, 1.798],
      [250, 0],
    ])
    expect(closed[0]?.id).toBe(opened[0]?.id)
  })

  it('is not feasible when it is over before an order is there', () => {
    const { closed, set, detector } = scene({ latencyMs: 50 })
    set(0, CHEAP, 1_000)
    set(1, DEAR, 1_000)
    set(1, CHEAP, 1_050)
    detector.finish(1_050)
    expect(closed).toMatchObject([{ lifeMs: 50, isFeasible: false }])
  })

  it('is a phantom when one frame was late and the two prices never stood at once', () => {
    const { closed, set, detector } = scene()
    set(0, CHEAP, 1_000)
    set(1, CHEAP, 1_000)
    // Both exchanges moved at 1 010; the frame of the first one came 60 ms late.
    set(1, DEAR, 1_015, 1_010)
    set(0, DEAR, 1_070, 1_010)
    detector.finish(2_000)
    expect(closed).toMatchObject([{ closedBy: 'price', isPhantom: true }])
  })

  it('is shown to be a phantom by a frame that comes after its end', () => {
    const { closed, set } = scene()
    set(0, CHEAP, 1_000)
    set(1, CHEAP, 1_000)
    set(1, DEAR, 1_015, 1_010)
    set(1, CHEAP, 1_040, 1_035)
    expect(closed).toEqual([])
    set(0, DEAR, 1_070, 1_010)
    expect(closed).toMatchObject([{ closedAt: 1_040, isPhantom: true }])
  })

  it('says nothing of phantoms where an exchange gives no time', () => {
    const { closed, set, detector } = scene()
    set(0, CHEAP, 1_000, 0)
    set(1, DEAR, 1_010)
    detector.finish(1_100)
    expect(closed).toMatchObject([{ closedBy: 'end', isPhantom: null }])
  })

  it('ends where it was last known when a book is lost, and when nothing is heard', () => {
    const { closed, set, detector, markets } = scene()
    set(0, CHEAP, 1_000)
    set(1, DEAR, 1_010)
    markets[0]?.set(undefined, 1_030)
    detector.advance(1_030)
    expect(closed).toMatchObject([{ closedBy: 'unreadable', closedAt: 1_010 }])
    set(0, CHEAP, 1_040)
    detector.advance(1_540)
    expect(closed).toHaveLength(1)
    detector.advance(1_541)
    expect(closed[1]).toMatchObject({ closedBy: 'age', closedAt: 1_040, lifeMs: 0 })
  })

  it('outlives a moment at which a gate is shut', () => {
    const { opened, closed, set } = scene()
    set(0, CHEAP, 1_000)
    set(1, DEAR, 1_010)
    set(1, DEAR, 1_150)
    set(0, CHEAP, 1_160)
    set(0, DEAR, 1_170)
    set(1, DEAR, 1_180)
    expect(opened).toHaveLength(1)
    expect(closed).toMatchObject([{ lifeMs: 160 }])
  })
})

describe('a gate', () => {
  const refusal = (settings: Partial<ArbitrageSettings>, act: (s: ReturnType<typeof scene>) => void) => {
    const s = scene(settings)
    act(s)
    expect(s.opened).toEqual([])
    return s.detector.routes.find((route) => route.buy === s.legs[0])?.refused
  }

  it('refuses and counts what it refused', () => {
    const skewed = refusal({}, ({ set }) => {
      set(0, CHEAP, 1_000)
      set(1, DEAR, 1_101)
    })
    expect(skewed).toMatchObject({ skew: 1, age: 0 })
    const old = refusal({}, ({ set }) => {
      set(0, CHEAP, 1_000)
      set(1, DEAR, 1_501)
    })
    expect(old).toMatchObject({ age: 1 })
    const blind = refusal({}, ({ set }) => set(1, DEAR, 1_000))
    expect(blind).toMatchObject({ unreadable: 1 })
    const away = refusal({ maxDeviationBps: 50 }, ({ set }) => {
      set(0, CHEAP, 1_000)
      set(1, DEAR, 1_000)
    })
    expect(away).toMatchObject({ deviation: 1 })
    const unsure = refusal({}, ({ set, markets, detector, legs }) => {
      set(0, CHEAP, 1_000)
      markets[1]?.set(DEAR, 1_000)
      const bids = markets[1]?.state.sync.book?.bids
      if (bids !== undefined) bids.trustedTo = 102
      if (legs[1] !== undefined) detector.changed(legs[1], 1_000)
    })
    expect(unsure).toMatchObject({ depth: 1 })
  })

  it('takes a frame that was long under way for an old one', () => {
    const refused = refusal({}, ({ set }) => {
      set(0, CHEAP, 1_600, 1_000)
      set(1, DEAR, 1_600)
    })
    expect(refused).toMatchObject({ age: 1 })
  })

  it('refuses what does not trade, and what is less than an order', () => {
    for (const [instrument, gate] of [
      [{ isTrading: false }, 'not-trading'],
      [{ lotSize: 2 }, 'too-small'],
      [{ minNotional: 101 }, 'too-small'],
    ] as const) {
      const { set, detector, legs, opened } = scene({}, [instrument, {}])
      set(0, CHEAP, 1_000)
      set(1, DEAR, 1_000)
      expect(opened).toEqual([])
      expect(detector.routes.find((route) => route.buy === legs[0])?.refused[gate]).toBe(1)
    }
  })

  it('takes whole lots', () => {
    const { set, opened } = scene({}, [{ lotSize: 0.3 }, {}])
    set(0, CHEAP, 1_000)
    set(1, DEAR, 1_000)
    expect(opened[0]?.opened.quantity).toBeCloseTo(0.9, 12)
  })
})

describe('what is compared', () => {
  const perpetual = { kind: 'perpetual', settle: 'USDT' } as const
  const usdc = { quote: 'USDC', symbol: 'BTCUSDC' } as const

  it('is the same thing only, unless more is asked for', () => {
    expect(scene({}, [{}, perpetual]).detector.routes).toHaveLength(0)
    expect(scene({}, [{}, usdc]).detector.routes).toHaveLength(0)
    expect(scene({}, [{}, { base: 'ETH' }]).detector.routes).toHaveLength(0)
    expect(scene({}, [perpetual, { ...perpetual, settle: 'BTC' }]).detector.routes).toHaveLength(0)
  })

  it('calls spot against perpetual basis', () => {
    const { set, opened } = scene({ isCrossKind: true }, [{}, perpetual])
    set(0, CHEAP, 1_000)
    set(1, DEAR, 1_000)
    expect(opened).toMatchObject([{ type: 'basis' }])
  })

  it('converts by the book of the conversion', () => {
    const conversion = { base: 'USDC', quote: 'USDT', symbol: 'USDCUSDT' }
    const { set, opened } = scene({ isCrossQuote: true }, [conversion, {}, usdc])
    set(1, CHEAP, 1_000)
    set(2, DEAR, 1_000)
    expect(opened).toEqual([])
    set(0, { bids: [[0.999, 1_000]], asks: [[1, 1_000]] }, 1_000)
    set(2, DEAR, 1_001)
    // 101 · 0.999 · 0.999 · 0.999 − 100 · 1.001
    expect(opened[0]?.opened.netProfit).toBeCloseTo(101 * 0.999 ** 3 - 100.1, 10)
    // Everything between the value at the best prices and the net profit is a fee: of both legs and of the conversion.
    expect(opened[0]?.opened.fees).toBeCloseTo(101 * 0.999 - 100 - (101 * 0.999 ** 3 - 100.1), 10)
  })

  it('proves what was converted by the rate that was told, and notices another', () => {
    const conversion = { base: 'USDC', quote: 'USDT', symbol: 'USDCUSDT' }
    const { set, opened } = scene({ isCrossQuote: true }, [conversion, {}, usdc])
    set(0, { bids: [[0.999, 1_000]], asks: [[1, 1_000]] }, 1_000)
    set(1, CHEAP, 1_000)
    set(2, DEAR, 1_000)
    const [told] = opened.map((one) => ({ ...one, fills: fillsOf(one) }))
    if (told === undefined) throw new Error('nothing opened')
    expect(addsUp(told, told.fills)).toBe(true)
    expect(addsUp({ ...told, opened: { ...told.opened, conversionRate: 0.9999 } }, told.fills)).toBe(false)
  })
})

it('tells what late orders would have caught, and how much was never there', () => {
  const { closed, set, detector } = scene()
  set(0, CHEAP, 1_000)
  set(1, DEAR, 1_000)
  set(1, CHEAP, 1_030)
  set(1, DEAR, 1_040)
  set(1, CHEAP, 1_240)
  detector.finish(1_240)
  const told = arbitrageStatistics(closed)
  expect(told).toMatchObject({
    count: 2,
    lifeMedianMs: 115,
    lifeP90Ms: 183,
    lifeLongestMs: 200,
    feasibleShare: 0.5,
    phantomShare: 0,
    closedBy: { price: 2 },
  })
  expect(told.captured.map(({ lateMs, count }) => [lateMs, count])).toEqual([
    [10, 2],
    [25, 2],
    [50, 1],
    [100, 1],
    [250, 0],
    [500, 0],
    [1000, 0],
    [2500, 0],
  ])
})
