import type { Market } from './market.js'

/** One row a step: when it ended, what the account was worth, and the last mid known of each market. */
export class StepColumns {
  readonly #times: number[] = []
  readonly #equity: number[] = []
  readonly #held: number[] = []
  readonly #mids = new Map<string, { readonly from: number; readonly values: number[] }>()

  get length(): number {
    return this.#times.length
  }

  clear(): void {
    for (const column of [this.#times, this.#equity, this.#held]) column.length = 0
    this.#mids.clear()
  }

  add(time: number, equity: number, markets: readonly Market[]): void {
    let isHeld = false
    for (const { name, position } of markets) {
      isHeld ||= position.quantity !== 0
      if (Number.isNaN(position.mark)) continue
      let mids = this.#mids.get(name)
      if (mids === undefined) {
        mids = { from: this.#times.length, values: [] }
        this.#mids.set(name, mids)
      }
      mids.values.push(position.mark)
    }
    this.#times.push(time)
    this.#equity.push(equity)
    this.#held.push(isHeld ? 1 : 0)
  }

  get timestamps(): Float64Array {
    return Float64Array.from(this.#times)
  }

  get equity(): Float64Array {
    return Float64Array.from(this.#equity)
  }

  get held(): Uint8Array {
    return Uint8Array.from(this.#held)
  }

  /** Ends of steps and mids of one market, from the first step with one. */
  midsOf(name: string): { readonly timestamps: Float64Array; readonly mids: Float64Array } {
    const { from, values } = this.#mids.get(name) ?? { from: this.#times.length, values: [] }
    return { timestamps: Float64Array.from(this.#times.slice(from)), mids: Float64Array.from(values) }
  }
}
