/** What the live rules know of each market: which rules look at it, and how its book stands. */

import type { Leg } from '../../analysis/arbitrage/route.js'
import { readBook } from '../../backtest/books/reading.js'
import { spreadBps } from '../../book/metrics.js'
import type { MarketState } from '../../feed/market-state.js'
import { coinOf } from '../../market/coins.js'
import type { Instrument } from '../../market/instrument.js'
import type { Place } from '../../signals/live/contract.js'
import type { IntervalTrades } from '../../signals/live/interval-trades.js'
import type { SpreadAnomaly, SpreadReading } from '../../signals/live/spread-anomaly.js'
import type { VolumeSpike } from '../../signals/live/volume-spike.js'

export interface WatchedMarket {
  readonly state: MarketState
  readonly place: Place
  readonly leg: Leg | undefined
  readonly anomaly: SpreadAnomaly | undefined
  readonly spike: VolumeSpike | undefined
  readonly trades: IntervalTrades
  /** Its book could be read when the present interval of trades began. */
  wasReadable: boolean
  /** Open of the newest closed candle, ms. */
  candleAt: number
}

export function placeOf({ exchange, symbol, pair, base }: Instrument): Place {
  return { exchange, symbol, pair, asset: coinOf(base)?.id ?? base.toLowerCase() }
}

/** Spread of a book at a moment (ms), or why it cannot be read. */
export function readSpread(state: MarketState, atMs: number, maxAgeMs: number): SpreadReading {
  const book = readBook(state, atMs, maxAgeMs)
  const timestamp = state.sync.timestamp || null
  if (typeof book === 'string') return { spreadBps: Number.NaN, unreadable: book, timestamp }
  const bps = spreadBps(book)
  return { spreadBps: bps ?? Number.NaN, unreadable: bps === undefined ? 'one-sided' : undefined, timestamp }
}
