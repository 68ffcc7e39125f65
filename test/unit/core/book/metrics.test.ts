import { describe, expect, it } from 'vitest'
import {
  depthWithin,
  imbalance,
  impact,
  microprice,
  mid,
  spread,
  spreadBps,
  spreadFraction,
  topOfBook,
  trustedBps,
} from '../../../../src/core/book/metrics.js'
import { OrderBook } from '../../../../src/core/book/order-book.js'
import { BookUpdate } from '../../../../src/core/market/book-update.js'
import type { Level } from '../../../../src/core/market/event.js'

function bookOf(bids: readonly Level[], asks: readonly Level[], depth = 1000): OrderBook {
  const update = new BookUpdate()
  update.isSnapshot = true
  update.depth = depth
  for (const [price, quantity] of bids) update.bids.push(price, quantity)
  for (const [price, quantity] of asks) update.asks.push(price, quantity)
  const book = new OrderBook()
  book.apply(update)
  return book
}

const BIDS: Level[] = [
  [99, 3],
  [98, 2],
  [90, 5],
]
const ASKS: Level[] = [
  [101, 1],
  [102, 4],
  [110, 10],
]
const book = bookOf(BIDS, ASKS)

describe('the top of a book', () => {
  it('is the best bid and ask with their quantities', () => {
    expect(topOfBook(book)).toEqual({ bidPrice: 99, bidQuantity: 3, askPrice: 101, askQuantity: 1 })
  })

  it.each([
    ['mid: (99 + 101) / 2', mid, 100],
    ['microprice: (99 · 1 + 101 · 3) / 4', microprice, 100.5],
    ['spread: 101 − 99', spread, 2],
    ['fraction: 2 / 100', spreadFraction, 0.02],
    ['bps: 2 / 100 · 10 000', spreadBps, 200],
  ])('gives the %s', (_, metric, expected) => {
    expect(metric(book)).toBe(expected)
  })

  it.each([
    ['no bid', bookOf([], ASKS)],
    ['no ask', bookOf(BIDS, [])],
    ['nothing', new OrderBook()],
  ])('gives nothing of a book with %s', (_, incomplete) => {
    for (const metric of [topOfBook, mid, microprice, spread, spreadFraction, spreadBps, trustedBps]) {
      expect(metric(incomplete)).toBeUndefined()
    }
    expect(depthWithin(incomplete, 100)).toBeUndefined()
  })

  it('has a negative spread when crossed, so that nobody takes it for tight', () => {
    expect(spreadBps(bookOf([[101, 1]], [[99, 1]]))).toBe(-200)
  })
})

describe('imbalance', () => {
  it.each([
    [1, (3 - 1) / 4],
    [2, (5 - 5) / 10],
    [3, (10 - 15) / 25],
    [10, (10 - 15) / 25],
  ])('of the best %d levels is %d', (levels, expected) => {
    expect(imbalance(book, levels)).toBe(expected)
  })

  it('is ±1 where one whole side is empty', () => {
    expect(imbalance(bookOf(BIDS, []), 10)).toBe(1)
    expect(imbalance(bookOf([], ASKS), 10)).toBe(-1)
  })

  it('is undefined for an empty book', () => {
    expect(imbalance(bookOf([], []), 10)).toBeUndefined()
    expect(imbalance(new OrderBook(), 10)).toBeUndefined()
  })

  it('is undefined when it counts levels that are not known', () => {
    const partial = bookOf(BIDS, ASKS, 3)
    expect(imbalance(partial, 3)).toBe(-0.2)
    expect(imbalance(partial, 4)).toBeUndefined()
  })
})

