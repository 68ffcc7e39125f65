/**
 * Log-linear histogram of non-negative numbers: 16 steps in each power of two, so a quantile is at most 6.3 % high. Fixed
 * memory, two array writes a value.
 */
export class Histogram {
  readonly #counts = new Uint32Array(STEPS * POWERS)
  #count = 0
  #sum = 0
  #max = 0

  record(value: number): void {
    this.recordAt(stepOf(value), value)
  }

  /** The same for who records one value in several histograms; `step` is its `stepOf`. */
  recordAt(step: number, value: number): void {
    const clean = Number.isNaN(value) ? 0 : Math.max(value, 0)
    this.#counts[step] = (this.#counts[step] as number) + 1
    this.#count += 1
    this.#sum += clean
    if (clean > this.#max) this.#max = clean
  }

  get count(): number {
    return this.#count
  }

  get max(): number {
    return this.#max
  }

  /** `undefined` without values. */
  get mean(): number | undefined {
    return this.#count === 0 ? undefined : this.#sum / this.#count
  }

  /** Upper edge of the step that holds the quantile (0..1); `undefined` without values. */
  quantile(fraction: number): number | undefined {
    if (this.#count === 0) return undefined
    let left = Math.ceil(fraction * this.#count)
    for (let i = 0; i < this.#counts.length; i++) {
      left -= this.#counts[i] as number
      if (left <= 0) return Math.min(upperEdge(i), this.#max)
    }
    return this.#max
  }

  reset(): void {
    this.#counts.fill(0)
    this.#count = 0
    this.#sum = 0
    this.#max = 0
  }
}

/** Unit of the finest step: 1/1024 of what is recorded (about 1 µs where that is ms). */
const FINEST = 1024
const STEPS = 16
const FIRST_POWER = 4
const POWERS = 40
/** Below it `clz32` finds the power of two; a logarithm takes ten times as long. */
const UINT32_LIMIT = 2 ** 32

/** The step in which a histogram counts a value. */
export function stepOf(value: number): number {
  const scaled = value * FINEST
  if (!(scaled >= STEPS)) return scaled > 0 ? Math.floor(scaled) : 0
  if (scaled < UINT32_LIMIT) {
    const power = 31 - Math.clz32(scaled)
    return (power - FIRST_POWER + 1) * STEPS + ((scaled >>> (power - FIRST_POWER)) & (STEPS - 1))
  }
  const power = Math.floor(Math.log2(scaled))
  const step = Math.floor((scaled / 2 ** power - 1) * STEPS)
  return Math.min((power - FIRST_POWER + 1) * STEPS + step, STEPS * POWERS - 1)
}

function upperEdge(index: number): number {
  if (index < STEPS) return (index + 1) / FINEST
  const power = Math.floor(index / STEPS) + FIRST_POWER - 1
  return (2 ** power * (1 + ((index % STEPS) + 1) / STEPS)) / FINEST
}
