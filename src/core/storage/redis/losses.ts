import type { Clock } from '../../clock.js'

/** The collector is told at most so often, ms. */
const TELL_MS = 1_000

/** What will never be in Redis: counted once, told to the collector as a sum and to followers where it is missing. */
export class Losses {
  readonly #clock: Clock
  readonly #tell: (lost: number) => void
  #count = 0
  #untold = 0
  #untoldInBand = 0
  #toldAt = Number.NEGATIVE_INFINITY

  constructor(clock: Clock, tell: (lost: number) => void) {
    this.#clock = clock
    this.#tell = tell
  }

  get count(): number {
    return this.#count
  }

  get untoldInBand(): number {
    return this.#untoldInBand
  }

  add(count: number): void {
    this.#count += count
    this.#untold += count
  }

  /** One that never got a number: no hole in the numbers shows it to followers. */
  addUnnumbered(): void {
    this.add(1)
    this.#untoldInBand += 1
  }

  /** So many are told to followers now. */
  takeInBand(): number {
    const lost = this.#untoldInBand
    this.#untoldInBand = 0
    return lost
  }

  tellCollector(isLast: boolean): void {
    if (this.#untold === 0) return
    const now = this.#clock.now()
    if (!isLast && now - this.#toldAt < TELL_MS) return
    const lost = this.#untold
    this.#untold = 0
    this.#toldAt = now
    this.#tell(lost)
  }
}
