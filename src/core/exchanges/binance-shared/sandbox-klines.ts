/** Candles as the simulated market answers them on futures and spot: oldest first; without times the newest rows. */
import type { SandboxCandle, SandboxListing } from '../sandbox-contract.js'
import { INTERVALS } from './intervals.js'
import { type Answer, BAD_INTERVAL, type Call, isRefusal, limitOf, listingOf, timeOf } from './sandbox.js'

const USUAL_ROWS = 500

interface Range {
  readonly from: number
  readonly to: number
  /** Of too many rows the newest are given. */
  readonly isNewest: boolean
}

/** Half open. With a start at most `limit` steps from there, else as many back from the end. */
export function rangeOf(call: Call, stepMs: number, limit: number): Range {
  const from = timeOf(call, 'startTime')
  const to = Math.min(timeOf(call, 'endTime') ?? call.market.now, call.market.now) + 1
  // One step more than rows: the ends need not be on the grid.
  const span = (limit + 1) * stepMs
  return from === undefined
    ? { from: Math.max(0, to - span), to, isNewest: true }
    : { from, to: Math.min(to, from + span), isNewest: false }
}

export function page<Row>(rows: readonly Row[], limit: number, isNewest: boolean): readonly Row[] {
  return isNewest ? rows.slice(-limit) : rows.slice(0, limit)
}

type Texts = Readonly<
  Record<'open' | 'high' | 'low' | 'close' | 'volume' | 'quoteVolume' | 'takerVolume' | 'takerQuoteVolume', string>
>

interface Klines {
  /** Rows that may be asked for. */
  readonly most: number
  weightOf(limit: number): number
  textsOf(candle: SandboxCandle, listing: SandboxListing): Texts
}

export function klinesOf({ most, weightOf, textsOf }: Klines): (call: Call) => Answer {
  return (call) => {
    const listing = listingOf(call)
    const limit = limitOf(call, USUAL_ROWS, most)
    const interval = call.query.get('interval') ?? ''
    const length = Object.hasOwn(INTERVALS, interval) ? INTERVALS[interval] : undefined
    if (isRefusal(listing)) return { body: listing, weight: 1 }
    if (typeof limit !== 'number') return { body: limit, weight: 1 }
    if (length === undefined) return { body: BAD_INTERVAL, weight: 1 }
    const { from, to, isNewest } = rangeOf(call, length, limit)
    const candles = page(call.market.candles(listing.symbol, length, from, to), limit, isNewest)
    const body = candles.map((candle) => {
      const texts = textsOf(candle, listing)
      const prices = [texts.open, texts.high, texts.low, texts.close, texts.volume]
      const taker = [texts.takerVolume, texts.takerQuoteVolume]
      return [candle.openTime, ...prices, candle.openTime + length - 1, texts.quoteVolume, candle.trades, ...taker, '0']
    })
    return { body, weight: weightOf(limit) }
  }
}
