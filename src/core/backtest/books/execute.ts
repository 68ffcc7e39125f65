/** What becomes of orders that arrive together: each takes what its recorded book holds, at the fees of its exchange. */

import type { BookSide } from '../../book/book-side.js'
import { mid } from '../../book/metrics.js'
import type { OrderBook } from '../../book/order-book.js'
import type { Block } from '../result.js'
import { unitsOf, wholeLots } from '../sizing.js'
import type { Market } from './market.js'
import type { DeskParts, Ticket, TicketLeg } from './ticket.js'

interface Plan {
  readonly market: Market
  readonly book: OrderBook
  /** 1 buys, −1 sells. */
  readonly direction: 1 | -1
  /** Base units that make the present position smaller, and units that open or add. */
  readonly closing: number
  opening: number
}

/** A book that cannot be read gives no price: then none of the orders fills, and it is told. */
export function execute(parts: DeskParts, ticket: Ticket, bar: number): void {
  const { legs, dueAt } = ticket
  const plans = legs.flatMap((leg) => {
    const book = leg.market.read(dueAt)
    return typeof book === 'string' ? [] : [planOf(parts, leg, book)]
  })
  if (plans.length < legs.length) {
    const states = legs.map(({ market }) => `${market.name} ${stateOf(market, dueAt)}`).join(', ')
    for (const { market } of legs) refuse(parts, market, dueAt, 'no-book', `on arrival ${states}`)
    return
  }
  const shortage = shrink(parts, plans)
  dropSmall(parts, ticket, plans, shortage)
  for (const plan of plans) fill(parts, ticket, plan, bar)
}

function stateOf(market: Market, atMs: number): string {
  const book = market.read(atMs)
  return typeof book === 'string' ? book : 'readable'
}

/** What is less than the smallest order is not sent; of a group nothing is then. */
function dropSmall(parts: DeskParts, { group, dueAt }: Ticket, plans: readonly Plan[], shortage: Shortage): void {
  const small = plans.find((plan) => isTooSmall(plan))
  if (small === undefined) return
  const why = shortage === undefined ? `${small.opening} is less than the smallest order` : 'nothing is left to open it with'
  for (const plan of group === undefined ? [small] : plans) {
    refuse(parts, plan.market, dueAt, shortage ?? 'below-lot', why)
    plan.opening = 0
  }
}

function planOf(parts: DeskParts, leg: TicketLeg, book: OrderBook): Plan {
  const { market } = leg
  const held = market.position.quantity
  const target = targetOf(parts, leg, book)
  const delta = target - held
  const direction = delta < 0 ? -1 : 1
  const closing = held * delta < 0 ? Math.min(Math.abs(held), Math.abs(delta)) : 0
  return { market, book, direction, closing, opening: wholeLots(Math.abs(delta) - closing, market.lotSize) }
}

/** Base units to hold in the end, with their sign. */
function targetOf({ config, account }: DeskParts, { market, direction, quantity, size }: TicketLeg, book: OrderBook): number {
  if (direction === 0 || !Number.isNaN(quantity)) return direction * quantity
  const { sizing } = config
  const price = sideOf(book, direction).price(0)
  const units = unitsOf(sizing, {
    equity: account.equityAt(market.position, price),
    price,
    fraction: sizing.kind === 'fraction' ? sizing.fraction : Number.NaN,
    scale: size,
    rate: market.takerFee,
    fixed: 0,
    lot: market.lotSize,
  })
  return direction * Math.max(0, units)
}

/** What stands in the way of some of what was to be opened. */
type Shortage = 'insufficient-margin' | 'exposure-limit' | undefined

/** What is opened together has to be paid together: all legs are cut by the same share. Says what there was not enough of. */
function shrink({ account, config }: DeskParts, plans: readonly Plan[]): Shortage {
  const sum = (of: (plan: Plan) => number) => plans.reduce((total, plan) => total + of(plan), 0)
  const notional = sum(({ book, direction, opening }) => opening * sideOf(book, direction).price(0))
  const [first] = plans
  if (first === undefined || notional === 0) return undefined
  const fees = sum(({ book, direction, opening, market }) => opening * sideOf(book, direction).price(0) * market.takerFee)
  const released = sum(({ market, closing }) => (closing > 0 ? closing * market.position.entryPrice : 0))
  const free = account.free(first.market.position, first.market.position.mark) + released
  const byMoney = free / (notional + fees)
  const room = (config.risk.maxExposure ?? Number.POSITIVE_INFINITY) * account.equity - account.exposure() + released
  const byExposure = room / notional
  const share = Math.max(0, Math.min(byMoney, byExposure))
  if (share >= 1) return undefined
  for (const plan of plans) plan.opening = wholeLots(plan.opening * share, plan.market.lotSize)
  return byMoney <= byExposure ? 'insufficient-margin' : 'exposure-limit'
}

function isTooSmall({ market, book, direction, opening, closing }: Plan): boolean {
  if (opening === 0) return closing === 0
  return opening * sideOf(book, direction).price(0) < market.minNotional
}

function sideOf(book: OrderBook, direction: 1 | -1): BookSide {
  return direction > 0 ? book.asks : book.bids
}

function fill(parts: DeskParts, ticket: Ticket, plan: Plan, bar: number): void {
  const { market, book, direction, closing, opening } = plan
  const wanted = closing + opening
  if (!(wanted > 0)) return
  const taken = market.taker(direction).take(sideOf(book, direction), wanted)
  if (!taken.isComplete) {
    refuse(parts, market, ticket.dueAt, 'no-depth', `the known book held ${taken.quantity} of ${wanted}`)
  }
  if (!(taken.quantity > 0)) return
  const price = taken.notional / taken.quantity
  const closed = Math.min(closing, taken.quantity)
  const opened = taken.quantity - closed
  const middle = mid(book) ?? price
  if (closed > 0) part(parts, ticket, { market, direction, price, middle, bar, quantity: closed }, true)
  if (opened > 0) part(parts, ticket, { market, direction, price, middle, bar, quantity: opened }, false)
}

interface Part {
  readonly market: Market
  readonly direction: 1 | -1
  readonly quantity: number
  readonly price: number
  /** Of the book that was taken from. */
  readonly middle: number
  readonly bar: number
}

function part({ account, journal, pairs }: DeskParts, ticket: Ticket, filled: Part, isClosing: boolean): void {
  const { market, direction, quantity, price, middle, bar } = filled
  const { position } = market
  const fee = quantity * price * market.takerFee
  const leg = { position, quantity, price, fee, time: ticket.dueAt, bar }
  const { id: order, dueAt: timestamp, reason, group } = ticket
  if (isClosing) {
    const trade = account.close(leg, reason)
    if (trade !== undefined) {
      journal.trades.push(trade)
      pairs.ended(position, trade)
    }
  } else {
    account.open(leg, direction)
    if (group !== undefined) pairs.opened(group, position)
  }
  journal.filled({
    ...{ order, asset: market.name, timestamp, bar, quantity, price, fee, reason },
    side: direction > 0 ? 'buy' : 'sell',
    slippage: Math.abs(price - middle) * quantity,
    liquidity: 'taker',
  })
}

function refuse({ journal }: DeskParts, market: Market, time: number, block: Block, why: string): void {
  journal.blocked(block, time, `${market.name}: ${why}`)
}
