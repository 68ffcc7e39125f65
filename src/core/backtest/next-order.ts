/** Which of the orders at work a bar reaches next after its open, at what price, and whether liquidation comes before it. */
import type { Asset } from './asset.js'
import type { Order } from './order.js'

/** The stop that comes first; stops on both sides of the open go by their distance from it. */
export function nextStop(asset: Asset, tried: ReadonlySet<Order>): Order | undefined {
  const { open, high, low } = asset.columns
  const first = open[asset.row] as number
  let best: Order | undefined
  for (const order of asset.orders) {
    if (order.isDone || !order.isStop || tried.has(order) || isIdle(asset, order)) continue
    const isReached = order.direction > 0 ? (high[asset.row] as number) >= order.stop : (low[asset.row] as number) <= order.stop
    if (isReached && (best === undefined || Math.abs(order.stop - first) < Math.abs(best.stop - first))) best = order
  }
  return best
}

/** Entries before exits, so that an entry's own exits can still be looked at; then the nearest to the open. */
export function nextLimit(asset: Asset, tried: ReadonlySet<Order>): Order | undefined {
  const first = asset.columns.open[asset.row] as number
  let best: Order | undefined
  for (const order of asset.orders) {
    if (order.isDone || !order.isLimit || tried.has(order) || isIdle(asset, order) || !isReached(asset, order)) continue
    if (best === undefined || comesBefore(order, best, first)) best = order
  }
  return best
}

function isReached(asset: Asset, order: Order): boolean {
  const { high, low, close } = asset.columns
  const extreme = order.direction > 0 ? low : high
  const price = (order.bornByLimit ? close : extreme)[asset.row] as number
  return order.direction * (price - order.limit) <= 0
}

function comesBefore(order: Order, other: Order, open: number): boolean {
  if (order.reduceOnly !== other.reduceOnly) return other.reduceOnly
  return Math.abs(order.limit - open) < Math.abs(other.limit - open)
}

/** An exit without a position to close waits. */
export function isIdle(asset: Asset, order: Order): boolean {
  return order.reduceOnly && asset.position.quantity * order.direction >= 0
}

/** Whether the bar reaches the liquidation price before the stop. */
export function isLiquidatedBefore(asset: Asset, stop: Order | undefined): boolean {
  const { quantity, liquidationPrice } = asset.position
  if (quantity === 0 || Number.isNaN(liquidationPrice)) return false
  const { open, high, low } = asset.columns
  const isReached = quantity > 0 ? (low[asset.row] as number) <= liquidationPrice : (high[asset.row] as number) >= liquidationPrice
  const first = open[asset.row] as number
  return isReached && (stop === undefined || Math.abs(liquidationPrice - first) < Math.abs(stop.stop - first))
}

export function isLiquidatedAt({ position: { quantity, liquidationPrice } }: Asset, price: number): boolean {
  return quantity > 0 ? price <= liquidationPrice : quantity < 0 && price >= liquidationPrice
}

/** The market was at `bornAt` already: a stop behind it fills there, worse; a limit too, better. */
export function stopPrice({ direction, stop, bornAt }: Order): number {
  if (Number.isNaN(bornAt)) return stop
  return direction < 0 ? Math.min(stop, bornAt) : Math.max(stop, bornAt)
}

export function limitPrice({ direction, limit, bornAt }: Order): number {
  if (Number.isNaN(bornAt)) return limit
  return direction < 0 ? Math.max(limit, bornAt) : Math.min(limit, bornAt)
}
