import { expect, it } from 'vitest'
import { compareLeads, type MidSeries, storedMids } from '../../src/core/live/lead-lag.js'

/** A price that moves at each of these times by what a fixed walk says. */
function series(exchange: string, delayMs: number, pair = 'BTC/USDT'): MidSeries {
  const times = Array.from({ length: 400 }, (_, i) => 1_000 + i * 137 + ((i * 7919) % 90) + delayMs)
  let price = 100
  const prices = times.map((_, i) => (price += Math.sin(i * i) / 10))
  return { exchange, symbol: 'BTCUSDT', pair, times, prices }
}

it('names the exchange that moves first, and by how many ms, whichever is named first', () => {
  const [first, second] = [series('early', 0), series('late', 120)]
  const steps = { stepMs: 10, mostMs: 500 }
  expect(compareLeads([first, second], steps)).toMatchObject([{ leader: 'early', lagMs: 120, exchangeA: 'early', changesA: 399 }])
  expect(compareLeads([second, first], steps)).toMatchObject([{ leader: 'early', lagMs: -120, exchangeB: 'early' }])
  expect(compareLeads([first, second], steps)[0]?.correlation).toBeCloseTo(1, 6)
  expect(compareLeads([first, second], steps)[0]?.leadLagRatio).toBeGreaterThan(2)
})

it('compares the same pair on two exchanges only, and nothing that hardly moves', () => {
  const steps = { stepMs: 10, mostMs: 100 }
  expect(compareLeads([series('a', 0), series('b', 0, 'ETH/USDT')], steps)).toEqual([])
  const still = { ...series('b', 0), prices: series('b', 0).prices.map(() => 100) }
  expect(compareLeads([series('a', 0), still], steps)).toEqual([])
})

it('takes the mids of stored samples by their own times', () => {
  const row = { bidPrice: 99, askPrice: 101, spreadAbsolute: 2, spreadPercentage: 2, quality: '' }
  const rows = [1, 2].map((n) => ({ ...row, exchange: 'binance', symbol: 'BTCUSDT', timestamp: n, midPrice: 100 + n }))
  expect(storedMids(rows, () => 'BTC/USDT')).toMatchObject([{ pair: 'BTC/USDT', times: [1, 2], prices: [101, 102] }])
})
