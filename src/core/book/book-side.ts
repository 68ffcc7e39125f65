import { BugError } from '../errors.js'
import type { LevelArray } from '../market/book-update.js'
import type { Level } from '../market/event.js'

/** Levels that fit before the first growth: 16 KiB a side. */
const FIRST_CAPACITY = 1024
/** Most updates lie near the one before: beyond so many steps a binary search is cheaper than walking on. */
const WALK_STEPS = 6
/** Below so many levels a loop moves them faster than the call of `copyWithin`. */
const SHORT_SHIFT = 6

/**
 * One side of a book: prices in quote currency, quantities in base units, each price once and no quantity zero.
 *
 * Kept ascending by goodness (the price for bids, its negative for asks), so that the best level is the last one and a change near
 * the top moves few others. The parsed number is a level's key: `86786` and `86786.0` are one level.
 */
export class BookSide {
  /** Levels held. */
  length = 0
  /**
   * Worst price down to which every level of the exchange is known. Infinitely bad: the whole side is known; infinitely good:
   * nothing is. Levels beyond it are only those that happened to change.
   */
  trustedTo: number
  /** 1 for bids, −1 for asks: a price times this is its goodness. */
  readonly #direction: number
  /** Goodness and quantity in turn: level `i` from the worst is at `2 i` and `2 i + 1`, so that one move moves both. */
  #cells = new Float64Array(2 * FIRST_CAPACITY)

  constructor(side: 'bids' | 'asks') {
    this.#direction = side === 'bids' ? 1 : -1
    this.trustedTo = this.#direction * Number.POSITIVE_INFINITY
  }

  /** Price of level `i`, 0 being the best; NaN where there is none. */
  price(i: number): number {
    return i < this.length ? this.#direction * (this.#cells[2 * (this.length - 1 - i)] as number) : Number.NaN
  }

