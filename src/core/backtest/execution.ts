/** What becomes of an order whose price has come: how much of it fills, at what cost, and what the account then holds. */
import type { Account, Leg } from './account.js'
import type { Asset } from './asset.js'
import type { BacktestConfig } from './config.js'
import { feeOf } from './costs.js'
import type { RunJournal } from './journal.js'
import { type Direction, exitsOf, type Order } from './order.js'
import type { Block, FillReason } from './result.js'
import { needsFraction, unitsOf, wholeLots } from './sizing.js'

/** `time` is the open of the bar, or its close for fills there; only takers pay slippage. */
export interface Quote {
  readonly price: number
  readonly isTaker: boolean
  readonly time: number
  readonly bar: number
}

/** Most units that may be opened, and what forbids more. */
interface Room {
  readonly units: number
  readonly block: Block
}

/** Rounding may make what was sized to fit exactly look too dear. */
const ROUNDING = 1 + 1e-9

export class Execution {
  readonly #config: BacktestConfig
  readonly #account: Account
  readonly #journal: RunJournal

  constructor(config: BacktestConfig, account: Account, journal: RunJournal) {
    this.#config = config
    this.#account = account
    this.#journal = journal
  }

  /** Fills what can be filled; an order that has to wait for more volume stays. Gives what stood in the way, if anything. */
  fill(asset: Asset, order: Order, quote: Quote): Block | undefined {
    const { position } = asset
    if (position.quantity * order.direction < 0) {
      const wanted = closingPart(asset, order)
      if (order.timeInForce === 'fok' && asset.volumeLeft < wanted) return 'not-filled-at-once'
      const quantity = Math.min(wanted, this.#offered(asset))
      if (quantity > 0) this.close(asset, quantity, quote, order.reason, order)
      if (quantity < wanted) return this.#report(asset, order, quote, false)
    }
    if (order.target === 0 || order.reduceOnly || (order.filled > 0 && order.filled >= order.quantity)) {
      return this.#report(asset, order, quote, true)
    }
    if (order.isTargeted && position.quantity !== 0 && order.filled === 0) return 'already-in-position'
    return this.#open(asset, order, quote)
  }

  /** One leg that makes the position smaller. */
  close(asset: Asset, quantity: number, quote: Quote, reason: FillReason, order?: Order): void {
    const direction: Direction = asset.position.quantity > 0 ? -1 : 1
    const price = this.#slipped(asset, direction, quantity, quote)
    const fee = feeOf(asset.fees, quote.isTaker, price * quantity)
    const { time, bar } = quote
    const { position } = asset
    this.#book(asset, { position, direction, quantity, price, fee, time, bar, quote, reason, order: order?.id ?? 0 })
    // An order towards a target counts what it opened; what it closed on the way was the position before.
    if (order !== undefined && !order.isTargeted) order.filled += quantity
  }

  /** Isolated margin: the loss is never more than the margin, whatever the gap, and the fee comes out of what is left of it. */
  liquidate(asset: Asset, trigger: number, time: number, bar: number): void {
    const { position } = asset
    const { margin: rule } = this.#config
    const quantity = Math.abs(position.quantity)
    const direction: Direction = position.quantity > 0 ? -1 : 1
    const bankrupt = position.entryPrice + (direction * position.margin) / quantity
    const price = direction < 0 ? Math.max(trigger, bankrupt) : Math.min(trigger, bankrupt)
    const left = position.margin + position.unrealisedAt(price)
    const rate = rule.kind === 'isolated' ? rule.liquidationFee : 0
    const fee = Math.max(0, Math.min(left, rate * price * quantity))
    const quote = { price, isTaker: true, time, bar }
    this.#book(asset, { position, direction, quantity, price, fee, time, bar, quote, reason: 'liquidation', order: 0 })
  }

  #open(asset: Asset, order: Order, quote: Quote): Block | undefined {
    const offered = this.#offered(asset)
    if (!(offered > 0)) return order.timeInForce === 'fok' ? 'not-filled-at-once' : undefined
    const guess = Number.isNaN(order.quantity) ? this.#sized(asset, order, quote) : order.quantity - order.filled
    if (!(guess > 0)) return Number.isNaN(guess) ? 'no-size' : 'below-lot'
    const price = this.#slipped(asset, order.direction, Math.min(guess, offered), quote)
    // A price that slipped buys less.
    if (Number.isNaN(order.quantity)) {
      order.quantity = price === quote.price ? guess : Math.min(guess, this.#sized(asset, order, { ...quote, price }))
    }
    const block = this.#limit(asset, order, price, quote.isTaker)
    if (block !== undefined) return block
    const rest = order.quantity - order.filled
    if (order.timeInForce === 'fok' && offered < rest) return 'not-filled-at-once'
    const quantity = Math.min(rest, offered)
    if (!(quantity > 0) || quantity * price < asset.minNotional) return 'below-lot'
    const fee = feeOf(asset.fees, quote.isTaker, quantity * price)
    const { direction, reason, id } = order
    const { time, bar } = quote
    this.#book(asset, { position: asset.position, direction, quantity, price, fee, time, bar, quote, reason, order: id })
    order.filled += quantity
    this.#attachExits(asset, order, quantity, price, quote)
    return this.#report(asset, order, quote, order.filled >= order.quantity)
  }

  /** What the sizing rule chose shrinks to what can be paid; a number that somebody chose is refused when it cannot. */
  #limit(asset: Asset, order: Order, price: number, isTaker: boolean): Block | undefined {
    const room = this.#room(asset, price, isTaker)
    if (order.quantity - order.filled <= room.units * ROUNDING) return undefined
    if (!order.isSized || !needsFraction(this.#config.sizing)) return room.block
    order.quantity = order.filled + Math.max(0, wholeLots(room.units, asset.lotSize))
    return order.quantity > order.filled ? undefined : room.block
  }

  /** By the sizing rule, in base units; NaN where it cannot tell. */
  #sized(asset: Asset, order: Order, { price, isTaker }: Quote): number {
    const { taker, maker, fixed } = asset.fees
    return unitsOf(this.#config.sizing, {
      equity: this.#account.equityAt(asset.position, price),
      price,
      fraction: order.fraction,
      scale: order.sizeScale,
      rate: isTaker ? taker : maker,
      fixed,
      lot: asset.lotSize,
    })
  }

