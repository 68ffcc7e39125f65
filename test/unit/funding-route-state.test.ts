import { expect, it } from 'vitest'
import { DEFAULT_FUNDING_ARBITRAGE } from '../../src/core/analysis/arbitrage/funding.js'
import { comparedRow } from '../../src/core/live/arbitrage/told-funding.js'
import type { FundingComparison } from '../../src/core/live/funding.js'

const compared = (rateDiff8h: number, profitBps: number): FundingComparison => ({
  ...{ pair: 'BTC/USDT:USDT', shortExchange: 'a', longExchange: 'b', shortSymbol: 'BTCUSDT', longSymbol: 'BTCUSDT' },
  ...{ rateDiffPerHour: rateDiff8h / 8, rateDiff8h, rateDiffAnnualised: 0, fees: 0.0021, breakEvenHours: 100, profitBps },
  ...{ shortRatePerHour: 0, longRatePerHour: 0, holdHours: 240, historyHours: 0, sameSignShare: null },
  ...{ meanDiffPerHour: null, diffDeviation: null, isWorthwhile: false },
})

it.each([
  ['opportunity', 0.0001, 5],
  ['small-difference', 0.00009, 66],
  ['small-profit', 0.0002, 4.9],
  ['unprofitable', 0.0002, 0],
  ['unprofitable', 0.00001, -20],
])('says %s of a difference of %d with a profit of %d bps', (state, difference, profit) => {
  expect(comparedRow(compared(difference, profit), DEFAULT_FUNDING_ARBITRAGE)).toMatchObject({ state, netBps: profit })
})
