import type { Block } from '../result.js'

/** The draw-down limit of an account, and ruin: once reached, nothing is opened any more. */
export class AccountGuard {
  /** Why, once it is so. */
  halt: Block | undefined
  readonly #maxDrawdown: number | undefined
  #peak = 0

  constructor(maxDrawdown: number | undefined) {
    this.#maxDrawdown = maxDrawdown
  }

  look(equity: number): void {
    if (equity > this.#peak) this.#peak = equity
    if (this.halt !== undefined) return
    if (equity <= 0) this.halt = 'ruined'
    else if (this.#maxDrawdown !== undefined && equity <= this.#peak * (1 - this.#maxDrawdown)) this.halt = 'drawdown-limit'
  }
}
