import { expect, it } from 'vitest'
import { fundingNews } from '../../../src/core/live/funding-news.js'
import type { FundingEvent } from '../../../src/core/market/event.js'

function event(receivedAt: number, change: Partial<FundingEvent> = {}): FundingEvent {
  return {
    ...{ type: 'funding', exchange: 'binance', symbol: 'BTCUSDT', pair: 'BTC/USDT:USDT', timestamp: receivedAt, receivedAt },
    ...{ kind: 'estimated', fundingRate: 0.0001, predictedRate: null, fundingTime: 28_800_000, intervalHours: 8 },
    ...{ markPrice: 100, indexPrice: 100, quality: '' },
    ...change,
  }
}

it('keeps what changed, and what did not only after the interval, of each instrument by itself', () => {
  const isNews = fundingNews(300_000)
  const told = [
    event(0),
    event(1_000),
    event(2_000, { markPrice: 101 }),
    event(3_000, { symbol: 'ETHUSDT' }),
    event(4_000, { fundingRate: 0.0002 }),
    event(5_000, { fundingRate: 0.0002, fundingTime: null }),
    event(304_999, { fundingRate: 0.0002, fundingTime: null }),
    event(305_000, { fundingRate: 0.0002, fundingTime: null }),
  ].map(isNews)
  expect(told).toStrictEqual([true, false, false, true, true, true, false, true])
})
