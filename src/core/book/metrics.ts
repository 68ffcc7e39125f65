/**
 * Numbers of one book. Prices in quote currency, quantities in base units, `bps` in 1/10 000 of the mid. What the book does not
 * tell is `undefined` (`null` within a record), never NaN. The book is taken as it is: whether it may be read is for the
 * synchroniser to say.
 */
import type { Side } from '../market/event.js'
import type { BookSide } from './book-side.js'
import type { OrderBook } from './order-book.js'

const BPS = 10_000
/** Distances are quotients of decimals: a level exactly on the border must not fall to rounding. */
const BORDER_BPS = 1e-9

export interface TopOfBook {
  readonly bidPrice: number
  readonly bidQuantity: number
  readonly askPrice: number
  readonly askQuantity: number
}

/** Best bid and ask; `undefined` unless both sides have one. */
export function topOfBook(book: OrderBook): TopOfBook | undefined {
  const { bids, asks } = book
  if (bids.length === 0 || asks.length === 0) return undefined
  return { bidPrice: bids.price(0), bidQuantity: bids.quantity(0), askPrice: asks.price(0), askQuantity: asks.quantity(0) }
}

/** (bid + ask) / 2 in quote currency; `undefined` unless both sides have levels. */
export function mid(book: OrderBook): number | undefined {
  const { bids, asks } = book
  if (bids.length === 0 || asks.length === 0) return undefined
  return (bids.price(0) + asks.price(0)) / 2
}

/**
 * (bid · askQuantity + ask · bidQuantity) / (bidQuantity + askQuantity) in quote currency: the mid weighted towards the side
 * that is about to be eaten (the "weighted mid" of Gatheral and Oomen 2010; Stoikov 2018, "The micro-price", eq. 2).
 */
export function microprice(book: OrderBook): number | undefined {
  const { bids, asks } = book
  if (bids.length === 0 || asks.length === 0) return undefined
  const bidQuantity = bids.quantity(0)
  const askQuantity = asks.quantity(0)
  const bid = bids.price(0)
  // As bid + share · (ask − bid): rounding cannot carry it out of [bid, ask] on a tight book of large quantities.
  return bid + (bidQuantity / (bidQuantity + askQuantity)) * (asks.price(0) - bid)
}

/** ask − bid in quote currency; negative when crossed. */
export function spread(book: OrderBook): number | undefined {
  const { bids, asks } = book
  if (bids.length === 0 || asks.length === 0) return undefined
  return asks.price(0) - bids.price(0)
}

/** (ask − bid) / mid, a fraction. */
export function spreadFraction(book: OrderBook): number | undefined {
  const { bids, asks } = book
  if (bids.length === 0 || asks.length === 0) return undefined
  const bid = bids.price(0)
  const ask = asks.price(0)
  return ((ask - bid) * 2) / (bid + ask)
}

/** (ask − bid) / mid · 10 000. */
export function spreadBps(book: OrderBook): number | undefined {
  const fraction = spreadFraction(book)
  return fraction === undefined ? undefined : fraction * BPS
}

/**
 * (b − a) / (b + a) in [−1, 1], with b and a the quantities of the best `levels` bids and asks (Cartea, Jaimungal and Penalva
 * 2015, "Algorithmic and High-Frequency Trading", §12.2). `undefined` for an empty book, and when a level counted lies where
 * the book is not known.
 */
export function imbalance(book: OrderBook, levels: number): number | undefined {
  const { bids, asks } = book
  if (!isKnown(bids, levels) || !isKnown(asks, levels)) return undefined
  const bidQuantity = quantityOf(bids, levels)
  const askQuantity = quantityOf(asks, levels)
  const total = bidQuantity + askQuantity
  return total > 0 ? (bidQuantity - askQuantity) / total : undefined
}

/**
 * How far from the mid, in bps, every level of both sides is known: the nearer side counts. From 0 (the top itself is not
 * certain) to 10 000 (all bids down to price 0, and the asks as far up); `undefined` without a mid.
 */
export function trustedBps(book: OrderBook): number | undefined {
  const middle = mid(book)
  if (middle === undefined) return undefined
  if (!book.isTopTrusted()) return 0
  return Math.max(0, Math.min(knownBelow(book, middle), knownAbove(book, middle), BPS))
}

