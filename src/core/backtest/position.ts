/** What is held of one asset, and what becomes of it: a trade once it is gone, an open position until then. */
import type { HeldPosition } from '../strategies/contract.js'
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

  /** Nothing is held any more; the mark stays. */
  clear(): void {
    this.quantity = 0
    this.entryPrice = Number.NaN
    this.entryTime = Number.NaN
    this.entryBar = -1
    this.margin = 0
    this.liquidationPrice = Number.NaN
    this.entered = 0
    this.entryNotional = 0
    this.exited = 0
    this.exitNotional = 0
    this.realised = 0
    this.fees = 0
    this.funding = 0
    this.risk = Number.NaN
  }
}

/** The last fill of a position, ms UTC and step. */
export interface Exit {
  readonly time: number
  readonly bar: number
  readonly reason: FillReason
}

/** `sign` is 1 for a long position, −1 for a short one: its quantity may be gone already. */
export function tradeOf(position: Position, sign: number, { time, bar, reason }: Exit): Trade {
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