  #room(asset: Asset, price: number, isTaker: boolean): Room {
    const { taker, maker, fixed } = asset.fees
    const free = this.#account.free(asset.position, price) - fixed
    const affordable = free / (price * (1 / this.#account.leverage + (isTaker ? taker : maker)))
    const { maxExposure } = this.#config.risk
    if (maxExposure !== undefined) {
      const equity = this.#account.equityAt(asset.position, price)
      const units = (maxExposure * equity - this.#account.exposure()) / price
      if (units < affordable) return { units, block: 'exposure-limit' }
    }
    return { units: affordable, block: 'insufficient-margin' }
  }

  /** Base units of this bar that are still to be had. */
  #offered(asset: Asset): number {
    return Math.max(0, wholeLots(asset.volumeLeft, asset.lotSize))
  }

  #slipped(asset: Asset, direction: Direction, quantity: number, { price, isTaker, time }: Quote): number {
    if (!isTaker) return price
    return asset.slippage.price(direction, price, quantity, asset.columns.volume[asset.row] as number, time)
  }

  #attachExits(asset: Asset, order: Order, quantity: number, price: number, quote: Quote): void {
    if (!order.hasBracket) return
    if (order.exits.length > 0) {
      for (const exit of order.exits) exit.quantity += quantity
      return
    }
    order.exits = exitsOf(order, price, () => this.#journal.nextOrderId())
    for (const exit of order.exits) {
      exit.quantity = quantity
      exit.bornByLimit = !quote.isTaker
      exit.bornAt = quote.price
      asset.orders.push(exit)
      this.#journal.order(exit, asset.name, quote.time, 'submitted')
    }
    const { stopLoss } = order.bracket
    if (!Number.isNaN(stopLoss) && Number.isNaN(asset.position.risk)) {
      asset.position.risk = Math.abs(price - stopLoss) * order.quantity
    }
  }

  #report(asset: Asset, order: Order, { time }: Quote, isAll: boolean): undefined {
    order.isDone = isAll
    this.#journal.order(order, asset.name, time, isAll ? 'filled' : 'partly-filled')
    return undefined
  }

  #book(asset: Asset, leg: BookedLeg): void {
    const { position, direction, quantity, price, fee, time, bar, quote, reason, order } = leg
    if (position.quantity * direction < 0) {
      const trade = this.#account.close(leg, reason)
      if (trade !== undefined) this.#journal.trades.push(trade)
    } else {
      this.#account.open(leg, direction)
    }
    asset.volumeLeft -= quantity
    this.#journal.filled({
      order,
      asset: asset.name,
      timestamp: time,
      bar,
      side: direction > 0 ? 'buy' : 'sell',
      quantity,
      price,
      fee,
      slippage: Math.abs(price - quote.price) * quantity,
      liquidity: quote.isTaker ? 'taker' : 'maker',
      reason,
    })
  }
}

/** What the account needs of a leg, and what the journal does. */
interface BookedLeg extends Leg {
  readonly direction: Direction
  readonly quote: Quote
  readonly reason: FillReason
  readonly order: number
}

/** How much of the position the order closes. */
function closingPart(asset: Asset, order: Order): number {
  const held = Math.abs(asset.position.quantity)
  if (order.isTargeted || Number.isNaN(order.quantity)) return held
  return Math.min(held, order.quantity - order.filled)
}