export interface SideDepth {
  /** Base units. */
  readonly quantity: number
  /** Σ price · quantity in quote currency. */
  readonly notional: number
  /** False: the book is not known as far as asked, and there may be more. */
  readonly isComplete: boolean
}

/** What rests within `bps` of the mid on each side, the border included; only where the book is known. `undefined` without a mid. */
export function depthWithin(book: OrderBook, bps: number): { readonly bids: SideDepth; readonly asks: SideDepth } | undefined {
  const middle = mid(book)
  if (middle === undefined) return undefined
  return {
    bids: sideDepth(book.bids, middle, bps, knownBelow(book, middle)),
    asks: sideDepth(book.asks, middle, bps, knownAbove(book, middle)),
  }
}

/** What an order that takes from the book pays. All of it follows from the levels held: no fees, no latency, no hidden orders. */
export interface Impact {
  readonly side: Side
  /** Filled, in quote currency: what was asked for when complete. */
  readonly notional: number
  /** Filled, in base units. */
  readonly quantity: number
  /** notional / quantity: the mean price paid. */
  readonly vwap: number
  /** Price of the last level touched. */
  readonly worstPrice: number
  /** (vwap − mid) / mid · 10 000 for a buy, its negative for a sell: a cost is positive. `null` without a mid. */
  readonly slippageBps: number | null
  /** The same against the best price of the side taken from. */
  readonly slippageFromBestBps: number
  /** False: the levels known do not carry the whole amount. */
  readonly isComplete: boolean
}

/**
 * Walks the book for a market order of `notional` in quote currency: a buy eats asks, a sell bids, only where the book is known.
 * `undefined` when not one level of that side is known, or `notional` is not positive.
 */
export function impact(book: OrderBook, side: Side, notional: number): Impact | undefined {
  const levels = side === 'buy' ? book.asks : book.bids
  if (!(notional > 0) || levels.length === 0 || !levels.isTopTrusted()) return undefined
  let quantity = 0
  let spent = 0
  let worstPrice = levels.price(0)
  for (let i = 0; i < levels.length && spent < notional; i++) {
    const price = levels.price(i)
    if (!levels.isTrusted(price)) break
    const value = price * levels.quantity(i)
    const isLast = value >= notional - spent
    quantity += isLast ? (notional - spent) / price : levels.quantity(i)
    spent = isLast ? notional : spent + value
    worstPrice = price
  }
  const vwap = spent / quantity
  const middle = mid(book)
  return {
    side,
    notional: spent,
    quantity,
    vwap,
    worstPrice,
    slippageBps: middle === undefined ? null : costBps(side, vwap, middle),
    slippageFromBestBps: costBps(side, vwap, levels.price(0)),
    isComplete: spent === notional,
  }
}

function costBps(side: Side, price: number, reference: number): number {
  const difference = side === 'buy' ? price - reference : reference - price
  return (difference / reference) * BPS
}

function knownBelow(book: OrderBook, middle: number): number {
  return ((middle - book.bids.trustedTo) / middle) * BPS
}

function knownAbove(book: OrderBook, middle: number): number {
  return ((book.asks.trustedTo - middle) / middle) * BPS
}

function sideDepth(side: BookSide, middle: number, bps: number, knownBps: number): SideDepth {
  let quantity = 0
  let notional = 0
  for (let i = 0; i < side.length; i++) {
    const price = side.price(i)
    const distance = (Math.abs(price - middle) / middle) * BPS
    if (distance > bps + BORDER_BPS || !side.isTrusted(price)) break
    quantity += side.quantity(i)
    notional += price * side.quantity(i)
  }
  return { quantity, notional, isComplete: knownBps >= bps - BORDER_BPS }
}

function isKnown(side: BookSide, levels: number): boolean {
  return levels > side.length ? side.isWhole() : side.isTrusted(side.price(levels - 1))
}

function quantityOf(side: BookSide, levels: number): number {
  const count = Math.min(levels, side.length)
  let sum = 0
  for (let i = 0; i < count; i++) sum += side.quantity(i)
  return sum
}
