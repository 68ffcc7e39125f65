/** How numbers fit into scaled integers without losing a bit. */

/** Above 15 digits not every decimal has a float64 of its own. */
const LARGEST = 1e15
const MOST_DECIMALS = 15
const POWERS = Array.from({ length: MOST_DECIMALS + 1 }, (_, exponent) => 10 ** exponent)

/**
 * The decimals that all values of a column need, so that value · 10^decimals is an integer and the way back gives the same bits:
 * the quotient of two exact float64 is the float64 nearest to the decimal, which is the value that was read from it.
 */
export class Scale {
  #decimals = 0
  #largest = 0
  #isExact = true

  add(value: number): void {
    if (!this.#isExact) return
    this.#largest = Math.max(this.#largest, Math.abs(value))
    while (!isWhole(value, POWERS[this.#decimals])) {
      if (this.#decimals === MOST_DECIMALS) {
        this.#isExact = false
        return
      }
      this.#decimals++
    }
  }

  /** `DECIMAL(18,n)`, an integer of 64 bits in the file; `DOUBLE` where a value has more digits. */
  type(): string {
    const fits = this.#isExact && this.#largest * (POWERS[this.#decimals] ?? 1) <= LARGEST
    return fits ? `DECIMAL(18,${this.#decimals})` : 'DOUBLE'
  }
}

function isWhole(value: number, power = 1): boolean {
  return Math.round(value * power) / power === value
}