describe('depth around the mid', () => {
  it('counts base quantity and notional, the border included', () => {
    expect(depthWithin(book, 100)).toEqual({
      bids: { quantity: 3, notional: 297, isComplete: true },
      asks: { quantity: 1, notional: 101, isComplete: true },
    })
    expect(depthWithin(book, 200)).toEqual({
      bids: { quantity: 5, notional: 297 + 196, isComplete: true },
      asks: { quantity: 5, notional: 101 + 408, isComplete: true },
    })
  })

  it('includes a border that is no binary fraction', () => {
    const tight = bookOf([[99.9, 1]], [[100.1, 2]])
    expect(depthWithin(tight, 10)?.bids.quantity).toBe(1)
    expect(depthWithin(tight, 10)?.asks.quantity).toBe(2)
    expect(depthWithin(tight, 9.99)?.asks.quantity).toBe(0)
  })

  it('stops where the book is no longer known, and says so for each side', () => {
    const partial = bookOf(BIDS.slice(0, 2), ASKS, 3)
    const change = new BookUpdate()
    change.asks.push(111, 7)
    partial.apply(change)
    expect(depthWithin(partial, 1000)).toMatchObject({ bids: { isComplete: true }, asks: { quantity: 15, isComplete: true } })
    expect(depthWithin(partial, 1200)).toMatchObject({ bids: { isComplete: true }, asks: { quantity: 15, isComplete: false } })
  })
})

describe('how far a book is known', () => {
  it('is the nearer end of the two sides: bids to 98 of a mid of 100', () => {
    expect(trustedBps(bookOf(BIDS.slice(0, 2), ASKS.slice(0, 2), 2))).toBe(200)
  })

  it('is everything down to price 0 for a whole book', () => {
    expect(trustedBps(book)).toBe(10_000)
  })

  it('is 0 once the top has left what was known', () => {
    const left = bookOf(BIDS, ASKS, 3)
    const change = new BookUpdate()
    for (const [price] of BIDS) change.bids.push(price, 0)
    change.bids.push(80, 1)
    left.apply(change)
    expect(trustedBps(left)).toBe(0)
  })
})

describe('the impact of an order', () => {
  it('of a buy walks up the asks: 101 · 1 + 102 · 2', () => {
    expect(impact(book, 'buy', 305)).toEqual({
      side: 'buy',
      notional: 305,
      quantity: 3,
      vwap: 305 / 3,
      worstPrice: 102,
      slippageBps: ((305 / 3 - 100) / 100) * 10_000,
      slippageFromBestBps: ((305 / 3 - 101) / 101) * 10_000,
      isComplete: true,
    })
  })

  it('of a sell walks down the bids, and its cost is positive too: 99 · 3 + 98 · 1', () => {
    expect(impact(book, 'sell', 395)).toEqual({
      side: 'sell',
      notional: 395,
      quantity: 4,
      vwap: 98.75,
      worstPrice: 98,
      slippageBps: 125,
      slippageFromBestBps: (0.25 / 99) * 10_000,
      isComplete: true,
    })
  })

  it('ends with the last level when that carries it exactly', () => {
    expect(impact(book, 'buy', 101)).toMatchObject({ quantity: 1, worstPrice: 101, slippageFromBestBps: 0, isComplete: true })
  })

  it('tells what could be filled when the book is too thin', () => {
    expect(impact(book, 'buy', 1e9)).toMatchObject({ notional: 101 + 408 + 1100, quantity: 15, worstPrice: 110, isComplete: false })
  })

  it('does not walk into levels beyond what is known', () => {
    const partial = bookOf(BIDS, ASKS, 3)
    const change = new BookUpdate()
    change.asks.push(111, 1000)
    partial.apply(change)
    expect(impact(partial, 'buy', 5000)).toMatchObject({ notional: 1609, worstPrice: 110, isComplete: false })
  })

  it('has no slippage against a mid that does not exist', () => {
    expect(impact(bookOf([], ASKS), 'buy', 101)).toMatchObject({ slippageBps: null, slippageFromBestBps: 0 })
  })

  it('is undefined on an empty or unknown side, and for no amount', () => {
    expect(impact(bookOf([], ASKS), 'sell', 1)).toBeUndefined()
    expect(impact(new OrderBook(), 'buy', 1)).toBeUndefined()
    for (const notional of [0, -1, Number.NaN]) expect(impact(book, 'buy', notional)).toBeUndefined()
  })
})
