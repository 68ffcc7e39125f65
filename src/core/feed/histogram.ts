/**
 * Log-linear histogram of non-negative numbers: 32 steps in each power of two, so a quantile is at most 3.1 % high. Fixed
 * memory, two array writes a value.
 */
export class Histogram {
  readonly #counts = new Uint32Array(32 * 56)
  #count = 0
  #sum = 0
  #max = 0

  record(value: number): void {
    const clean = value > 0 ? value : 0
    const index = indexOf(clean)
    this.#counts[index] = (this.#counts[index] as number) + 1
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

function indexOf(value: number): number {
  const scaled = value * FINEST
  if (scaled < 32) return Math.floor(scaled)
  const power = Math.floor(Math.log2(scaled))
  const step = Math.floor((scaled / 2 ** power - 1) * 32)
  return Math.min((power - 4) * 32 + step, 32 * 56 - 1)
}

function upperEdge(index: number): number {
  if (index < 32) return (index + 1) / FINEST
  const power = Math.floor(index / 32) + 4
  const step = index % 32
  return (2 ** power * (1 + (step + 1) / 32)) / FINEST
}
