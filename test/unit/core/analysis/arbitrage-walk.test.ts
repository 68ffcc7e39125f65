import { describe, expect, it } from 'vitest'
import { type Conversion, Walk, walkBooks } from '../../../../src/core/analysis/arbitrage/walk.js'
import type { Level } from '../../../../src/core/market/event.js'
import { bookOf } from '../../../support/arbitrage.js'

const FREE = { minProfit: 0, maxNotional: Number.POSITIVE_INFINITY, maxQuantity: Number.POSITIVE_INFINITY }

interface Case {
  readonly asks: readonly Level[]
  readonly bids: readonly Level[]
  readonly fees?: readonly [buy: number, sell: number]
  readonly multipliers?: readonly [buy: number, sell: number]
  readonly limits?: Partial<typeof FREE>
  readonly conversion?: Conversion
}

function walk({ asks, bids, fees = [0, 0], multipliers = [1, 1], limits = {}, conversion }: Case): Walk {
  const into = new Walk()
  const buy = { levels: bookOf({ bids: [], asks }).asks, multiplier: multipliers[0], takerFee: fees[0] }
  const sell = { levels: bookOf({ bids, asks: [] }).bids, multiplier: multipliers[1], takerFee: fees[1] }
  walkBooks(into, buy, sell, conversion, { ...FREE, ...limits })
  return into
}

describe('what two books give when both are taken at once', () => {
  it('is nothing when the fees eat it', () => {
    // 100.2 · 0.999 − 100 · 1.001 = −0.0002
    expect(walk({ asks: [[100, 5]], bids: [[100.2, 5]], fees: [0.001, 0.001] })).toMatchObject({ quantity: 0, netProfit: 0 })
  })

  it('ends with the smaller side, since nobody knows what lies behind it', () => {
    const taken = walk({ asks: [[100, 5]], bids: [[101, 2]] })
    expect(taken).toMatchObject({ quantity: 2, buyNotional: 200, sellNotional: 202, netProfit: 2, endedBy: 'depth' })
  })

  it('is the worked example of docs/numbers.md', () => {
    const taken = walk({
      asks: [
        [60_000, 0.5],
        [60_030, 1],
        [60_100, 2],
      ],
      bids: [
        [60_150, 0.8],
        [60_120, 1],
        [60_040, 3],
      ],
      fees: [0.0005, 0.00055],
    })
    // 0.5 at 60 000 → 60 150: 150 − 30 − 33.0825 = 86.9175 a unit; 0.3 at 60 030 → 60 150: 56.9025; 0.7 at 60 030 → 60 120: 26.919;
    // then 60 100 → 60 120 brings 20 and costs 63.116.
    expect(taken.quantity).toBeCloseTo(1.5, 12)
    expect(taken.buyNotional).toBeCloseTo(90_030, 8)
    expect(taken.sellNotional).toBeCloseTo(90_204, 8)
    expect(taken.netProfit).toBeCloseTo(43.45875 + 17.07075 + 18.8433, 8)
    expect(taken).toMatchObject({
      buyWorst: 60_030,
      sellWorst: 60_120,
      buyLevels: 2,
      sellLevels: 2,
      topQuantity: 0.5,
      endedBy: 'margin',
    })
  })

  it('stops where the average would fall below the least profit', () => {
    const book: Case = {
      asks: [
        [100, 1],
        [100.9, 9],
      ],
      bids: [[101, 10]],
      limits: { minProfit: 0.005 },
    }
    // 1 unit brings 1 on 100; x more bring 0.1 x on 100.9 x: (1 + 0.1 x) / (100 + 100.9 x) = 0.005 at x = 0.5 / 0.4045.
    const taken = walk(book)
    expect(taken.quantity).toBeCloseTo(1 + 0.5 / 0.4045, 10)
    expect(taken.netProfit / taken.buyNotional).toBeCloseTo(0.005, 12)
    expect(taken.endedBy).toBe('average')
  })

  it('takes no more than was asked for', () => {
    expect(walk({ asks: [[100, 5]], bids: [[101, 5]], limits: { maxNotional: 250 } })).toMatchObject({
      quantity: 2.5,
      endedBy: 'size',
    })
    expect(walk({ asks: [[100, 5]], bids: [[101, 5]], limits: { maxQuantity: 1 } })).toMatchObject({ quantity: 1, endedBy: 'size' })
  })

  it('counts a contract of a thousand as a thousand', () => {
    // 0.00002 a unit against 0.021 a thousand: 0.000001 on each of the 3 000 that the contract side has.
    const taken = walk({ asks: [[0.00002, 9_000]], bids: [[0.021, 3]], multipliers: [1, 1000] })
    expect(taken.quantity).toBe(3_000)
    expect(taken.sellNotional).toBeCloseTo(0.063, 12)
    expect(taken.netProfit).toBeCloseTo(0.003, 12)
  })

  it('never goes beyond where a book is known', () => {
    const buy = bookOf({
      bids: [],
      asks: [
        [100, 1],
        [100.1, 50],
      ],
    }).asks
    buy.trustedTo = 100
    const into = new Walk()
    walkBooks(
      into,
      { levels: buy, multiplier: 1, takerFee: 0 },
      { levels: bookOf({ bids: [[101, 50]], asks: [] }).bids, multiplier: 1, takerFee: 0 },
      undefined,
      FREE,
    )
    expect(into).toMatchObject({ quantity: 1, endedBy: 'depth' })
  })

  it('pays for the conversion, and goes as far as its book does', () => {
    const usdc = bookOf({
      bids: [
        [0.999, 150],
        [0.99, 1_000],
      ],
      asks: [[1.001, 1_000]],
    })
    // 101 · 0.999 = 100.899: 0.899 a unit while 150 are taken; 101 · 0.99 = 99.99 loses.
    const sold = walk({ asks: [[100, 5]], bids: [[101, 5]], conversion: { levels: usdc.bids, isSale: true, takerFee: 0 } })
    expect(sold.quantity).toBeCloseTo(150 / 101, 10)
    expect(sold.netProfit).toBeCloseTo((150 / 101) * 0.899, 10)
    expect(sold.endedBy).toBe('margin')
    // Bought at 1.001: 101 / 1.001 · 0.9999.
    const bought = walk({ asks: [[100, 5]], bids: [[101, 5]], conversion: { levels: usdc.asks, isSale: false, takerFee: 0.0001 } })
    expect(bought.netProfit).toBeCloseTo(5 * ((101 / 1.001) * 0.9999 - 100), 10)
  })
})
