/**
 * Histories: candles, settled funding and open interest. All are walked backwards, since every list keeps the newest rows of a
 * window and a start without an end is an error for funding and not documented for the others. A page's token is the
 * latest time that the next one may hold. A page of a whole range without rows ends the walk: there was nothing before the listing. A
 * window of one without rows does not, since trading may have stood still for longer.
 */
import { z } from 'zod'
import type { Candle, FundingRate, OpenInterest } from '../../market/event.js'
import type { CandleQuery, HttpRequest, Page, PageToken, PeriodQuery, RangeQuery, RestSource } from '../contract.js'
import { zNumber } from '../wire.js'
import { open, request } from './envelope.js'
import { intervalNamed, PERIODS } from './intervals.js'
import { symbols } from './symbols.js'

const CANDLES = '/v5/market/kline'
const FUNDING = '/v5/market/funding/history'
const OPEN_INTEREST = '/v5/market/open-interest'

const CANDLES_PER_PAGE = 1000
const ROWS_PER_PAGE = 200

/** The latest time of a page, inclusive; `undefined`: now. A delivered contract has no rows to begin with after its end. */
function lastTime({ symbol, to }: RangeQuery, page: PageToken | undefined): number | undefined {
  if (page !== undefined) return Number(page)
  return to === undefined ? undefined : Math.min(to - 1, symbols.parse(symbol)?.expiry ?? Number.POSITIVE_INFINITY)
}

/** Rows came newest first; those outside the asked range are dropped. */
function pageOf<Row extends { readonly timestamp: number }>(newestFirst: readonly Row[], { from, to }: RangeQuery): Page<Row> {
  const oldest = newestFirst.at(-1)
  const isWithin = ({ timestamp }: Row) => timestamp >= (from ?? 0) && timestamp < (to ?? Number.POSITIVE_INFINITY)
  const rows = newestFirst.filter(isWithin).reverse()
  return oldest === undefined || from === undefined || oldest.timestamp <= from ? { rows } : { rows, next: oldest.timestamp - 1 }
}

const Candles = z.object({
  symbol: z.string().min(1),
  list: z.array(z.tuple([zNumber, zNumber, zNumber, zNumber, zNumber, zNumber, zNumber])),
})

/** Bounded, so that a window never holds more rows than a page: which of them would come is not documented. */
function windowOf(query: CandleQuery, page: PageToken | undefined): { readonly start?: number; readonly end?: number } {
  const end = lastTime(query, page)
  if (end === undefined) return {}
  return { start: Math.max(query.from ?? 0, end - CANDLES_PER_PAGE * intervalNamed(query.interval).ms + 1), end }
}

export const candles: RestSource<CandleQuery, Candle> = {
  path: CANDLES,
  request(query, page): HttpRequest {
    const { wire } = intervalNamed(query.interval)
    return request(CANDLES, { symbol: query.symbol, interval: wire, ...windowOf(query, page), limit: CANDLES_PER_PAGE })
  },
  parse(body, query, page) {
    const { result, time } = open(Candles, body, CANDLES, query.symbol)
    const { ms } = intervalNamed(query.interval)
    const rows = result.list.map(
      ([timestamp, open, high, low, close, volume, quoteVolume]): Candle => ({
        symbol: result.symbol,
        timestamp,
        interval: query.interval,
        open,
        high,
        low,
        close,
        volume,
        quoteVolume,
        trades: null,
        isClosed: timestamp + ms <= time,
      }),
    )
    const { start } = windowOf(query, page)
    if (rows.length === 0 && query.from !== undefined && start !== undefined && start > query.from) return { rows, next: start - 1 }
    return pageOf(rows, query)
  },
}

/** Both histories refuse, or do not document, a start without an end. */
function bounds(query: RangeQuery, page: PageToken | undefined): { readonly startTime?: number; readonly endTime?: number } {
  const endTime = lastTime(query, page)
  if (endTime === undefined) return {}
  return query.from === undefined ? { endTime } : { startTime: query.from, endTime }
}

const FundingRates = z.object({
  list: z.array(z.object({ symbol: z.string().min(1), fundingRate: zNumber, fundingRateTimestamp: zNumber })),
})

export const fundingHistory: RestSource<RangeQuery, FundingRate> = {
  path: FUNDING,
  request: (query, page) => request(FUNDING, { symbol: query.symbol, ...bounds(query, page), limit: ROWS_PER_PAGE }),
  parse(body, query) {
    const { result } = open(FundingRates, body, FUNDING, query.symbol)
    const rows = result.list.map(
      (row): FundingRate => ({
        symbol: row.symbol,
        timestamp: row.fundingRateTimestamp,
        fundingRate: row.fundingRate,
        markPrice: null,
        kind: 'settled',
      }),
    )
    return pageOf(rows, query)
  },
}

const OpenInterests = z.object({
  symbol: z.string().min(1),
  list: z.array(z.object({ openInterest: zNumber, singleOpenInterest: zNumber.optional(), timestamp: zNumber })),
})

export const openInterestHistory: RestSource<PeriodQuery, OpenInterest> = {
  path: OPEN_INTEREST,
  request(query, page) {
    const intervalTime = intervalNamed(query.period, PERIODS).wire
    return request(OPEN_INTEREST, { symbol: query.symbol, intervalTime, ...bounds(query, page), limit: ROWS_PER_PAGE })
  },
  parse(body, query) {
    const { result } = open(OpenInterests, body, OPEN_INTEREST, query.symbol)
    const rows = result.list.map(
      (row): OpenInterest => ({
        symbol: result.symbol,
        timestamp: row.timestamp,
        openInterest: row.singleOpenInterest ?? row.openInterest / 2,
        openInterestUsd: null,
      }),
    )
    return pageOf(rows, query)
  },
}
