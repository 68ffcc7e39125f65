import { RollingMean } from '../analysis/statistics-rolling.js'
import { type Bars, defineStrategy, type Sink, type StrategyRun, type View } from './contract.js'

/** A gap of two means below this share of them is rounding. */
const NOISE = 1e-11
/** Gap of the two means, as a share of the slow one, that counts as a signal of full strength. */
const FULL_STRENGTH = 0.01

/**
 * Trend following on two simple moving averages of the close: long when the fast one crosses above the slow one, out (or short)
 * when it crosses below. A cross needs the gap on both sides of 0 on two bars in a row; touching 0 is none.
 */
class SmaCross implements StrategyRun {
  readonly #fast: RollingMean
  readonly #slow: RollingMean
  readonly #down: 'short' | 'flat'
  /** Made once: a grid of runs crosses millions of times. The numbers are in `strength` and `analysis`. */
  readonly #reasons: { readonly up: string; readonly down: string }
  #seen = 0
  #gap = 0

  constructor(fast: number, slow: number, mayShort: boolean) {
    this.#fast = new RollingMean(fast)
    this.#slow = new RollingMean(slow)
    this.#down = mayShort ? 'short' : 'flat'
    this.#reasons = { up: `SMA ${fast} crossed above SMA ${slow}`, down: `SMA ${fast} crossed below SMA ${slow}` }
  }

  onBar(view: View, sink: Sink): void {
    const { bars } = view
    const before = this.#gap
    if (bars.length === this.#seen + 1) this.#push(bars.close(0))
    else this.#catchUp(bars)
    this.#seen = bars.length
    if (before * this.#gap < 0) this.#signal(sink)
  }

  analysis() {
    const fast = this.#fast.value
    const slow = this.#slow.value
    return { fast: Number.isNaN(fast) ? null : fast, slow: Number.isNaN(slow) ? null : slow }
  }

  #push(close: number): void {
    const fast = this.#fast
    const slow = this.#slow
    fast.push(close)
    slow.push(close)
    const gap = fast.value - slow.value
    // Before both are there the gap is NaN, and no comparison holds.
    this.#gap = gap > NOISE * slow.value || gap < -NOISE * slow.value ? gap : 0
  }

  /** Begins in the middle of a history, as a live run does. */
  #catchUp(bars: Bars): void {
    this.#fast.reset()
    this.#slow.reset()
    for (let back = Math.min(bars.length, this.#slow.window + 1) - 1; back >= 0; back--) this.#push(bars.close(back))
  }

  #signal(sink: Sink): void {
    const isUp = this.#gap > 0
    const distance = Math.abs(this.#gap) / this.#slow.value
    sink.signal({
      signal: isUp ? 'long' : this.#down,
      strength: Math.min(1, distance / FULL_STRENGTH),
      confidence: 0.5,
      reason: isUp ? this.#reasons.up : this.#reasons.down,
    })
  }
}

export const smaCross = defineStrategy({
  name: 'sma-cross',
  description: 'Long while a fast simple moving average of the close lies above a slow one, else out or short',
  parameters: {
    fast: { kind: 'integer', unit: 'bars', min: 1, max: 5000, default: 10, description: 'window of the fast average' },
    slow: { kind: 'integer', unit: 'bars', min: 2, max: 10_000, default: 30, description: 'window of the slow average' },
    short: { kind: 'boolean', default: false, description: 'go short on a cross below instead of out' },
  },
  check: ({ fast, slow }) => (fast < slow ? undefined : `fast (${fast}) has to be smaller than slow (${slow})`),
  warmup: ({ slow }) => slow + 1,
  create: ({ fast, slow, short }) => new SmaCross(fast, slow, short),
})
