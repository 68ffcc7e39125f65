/** Without any record for so long nothing is looked at: there is nothing fresh to see. */
const LONGEST_SILENCE_MS = 60_000

/** Moments at multiples of a length since the epoch, by the feed's own time. */
export class Steps {
  readonly #stepMs: number
  readonly #look: (at: number) => void
  #next = Number.NaN

  constructor(stepMs: number, look: (at: number) => void) {
    this.#stepMs = stepMs
    this.#look = look
  }

  /** Every step that is due by `nowMs`; before each record, and from a timer when it is quiet. `lastMs`: of the newest change. */
  advance(nowMs: number, lastMs: number): void {
    if (nowMs < this.#next) return
    if (Number.isNaN(this.#next)) this.#next = this.#after(nowMs)
    while (this.#next <= nowMs) {
      const at = this.#next
      this.#next = at - lastMs > LONGEST_SILENCE_MS ? this.#after(nowMs) : at + this.#stepMs
      if (at - lastMs <= LONGEST_SILENCE_MS) this.#look(at)
    }
  }

  #after(nowMs: number): number {
    return (Math.floor(nowMs / this.#stepMs) + 1) * this.#stepMs
  }
}
