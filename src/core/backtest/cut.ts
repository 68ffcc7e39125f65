/** A part of a market: as if nothing had been known before or after. Columns are views of the same memory. */
import type { CandleColumns, FundingData, MacroData, MarketData, SeriesData } from './data.js'

export interface Cut {
  /** Bars of what is traded that open before this, ms UTC, are dropped, but for the last `warmup` of each asset. */
  readonly from?: number | undefined
  readonly warmup?: number
  /** What was not known by this moment, ms UTC, is dropped: bars that closed later, macro values published later, later settlements. */
  readonly until?: number | undefined
}

/** The hash stays that of the whole: whoever cuts says how in the configuration. */
export function cutMarket(data: MarketData, { from, warmup = 0, until = Number.POSITIVE_INFINITY }: Cut): MarketData {
  const traded = data.traded.map((series) => {
    const end = firstAtOrAfter(series.columns.timestamp, until - series.intervalMs + 1)
    const start = from === undefined ? 0 : Math.max(0, firstAtOrAfter(series.columns.timestamp, from) - warmup)
    return rowsOf(series, Math.min(start, end), end)
  })
  if (until === Number.POSITIVE_INFINITY) return { ...data, traded }
  return {
    ...data,
    traded,
    context: data.context.map((series) =>
      rowsOf(series, 0, firstAtOrAfter(series.columns.timestamp, until - series.intervalMs + 1)),
    ),
    macro: data.macro.map((series) => macroUntil(series, until)),
    funding: data.funding.map((series) => fundingUntil(series, until)),
  }
}

function rowsOf(series: SeriesData, start: number, end: number): SeriesData {
  return { ...series, columns: mapColumns(series.columns, (column) => column.subarray(start, end)) }
}

export function mapColumns(columns: CandleColumns, change: (column: Float64Array) => Float64Array): CandleColumns {
  return {
    timestamp: change(columns.timestamp),
    open: change(columns.open),
    high: change(columns.high),
    low: change(columns.low),
    close: change(columns.close),
    volume: change(columns.volume),
  }
}

function macroUntil(series: MacroData, until: number): MacroData {
  const end = firstAtOrAfter(series.availableAt, until + 1)
  return {
    ...series,
    date: series.date.subarray(0, end),
    availableAt: series.availableAt.subarray(0, end),
    value: series.value.subarray(0, end),
  }
}

function fundingUntil(series: FundingData, until: number): FundingData {
  const end = firstAtOrAfter(series.timestamp, until + 1)
  return {
    ...series,
    timestamp: series.timestamp.subarray(0, end),
    rate: series.rate.subarray(0, end),
    ...(series.price !== undefined && { price: series.price.subarray(0, end) }),
  }
}

/** Row of the first time at or after `time` in an ordered column, by halving. */
export function firstAtOrAfter(column: Float64Array, time: number): number {
  let low = 0
  let high = column.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((column[middle] as number) < time) low = middle + 1
    else high = middle
  }
  return low
}
