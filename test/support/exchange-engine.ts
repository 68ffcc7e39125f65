/** The plainest engine behind an exchange's book: every state it ever had, and the messages that it sent of them. */
import type { BookRule } from '../../src/core/exchanges/contract.js'
import { BookUpdate, type LevelArray } from '../../src/core/market/book-update.js'

export type EngineBook = { readonly bids: ReadonlyMap<number, number>; readonly asks: ReadonlyMap<number, number> }

/** One change of one level; `skip` ids went to other instruments before it. */
export interface Change {
  readonly isBid: boolean
  readonly price: number
  readonly quantity: number
  readonly skip: number
}

export interface Message {
  readonly update: BookUpdate
  /** Last id of the message before; −1 for the first. */
  readonly previousLast: number
}

const FIRST_ID = 1000

export class ExchangeEngine {
  readonly messages: Message[] = []
  readonly #rule: BookRule
  readonly #states: { readonly id: number; readonly book: EngineBook }[] = []
  #id = FIRST_ID

  constructor(rule: BookRule) {
    this.#rule = rule
    const side = (best: number, step: number) => new Map(Array.from({ length: 12 }, (_, i) => [best + i * step, 1 + i]))
    this.#states.push({ id: FIRST_ID, book: { bids: side(100, -1), asks: side(101, 1) } })
  }

  get id(): number {
    return this.#id
  }

  /** Changes happen one by one, each with an id of its own; together they make one message. */
  change(changes: readonly Change[]): Message {
    const update = new BookUpdate()
    const isSparse = this.#rule.chain === 'previous-id'
    const previousLast = this.messages.at(-1)?.update.lastId ?? FIRST_ID
    update.symbol = 'X'
    update.previousId = isSparse ? previousLast : -1
    for (const { isBid, price, quantity, skip } of changes) {
      this.#id += isSparse ? 1 + skip : 1
      if (update.firstId === -1) update.firstId = this.#id
      const { bids, asks } = this.at(this.#id)
      const side = new Map(isBid ? bids : asks)
      if (quantity === 0) side.delete(price)
      else side.set(price, quantity)
      this.#states.push({ id: this.#id, book: isBid ? { bids: side, asks } : { bids, asks: side } })
      ;(isBid ? update.bids : update.asks).push(price, quantity)
    }
    update.lastId = this.#id
    const message = { update, previousLast }
    this.messages.push(message)
    return message
  }

  /** The book as it was at an id. */
  at(id: number): EngineBook {
    const state = this.#states.findLast((each) => each.id <= id)
    if (state === undefined) throw new Error(`no state at ${id}`)
    return state.book
  }

  /** What the exchange answers when it is asked for `depth` levels a side and is behind at `id`; 0: all levels. */
  snapshot(id: number, depth: number): BookUpdate {
    const update = new BookUpdate()
    update.symbol = 'X'
    update.isSnapshot = true
    update.depth = depth
    update.lastId = id
    update.firstId = id
    const { bids, asks } = this.at(id)
    fill(
      update.bids,
      [...bids].sort((a, b) => b[0] - a[0]),
      depth,
    )
    fill(
      update.asks,
      [...asks].sort((a, b) => a[0] - b[0]),
      depth,
    )
    return update
  }
}

function fill(levels: LevelArray, sorted: readonly (readonly [number, number])[], depth: number): void {
  for (const [price, quantity] of depth === 0 ? sorted : sorted.slice(0, depth)) levels.push(price, quantity)
}