  /** Quantity at level `i`, 0 being the best; NaN where there is none. */
  quantity(i: number): number {
    return i < this.length ? (this.#cells[2 * (this.length - 1 - i) + 1] as number) : Number.NaN
  }

  /** The best `count` levels, best first, in arrays of their own. */
  levels(count: number): Level[] {
    return Array.from({ length: Math.min(count, this.length) }, (_, i): Level => [this.price(i), this.quantity(i)])
  }

  /** Whether every level of the exchange at least as good as this price is known. */
  isTrusted(price: number): boolean {
    return this.#direction * (price - this.trustedTo) >= 0
  }

  /** Whether every level of the exchange is known, however bad. */
  isWhole(): boolean {
    return this.trustedTo === -this.#direction * Number.POSITIVE_INFINITY
  }

  /** Whether no level can exist unseen above the best one. */
  isTopTrusted(): boolean {
    return this.length === 0 ? this.isWhole() : this.isTrusted(this.price(0))
  }

  /** Forgets everything, also how far the side was known. */
  clear(): void {
    this.length = 0
    this.trustedTo = this.#direction * Number.POSITIVE_INFINITY
  }

  /** Cuts the side to its best `depth` levels; what is cut is no longer known. */
  trim(depth: number): void {
    const extra = this.length - depth
    if (extra <= 0) return
    this.#cells.copyWithin(0, 2 * extra, 2 * this.length)
    this.length = depth
    if (depth === 0) this.clear()
    else if (this.isTrusted(this.price(depth - 1))) this.trustedTo = this.price(depth - 1)
  }

  /**
   * A snapshot's levels in place of what was held, in any order. `depth` is how many were asked for: fewer are the whole
   * side. Without it (0) the side is known down to its worst level.
   */
  replace(levels: LevelArray, depth: number): void {
    this.length = 0
    if (this.#isBestFirst(levels)) this.#copyReversed(levels)
    else this.update(levels, 0)
    const isWhole = levels.length < depth || this.length === 0
    this.trustedTo = isWhole ? -this.#direction * Number.POSITIVE_INFINITY : this.price(this.length - 1)
  }

  /**
   * Absolute quantities, 0 deletes; deleting an unknown price is normal. `depth` > 0: the stream tells of the best `depth`
   * levels only. Throws `BugError` on a number that no decoder may let through; the side is then not to be used.
   *
   * The place of one level is where the search for the next begins: exchanges send levels in order, best or worst first.
   */
  update(levels: LevelArray, depth: number): void {
    const { prices, quantities, length } = levels
    const direction = this.#direction
    let i = this.length - 1
    for (let n = 0; n < length; n++) {
      const price = prices[n] as number
      const quantity = quantities[n] as number
      if (!isHoldable(price, quantity)) refuse(price, quantity)
      const key = direction * price
      i = this.find(key, i)
      if (i >= 0 && this.#cells[2 * i] === key) {
        if (quantity !== 0) this.#cells[2 * i + 1] = quantity
        else this.remove(i--)
      } else if (quantity !== 0) this.insert(++i, key, quantity)
    }
    if (depth > 0) this.limitTrust(depth)
  }

  // Hot methods are `private`, not `#`: those check at each call whose object it is.

  /** A window once full is never taken for the whole side again: a level may have left it unseen. */
  private limitTrust(depth: number): void {
    const isUnknown = this.trustedTo === this.#direction * Number.POSITIVE_INFINITY
    if (isUnknown || this.length === 0) return
    if (this.length >= depth) this.trustedTo = this.price(depth - 1)
    else if (!this.isWhole()) this.trustedTo = this.price(this.length - 1)
  }

  /** Index from the worst of the best level that is not better than `key`, −1 when all are; `start` is near it. */
  private find(key: number, start: number): number {
    const cells = this.#cells
    const last = this.length - 1
    let i = start
    let steps = WALK_STEPS
    if (i < 0 || (cells[2 * i] as number) <= key) {
      while (i < last && (cells[2 * i + 2] as number) <= key) {
        i += 1
        steps -= 1
        if (steps === 0) return this.search(key, i, last)
      }
      return i
    }
    while (i >= 0 && (cells[2 * i] as number) > key) {
      i -= 1
      steps -= 1
      if (steps === 0) return this.search(key, -1, i)
    }
    return i
  }

  /** The same by halving: the answer is in `low..high`. No branch depends on the data: a wrong guess costs more than a step. */
  private search(key: number, low: number, high: number): number {
    const cells = this.#cells
    let found = low
    let count = high - low + 1
    while (count > 1) {
      const half = count >> 1
      found += half & -Number((cells[2 * (found + half)] as number) <= key)
      count -= half
    }
    return found
  }

  private insert(at: number, key: number, quantity: number): void {
    if (2 * this.length === this.#cells.length) this.#grow()
    const cells = this.#cells
    const end = 2 * this.length
    const place = 2 * at
    if (this.length - at < SHORT_SHIFT) {
      for (let i = end + 1; i > place + 1; i--) cells[i] = cells[i - 2] as number
    } else cells.copyWithin(place + 2, place, end)
    cells[place] = key
    cells[place + 1] = quantity
    this.length += 1
  }

  private remove(at: number): void {
    const cells = this.#cells
    const end = 2 * this.length
    const place = 2 * at
    if (this.length - at < SHORT_SHIFT) {
      for (let i = place + 2; i < end; i++) cells[i - 2] = cells[i] as number
    } else cells.copyWithin(place, place + 2, end)
    this.length -= 1
  }

  #isBestFirst(levels: LevelArray): boolean {
    const direction = this.#direction
    let previous = Number.POSITIVE_INFINITY
    for (let i = 0; i < levels.length; i++) {
      const key = direction * (levels.prices[i] as number)
      if (!(key < previous)) return false
      previous = key
    }
    return true
  }

  #copyReversed(levels: LevelArray): void {
    for (let i = levels.length - 1; i >= 0; i--) {
      const price = levels.prices[i] as number
      const quantity = levels.quantities[i] as number
      if (!isHoldable(price, quantity)) refuse(price, quantity)
      if (quantity !== 0) this.insert(this.length, this.#direction * price, quantity)
    }
  }

  #grow(): void {
    const cells = new Float64Array(2 * this.#cells.length)
    cells.set(this.#cells)
    this.#cells = cells
  }
}

function isHoldable(price: number, quantity: number): boolean {
  return price >= 0 && price < Number.POSITIVE_INFINITY && quantity >= 0 && quantity < Number.POSITIVE_INFINITY
}

function refuse(price: number, quantity: number): never {
  throw new BugError(`a decoder let a level through that no book can hold: price ${price}, quantity ${quantity}`)
}
