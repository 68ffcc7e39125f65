import { expect, it } from 'vitest'
import {
  type ClosedFundingOpportunity,
  DEFAULT_FUNDING_ARBITRAGE,
  FundingDetector,
  type FundingMarket,
  type FundingOpportunity,
} from '../../../../src/core/analysis/arbitrage/funding.js'
import { bareInstrument } from '../../../../src/core/market/instrument.js'

const NOTHING = { predictedRate: null, fundingTime: 0, indexPrice: null }

class Perpetual implements FundingMarket {
  readonly takerFee: number
  readonly state
  constructor(exchange: string, takerFee: number, intervalHours: number) {
    const parts = { exchange, symbol: 'BTCUSDT', kind: 'perpetual', base: 'BTC', quote: 'USDT', settle: 'USDT' } as const
    const fields = { ...NOTHING, fundingRate: null as number | null, intervalHours, markPrice: 50_000 as number | null }
    this.takerFee = takerFee
    this.state = { instrument: bareInstrument(parts), funding: { fields, receivedAt: 0, staleAfterMs: 60_000 } }
  }
}

function market() {
  const opened: FundingOpportunity[] = []
  const closed: ClosedFundingOpportunity[] = []
  const settings = { ...DEFAULT_FUNDING_ARBITRAGE, holdHours: 240 }
  const detector = new FundingDetector(settings, { opened: (each) => opened.push(each), closed: (each) => closed.push(each) })
  const binance = new Perpetual('binance', 0.0005, 8)
  const bybit = new Perpetual('bybit', 0.00055, 4)
  detector.add(binance)
  detector.add(bybit)
  const tell = (perpetual: Perpetual, rate: number, at: number) => {
    perpetual.state.funding.fields.fundingRate = rate
    perpetual.state.funding.receivedAt = at
    detector.changed(perpetual, at)
  }
  return { detector, binance, bybit, tell, opened, closed }
}

it('opens with the worked example: 3 bps in 8 h against 1 bp in 4 h, held 240 h, are 9 bps after four fills', () => {
  const { binance, bybit, tell, opened } = market()
  tell(binance, 0.0003, 1_000)
  expect(opened).toEqual([])
  tell(bybit, 0.0001, 2_000)
  expect(opened).toHaveLength(1)
  const found = opened[0]?.opened
  expect(found).toMatchObject({ shortExchange: 'binance', longExchange: 'bybit', capital: 20_000, ageMs: 1_000, skewMs: 1_000 })
  expect(found?.rateDiff8h).toBeCloseTo(0.0001, 15)
  expect(found?.profitBps).toBeCloseTo(9, 9)
  expect(found?.netProfit).toBeCloseTo(9, 9)
  expect(found?.feeAmount).toBeCloseTo(21, 9)
  expect(found?.breakEvenHours).toBeCloseTo(168, 9)
  expect(found?.confidence).toBeCloseTo(0.3, 12)
})

it('has one life until the difference is worth nothing, and a new one where it turns', () => {
  const { binance, bybit, tell, opened, closed } = market()
  tell(binance, 0.0003, 1_000)
  tell(bybit, 0.0001, 2_000)
  tell(binance, 0.0005, 3_000)
  expect(opened).toHaveLength(1)
  tell(binance, 0.0002, 5_000)
  expect(closed).toHaveLength(1)
  expect(closed[0]).toMatchObject({ closedBy: 'price', closedAt: 5_000, lifeMs: 3_000, isFeasible: true, isPhantom: null })
  expect(closed[0]?.peak.profitBps).toBeCloseTo((0.0003 / 8) * 240 * 10_000 - 21, 9)
  tell(bybit, 0.0003, 6_000)
  tell(binance, 0.0012, 7_000)
  expect(opened.map(({ opened: { shortExchange } }) => shortExchange)).toEqual(['binance', 'bybit', 'binance'])
  expect(closed.map(({ closedBy }) => closedBy)).toEqual(['price', 'price'])
  expect(new Set(opened.map(({ id }) => id)).size).toBe(3)
})

it('ends where it was last known when a rate was not told for too long', () => {
  const { binance, bybit, tell, closed, opened } = market()
  tell(binance, 0.0003, 1_000)
  tell(bybit, 0.0001, 2_000)
  tell(bybit, 0.0001, 61_001)
  expect(closed).toMatchObject([{ closedBy: 'age', closedAt: 2_000 }])
  expect(opened).toHaveLength(1)
})

it('is nothing where a rate or an interval is not known, and ends with the run', () => {
  const { detector, binance, bybit, tell, opened, closed } = market()
  bybit.state.funding.fields.intervalHours = Number.NaN
  tell(binance, 0.003, 1_000)
  tell(bybit, 0.0001, 2_000)
  expect(opened).toEqual([])
  bybit.state.funding.fields.intervalHours = 4
  tell(bybit, 0.0001, 3_000)
  detector.finish()
  expect(closed).toMatchObject([{ closedBy: 'end', closedAt: 3_000 }])
})
