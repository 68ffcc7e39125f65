import fc from 'fast-check'
import { expect, it } from 'vitest'
import { DEFAULT_ARBITRAGE, type Finding } from '../../src/core/analysis/arbitrage/contract.js'
import { ArbitrageDetector } from '../../src/core/analysis/arbitrage/detector.js'
import { Walk, walkBooks } from '../../src/core/analysis/arbitrage/walk.js'
import type { Level } from '../../src/core/market/event.js'
import { bookOf, type WrittenBook, WrittenMarket } from '../support/arbitrage.js'

const quantity = fc.integer({ min: 1, max: 1_000 }).map((n) => n / 100)
const side = (least: number, most: number) =>
  fc.uniqueArray(fc.tuple(fc.integer({ min: least, max: most }), quantity), {
    minLength: 1,
    maxLength: 8,
    selector: ([price]) => price,
  })
/** Books around 10 000 that often cross each other, in ticks of 1 = 1 bp. */
const book: fc.Arbitrary<WrittenBook> = fc
  .integer({ min: -60, max: 60 })
  .chain((shift) => fc.record({ bids: side(9_950 + shift, 9_999 + shift), asks: side(10_000 + shift, 10_050 + shift) }))
const fee = fc.integer({ min: 0, max: 20 }).map((n) => n / 10_000)
const minProfit = fc.integer({ min: 0, max: 50 }).map((n) => n / 10_000)
const maxNotional = fc.integer({ min: 1_000, max: 300_000 })

interface Terms {
  readonly minProfit: number
  readonly maxNotional: number
}

function take(buy: WrittenBook, sell: WrittenBook, fees: readonly [number, number], terms: Terms): Walk {
  const into = new Walk()
  const asks = { levels: bookOf(buy).asks, multiplier: 1, takerFee: fees[0] }
  const bids = { levels: bookOf(sell).bids, multiplier: 1, takerFee: fees[1] }
  walkBooks(into, asks, bids, undefined, { ...terms, maxQuantity: Number.POSITIVE_INFINITY })
  return into
}

const terms = fc.record({ minProfit, maxNotional })
const total = (levels: readonly Level[]) => levels.reduce((sum, [, size]) => sum + size, 0)

it('never earns more when a fee rises', () => {
  fc.assert(
    fc.property(book, book, fee, fee, fee, terms, (buy, sell, a, b, more, limits) => {
      const before = take(buy, sell, [a, b], limits)
      expect(take(buy, sell, [a + more, b], limits).netProfit).toBeLessThanOrEqual(before.netProfit + 1e-9)
      expect(take(buy, sell, [a, b + more], limits).netProfit).toBeLessThanOrEqual(before.netProfit + 1e-9)
    }),
  )
})

it('never takes more than either book holds or the user allows, and earns at least what was asked', () => {
  fc.assert(
    fc.property(book, book, fee, terms, (buy, sell, rate, limits) => {
      const taken = take(buy, sell, [rate, rate], limits)
      expect(taken.quantity).toBeLessThanOrEqual(Math.min(total(buy.asks), total(sell.bids)) * (1 + 1e-12))
      expect(taken.buyNotional).toBeLessThanOrEqual(limits.maxNotional * (1 + 1e-12))
      expect(taken.netProfit).toBeGreaterThanOrEqual(limits.minProfit * taken.buyNotional - 1e-9)
    }),
  )
})

it('finds as much as trying every size does', () => {
  fc.assert(
    fc.property(book, book, fee, terms, (buy, sell, rate, limits) => {
      const taken = take(buy, sell, [rate, rate], limits)
      const asks = [...buy.asks].sort((a, b) => a[0] - b[0])
      const bids = [...sell.bids].sort((a, b) => b[0] - a[0])
      const most = Math.min(total(asks), total(bids))
      for (let i = 1; i <= 40; i++) {
        const size = (most * i) / 40
        const cost = costOf(asks, size)
        const profit = costOf(bids, size) * (1 - rate) - cost * (1 + rate)
        const isAllowed = cost <= limits.maxNotional && profit >= limits.minProfit * cost
        if (isAllowed) expect(profit).toBeLessThanOrEqual(taken.netProfit + 1e-6)
      }
    }),
  )
})

it('tells the mirror image when the exchanges change places', () => {
  fc.assert(
    fc.property(book, book, (a, b) => {
      const one = findings(a, b)
      const other = findings(b, a)
      expect(other.buyFirst).toEqual(one.buySecond)
      expect(other.buySecond).toEqual(one.buyFirst)
    }),
  )
})

function costOf(levels: readonly Level[], size: number): number {
  let left = size
  let cost = 0
  for (const [price, held] of levels) {
    const step = Math.min(left, held)
    cost += step * price
    left -= step
  }
  return cost
}

function findings(first: WrittenBook, second: WrittenBook) {
  const detector = new ArbitrageDetector(DEFAULT_ARBITRAGE, { opened: () => undefined, closed: () => undefined })
  const markets = [new WrittenMarket('x', 0.0005), new WrittenMarket('y', 0.0005)]
  for (const [i, market] of markets.entries()) {
    market.set(i === 0 ? first : second, 1_000)
    detector.changed(detector.add(market), 1_000)
  }
  const told = (from: string) => {
    const route = detector.routes.find((each) => each.buy.market.state.instrument.exchange === from)
    const found = route === undefined ? undefined : detector.assess(route, 1_000).finding
    return found === undefined ? undefined : { ...found, buy: anonymous(found.buy), sell: anonymous(found.sell) }
  }
  return { buyFirst: told('x'), buySecond: told('y') }
}

function anonymous(leg: Finding['buy']) {
  return { ...leg, exchange: '' }
}
