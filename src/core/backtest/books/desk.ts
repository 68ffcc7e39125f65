/** From what a strategy on books said to orders under way, or to the reason why not; and from orders that arrive to fills. */

import type { BookSignal } from '../../strategies/book-contract.js'
import type { Direction } from '../../strategies/contract.js'
import type { Block, FillReason } from '../result.js'
import { needsFraction } from '../sizing.js'
import { execute } from './execute.js'
import type { Market } from './market.js'
import type { Saying } from './saying.js'
import type { DeskParts, Ticket, TicketLeg } from './ticket.js'

/** Where and when something was said; `halt` is why nothing may be opened any more. */
export interface StepMoment {
  readonly time: number
  readonly bar: number
  readonly halt: Block | undefined
}

const DIRECTIONS: Readonly<Record<Direction, 1 | -1 | 0>> = { long: 1, short: -1, flat: 0 }

export class Desk {
  readonly parts: DeskParts
  readonly #latencyMs: number
  /** In the order of their arrival: each takes equally long. */
  readonly #tickets: Ticket[] = []

  constructor(parts: DeskParts) {
    this.parts = parts
    this.#latencyMs = parts.config.latencyMs ?? 0
  }

  /** When the next order is at its exchange, ms. */
  get nextDue(): number {
    return this.#tickets[0]?.dueAt ?? Number.POSITIVE_INFINITY
  }

  /** Sends what was said at one step; legs of one group together, or none of them. */
  decide(signals: readonly Saying[], moment: StepMoment): void {
    const bundles = new Map<string, Saying[]>()
    for (const [i, said] of signals.entries()) {
      const key = said.signal.group ?? `\u0000${i}`
      const bundle = bundles.get(key)
      if (bundle === undefined) bundles.set(key, [said])
      else bundle.push(said)
    }
    for (const bundle of bundles.values()) this.#decide(bundle, moment)
  }

  /** Closes everything, each position by an order of its own. */
  leave(markets: readonly Market[], time: number, reason: FillReason): void {
    for (const market of markets) {
      if (market.position.quantity === 0 || market.hasWorkingOrders) continue
      this.#send([{ market, direction: 0, quantity: 0, size: 1 }], { time, reason, group: undefined, expiresAt: undefined })
    }
  }

  /** The order that is due next has arrived. */
  arrive(bar: number): void {
    const ticket = this.#tickets.shift()
    if (ticket === undefined) return
    for (const { market } of ticket.legs) market.hasWorkingOrders = false
    const { dueAt, expiresAt, legs } = ticket
    if (dueAt > expiresAt) this.#refuse(legs, dueAt, 'expired')
    else execute(this.parts, ticket, bar)
  }

  /** The recording ends with orders under way. */
  end(): void {
    for (const { legs, dueAt } of this.#tickets.splice(0)) {
      for (const { market } of legs) market.hasWorkingOrders = false
      this.#refuse(legs, dueAt, 'end-of-data')
    }
  }

  #decide(bundle: readonly Saying[], moment: StepMoment): void {
    const legs = bundle.map(({ signal, market }) => legOf(signal, market))
    const blocks = bundle.map(({ signal, market }) => this.#blockOf(signal, market, moment))
    const isSent = blocks.every((block) => block === undefined)
    const [first] = bundle
    if (first === undefined) return
    const { group, expiresAfter } = first.signal
    const expiresAt = expiresAfter === undefined ? undefined : moment.time + expiresAfter
    const order = isSent ? this.#send(legs, { time: moment.time, reason: 'signal', group, expiresAt }) : null
    for (const [i, { signal, market }] of bundle.entries()) {
      const { strength, confidence, reason } = signal
      const block = blocks[i] ?? (isSent ? null : 'other-leg')
      const { time: timestamp, bar } = moment
      const said = { signal: signal.signal, strength, confidence, reason, order, block }
      this.parts.journal.decided({ asset: market.name, timestamp, bar, ...said })
    }
  }

  #blockOf(signal: BookSignal, market: Market, { halt }: StepMoment): Block | undefined {
    const { direction, quantity } = legOf(signal, market)
    const held = market.position.quantity
    if (market.hasWorkingOrders) return 'order-pending'
    if (direction === 0) return held === 0 ? 'nothing-to-close' : undefined
    const isSame = held * direction > 0
    const isSmaller = isSame && quantity < Math.abs(held)
    if (halt !== undefined && !isSmaller) return halt
    if (isSame && (Number.isNaN(quantity) || quantity === Math.abs(held))) return 'already-in-position'
    // Nobody lends: what is sold of a spot market has to be there.
    const mayShort = this.parts.config.allowShort && market.kind !== 'spot'
    if (direction < 0 && !mayShort) return 'shorts-not-allowed'
    if (Number.isNaN(quantity) && needsFraction(this.parts.config.sizing) && this.parts.account.equity <= 0) return 'no-size'
    return undefined
  }

  #send(
    legs: readonly TicketLeg[],
    { time, reason, group, expiresAt = Number.POSITIVE_INFINITY }: { time: number; reason: FillReason } & Terms,
  ): number {
    const id = this.parts.journal.nextOrderId()
    for (const { market } of legs) market.hasWorkingOrders = true
    this.#tickets.push({ id, dueAt: time + this.#latencyMs, expiresAt, legs, group, reason })
    return id
  }

  #refuse(legs: readonly TicketLeg[], time: number, block: Block): void {
    for (const { market } of legs) this.parts.journal.blocked(block, time, `${market.name}: an order that was under way`)
  }
}

interface Terms {
  readonly group: string | undefined
  readonly expiresAt: number | undefined
}

function legOf({ signal, quantity = Number.NaN, size = 1 }: BookSignal, market: Market): TicketLeg {
  return { market, direction: DIRECTIONS[signal], quantity: signal === 'flat' ? 0 : quantity, size }
}
