/** What an order finds in a recorded book, which does not know of it: what was taken once is not there a second time. */
import type { BookSide } from '../../book/book-side.js'

export interface Taken {
  readonly quantity: number
  readonly notional: number
  readonly levels: number
  /** The known levels carried all that was wanted. */
  readonly isComplete: boolean
}

interface Level {
  /** What the exchange said rested there when it was taken from. */
  readonly held: number
  readonly taken: number
}

/**
 * Takes from one side of one book, best level first, as far as it is known. A level keeps what was taken from it until the exchange
 * tells another quantity of it: a recording shows the market without our orders.
 */
export class Taker {
  readonly #levels = new Map<number, Level>()

  /** `quantity` in base units. */
  take(side: BookSide, quantity: number): Taken {
    let left = quantity
    let taken = 0
    let notional = 0
    let levels = 0
    for (let i = 0; i < side.length && left > 0; i++) {
      const price = side.price(i)
      if (!side.isTrusted(price)) break
      const there = this.#left(price, side.quantity(i))
      const part = Math.min(there, left)
      if (part <= 0) continue
      this.#note(price, side.quantity(i), part)
      left -= part
      taken += part
      notional += part * price
      levels += 1
    }
    const isComplete = left <= 0
    return { quantity: isComplete ? quantity : taken, notional, levels, isComplete }
  }

  #left(price: number, held: number): number {
    const known = this.#levels.get(price)
    if (known === undefined) return held
    if (known.held === held) return held - known.taken
    this.#levels.delete(price)
    return held
  }

  #note(price: number, held: number, part: number): void {
    const taken = (this.#levels.get(price)?.taken ?? 0) + part
    this.#levels.set(price, { held, taken })
  }
}
