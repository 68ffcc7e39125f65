/** One copy of the market for all threads. */
import { mapColumns } from '../cut.js'
import type { MarketData, SeriesData } from '../data.js'

/** The same market with its bars in shared memory; without the books, which are no data but a door to the database. */
export function shareMarket(data: MarketData): MarketData {
  return { ...data, traded: data.traded.map(shareSeries), context: data.context.map(shareSeries), books: [] }
}

function shareSeries(series: SeriesData): SeriesData {
  return { ...series, columns: mapColumns(series.columns, shareColumn) }
}

function shareColumn(column: Float64Array): Float64Array {
  const shared = new Float64Array(new SharedArrayBuffer(column.byteLength))
  shared.set(column)
  return shared
}
