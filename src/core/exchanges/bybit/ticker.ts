/**
 * Bybit's ticker row, which REST and the `tickers` topic share: prices, funding and open interest in one record of number
 * text. A missing key says unchanged (in a delta) or not given; `''` says no value, and `0` where no zero can be meant.
 * https://bybit-exchange.github.io/docs/v5/websocket/public/ticker
 */
import type { FundingFields, OpenInterestFields, TickerFields } from '../../market/event.js'
import { numeric } from '../wire.js'

export type WireRecord = Readonly<Record<string, unknown>>

/** A key of ours, Bybit's key, and whether zero there means "none": a price or a time, never a quantity or a rate. */
type Keys<Field extends string> = readonly (readonly [field: Field, wire: string, isZeroNone: boolean])[]

const TICKER_KEYS: Keys<keyof TickerFields> = [
  ['lastPrice', 'lastPrice', true],
  ['bidPrice', 'bid1Price', true],
  ['bidQuantity', 'bid1Size', false],
  ['askPrice', 'ask1Price', true],
  ['askQuantity', 'ask1Size', false],
  ['markPrice', 'markPrice', true],
  ['indexPrice', 'indexPrice', true],
  ['open24h', 'prevPrice24h', true],
  ['high24h', 'highPrice24h', true],
  ['low24h', 'lowPrice24h', true],
  ['volume24h', 'volume24h', false],
  ['quoteVolume24h', 'turnover24h', false],
  // A fraction although its name says percent.
  ['change24h', 'price24hPcnt', false],
]

const FUNDING_KEYS: Keys<keyof FundingFields> = [
  ['fundingRate', 'fundingRate', false],
  ['fundingTime', 'nextFundingTime', true],
  ['intervalHours', 'fundingIntervalHour', true],
  ['markPrice', 'markPrice', true],
  ['indexPrice', 'indexPrice', true],
]

/** `openInterest` counts both sides; `singleOpenInterest` came on 2026-06-11. */
const SINGLE_KEYS: Keys<keyof OpenInterestFields> = [
  ['openInterest', 'singleOpenInterest', false],
  ['openInterestUsd', 'singleOpenInterestValue', false],
]
const DOUBLE_KEYS: Keys<keyof OpenInterestFields> = [
  ['openInterest', 'openInterest', false],
  ['openInterestUsd', 'openInterestValue', false],
]

/** Prices and 24 h figures; `undefined` when a value is no number. */
export const tickerFields = (row: WireRecord): TickerFields | undefined => pick(row, TICKER_KEYS)

/** The running estimate and when it is paid; `undefined` when a value is no number. */
export const fundingFields = (row: WireRecord): FundingFields | undefined => pick(row, FUNDING_KEYS)

/** One-sided open interest, in contracts and in quote currency; `undefined` when a value is no number. */
export function openInterestFields(row: WireRecord): OpenInterestFields | undefined {
  const single = pick(row, SINGLE_KEYS)
  const double = pick(row, DOUBLE_KEYS)
  if (single === undefined || double === undefined) return undefined
  for (const field of ['openInterest', 'openInterestUsd'] as const) {
    const both = double[field]
    if (single[field] === undefined && both !== undefined) single[field] = both === null ? null : both / 2
  }
  return single
}

function pick<Field extends string>(row: WireRecord, keys: Keys<Field>): Partial<Record<Field, number | null>> | undefined {
  const fields: Partial<Record<Field, number | null>> = {}
  for (const [field, wire, isZeroNone] of keys) {
    const text = row[wire]
    if (text === undefined) continue
    const value = text === '' || text === null ? null : numeric(text)
    if (Number.isNaN(value)) return undefined
    fields[field] = value === 0 && isZeroNone ? null : value
  }
  return fields
}
