/** Two legs that cancel each other out, held until a rule says otherwise: what both arbitrage strategies do with their positions. */
import type { BookSink, SeenBook, SeenMarket, StepView } from './book-contract.js'

/** A pair that is held, both books readable. Gaps in basis points of the bought leg's mid, for one unit of the asset. */
export interface PairNow {
  readonly group: string
  readonly long: SeenMarket
  readonly short: SeenMarket
  readonly heldMs: number
  /** Mid of the short leg less mid of the long one: falls to 0 as they converge. */
  readonly gapBps: number
  /** The same by the prices at which the legs were entered. */
  readonly entryGapBps: number
}

interface Held {
  readonly long: string
  readonly short: string
  readonly since: number
}

export interface NewPair {
  readonly long: SeenMarket
  readonly short: SeenMarket
  /** Units of the asset, whole lots of both. */
  readonly quantity: number
  readonly strength: number
  readonly confidence: number
  readonly reason: string
}

/** The pairs of one run, by what was said and what the account has come to hold. */
export class HedgedPairs {
  readonly #held = new Map<string, Held>()

  get size(): number {
    return this.#held.size
  }

  /** Whether an instrument is a leg of a pair: no leg serves two. */
  uses(market: SeenMarket): boolean {
    return [...this.#held.values()].some(({ long, short }) => long === market.name || short === market.name)
  }

  open(view: StepView, sink: BookSink, pair: NewPair): void {
    const { long, short, quantity, strength, confidence, reason } = pair
    const group = `${long.name}<${short.name}`
    this.#held.set(group, { long: long.name, short: short.name, since: view.time })
    const said = { strength, confidence, reason, group }
    sink.signal({ market: long, signal: 'long', quantity: quantity / long.multiplier, ...said })
    sink.signal({ market: short, signal: 'short', quantity: quantity / short.multiplier, ...said })
  }

  /** Levels legs that filled unequally, forgets pairs that are flat, and leaves those of which `leave` gives a reason. */
  tend(view: StepView, sink: BookSink, leave: (pair: PairNow) => string | undefined): void {
    for (const [group, held] of this.#held) {
      const long = view.markets.find(({ name }) => name === held.long)
      const short = view.markets.find(({ name }) => name === held.short)
      if (long === undefined || short === undefined || long.hasWorkingOrders || short.hasWorkingOrders) continue
      if (long.position.quantity === 0 && short.position.quantity === 0) this.#held.delete(group)
      else if (!level(group, long, short, sink)) this.#look({ group, held, long, short }, view, sink, leave)
    }
  }

  #look(
    { group, held, long, short }: { group: string; held: Held; long: SeenMarket; short: SeenMarket },
    view: StepView,
    sink: BookSink,
    leave: (pair: PairNow) => string | undefined,
  ): void {
    for (const market of [long, short])
      if (market.book === undefined) sink.silent(`held, and its book is ${market.unreadable}`, market)
    if (long.book === undefined || short.book === undefined) return
    const reason = leave({
      ...{ group, long, short },
      heldMs: view.time - held.since,
      gapBps: gap(unit(short, short.book.midPrice), unit(long, long.book.midPrice)),
      entryGapBps: gap(unit(short, short.position.entryPrice), unit(long, long.position.entryPrice)),
    })
    if (reason === undefined) return
    for (const market of [long, short]) sink.signal({ market, signal: 'flat', strength: 1, confidence: 1, reason, group })
  }
}

/** True when one leg had to be cut to the other: what is not hedged is a bet that nobody meant. */
function level(group: string, long: SeenMarket, short: SeenMarket, sink: BookSink): boolean {
  const [longUnits, shortUnits] = [long, short].map((market) => Math.abs(market.position.quantity) * market.multiplier)
  const [more = 0, less = 0] = [longUnits, shortUnits].sort((a = 0, b = 0) => b - a)
  if (more - less < lotOf(long, short) || more - less <= more * 1e-9) return false
  const market = longUnits === more ? long : short
  const quantity = less / market.multiplier
  const reason = `only ${less} of ${more} is hedged`
  const said = { market, strength: 1, confidence: 1, reason, group: `${group} level` }
  if (quantity > 0) sink.signal({ ...said, signal: market === long ? 'long' : 'short', quantity })
  else sink.signal({ ...said, signal: 'flat' })
  return true
}

/** Units of the asset, cut to whole lots of both legs; 0 where that is less than the smallest order of either. */
export function pairQuantity(long: SeenMarket, short: SeenMarket, units: number): number {
  const lot = lotOf(long, short)
  const quantity = lot > 0 ? Math.floor(units / lot + 1e-9) * lot : units
  const isEnough = [long, short].every(({ book, minNotional, multiplier }) => {
    return book !== undefined && (quantity / multiplier) * book.bidPrice >= minNotional
  })
  return isEnough ? quantity : 0
}

function lotOf(long: SeenMarket, short: SeenMarket): number {
  return Math.max(long.lotSize * long.multiplier, short.lotSize * short.multiplier)
}

/** Both books, or `undefined` with the reason told. */
export function bothBooks(a: SeenMarket, b: SeenMarket, sink: BookSink): readonly [SeenBook, SeenBook] | undefined {
  if (a.book !== undefined && b.book !== undefined) return [a.book, b.book]
  for (const market of [a, b]) if (market.book === undefined) sink.silent(`the book is ${market.unreadable}`, market)
  return undefined
}

function unit({ multiplier }: SeenMarket, price: number): number {
  return price / multiplier
}

function gap(above: number, below: number): number {
  return (above / below - 1) * 10_000
}
