/** USD-M futures' histories as the simulated market answers them: oldest first; without times the newest rows. */

import { DAY_MS, HOUR_MS } from '../../market/time.js'
import { PERIODS } from '../binance-shared/intervals.js'
import {
  type Answer,
  badParameter,
  type Call,
  isRefusal,
  type Listing,
  limitOf,
  listingOf,
  timeOf,
} from '../binance-shared/sandbox.js'
import { klinesOf, page, rangeOf } from '../binance-shared/sandbox-klines.js'
import { candleTexts, markText, rateText, textsOf } from './sandbox-text.js'

const MONTH_MS = 30 * DAY_MS

/** Longest time between two payments. */
const FUNDING_MS = 8 * HOUR_MS

export const klines = klinesOf({ most: 1500, weightOf: klinesWeight, textsOf: candleTexts })

function klinesWeight(limit: number): number {
  if (limit < 100) return 1
  if (limit < 500) return 2
  return limit <= 1000 ? 5 : 10
}

/** Without a symbol the rows of all are mixed into one page. Requests are counted in a pool of their own. */
export function fundingRate(call: Call): Answer {
  const limit = limitOf(call, 100, 1000)
  if (typeof limit !== 'number') return { body: limit, weight: 0 }
  const listing = call.query.has('symbol') ? listingOf(call) : undefined
  if (isRefusal(listing)) return { body: listing, weight: 0 }
  const { from, to, isNewest } = rangeOf(call, FUNDING_MS, limit)
  const listings: readonly Listing[] = listing === undefined ? call.market.listings : [listing]
  const within = (end: number) =>
    listings.flatMap(({ symbol }) => call.market.fundingHistory(symbol, from, end).map((row) => ({ symbol, ...row })))
  const near = within(to)
  // A start before the listing: the page begins with the first payment that there was.
  const rows = near.length > 0 || isNewest ? near : within(endOf(call))
  rows.sort((a, b) => a.timestamp - b.timestamp)
  const body = page(rows, limit, isNewest).map(({ symbol, timestamp, rate, markPrice }) => ({
    symbol,
    fundingTime: timestamp,
    fundingRate: rateText(rate),
    markPrice: markText(markPrice),
    rateType: 'Regular',
  }))
  return { body, weight: 0 }
}

function endOf(call: Call): number {
  return Math.min(timeOf(call, 'endTime') ?? call.market.now, call.market.now) + 1
}

/** One month back; of too many rows the newest. */
export function openInterestHist(call: Call): Answer {
  const listing = listingOf(call)
  const limit = limitOf(call, 30, 500)
  const period = call.query.get('period') ?? ''
  const length = Object.hasOwn(PERIODS, period) ? PERIODS[period] : undefined
  const { now } = call.market
  const from = timeOf(call, 'startTime')
  if (isRefusal(listing)) return { body: listing, weight: 0 }
  if (typeof limit !== 'number') return { body: limit, weight: 0 }
  if (length === undefined) return { body: badParameter('period'), weight: 0 }
  if (from !== undefined && from < now - MONTH_MS)
    return { body: { code: -1130, msg: "parameter 'startTime' is invalid." }, weight: 0 }
  const to = Math.min(timeOf(call, 'endTime') ?? now, now) + 1
  const rows = call.market.openInterestHistory(
    listing.symbol,
    length,
    from ?? Math.max(now - MONTH_MS, to - (limit + 1) * length),
    to,
  )
  const body = rows.slice(-limit).map(({ timestamp, openInterest, price }) => ({
    symbol: listing.symbol,
    sumOpenInterest: textsOf(listing).quantity(openInterest),
    sumOpenInterestValue: (openInterest * price).toFixed(2),
    CMCCirculatingSupply: '0.0',
    timestamp,
  }))
  return { body, weight: 0 }
}
