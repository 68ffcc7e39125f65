/**
 * Matches orders with bars. A bar tells open, high, low and close, not the way between them: what the four prove is taken, and
 * where they leave it open, the worse for the account. Within a bar: market orders and gaps at the open; then stops and
 * liquidation, the nearest to the open first; then limits.
 */
import type { Account } from './account.js'
import type { Asset } from './asset.js'
import type { BacktestConfig } from './config.js'
import { Execution, type Quote } from './execution.js'
import type { RunJournal } from './journal.js'
import { isIdle, isLiquidatedAt, isLiquidatedBefore, limitPrice, nextLimit, nextStop, stopPrice } from './next-order.js'
import { Order, type OrderParts } from './order.js'
import { cancelOrder, dropExits, settleTies, stopEntering } from './order-ties.js'
import type { Block } from './result.js'
import { wholeLots } from './sizing.js'

export class Broker {
  readonly #execution: Execution
  readonly #journal: RunJournal
  readonly #participation: number | undefined
  readonly #isIsolated: boolean

  constructor(config: BacktestConfig, account: Account, journal: RunJournal) {
    this.#execution = new Execution(config, account, journal)
    this.#journal = journal
    this.#participation = config.participation
    this.#isIsolated = config.margin.kind === 'isolated'
  }

  submit(asset: Asset, parts: OrderParts, time: number): Order {
    const order = new Order(this.#journal.nextOrderId(), parts)
    if (!order.isSized) order.quantity = wholeLots(order.quantity, asset.lotSize)
    asset.orders.push(order)
    this.#journal.order(order, asset.name, time, 'submitted')
    return order
  }

  cancelWhere(asset: Asset, time: number, block: Block, isMeant: (order: Order) => boolean): void {
    for (const order of asset.orders) if (!order.isDone && isMeant(order)) cancelOrder(this.#journal, asset, order, time, block)
    sweep(asset)
  }

  /** Whether a bar can change anything for the asset but the mark of its position. */
  isAwaited(asset: Asset): boolean {
    return asset.orders.length > 0 || (this.#isIsolated && asset.position.quantity !== 0)
  }

  /** Another bar, another volume. */
  renewVolume(asset: Asset): void {
    if (this.#participation === undefined) return
    asset.volumeLeft = this.#participation * (asset.columns.volume[asset.row] as number)
  }

  /** What fills at the first price of the bar: market orders, then liquidation, stops and limits that the open lies beyond. */
  atOpen(asset: Asset, bar: number): void {
    const time = asset.openTime
    const open = asset.columns.open[asset.row] as number
    const quote = { price: open, isTaker: true, time, bar }
    // By index up to the present count: what comes up meanwhile is for later. Nothing is made on the way, this is every trade's path.
    const { orders } = asset
    const count = orders.length
    for (let i = 0; i < count; i++) this.#fillMarket(asset, orders[i] as Order, quote)
    if (isLiquidatedAt(asset, open)) this.#liquidate(asset, open, bar)
    for (let i = 0; i < orders.length; i++) this.#fillGappedStop(asset, orders[i] as Order, quote)
    for (let i = 0; i < orders.length; i++) this.#fillGappedLimit(asset, orders[i] as Order, quote)
    for (let i = 0; i < count; i++) this.#cancelImmediate(asset, orders[i] as Order, time)
    sweep(asset)
  }

  /** What the rest of the bar reaches. */
  inside(asset: Asset, bar: number): void {
    if (!this.isAwaited(asset)) return
    const time = asset.openTime
    // Each order is looked at once a bar, but for a stop-limit that has become a limit: the loop ends.
    const tried = new Set<Order>()
    for (;;) {
      const stop = nextStop(asset, tried)
      if (isLiquidatedBefore(asset, stop)) {
        this.#liquidate(asset, asset.position.liquidationPrice, bar)
        continue
      }
      const order = stop ?? nextLimit(asset, tried)
      if (order === undefined) break
      tried.add(order)
      if (stop === undefined) this.#fill(asset, order, { price: limitPrice(order), isTaker: false, time, bar })
      else this.#reach(asset, order, tried, bar)
    }
    forgetBirths(asset)
    sweep(asset)
  }

  /** Market orders of this very decision, with `same-close`. */
  atClose(asset: Asset, bar: number): void {
    const quote = { price: asset.columns.close[asset.row] as number, isTaker: true, time: asset.closeTime, bar }
    const count = asset.orders.length
    for (let i = 0; i < count; i++) this.#fillMarket(asset, asset.orders[i] as Order, quote)
    forgetBirths(asset)
    sweep(asset)
  }

  /** Everything at the close, whatever it costs: nothing is left. */
  closeOut(asset: Asset, price: number, time: number, bar: number): void {
    this.cancelWhere(asset, time, 'ruined', () => true)
    const quantity = Math.abs(asset.position.quantity)
    if (quantity > 0) this.#execution.close(asset, quantity, { price, isTaker: true, time, bar }, 'ruin')
  }

  /** A trailing stop follows the bar that has closed, so it never rests on a price that came after its own trigger. */
  trail(asset: Asset): void {
    for (const order of asset.orders) {
      if (order.kind !== 'trailing-stop' || order.isTriggered || isIdle(asset, order)) continue
      const extreme = (order.direction < 0 ? asset.columns.high[asset.row] : asset.columns.low[asset.row]) as number
      const stop = extreme + order.direction * order.trail
      if (order.direction < 0 ? stop > order.stop : stop < order.stop) order.stop = stop
    }
  }

  #fillMarket(asset: Asset, order: Order, quote: Quote): void {
    if (order.isDone) return
    if (order.expiresAt <= asset.openTime) cancelOrder(this.#journal, asset, order, quote.time, 'expired')
    else if (order.isMarket) this.#fill(asset, order, quote)
  }

  #fillGappedStop(asset: Asset, order: Order, quote: Quote): void {
    if (order.isDone || !order.isStop || order.direction * (quote.price - order.stop) < 0 || isIdle(asset, order)) return
    this.#trigger(asset, order)
    if (order.isMarket) this.#fill(asset, order, quote)
  }

  #fillGappedLimit(asset: Asset, order: Order, quote: Quote): void {
    if (order.isDone || !order.isLimit || order.direction * (quote.price - order.limit) > 0 || isIdle(asset, order)) return
    this.#fill(asset, order, quote)
  }

  #cancelImmediate(asset: Asset, order: Order, time: number): void {
    if (order.isDone || order.isStop || (order.timeInForce !== 'ioc' && order.timeInForce !== 'fok')) return
    cancelOrder(this.#journal, asset, order, time, 'not-filled-at-once')
  }

  #reach(asset: Asset, order: Order, tried: Set<Order>, bar: number): void {
    this.#trigger(asset, order)
    const isMarketable = order.isMarket || order.direction * (order.limit - order.stop) >= 0
    if (isMarketable) {
      this.#fill(asset, order, { price: stopPrice(order), isTaker: true, time: asset.openTime, bar })
      return
    }
    // The limit counts from the trigger on, and when that was the bar does not tell: only its close does.
    order.bornByLimit = true
    tried.delete(order)
  }

  #trigger(asset: Asset, order: Order): void {
    order.isTriggered = true
    stopEntering(this.#journal, asset, order, asset.openTime)
    this.#journal.order(order, asset.name, asset.openTime, 'triggered')
  }

  #fill(asset: Asset, order: Order, quote: Quote): void {
    const { quantity: held } = asset.position
    const newest = asset.orders.at(-1)?.id ?? 0
    const filled = order.filled
    const block = this.#execution.fill(asset, order, quote)
    if (block !== undefined) cancelOrder(this.#journal, asset, order, quote.time, block)
    const traded = order.filled - filled
    if (traded > 0) settleTies(this.#journal, asset, order, traded, quote.time)
    dropExits(this.#journal, asset, held, newest, quote.time)
    if (held * asset.position.quantity <= 0) for (const exit of asset.orders) if (exit.reduceOnly) exit.bornAt = quote.price
  }

  #liquidate(asset: Asset, price: number, bar: number): void {
    const { quantity } = asset.position
    this.#execution.liquidate(asset, price, asset.openTime, bar)
    dropExits(this.#journal, asset, quantity, asset.orders.at(-1)?.id ?? 0, asset.openTime)
  }
}

/** At the end of a bar what was born in it is like any other. */
function forgetBirths(asset: Asset): void {
  for (const order of asset.orders) {
    order.bornByLimit = false
    order.bornAt = Number.NaN
  }
}

function sweep(asset: Asset): void {
  const { orders } = asset
  let kept = 0
  for (let i = 0; i < orders.length; i++) {
    const order = orders[i] as Order
    if (!order.isDone) orders[kept++] = order
  }
  // Popped, not cut to length: that would give the array's memory away on every trade.
  while (orders.length > kept) orders.pop()
}
