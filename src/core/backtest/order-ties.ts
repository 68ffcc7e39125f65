/** Orders that hang together: those of a group, the exits of an entry, the exits of a position. */
import type { Asset } from './asset.js'
import type { RunJournal } from './journal.js'
import type { Order } from './order.js'
import type { Block } from './result.js'

export function cancelOrder(journal: RunJournal, asset: Asset, order: Order, time: number, block: Block): void {
  order.isDone = true
  journal.cancelled(order, asset.name, time, block)
}

/** One of a group cancels the others; the exits of one entry share its quantity. */
export function settleTies(journal: RunJournal, asset: Asset, order: Order, traded: number, time: number): void {
  stopEntering(journal, asset, order, time)
  for (const other of asset.orders) {
    if (other === order || other.isDone) continue
    if (order.group !== undefined && other.group === order.group) cancelOrder(journal, asset, other, time, 'cancelled-by-group')
    else if (order.bracketOf > 0 && other.bracketOf === order.bracketOf) {
      other.quantity -= traded
      if (other.quantity <= 0) cancelOrder(journal, asset, other, time, 'cancelled-by-group')
    }
  }
}

/** Who is on the way out buys no more of it: what is left of the entry goes. */
export function stopEntering(journal: RunJournal, asset: Asset, exit: Order, time: number): void {
  if (exit.bracketOf === 0) return
  const entry = asset.orders.find((order) => order.id === exit.bracketOf)
  if (entry !== undefined && !entry.isDone) cancelOrder(journal, asset, entry, time, 'cancelled-by-group')
}

/** The exits of a position that is gone go with it; those that came with the next one stay. */
export function dropExits(journal: RunJournal, asset: Asset, held: number, newest: number, time: number): void {
  if (held === 0 || asset.position.quantity * held > 0) return
  for (const other of asset.orders) {
    if (other.reduceOnly && !other.isDone && other.id <= newest) cancelOrder(journal, asset, other, time, 'position-closed')
  }
}
