/** USD-M futures over REST: candles, settled funding and open interest, page by page from the oldest on. */
import { z } from 'zod'
import type { FundingRate, OpenInterest } from '../../market/event.js'
import { lengthOf, PERIODS } from '../binance-shared/intervals.js'
import { klines } from '../binance-shared/klines.js'
import { throwRefusal } from '../binance-shared/rest.js'
import type { Page, PageToken, PeriodQuery, RangeQuery, RestSource } from '../contract.js'
import { parseBody, zMaybeNumber, zNumber } from '../wire.js'

const ID = 'binance'

/** 499 rows cost 2, 1 000 cost 5, 1 500 cost 10: the smallest page is the cheapest by row. */
const CANDLES_LIMIT = 499
const CANDLES_WEIGHT = 2
const FUNDING_LIMIT = 1000
const OPEN_INTEREST_LIMIT = 500

const KLINES = '/fapi/v1/klines'
const FUNDING_RATE = '/fapi/v1/fundingRate'
const OPEN_INTEREST_HIST = '/futures/data/openInterestHist'

export const candles = klines({ exchange: ID, path: KLINES, limit: CANDLES_LIMIT, weight: CANDLES_WEIGHT })

const zFundingRates = z.array(
  z.object({
    symbol: z.string(),
    fundingTime: z.number(),
    fundingRate: zNumber,
    /** `''` before about 2022. */
    markPrice: zMaybeNumber,
    rateType: z.string().optional(),
  }),
)

/** A `Special` rate (dividends on stocks) may share its time with a `Regular` one. */
export const fundingHistory: RestSource<RangeQuery, FundingRate> = {
  path: FUNDING_RATE,
  request({ symbol, from, to }, page) {
    const query = { symbol, startTime: page ?? from, endTime: lastMoment(to), limit: FUNDING_LIMIT }
    return { path: FUNDING_RATE, query, budget: 'funding', weight: 1 }
  },
  parse(body, query) {
    throwRefusal(body, ID, query)
    const rows = parseBody(zFundingRates, body, ID, FUNDING_RATE).map(
      (row): FundingRate => ({
        symbol: row.symbol,
        timestamp: row.fundingTime,
        fundingRate: row.fundingRate,
        markPrice: row.markPrice,
        kind: row.rateType === 'Special' ? 'special' : 'settled',
      }),
    )
    return query.from !== undefined && rows.length >= FUNDING_LIMIT ? holdBackLastTime(rows) : { rows }
  },
}

/** A full page may have been cut between two rows of one time: all rows of its last time go to the next page. */
function holdBackLastTime(rows: readonly FundingRate[]): Page<FundingRate> {
  const last = rows.at(-1)
  if (last === undefined) return { rows }
  return { rows: rows.filter((row) => row.timestamp < last.timestamp), next: last.timestamp }
}

const zOpenInterestHist = z.array(
  z.object({ symbol: z.string(), sumOpenInterest: zNumber, sumOpenInterestValue: zNumber, timestamp: z.number() }),
)

/**
 * One month back at most. Each request names a window that cannot hold more rows than a page, since the newest of too many
 * would be given.
 */
export const openInterestHistory: RestSource<PeriodQuery, OpenInterest> = {
  path: OPEN_INTEREST_HIST,
  request({ symbol, period, from, to }, page) {
    const length = lengthOf(period, PERIODS)
    const startTime = start(from, page)
    const endTime =
      startTime === undefined ? lastMoment(to) : Math.min(lastMoment(to) ?? Infinity, startTime + OPEN_INTEREST_LIMIT * length - 1)
    const query = { symbol, period, startTime, endTime, limit: OPEN_INTEREST_LIMIT }
    return { path: OPEN_INTEREST_HIST, query, budget: 'statistics', weight: 1 }
  },
  parse(body, query, page) {
    throwRefusal(body, ID, query)
    const rows = parseBody(zOpenInterestHist, body, ID, OPEN_INTEREST_HIST).map((row) => ({
      symbol: row.symbol,
      timestamp: row.timestamp,
      openInterest: row.sumOpenInterest,
      openInterestUsd: row.sumOpenInterestValue,
    }))
    const begin = start(query.from, page)
    if (begin === undefined) return { rows }
    const length = lengthOf(query.period, PERIODS)
    const last = rows.at(-1)
    // A window from before the listing has no rows, and one with holes is short of them, although more follow.
    const next = last === undefined ? begin + OPEN_INTEREST_LIMIT * length : last.timestamp + length
    const isMore = query.to === undefined ? rows.length >= OPEN_INTEREST_LIMIT : next < query.to
    return isMore ? { rows, next } : { rows }
  },
}

function start(from: number | undefined, page: PageToken | undefined): number | undefined {
  return page === undefined ? from : Number(page)
}

/** `endTime` is inclusive, our ranges are half open. */
function lastMoment(to: number | undefined): number | undefined {
  return to === undefined ? undefined : to - 1
}
