import { describe, expect, it } from 'vitest'
import {
  depthSlope,
  imbalanceWithin,
  impactCurve,
  largeRestingOrders,
  liquidityScore,
  vanishedOrders,
} from '../../../../src/core/analysis/depth.js'
import { hayashiYoshida, leadLag } from '../../../../src/core/analysis/lead-lag.js'
import { orderFlow } from '../../../../src/core/analysis/order-flow.js'
import { amihud, kyleLambda, realisedSpread } from '../../../../src/core/analysis/price-impact.js'
import { OrderBook } from '../../../../src/core/book/order-book.js'
import { BookUpdate } from '../../../../src/core/market/book-update.js'
import type { Level } from '../../../../src/core/market/event.js'

function bookOf(bids: readonly Level[], asks: readonly Level[]): OrderBook {
  const update = new BookUpdate()
  update.isSnapshot = true
  for (const [price, quantity] of bids) update.bids.push(price, quantity)
  for (const [price, quantity] of asks) update.asks.push(price, quantity)
  const book = new OrderBook()
  book.apply(update)
  return book
}

describe('order flow between two tops', () => {
  const top = (bidPrice: number, bidQuantity: number, askPrice: number, askQuantity: number) => {
    return { bidPrice, bidQuantity, askPrice, askQuantity }
  }
  const before = top(100, 5, 101, 7)

  it.each([
    ['nothing happens', top(100, 5, 101, 7), 0],
    ['3 join the bid', top(100, 8, 101, 7), 3],
    ['2 join the ask', top(100, 5, 101, 9), -2],
    ['the bid rises with 4', top(100.5, 4, 101, 7), 4],
    ['the bid of 5 is taken', top(99, 6, 101, 7), -5],
    ['the ask of 7 is taken', top(100, 5, 102, 3), 7],
    ['the ask falls with 4', top(100, 5, 100.5, 4), -4],
  ])('when %s', (_, after, flow) => {
    expect(orderFlow(before, after)).toBe(flow)
  })
})

describe('the shape of a book around 100', () => {
  // Distances 5, 10 bps below and 5, 20 bps above.
  const book = bookOf(
    [
      [99.95, 10],
      [99.9, 30],
    ],
    [
      [100.05, 20],
      [100.2, 5],
    ],
  )

  it('leans to the side with more within a distance, not within a number of levels', () => {
    const [bids, asks] = [99.95 * 10 + 99.9 * 30, 100.05 * 20]
    expect(imbalanceWithin(book, 10)).toBeCloseTo((bids - asks) / (bids + asks), 12)
  })

  it('has the slope of the line through the origin: (5 · 999.5 + 10 · 3996.5) / (25 + 100) on the bid side', () => {
    expect(depthSlope(book, 'bids', 10)).toBeCloseTo((5 * 999.5 + 10 * 3996.5) / 125, 6)
    expect(depthSlope(book, 'asks', 3)).toBeUndefined()
    expect(depthSlope(bookOf([], []), 'bids', 10)).toBeUndefined()
  })

  it('costs more the more is taken, until it does not carry it', () => {
    const [small, large, huge] = impactCurve(book, [1000.5, 2301.5, 1_000_000])
    expect(small?.buyBps).toBeCloseTo(5, 9)
    // 2 001 at 100.05 and 300.5 at 100.2: more than the best level alone.
    expect(large?.buyBps).toBeGreaterThan(5)
    expect(large?.buyBps).toBeLessThan(20)
    expect(huge).toStrictEqual({ notional: 1_000_000, buyBps: null, sellBps: null })
  })

  it('has half of the score where a round trip costs 10 bps', () => {
    expect(liquidityScore(book, 500)).toBeCloseTo(50, 9)
    expect(liquidityScore(book, 1_000_000)).toBeUndefined()
  })

  it('shows orders that are many times the usual level', () => {
    const wall = bookOf(
      [
        [99.99, 1],
        [99.98, 1],
        [99.97, 50],
      ],
      [
        [100.01, 1],
        [100.02, 2],
      ],
    )
    expect(largeRestingOrders(wall, 10, 10)).toMatchObject([{ side: 'bid', price: 99.97, quantity: 50 }])
    expect(largeRestingOrders(wall, 2.5, 10)).toStrictEqual([])
  })

  it('tells which of them vanished before they traded', () => {
    const [wall] = largeRestingOrders(book, 10, 1)
    if (wall === undefined) throw new Error('no order')
    expect(wall).toMatchObject({ side: 'bid', price: 99.9, quantity: 30 })
    const after = bookOf([[99.95, 10]], [[100.05, 20]])
    expect(vanishedOrders([wall], after, () => 0, 20)).toStrictEqual([wall])
    expect(vanishedOrders([wall], after, () => 15, 20)).toStrictEqual([])
    expect(vanishedOrders([wall], book, () => 0, 20)).toStrictEqual([])
    // Further away than is looked at: nobody knows.
    expect(vanishedOrders([wall], bookOf([[101.95, 1]], [[102, 1]]), () => 0, 20)).toStrictEqual([])
  })
})

