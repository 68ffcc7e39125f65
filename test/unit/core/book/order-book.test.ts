import { describe, expect, it } from 'vitest'
import { OrderBook } from '../../../../src/core/book/order-book.js'
import { BugError } from '../../../../src/core/errors.js'
import { BookUpdate } from '../../../../src/core/market/book-update.js'
import type { Level } from '../../../../src/core/market/event.js'

interface Change {
  readonly bids?: readonly Level[]
  readonly asks?: readonly Level[]
  readonly depth?: number
}

function update({ bids = [], asks = [], depth = 0 }: Change, isSnapshot = false): BookUpdate {
  const made = new BookUpdate()
  made.isSnapshot = isSnapshot
  made.depth = depth
  for (const [price, quantity] of bids) made.bids.push(price, quantity)
  for (const [price, quantity] of asks) made.asks.push(price, quantity)
  return made
}

function seeded(change: Change): OrderBook {
  const book = new OrderBook()
  book.apply(update(change, true))
  return book
}

const THREE: Change = {
  bids: [
    [100, 1],
    [99, 2],
    [98, 3],
  ],
  asks: [
    [101, 4],
    [102, 5],
    [103, 6],
  ],
}

describe('a book', () => {
  it('knows nothing at first, and again after it was cleared', () => {
    const book = seeded(THREE)
    book.sequence = 7
    book.clear()
    for (const empty of [book, new OrderBook()]) {
      expect([empty.sequence, empty.crossId, empty.timestamp]).toEqual([-1, -1, 0])
      expect([empty.bids.length, empty.asks.length]).toEqual([0, 0])
      expect(empty.bids.price(0)).toBeNaN()
      expect(empty.asks.quantity(0)).toBeNaN()
      expect([empty.isCrossed(), empty.isOneSided(), empty.isTopTrusted()]).toEqual([false, false, false])
    }
  })

  it('takes over the ids and the time of each update', () => {
    const book = new OrderBook()
    const change = update(THREE, true)
    Object.assign(change, { firstId: 5, lastId: 9, crossId: 77, timestamp: 1_723_161_256_298 })
    book.apply(change)
    expect([book.sequence, book.crossId, book.timestamp]).toEqual([9, 77, 1_723_161_256_298])
  })

  it('sets absolute quantities, inserts new prices and deletes at 0', () => {
    const book = seeded(THREE)
    book.apply(
      update({
        bids: [
          [100, 0],
          [99, 2.5],
          [98.5, 1],
        ],
        asks: [[100.5, 9]],
      }),
    )
    expect(book.bids.levels(9)).toEqual([
      [99, 2.5],
      [98.5, 1],
      [98, 3],
    ])
    expect(book.asks.levels(2)).toEqual([
      [100.5, 9],
      [101, 4],
    ])
  })

  it('is not disturbed by the deletion of a price that it does not hold', () => {
    const book = seeded(THREE)
    book.apply(update({ bids: [[97, 0]], asks: [[99.5, 0]] }))
    expect(book.bids.levels(9)).toEqual(THREE.bids)
    expect(book.asks.levels(9)).toEqual(THREE.asks)
  })

  it('takes 86786 and 86786.0 for one level', () => {
    const book = seeded({ bids: [[Number('86786'), 1]] })
    book.apply(update({ bids: [[Number('86786.0'), 2]] }))
    expect(book.bids.levels(9)).toEqual([[86786, 2]])
  })

  it('is replaced by a snapshot, whose levels may come worst first and with zeros', () => {
    const book = seeded(THREE)
    book.apply(
      update(
        {
          bids: [
            [50, 1],
            [51, 0],
            [52, 2],
          ],
          asks: [
            [61, 1],
            [60, 2],
          ],
        },
        true,
      ),
    )
    expect(book.bids.levels(9)).toEqual([
      [52, 2],
      [50, 1],
    ])
    expect(book.asks.levels(9)).toEqual([
      [60, 2],
      [61, 1],
    ])
  })

  it('is trimmed to the best levels of each side', () => {
    const book = seeded(THREE)
    book.trim(2)
    expect(book.bids.levels(9)).toEqual(THREE.bids?.slice(0, 2))
    expect(book.asks.levels(9)).toEqual(THREE.asks?.slice(0, 2))
  })

  it('hands out levels that later changes do not touch', () => {
    const book = seeded(THREE)
    const before = book.bids.levels(1)
    book.apply(update({ bids: [[100, 42]] }))
    expect(before).toEqual([[100, 1]])
  })

  it.each([
    [99, 100, false],
    [100, 100, true],
    [101, 100, true],
  ])('with best bid %d and best ask %d is crossed: %s', (bid, ask, isCrossed) => {
    expect(seeded({ bids: [[bid, 1]], asks: [[ask, 1]] }).isCrossed()).toBe(isCrossed)
  })

  it('is one-sided when exactly one side is empty', () => {
    expect(seeded({ bids: [[1, 1]] }).isOneSided()).toBe(true)
    expect(seeded({ asks: [[1, 1]] }).isOneSided()).toBe(true)
    expect(seeded(THREE).isOneSided()).toBe(false)
  })

  it.each([
    [Number.NaN, 1],
    [-1, 1],
    [Number.POSITIVE_INFINITY, 1],
    [1, Number.NaN],
    [1, -1],
    [1, Number.POSITIVE_INFINITY],
  ])('refuses price %d with quantity %d as a defect, in a change and in a snapshot', (price, quantity) => {
    const book = seeded(THREE)
    expect(() => book.apply(update({ bids: [[price, quantity]] }))).toThrow(BugError)
    expect(() => book.apply(update({ asks: [[price, quantity]] }, true))).toThrow(BugError)
  })
})

