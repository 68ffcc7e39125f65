/**
 * How far an exchange's clock is from ours: the smallest (receive time − exchange time) of the last half to whole minute, in
 * ms. It is the offset of the clocks plus the fastest way, which one stream alone cannot tell apart; so latencies measured
 * against it are what a message took beyond the fastest one. Negative: the exchange's clock is ahead.
 */
export class ClockOffset {
  #present = Number.POSITIVE_INFINITY
  #before = Number.POSITIVE_INFINITY
  #windowEnd = 0
  #strays = 0

  /**
   * Takes one message in and gives its latency beyond the fastest of late, ms. Below −1 000: its time lies in the future; it
   * moves the estimate only when 20 in a row agree that the clock itself has jumped.
   */
  observe(exchangeMs: number, receivedMs: number): number {
    const difference = receivedMs - exchangeMs
    const known = Math.min(this.#present, this.#before)
    const isStray = Number.isFinite(known) && difference < known - STRAY_MS
    this.#strays = isStray ? this.#strays + 1 : 0
    if (isStray && this.#strays < STRAYS_TO_BELIEVE) return difference - known
    if (receivedMs >= this.#windowEnd) {
      const isAdjacent = receivedMs < this.#windowEnd + WINDOW_MS
      this.#before = isAdjacent ? this.#present : Number.POSITIVE_INFINITY
      this.#present = Number.POSITIVE_INFINITY
      this.#windowEnd = receivedMs + WINDOW_MS
    }
    if (difference < this.#present) this.#present = difference
    return difference - Math.min(this.#present, this.#before)
  }

  /** ms; `undefined` before the first message. */
  get ms(): number | undefined {
    const offset = Math.min(this.#present, this.#before)
    return Number.isFinite(offset) ? offset : undefined
  }
}

const WINDOW_MS = 30_000
const STRAY_MS = 1_000
const STRAYS_TO_BELIEVE = 20
