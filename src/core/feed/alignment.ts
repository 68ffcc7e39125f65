/** Two books of one pair at (nearly) the same moment by our own clock. Times in ms, prices in quote currency. */
export interface AlignedBooks {
  readonly mid: number
  readonly otherMid: number
  /** Receive time of the other book less that of this one, ms. */
  readonly skewMs: number
}

const KEPT = 256

/**
 * The recent mids of one book, to find the one nearest to a moment. Both sides of a comparison are stamped by our clock:
 * exchanges' clocks differ by more than books do.
 */
export class MidHistory {
  readonly #times = new Float64Array(KEPT)
  readonly #mids = new Float64Array(KEPT)
  #count = 0

  /** Times must not fall. */
  add(timeMs: number, mid: number): void {
    this.#times[this.#count % KEPT] = timeMs
    this.#mids[this.#count % KEPT] = mid
    this.#count += 1
  }

  /** The entry nearest to `timeMs` within `toleranceMs`; the earlier of two equally near. */
  nearest(timeMs: number, toleranceMs: number): { readonly timeMs: number; readonly mid: number } | undefined {
    let best = -1
    let bestDistance = toleranceMs
    for (let i = this.#count - 1; i >= Math.max(0, this.#count - KEPT); i--) {
      const distance = Math.abs((this.#times[i % KEPT] as number) - timeMs)
      if (distance <= bestDistance) {
        best = i
        bestDistance = distance
      } else if (best >= 0) break
    }
    if (best < 0) return undefined
    return { timeMs: this.#times[best % KEPT] as number, mid: this.#mids[best % KEPT] as number }
  }
}

/** Aligns a moment of one book with another's history; `undefined`: nothing near enough. */
export function align(timeMs: number, mid: number, other: MidHistory, toleranceMs: number): AlignedBooks | undefined {
  const found = other.nearest(timeMs, toleranceMs)
  return found === undefined ? undefined : { mid, otherMid: found.mid, skewMs: found.timeMs - timeMs }
}
