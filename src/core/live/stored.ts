import type { MarketEvent } from '../market/event.js'
import type { CsvWriter } from '../storage/csv.js'
import type { Metadata, Rows, StreamTable } from '../storage/rows.js'
import type { Store } from '../storage/store.js'

/** Where derived rows go; either may be missing. */
export interface Stores {
  readonly store: Store | undefined
  readonly csv: CsvWriter | undefined
}

/** Rows without a column of their own for it keep it beside the rest. */
function qualityOf({ quality }: { readonly quality: string }): Metadata {
  return quality === '' ? null : { quality }
}

/** Turns events into rows of the database and of CSV. An event that is not stored is passed over. */
export function storeEvent(event: MarketEvent, { store, csv }: Stores): void {
  switch (event.type) {
    case 'book': {
      const { exchange, symbol, sequence, bids, asks, receivedAt } = event
      const metadata = { received_at: receivedAt, ...qualityOf(event) }
      put('order_book_samples', { exchange, symbol, timestamp: event.timestamp ?? receivedAt, sequence, bids, asks, metadata })
      return
    }
    case 'spread': {
      const { exchange, symbol, bidPrice, askPrice, spreadAbsolute, spreadPercentage, midPrice, quality } = event
      const timestamp = event.timestamp ?? event.receivedAt
      put('bid_ask_spreads', {
        exchange,
        symbol,
        timestamp,
        bidPrice,
        askPrice,
        spreadAbsolute,
        spreadPercentage,
        midPrice,
        quality,
      })
      return
    }
    case 'funding': {
      const { exchange, symbol, kind, fundingRate, predictedRate, fundingTime, intervalHours, markPrice, indexPrice } = event
      if (fundingRate === null) return
      const timestamp = event.timestamp ?? event.receivedAt
      const metadata = { mark_price: markPrice, index_price: indexPrice, ...qualityOf(event) }
      put('funding_rates', { exchange, symbol, timestamp, kind, fundingRate, predictedRate, fundingTime, intervalHours, metadata })
      return
    }
    case 'open_interest': {
      const { exchange, symbol, openInterest, openInterestUsd } = event
      if (openInterest === null) return
      put('open_interest', {
        exchange,
        symbol,
        timestamp: event.timestamp ?? event.receivedAt,
        openInterest,
        openInterestUsd,
        metadata: qualityOf(event),
      })
      return
    }
    case 'large_trade': {
      const { exchange, symbol, tradeId, side, price, quantity, valueUsd, isLiquidation } = event
      const timestamp = event.timestamp ?? event.receivedAt
      put('large_trades', {
        exchange,
        symbol,
        tradeId,
        side,
        price,
        size: quantity,
        valueUsd,
        timestamp,
        isLiquidation,
        metadata: qualityOf(event),
      })
      return
    }
    default:
      return
  }

  function put<Table extends StreamTable>(table: Table, row: Rows[Table]): void {
    store?.write(table, row)
    if (table === 'order_book_samples' || table === 'bid_ask_spreads' || table === 'funding_rates') csv?.write(table, row as never)
  }
}
