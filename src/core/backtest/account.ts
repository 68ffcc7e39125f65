/**
 * One account, a position per asset. Cash holds what is settled: the deposit, realised profit, fees, funding. Equity is cash and
 * the unrealised profit of each position, so for a long one it equals cash left over and worth of what is held.
 */
import type { AccountState, HeldPosition } from '../strategies/contract.js'
import type { Margin } from './config.js'
import type { FillReason, OpenPosition, Trade } from './result.js'

/** Base units, negative when short. Sums are those of the present position, from its first fill. */
export class Position implements HeldPosition {
  readonly asset: string
  quantity = 0
  entryPrice = Number.NaN
  entryTime = Number.NaN
  entryBar = -1
  /** Last price known: the close of the newest bar. */
  mark = Number.NaN
  /** Money set aside, of an isolated position. */
  margin = 0
  liquidationPrice = Number.NaN
  entered = 0
  entryNotional = 0
  exited = 0
  exitNotional = 0
  realised = 0
  fees = 0
  funding = 0
  risk = Number.NaN

  constructor(asset: string) {
    this.asset = asset
  }

  unrealisedAt(price: number): number {
    return this.quantity === 0 ? 0 : this.quantity * (price - this.entryPrice)
  }
}

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
  cash: number
  equity: number
  readonly positions: Position[]
  readonly #margin: Margin

  constructor(cash: number, assets: readonly string[], margin: Margin) {
    this.cash = cash
    this.equity = cash
    this.positions = assets.map((asset) => new Position(asset))
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

  /** Equity with one position valued at `price` and the others at their marks. */
  equityAt(position: Position, price: number): number {
    let equity = this.cash
    for (const other of this.positions) equity += other.unrealisedAt(other === position ? price : other.mark)
    return equity
  }

  /** Sum of the absolute notionals at the marks. */
  exposure(): number {
    let sum = 0
    for (let i = 0; i < this.positions.length; i++) {
      const { quantity, mark } = this.positions[i] as Position
      if (quantity !== 0) sum += Math.abs(quantity) * mark
    }
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
  close(leg: Leg, reason: FillReason): Trade | undefined {
    const { position, quantity, price, fee, time, bar } = leg
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
    const trade = tradeOf(position, sign, time, bar, reason)
    clear(position)
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

function tradeOf(position: Position, sign: number, time: number, bar: number, reason: FillReason): Trade {
  const { asset, entryTime, entryBar, entered, entryNotional, exited, exitNotional, fees, funding, realised, risk } = position
  const pnl = realised - fees + funding
  return {
    asset,
    side: sign > 0 ? 'long' : 'short',
    entryTime,
    entryBar,
    exitTime: time,
    exitBar: bar,
    quantity: entered,
    entryPrice: entryNotional / entered,
    exitPrice: exitNotional / exited,
    fees,
    funding,
    pnl,
    return: pnl / entryNotional,
    bars: bar - entryBar,
    risk: Number.isNaN(risk) ? null : risk,
    exitReason: reason,
  }
}

function clear(position: Position): void {
  position.quantity = 0
  position.entryPrice = Number.NaN
  position.entryTime = Number.NaN
  position.entryBar = -1
  position.margin = 0
  position.liquidationPrice = Number.NaN
  position.entered = 0
  position.entryNotional = 0
  position.exited = 0
  position.exitNotional = 0
  position.realised = 0
  position.fees = 0
  position.funding = 0
  position.risk = Number.NaN
}

export function openPositionOf(position: Position): OpenPosition {
  const { asset, quantity, entryTime, entryBar, entryPrice, mark, fees, funding } = position
  return {
    asset,
    side: quantity > 0 ? 'long' : 'short',
    entryTime,
    entryBar,
    quantity: Math.abs(quantity),
    entryPrice,
    price: mark,
    unrealised: position.unrealisedAt(mark),
    fees,
    funding,
  }
}