describe('the price of trading', () => {
  const interval = (midChange: number, netQuantity: number, value: number) => ({ midChange, netQuantity, value, mid: 100 })

  it('by Kyle is the slope of price on flow: 0.5 a unit', () => {
    const intervals = [interval(0.5, 1, 100), interval(-1, -2, 200), interval(1.5, 3, 300), interval(0, 0, 0)]
    expect(kyleLambda(intervals)).toBeCloseTo(0.5, 12)
    expect(kyleLambda(intervals.slice(0, 2))).toBeUndefined()
    expect(kyleLambda([interval(1, 2, 1), interval(2, 2, 1), interval(3, 2, 1)])).toBeUndefined()
  })

  it('by Amihud is bps per million: 1 % on 10 000 and 0.5 % on 10 000 are 7 500', () => {
    expect(amihud([interval(1, 1, 10_000), interval(-0.5, -1, 10_000), interval(0.1, 0, 0)])).toBeCloseTo(7_500, 6)
    expect(amihud([interval(1, 0, 0)])).toBeUndefined()
  })

  it('is effective before and realised after: bought at 100.1 of mid 100, mid 100.06 later', () => {
    const bought = { side: 'buy', price: 100.1, quantity: 2, midBefore: 100, midAfter: 100.06 } as const
    const spread = realisedSpread([bought])
    expect(spread?.effectiveBps).toBeCloseTo(20, 9)
    expect(spread?.realisedBps).toBeCloseTo(8, 9)
    expect(spread?.impactBps).toBeCloseTo(12, 9)
    const sold = { side: 'sell', price: 99.9, quantity: 2, midBefore: 100, midAfter: 99.94 } as const
    expect(realisedSpread([bought, sold])?.realisedBps).toBeCloseTo(8, 9)
    expect(realisedSpread([])).toBeUndefined()
  })
})

describe('two prices that tick at their own times', () => {
  /** A walk with irregular steps in time, from a fixed rule. */
  function walk(count: number) {
    const times: number[] = []
    const prices: number[] = []
    let [time, price, seed] = [0, 100, 7]
    for (let i = 0; i < count; i++) {
      seed = (seed * 16_807) % 2_147_483_647
      time += 20 + (seed % 60)
      price *= Math.exp(((seed % 1_000) / 1_000 - 0.5) * 0.001)
      times.push(time)
      prices.push(price)
    }
    return { times, prices }
  }

  it('correlate by hand: overlapping returns only, 1 · 1 + 1 · 2 + 2 · 2 by √(5 · 5)', () => {
    const e = Math.exp
    const a = { times: [0, 10, 20], prices: [1, e(1), e(3)] }
    const b = { times: [0, 5, 20], prices: [1, e(1), e(3)] }
    expect(hayashiYoshida(a, b)).toBeCloseTo(7 / 5, 12)
  })

  it('of which one repeats the other 150 ms later: that one lags', () => {
    const first = walk(400)
    const second = { times: first.times.map((time) => time + 150), prices: first.prices }
    const found = leadLag(first, second, 500, 50)
    expect(found?.lagMs).toBe(150)
    expect(found?.correlation).toBeCloseTo(1, 9)
    expect(found?.leadLagRatio).toBeGreaterThan(1)
    expect(leadLag(second, first, 500, 50)?.lagMs).toBe(-150)
  })

  it('say nothing where one does not move', () => {
    expect(leadLag(walk(10), { times: [1, 2], prices: [5, 5] }, 100, 50)).toBeUndefined()
  })
})
