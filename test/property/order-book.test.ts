import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OrderBook } from '../../src/core/book/order-book.js'
import { BookUpdate } from '../../src/core/market/book-update.js'

type Levels = readonly (readonly [price: number, quantity: number])[]
type Step =
  | { readonly kind: 'snapshot' | 'change'; readonly bids: Levels; readonly asks: Levels }
  | { readonly kind: 'trim'; readonly depth: number }
  | { readonly kind: 'clear' }

/** The book as simply as it can be written: what the real one is held to. */
class NaiveBook {
  bids = new Map<number, number>()
  asks = new Map<number, number>()

  run(step: Step): void {
    if (step.kind === 'snapshot' || step.kind === 'clear') {
      this.bids.clear()
      this.asks.clear()
    }
    if (step.kind === 'snapshot' || step.kind === 'change') {
      set(this.bids, step.bids)
      set(this.asks, step.asks)
    }
    if (step.kind === 'trim') {
      this.bids = new Map(this.sortedBids().slice(0, step.depth))
      this.asks = new Map(this.sortedAsks().slice(0, step.depth))
    }
  }

  sortedBids(): [number, number][] {
    return [...this.bids].sort((a, b) => b[0] - a[0])
  }

  sortedAsks(): [number, number][] {
    return [...this.asks].sort((a, b) => a[0] - b[0])
  }
}

function set(side: Map<number, number>, levels: Levels): void {
  for (const [price, quantity] of levels) {
    if (quantity === 0) side.delete(price)
    else side.set(price, quantity)
  }
}

function run(book: OrderBook, step: Step): void {
  if (step.kind === 'trim') book.trim(step.depth)
  else if (step.kind === 'clear') book.clear()
  else {
    const update = new BookUpdate()
    update.isSnapshot = step.kind === 'snapshot'
    for (const [price, quantity] of step.bids) update.bids.push(price, quantity)
    for (const [price, quantity] of step.asks) update.asks.push(price, quantity)
    book.apply(update)
  }
}

const order = fc.constantFrom('as generated', 'ascending', 'descending')

/** Few distinct prices, so that changes and deletions hit; many levels, so that every way of searching and moving is taken. */
function levels(maxLength: number, distinct: number): fc.Arbitrary<Levels> {
  const price = fc.integer({ min: 1, max: distinct }).map((ticks) => ticks / 100)
  const quantity = fc.oneof(
    fc.constant(0),
    fc.integer({ min: 1, max: 9 }).map((lots) => lots / 10),
  )
  return fc.tuple(fc.array(fc.tuple(price, quantity), { maxLength, size: 'max' }), order).map(([list, by]) => {
    if (by === 'as generated') return list
    return list.toSorted((a, b) => (by === 'ascending' ? a[0] - b[0] : b[0] - a[0]))
  })
}

function steps(distinct: number, maxLength: number): fc.Arbitrary<Step[]> {
  const step = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('change' as const),
        bids: levels(maxLength, distinct),
        asks: levels(maxLength, distinct),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('snapshot' as const),
        bids: levels(maxLength, distinct),
        asks: levels(maxLength, distinct),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('trim' as const), depth: fc.integer({ min: 0, max: maxLength }) }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'clear' as const }) },
  )
  return fc.array(step, { minLength: 1, maxLength: 20 })
}

function expectSame(all: Step[]): void {
  const book = new OrderBook()
  const naive = new NaiveBook()
  for (const step of all) {
    run(book, step)
    naive.run(step)
    expect(book.bids.levels(Number.POSITIVE_INFINITY)).toEqual(naive.sortedBids())
    expect(book.asks.levels(Number.POSITIVE_INFINITY)).toEqual(naive.sortedAsks())
  }
}

describe('an order book, whatever is done to it', () => {
  it('holds the same levels as a map of prices, each side best first', () => {
    fc.assert(fc.property(steps(60, 40), expectSame), { numRuns: 300 })
  })

  it('also when it is hundreds of levels deep', () => {
    fc.assert(fc.property(steps(2000, 600), expectSame), { numRuns: 40 })
  })

  it('also beyond the capacity it began with', () => {
    const deep: Levels = Array.from({ length: 5000 }, (_, i) => [((i * 7919) % 5000) / 10 + 1, 1 + (i % 3)])
    const change: Levels = deep.map(([price], i) => [price, i % 2])
    expectSame([
      { kind: 'snapshot', bids: deep, asks: deep },
      { kind: 'change', bids: change, asks: change },
      { kind: 'change', bids: deep, asks: deep },
    ])
  })

  it('gives the same numbers in the same order for every way of sending one set of levels', () => {
    const unique = fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 0, max: 5 })), {
      selector: (level) => level[0],
      maxLength: 120,
    })
    fc.assert(
      fc.property(unique, fc.boolean(), fc.infiniteStream(fc.nat()), (list, isSnapshot, random) => {
        const shuffled = list
          .map((level) => ({ level, at: random.next().value }))
          .sort((a, b) => a.at - b.at)
          .map((entry) => entry.level)
        const kind = isSnapshot ? 'snapshot' : 'change'
        const book = new OrderBook()
        const other = new OrderBook()
        run(book, { kind, bids: list, asks: list })
        run(other, { kind, bids: shuffled, asks: shuffled })
        expect(other.bids.levels(200)).toEqual(book.bids.levels(200))
        expect(other.asks.levels(200)).toEqual(book.asks.levels(200))
        expect(other.bids.trustedTo).toBe(book.bids.trustedTo)
        expect(other.asks.trustedTo).toBe(book.asks.trustedTo)
      }),
    )
  })
})
