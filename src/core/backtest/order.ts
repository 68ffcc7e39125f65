/** Orders at work: what a strategy asked for, in the form that the broker matches. */
import type { TimeInForce } from '../strategies/contract.js'
import type { FillReason } from './result.js'

export type OrderKind = 'market' | 'limit' | 'stop' | 'stop-limit' | 'trailing-stop'
/** 1 buys, −1 sells. */
export type Direction = 1 | -1

/** Exits that come into being with the entry. NaN: none. */
export interface Bracket {
  readonly stopLoss: number
  readonly takeProfit: number
  readonly trail: number
}

export const NO_BRACKET: Bracket = { stopLoss: Number.NaN, takeProfit: Number.NaN, trail: Number.NaN }
const NO_EXITS: readonly Order[] = []

export interface OrderParts {
  readonly kind: OrderKind
  readonly direction: Direction
  readonly quantity?: number
  /** What to hold in the end: 1 long, −1 short, 0 nothing; NaN where the quantity alone says it. */
  readonly target?: number
  readonly sizeScale?: number
  readonly fraction?: number
  readonly limit?: number
  readonly stop?: number
  readonly trail?: number
  readonly timeInForce?: TimeInForce
  readonly expiresAt?: number
  readonly reduceOnly?: boolean
  readonly bracket?: Bracket
  readonly group?: string
  /** Id of the entry that this is an exit of. */
  readonly bracketOf?: number
  readonly tag?: string
  readonly reason: FillReason
}

/** Every field is there from the start, so that all orders have one shape. */
export class Order {
  readonly id: number
  readonly kind: OrderKind
  readonly direction: Direction
  /** NaN until the sizing rule has spoken, at the first fill. */
  quantity: number
  filled = 0
  readonly target: number
  readonly sizeScale: number
  /** Share of equity that the sizing rule gave at the decision; NaN where it needs none. */
  readonly fraction: number
  readonly limit: number
  stop: number
  readonly trail: number
  readonly timeInForce: TimeInForce
  readonly expiresAt: number
  readonly reduceOnly: boolean
  readonly bracket: Bracket
  readonly group: string | undefined
  readonly bracketOf: number
  readonly tag: string | undefined
  readonly reason: FillReason
  /** Left to the sizing rule. */
  readonly isSized: boolean
  /** Says what to hold in the end, not how much to trade. */
  readonly isTargeted: boolean
  /** The exits of its bracket, once it has filled. */
  exits: readonly Order[] = NO_EXITS
  /** The stop was reached: a stop-limit rests as a limit, any other is as good as a market order. */
  isTriggered = false
  /** Born inside a bar by a limit entry: only the bar's close can prove that a target was reached afterwards. */
  bornByLimit = false
  /** Price at which an exit came to life inside the present bar: a level behind it is reached at once, there. NaN otherwise. */
  bornAt = Number.NaN
  isDone = false

  constructor(id: number, parts: OrderParts) {
    this.id = id
    this.kind = parts.kind
    this.direction = parts.direction
    this.quantity = parts.quantity ?? Number.NaN
    this.target = parts.target ?? Number.NaN
    this.sizeScale = parts.sizeScale ?? 1
    this.fraction = parts.fraction ?? Number.NaN
    this.limit = parts.limit ?? Number.NaN
    this.stop = parts.stop ?? Number.NaN
    this.trail = parts.trail ?? Number.NaN
    this.timeInForce = parts.timeInForce ?? 'gtc'
    this.expiresAt = parts.expiresAt ?? Number.POSITIVE_INFINITY
    this.reduceOnly = parts.reduceOnly ?? false
    this.bracket = parts.bracket ?? NO_BRACKET
    this.group = parts.group
    this.bracketOf = parts.bracketOf ?? 0
    this.tag = parts.tag
    this.reason = parts.reason
    this.isSized = Number.isNaN(this.quantity)
    this.isTargeted = !Number.isNaN(this.target)
  }

  get hasBracket(): boolean {
    return this.bracket !== NO_BRACKET
  }

  /** Fills at the next price, whatever it is. */
  get isMarket(): boolean {
    return this.kind === 'market' || (this.isTriggered && this.kind !== 'stop-limit')
  }

  /** Rests in the book at its limit. */
  get isLimit(): boolean {
    return this.kind === 'limit' || (this.kind === 'stop-limit' && this.isTriggered)
  }

  /** Waits for the market to come to its stop. */
  get isStop(): boolean {
    return !this.isTriggered && (this.kind === 'stop' || this.kind === 'trailing-stop' || this.kind === 'stop-limit')
  }
}

/** Stop, target and trailing stop of an entry that filled at `price`, as far as it has them. */
export function exitsOf(entry: Order, price: number, nextId: () => number): Order[] {
  const { stopLoss, takeProfit, trail } = entry.bracket
  const direction: Direction = entry.direction > 0 ? -1 : 1
  const common = { direction, reduceOnly: true, quantity: 0, bracketOf: entry.id } as const
  const exits: OrderParts[] = []
  if (!Number.isNaN(stopLoss)) exits.push({ ...common, kind: 'stop', stop: stopLoss, reason: 'stop-loss' })
  if (!Number.isNaN(trail)) {
    exits.push({
      ...common,
      kind: 'trailing-stop',
      stop: price * (1 + direction * trail),
      trail: price * trail,
      reason: 'trailing-stop',
    })
  }
  if (!Number.isNaN(takeProfit)) exits.push({ ...common, kind: 'limit', limit: takeProfit, reason: 'take-profit' })
  return exits.map((parts) => new Order(nextId(), parts))
}
