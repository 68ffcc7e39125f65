/**
 * One account, a position per asset. Cash holds what is settled: the deposit, realised profit, fees, funding. Equity is cash and
 * the unrealised profit of each position, so for a long one it equals cash left over and worth of what is held.
 */
import type { AccountState } from '../strategies/contract.js'
import type { Margin } from './config.js'
import { Position, tradeOf } from './position.js'
import type { FillReason, Trade } from './result.js'

export interface Leg {
  readonly position: Position
  /** Above 0. */
  readonly quantity: number
  readonly price: number
  readonly fee: number
  readonly time: number
  readonly bar: number
}

export class Account implements AccountState {
  // Fractions from the start: in a field that has held anything else each new number would be an object, one a bar.
  cash = Number.NaN
  equity = Number.NaN
  readonly positions: Position[] = []
  readonly #margin: Margin

  constructor(cash: number, margin: Margin) {
    this.cash = cash
    this.equity = cash
    this.#margin = margin
  }

  /** An empty position of one more asset. */
  add(asset: string): Position {
    const position = new Position(asset)
    this.positions.push(position)
    return position
  }

  get leverage(): number {
    return this.#margin.kind === 'isolated' ? this.#margin.leverage : 1
  }

  /** Values every position at its mark. */
  markToMarket(): void {
    let unrealised = 0
    for (const position of this.positions) {
      if (position.quantity !== 0) unrealised += position.quantity * (position.mark - position.entryPrice)
    }
    this.equity = this.cash + unrealised
  }

  /** Equity with one position valued at `price` and the others at their marks. */
  equityAt(position: Position, price: number): number {
    let equity = this.cash
    for (const other of this.positions) equity += other.unrealisedAt(other === position ? price : other.mark)
    return equity
  }

  /** Sum of the absolute notionals at the marks. */
  exposure(): number {
    let sum = 0
    for (const { quantity, mark } of this.positions) if (quantity !== 0) sum += Math.abs(quantity) * mark
    return sum
  }

  /** What is left for new positions: cash less what those held have bound; a losing short of a cash account binds its loss too. */
  free(position: Position, price: number): number {
    let free = this.cash
    for (const other of this.positions) {
      if (other.quantity === 0) continue
      if (this.#margin.kind === 'isolated') {
        free -= other.margin
        continue
      }
      const mark = other === position ? price : other.mark
      const bound = other.quantity > 0 ? other.entryPrice : Math.max(other.entryPrice, mark)
      free -= Math.abs(other.quantity) * bound
    }
    return free
  }

  /** Opens or adds, `direction` 1 or −1. */
  open({ position, quantity, price, fee, time, bar }: Leg, direction: number): void {
    const held = Math.abs(position.quantity)
    if (held === 0) {
      position.entryTime = time
      position.entryBar = bar
      position.entryPrice = price
    } else {
      position.entryPrice = (held * position.entryPrice + quantity * price) / (held + quantity)
    }
    position.quantity += direction * quantity
    position.entered += quantity
    position.entryNotional += quantity * price
    position.fees += fee
    this.cash -= fee
    this.#setMargin(position, position.margin + (quantity * price) / this.leverage)
  }

  /** Makes the position smaller; gives the trade when that was all of it. */
  close({ position, quantity, price, fee, time, bar }: Leg, reason: FillReason): Trade | undefined {
    const held = Math.abs(position.quantity)
    const sign = Math.sign(position.quantity)
    const gain = sign * quantity * (price - position.entryPrice)
    this.cash += gain - fee
    position.realised += gain
    position.fees += fee
    position.exited += quantity
    position.exitNotional += quantity * price
    if (quantity < held) {
      position.quantity -= sign * quantity
      this.#setMargin(position, position.margin * (1 - quantity / held))
      return undefined
    }
    const trade = tradeOf(position, sign, { time, bar, reason })
    position.clear()
    return trade
  }

  pay(position: Position, amount: number): void {
    this.cash += amount
    position.funding += amount
  }

  /**
   * Isolated: closed where margin + profit = maintenance rate · notional, so for a long at
   * (entry · q − margin) / (q · (1 − rate)), for a short at (entry · q + margin) / (q · (1 + rate)).
   */
  #setMargin(position: Position, margin: number): void {
    if (this.#margin.kind !== 'isolated') return
    position.margin = margin
    const quantity = Math.abs(position.quantity)
    const cost = position.entryPrice * quantity
    const rate = this.#margin.maintenanceRate
    const isLong = position.quantity > 0
    const price = isLong ? (cost - margin) / (quantity * (1 - rate)) : (cost + margin) / (quantity * (1 + rate))
    position.liquidationPrice = price > 0 ? price : Number.NaN
  }
}
