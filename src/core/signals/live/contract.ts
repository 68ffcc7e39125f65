/** What a rule says while the feed runs. Times are ms by our receive stamps, shares and confidences fractions. */
import type { Direction } from '../../strategies/contract.js'

/** One instrument of one exchange. */
export interface Place {
  readonly exchange: string
  readonly symbol: string
  readonly pair: string
  /** CoinGecko id where there is one, else the ticker in small letters. */
  readonly asset: string
}

export interface LiveSaying {
  readonly strategy: string
  readonly market: Place
  readonly signal: Direction
  /** The leg that is held the other way round. */
  readonly counter?: Place
  /** How far the number lies beyond its threshold, 0 to 1. */
  readonly strength: number
  readonly confidence: number
  /** Share of equity. */
  readonly size: number
  /** Less of it in a market that moves more than usual. */
  readonly isVolatilityAdjusted?: boolean
  readonly value: number | null
  readonly threshold: number | null
  readonly holdMs: number
  /** Exchange's time of what it was seen on; null: none given. */
  readonly timestamp: number | null
  readonly reason: string
}

/** `exit`: the number came back to its exit threshold; `strategy`: the strategy itself says so. */
export type EndReason = 'exit' | 'strategy' | 'expired' | 'limit' | 'end'

/** Where a rule puts what it finds. `holder` names who says it: a market, or a route between two. */
export interface SignalDesk {
  /** Opens a signal, or confirms the one that says the same already. */
  hold(holder: string, saying: LiveSaying, at: number): void
  /** It cannot be told any longer whether what `holder` said still holds. */
  suspend(strategy: string, holder: string, at: number, why: string): void
  /** It can be told again, and it does. */
  resume(strategy: string, holder: string, at: number): void
  release(strategy: string, holder: string, at: number, by: EndReason, why: string): void
  /** Why nothing can be said of a market; `undefined`: it can. Told where it changes. */
  listen(strategy: string, market: Place, at: number, silence: string | undefined): void
}

export function nameOf({ exchange, symbol }: Pick<Place, 'exchange' | 'symbol'>): string {
  return `${exchange}:${symbol}`
}

/** 0 to 1. */
export function share(value: number): number {
  return Math.min(1, Math.max(0, value))
}
