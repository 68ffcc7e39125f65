/** What a book topic has told so far, and what changed since. */
import type { SandboxLevel } from '../exchanges/sandbox-contract.js'
import type { Book, BookSide } from './market/book.js'
import type { MarketInstrument } from './market/instrument.js'

/** One side of a window, best first, on the exchange's grid. */
export interface WindowSide {
  readonly isBid: boolean
  readonly ticks: readonly number[]
  readonly lots: readonly number[]
}

export interface BookWindow {
  readonly bids: WindowSide
  readonly asks: WindowSide
}

/** The best `depth` levels a side (0: all) as they stand. */
export function windowOf({ bids, asks }: Book, depth: number): BookWindow {
  return { bids: cut(bids, depth), asks: cut(asks, depth) }
}

export function windowLevels(side: WindowSide, { price, quantity }: MarketInstrument): SandboxLevel[] {
  return side.ticks.map((ticks, i) => [price.of(ticks), quantity.of(side.lots[i] ?? 0)])
}

/** Levels that differ, best first; quantity 0 where a level left the window. */
export function windowChanges(before: WindowSide, after: WindowSide, { price, quantity }: MarketInstrument): SandboxLevel[] {
  const changes: SandboxLevel[] = []
  let old = 0
  let now = 0
  while (old < before.ticks.length || now < after.ticks.length) {
    const order = compare(before.isBid, before.ticks[old], after.ticks[now])
    if (order < 0) changes.push([price.of(before.ticks[old] ?? 0), 0])
    else if (order > 0 || before.lots[old] !== after.lots[now]) {
      changes.push([price.of(after.ticks[now] ?? 0), quantity.of(after.lots[now] ?? 0)])
    }
    if (order <= 0) old += 1
    if (order >= 0) now += 1
  }
  return changes
}

/** The levels at these ticks as they stand, best first; quantity 0 where there is none. */
export function levelsAt(side: WindowSide, ticks: ReadonlySet<number>, { price, quantity }: MarketInstrument): SandboxLevel[] {
  const ordered = [...ticks].sort((a, b) => compare(side.isBid, a, b))
  return ordered.map((tick) => [price.of(tick), quantity.of(lotsAt(side, tick))])
}

/** A few of a thousand levels are asked for, many times a second: looked for by halves. */
function lotsAt({ isBid, ticks, lots }: WindowSide, tick: number): number {
  let from = 0
  let to = ticks.length
  while (from < to) {
    const middle = (from + to) >> 1
    if (compare(isBid, ticks[middle], tick) < 0) from = middle + 1
    else to = middle
  }
  return ticks[from] === tick ? (lots[from] ?? 0) : 0
}

/** Negative: the first price is the better one. A missing one comes last. */
function compare(isBid: boolean, a: number | undefined, b: number | undefined): number {
  if (a === undefined) return 1
  if (b === undefined) return -1
  return isBid ? b - a : a - b
}

function cut({ isBid, ticks, lots }: BookSide, depth: number): WindowSide {
  const from = depth > 0 ? Math.max(0, ticks.length - depth) : 0
  return { isBid, ticks: ticks.slice(from).reverse(), lots: lots.slice(from).reverse() }
}