describe('how far a book is known', () => {
  it('is down to the worst level of a snapshot that was as long as asked for', () => {
    const book = seeded({ ...THREE, depth: 3 })
    expect([book.bids.trustedTo, book.asks.trustedTo]).toEqual([98, 103])
    expect([book.bids.isTrusted(98), book.bids.isTrusted(97.9)]).toEqual([true, false])
    expect([book.asks.isTrusted(103), book.asks.isTrusted(103.1)]).toEqual([true, false])
  })

  it('is the whole book when a snapshot was shorter than asked for', () => {
    const book = seeded({ ...THREE, depth: 1000 })
    expect([book.bids.trustedTo, book.asks.trustedTo]).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY])
    expect([book.bids.isWhole(), book.asks.isWhole()]).toEqual([true, true])
  })

  it('is down to the worst level when nobody says how many were asked for', () => {
    const book = seeded(THREE)
    expect([book.bids.trustedTo, book.asks.trustedTo]).toEqual([98, 103])
  })

  it('does not grow with a level beyond it, nor shrink with a deletion', () => {
    const book = seeded({ ...THREE, depth: 3 })
    book.apply(
      update({
        bids: [
          [98, 0],
          [90, 1],
        ],
      }),
    )
    expect(book.bids.trustedTo).toBe(98)
  })

  it('excludes the top once the market has left the range of the snapshot', () => {
    const book = seeded({ ...THREE, depth: 3 })
    expect(book.isTopTrusted()).toBe(true)
    const gone: Level[] = [
      [100, 0],
      [99, 0],
      [98, 0],
    ]
    book.apply(update({ bids: gone }))
    expect(book.isTopTrusted()).toBe(false)
    book.apply(update({ bids: [[90, 1]] }))
    expect(book.isTopTrusted()).toBe(false)
    book.apply(update({ bids: [[98, 1]] }))
    expect(book.isTopTrusted()).toBe(true)
  })

  it('includes an empty side that the exchange sent as empty', () => {
    const book = seeded({ bids: [[1, 1]], depth: 10 })
    expect(book.isTopTrusted()).toBe(true)
  })

  it('follows the window of a stream that tells of the best levels only', () => {
    const book = seeded({ ...THREE, depth: 3 })
    book.apply(update({ bids: [[100.5, 1]], depth: 3 }))
    expect(book.bids.trustedTo).toBe(99)
    book.trim(3)
    expect(book.bids.levels(9)).toHaveLength(3)
    expect(book.bids.trustedTo).toBe(99)
  })

  it('never takes a window that was full once for the whole side', () => {
    const book = seeded({ ...THREE, depth: 3 })
    book.apply(update({ bids: [[98, 0]], depth: 3 }))
    expect(book.bids.isWhole()).toBe(false)
    expect(book.bids.trustedTo).toBe(99)
  })

  it('stays the whole side while a window is not full', () => {
    const book = seeded({ ...THREE, depth: 50 })
    book.apply(update({ bids: [[97, 1]], depth: 50 }))
    expect(book.bids.isWhole()).toBe(true)
  })

  it('is nothing after changes alone, without any snapshot', () => {
    const book = new OrderBook()
    book.apply(update({ ...THREE, depth: 3 }))
    expect(book.bids.levels(9)).toEqual(THREE.bids)
    expect(book.isTopTrusted()).toBe(false)
  })

  it('shrinks to what a trim leaves', () => {
    const book = seeded({ ...THREE, depth: 1000 })
    book.trim(2)
    expect([book.bids.trustedTo, book.asks.trustedTo]).toEqual([99, 102])
    book.trim(0)
    expect(book.isTopTrusted()).toBe(false)
  })
})
