/** Where bars come from, as the job sees it: an exchange or a provider, asked for a span of one coin. */
import type { CandleRow } from '../storage/rows.js'
import type { Period } from './period.js'
import type { Range } from './ranges.js'

/** One coin at one source. */
export interface Target {
  /** CoinGecko's id: `bitcoin`. */
  readonly coin: string
  /** As the user knows it: `BTC`. */
  readonly ticker: string
  /** The source's own name of what is asked for: a symbol, or the coin's id. */
  readonly symbol: string
  /** Units of the coin in one unit of the source's: 1000 for `1000PEPEUSDT`. */
  readonly multiplier: number
}

export interface Found {
  readonly targets: readonly Target[]
  /** What the user should know of the choice. */
  readonly warnings: readonly string[]
}

export interface Wish {
  /** Coins as the user named them; the largest `top` when missing. */
  readonly coins: readonly string[] | undefined
  readonly top: number
}

export interface CandleSource {
  /** Id of the exchange or provider; the `source` of what is stored. */
  readonly id: string
  /** Its bars are of a simulated market: they carry a flag, and never stand beside real ones. */
  readonly isSimulated: boolean
  /** Bars at the end of a series that the source may still change: they are asked for again each time. */
  readonly revisedBars: number
  /** Bars in one piece of work; pieces of a coin are asked for side by side. */
  readonly barsPerPiece: number
  /** So many bars that are known already are asked for again where that saves a request. */
  readonly barsPerJoin: number
  /** Finds what the user named. Throws `UsageError` for unknown names, `ApiError` when the source cannot be asked. */
  find(wish: Wish): Promise<Found>
  /** The source's own time, ms: a bar is over by the clock that made it. */
  now(): Promise<number>
  /**
   * No bar that ends after this, ms, may be final, by the clock of the source's own last answer. Missing, or infinite as long as
   * it has said nothing: the plan's `overBy` alone holds.
   */
  settledBy?(): number
  /** What of a time can be had, and as what. Throws `UsageError` for an interval that it has not. */
  plan(interval: string, period: Period, now: number): Plan
  /** Bars of a span, page by page, each oldest first. */
  pages(target: Target, interval: string, range: Range): AsyncIterable<readonly CandleRow[]>
}

export interface Plan {
  /** What `auto` became. */
  readonly interval: string
  /** ms, half open. */
  readonly range: Range
  /** A bar that ends after this, ms, may not be final. */
  readonly overBy: number
  readonly warnings: readonly string[]
}
