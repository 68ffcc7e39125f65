/** What happened in a run, collected for the result and told to the listener. */
import type { Listener } from './events.js'
import type { Order } from './order.js'
import type { Block, Blocked, Decision, Fill, FundingPayment, Trade } from './result.js'

export class RunJournal {
  readonly fills: Fill[] = []
  readonly trades: Trade[] = []
  readonly decisions: Decision[] = []
  readonly funding: FundingPayment[] = []
  readonly #blocked = new Map<Block, { count: number; timestamp: number; example: string }>()
  readonly #listener: Listener | undefined
  #orders = 0

  constructor(listener: Listener | undefined) {
    this.#listener = listener
  }

  nextOrderId(): number {
    this.#orders += 1
    return this.#orders
  }

  market(asset: string, timestamp: number, bar: number, close: number, equity: number): void {
    this.#listener?.({ type: 'market', asset, timestamp, bar, close, equity })
  }

  decided(decision: Decision): void {
    this.decisions.push(decision)
    if (decision.block !== null) this.blocked(decision.block, decision.timestamp, `${decision.asset}: ${decision.reason}`)
    this.#listener?.({ type: 'signal', ...decision })
  }

  filled(fill: Fill): void {
    this.fills.push(fill)
    this.#listener?.({ type: 'fill', ...fill })
  }

  paid(payment: FundingPayment): void {
    this.funding.push(payment)
    this.#listener?.({ type: 'funding', ...payment })
  }

  order(order: Order, asset: string, timestamp: number, state: 'submitted' | 'triggered' | 'filled' | 'partly-filled'): void {
    this.#order(order, asset, timestamp, state, null)
  }

  cancelled(order: Order, asset: string, timestamp: number, block: Block): void {
    this.blocked(block, timestamp, `${asset}: ${order.kind} order ${order.id} (${order.reason})`)
    this.#order(order, asset, timestamp, 'cancelled', block)
  }

  /** Most frequent first. */
  summary(): Blocked[] {
    const list = [...this.#blocked].map(([reason, { count, timestamp, example }]) => ({ reason, count, timestamp, example }))
    return list.sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1))
  }

  blocked(reason: Block, timestamp: number, example: string): void {
    const seen = this.#blocked.get(reason)
    if (seen === undefined) this.#blocked.set(reason, { count: 1, timestamp, example })
    else seen.count += 1
  }

  #order(
    order: Order,
    asset: string,
    timestamp: number,
    state: 'submitted' | 'triggered' | 'filled' | 'partly-filled' | 'cancelled',
    block: Block | null,
  ): void {
    if (this.#listener === undefined) return
    const side = order.direction > 0 ? 'buy' : 'sell'
    this.#listener({ type: 'order', state, order: order.id, asset, timestamp, kind: order.kind, side, block })
  }
}
