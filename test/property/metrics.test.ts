import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { depthWithin, imbalance, impact, microprice, mid, spreadBps, trustedBps } from '../../src/core/book/metrics.js'
import { OrderBook } from '../../src/core/book/order-book.js'
import { BookUpdate } from '../../src/core/market/book-update.js'

const quantity = fc.integer({ min: 1, max: 10 ** 9 }).map((lots) => lots / 1000)

/** A book as an exchange has one: sides apart by 1 to 50 ticks, seeded from a snapshot of all or some of its levels. */
const book = fc
  .record({
    best: fc.integer({ min: 1000, max: 10 ** 8 }),
    spread: fc.integer({ min: 1, max: 50 }),
    bids: fc.array(quantity, { minLength: 1, maxLength: 30 }),
    asks: fc.array(quantity, { minLength: 1, maxLength: 30 }),
    depth: fc.constantFrom(0, 10, 20, 1000),
  })
  .map(({ best, spread, bids, asks, depth }) => {
    const update = new BookUpdate()
    update.isSnapshot = true
    update.depth = depth
    for (const [i, lots] of bids.entries()) update.bids.push((best - i) / 100, lots)
    for (const [i, lots] of asks.entries()) update.asks.push((best + spread + i) / 100, lots)
    const made = new OrderBook()
    made.apply(update)
    return made
  })

const side = fc.constantFrom('buy', 'sell')
const notional = fc.double({ min: 0.01, max: 1e12, noNaN: true })
/** Rounding of sums of up to 30 products. */
const TOLERANCE = 1e-12

describe('the numbers of any uncrossed book', () => {
  it('keep mid and microprice within bid and ask, and the spread above zero', () => {
    fc.assert(
      fc.property(book, (made) => {
        const bid = made.bids.price(0)
        const ask = made.asks.price(0)
        for (const price of [mid(made), microprice(made)]) {
          expect(price).toBeGreaterThanOrEqual(bid)
          expect(price).toBeLessThanOrEqual(ask)
        }
        expect(spreadBps(made)).toBeGreaterThan(0)
      }),
    )
  })

  it('keep the imbalance within −1 and 1, or leave it open where levels are not known', () => {
    fc.assert(
      fc.property(book, fc.integer({ min: 1, max: 40 }), (made, levels) => {
        const value = imbalance(made, levels)
        if (value === undefined) {
          expect(made.bids.isWhole() && made.asks.isWhole()).toBe(false)
          return
        }
        expect(Math.abs(value)).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('never make a larger order cheaper: vwap and worst price grow worse with the notional', () => {
    fc.assert(
      fc.property(book, side, notional, notional, (made, taker, one, two) => {
        const small = impact(made, taker, Math.min(one, two))
        const large = impact(made, taker, Math.max(one, two))
        if (small === undefined || large === undefined) throw new Error('a known side must carry an order')
        const sign = taker === 'buy' ? 1 : -1
        expect(sign * large.vwap).toBeGreaterThanOrEqual(sign * small.vwap * (1 - sign * TOLERANCE))
        expect(sign * large.worstPrice).toBeGreaterThanOrEqual(sign * small.worstPrice)
        expect(large.quantity).toBeGreaterThanOrEqual(small.quantity)
        expect(large.slippageFromBestBps).toBeGreaterThanOrEqual(-TOLERANCE * 10_000)
      }),
    )
  })

  it('fill an order wholly or tell how much of it', () => {
    fc.assert(
      fc.property(book, side, notional, (made, taker, amount) => {
        const filled = impact(made, taker, amount)
        if (filled === undefined) throw new Error('a known side must carry an order')
        expect(filled.isComplete).toBe(filled.notional === amount)
        expect(filled.notional).toBeLessThanOrEqual(amount)
        expect(filled.vwap * filled.quantity).toBeCloseTo(filled.notional, -Math.floor(Math.log10(filled.notional)) + 9)
      }),
    )
  })

  it('count no less depth in a wider band, and call complete exactly what is known', () => {
    const bps = fc.double({ min: 0, max: 9000, noNaN: true })
    fc.assert(
      fc.property(book, bps, bps, (made, one, two) => {
        const near = depthWithin(made, Math.min(one, two))
        const far = depthWithin(made, Math.max(one, two))
        const known = trustedBps(made) ?? Number.NaN
        expect(far?.bids.quantity).toBeGreaterThanOrEqual(near?.bids.quantity ?? Number.NaN)
        expect(far?.asks.notional).toBeGreaterThanOrEqual(near?.asks.notional ?? Number.NaN)
        expect(near?.bids.isComplete === true && near.asks.isComplete).toBe(Math.min(one, two) <= known + 1e-9)
      }),
    )
  })
})
