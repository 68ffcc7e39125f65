/**
 * Both sides of two books taken at once, best level first, as long as it pays. Nothing is allocated: the result is written into a
 * `Walk` that is used again. All money is in the quote currency of the bought leg unless said otherwise.
 */
import type { BookSide } from '../../book/book-side.js'
import type { WalkEnd } from './contract.js'

/** A side of a book that is taken from, as one unit of the asset. */
export interface TakenSide {
  readonly levels: BookSide
  /** Units of the asset in one unit of quantity. */
  readonly multiplier: number
  readonly takerFee: number
}

/** How the sold leg's quote currency becomes the bought leg's: by selling it to bids, or by buying the other from asks. */
export interface Conversion {
  readonly levels: BookSide
  readonly isSale: boolean
  readonly takerFee: number
}

export interface WalkLimits {
  /** Net profit / bought notional over the whole size, a fraction. */
  readonly minProfit: number
  readonly maxNotional: number
  readonly maxQuantity: number
}

/** What was taken. `sellNotional` is in the sold leg's own quote currency, before fees. */
export class Walk {
  quantity = 0
  buyNotional = 0
  sellNotional = 0
  /** What the sale brings after its fee and the conversion. */
  proceeds = 0
  netProfit = 0
  buyWorst = 0
  sellWorst = 0
  buyLevels = 0
  sellLevels = 0
  /** Taken before either best level ran out. */
  topQuantity = 0
  endedBy: WalkEnd = 'margin'

  clear(): void {
    this.quantity = 0
    this.buyNotional = 0
    this.sellNotional = 0
    this.proceeds = 0
    this.netProfit = 0
    this.buyWorst = 0
    this.sellWorst = 0
    this.buyLevels = 0
    this.sellLevels = 0
    this.topQuantity = 0
    this.endedBy = 'margin'
  }
}

/** Where a walk stands on one side: the level and what is left of it. */
class Cursor {
  level = 0
  price = 0
  left = 0

  /** Quantities are multiplied and prices divided by `multiplier`; false: no further level is known. */
  load(levels: BookSide, level: number, multiplier: number): boolean {
    if (level >= levels.length || !levels.isTrusted(levels.price(level))) return false
    this.level = level
    this.price = levels.price(level) / multiplier
    this.left = levels.quantity(level) * multiplier
    return true
  }
}

const ask = new Cursor()
const bid = new Cursor()
const rate = new Cursor()

/**
 * Takes from `buy` (asks) and gives to `sell` (bids) while one more unit brings a profit after both taker fees, and the profit over
 * all that was taken stays at least `minProfit` of the bought notional. The average falls with the size, so that is the largest
 * size there is, and there is one exactly when the best levels alone carry it. Only known levels are touched.
 */
export function walkBooks(
  into: Walk,
  buy: TakenSide,
  sell: TakenSide,
  conversion: Conversion | undefined,
  limits: WalkLimits,
): void {
  into.clear()
  into.endedBy = walkOn(into, buy, sell, conversion, limits)
}

function walkOn(into: Walk, buy: TakenSide, sell: TakenSide, conversion: Conversion | undefined, limits: WalkLimits): WalkEnd {
  if (!start(buy, sell, conversion)) return 'depth'
  while (true) {
    const received = bid.price * (1 - sell.takerFee)
    const revenue = received * rateOf(conversion)
    const profit = revenue - ask.price * (1 + buy.takerFee)
    if (!(profit > 0)) return 'margin'
    const byAverage = untilAverage(into, profit, limits.minProfit)
    const bySize = Math.min((limits.maxNotional - into.buyNotional) / ask.price, limits.maxQuantity - into.quantity)
    const byConversion = capacity(conversion) / received
    const step = Math.min(ask.left, bid.left, byConversion, byAverage, bySize)
    if (step > 0) take(into, step, profit, revenue)
    if (step === bySize) return 'size'
    if (step <= 0 || step === byAverage) return 'average'
    if (!advance(step, byConversion, buy, sell, conversion)) return 'depth'
  }
}

/** What one unit of the sold leg's quote currency brings, after the conversion's fee. */
export function rateAt(conversion: Conversion, price: number): number {
  return conversion.isSale ? price * (1 - conversion.takerFee) : (1 - conversion.takerFee) / price
}

function rateOf(conversion: Conversion | undefined): number {
  return conversion === undefined ? 1 : rateAt(conversion, rate.price)
}

/** How much of the sold leg's quote currency the present level takes. */
function capacity(conversion: Conversion | undefined): number {
  if (conversion === undefined) return Number.POSITIVE_INFINITY
  return conversion.isSale ? rate.left : rate.left * rate.price
}

function start(buy: TakenSide, sell: TakenSide, conversion: Conversion | undefined): boolean {
  const hasBoth = ask.load(buy.levels, 0, buy.multiplier) && bid.load(sell.levels, 0, sell.multiplier)
  return hasBoth && (conversion === undefined || rate.load(conversion.levels, 0, 1))
}

/** How much more can be taken at this profit a unit before the average over all falls below the least. */
function untilAverage(taken: Walk, profit: number, minProfit: number): number {
  const missing = minProfit * ask.price - profit
  return missing <= 0 ? Number.POSITIVE_INFINITY : (taken.netProfit - minProfit * taken.buyNotional) / missing
}

function take(into: Walk, quantity: number, profit: number, revenue: number): void {
  into.quantity += quantity
  into.buyNotional += quantity * ask.price
  into.sellNotional += quantity * bid.price
  into.proceeds += quantity * revenue
  into.netProfit += quantity * profit
  into.buyWorst = ask.price
  into.sellWorst = bid.price
  into.buyLevels = ask.level + 1
  into.sellLevels = bid.level + 1
  if (ask.level === 0 && bid.level === 0) into.topQuantity = into.quantity
}

/** Moves on from what is used up; false: the next level is not known. */
function advance(step: number, byConversion: number, buy: TakenSide, sell: TakenSide, conversion: Conversion | undefined): boolean {
  const isAskUsed = step === ask.left
  const isBidUsed = step === bid.left
  if (conversion !== undefined) {
    if (step === byConversion) {
      if (!rate.load(conversion.levels, rate.level + 1, 1)) return false
    } else rate.left -= (step / byConversion) * rate.left
  }
  ask.left -= step
  bid.left -= step
  if (isAskUsed && !ask.load(buy.levels, ask.level + 1, buy.multiplier)) return false
  return !isBidUsed || bid.load(sell.levels, bid.level + 1, sell.multiplier)
}
