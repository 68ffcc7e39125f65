/**
 * Rows as the program sees them: the columns of the tables in camelCase. Times are ms UTC, prices in quote currency,
 * quantities in the contract's base unit, rates as fractions; `null` says: not known.
 */
import type { Level, Side } from '../market/event.js'

/** Whatever else is worth keeping of a row; stored as a JSON object. */
export type Metadata = Readonly<Record<string, unknown>> | null

export interface OrderBookSampleRow {
  readonly exchange: string
  readonly symbol: string
  readonly timestamp: number
  /** The exchange's own number of the book's state. */
  readonly sequence: number | null
  /** Best first, at most 100 a side: what is deeper is not stored. */
  readonly bids: readonly Level[]
  readonly asks: readonly Level[]
  readonly metadata: Metadata
}

export interface SpreadRow {
  readonly exchange: string
  readonly symbol: string
  readonly timestamp: number
  readonly bidPrice: number
  readonly askPrice: number
  readonly spreadAbsolute: number
  /** In percent of the mid. */
  readonly spreadPercentage: number
  readonly midPrice: number
  /** Comma list of `Quality` flags, or empty. */
  readonly quality: string
}

export interface FundingRow {
  readonly exchange: string
  readonly symbol: string
  readonly timestamp: number
  readonly kind: 'settled' | 'estimated' | 'special'
  readonly fundingRate: number
  readonly predictedRate: number | null
  readonly fundingTime: number | null
  readonly intervalHours: number | null
  readonly metadata: Metadata
}

export interface OpenInterestRow {
  readonly exchange: string
  readonly symbol: string
  readonly timestamp: number
  readonly openInterest: number
  readonly openInterestUsd: number | null
  readonly metadata: Metadata
}

export interface LargeTradeRow {
  readonly exchange: string
  readonly symbol: string
  readonly tradeId: string
  readonly side: Side
  readonly price: number
  readonly size: number
  readonly valueUsd: number
  readonly timestamp: number
  readonly isLiquidation: boolean
  readonly metadata: Metadata
}

/** What was seen of a channel from `startedAt` to `endedAt` (`null`: it still runs). Writing it again updates its end. */
export interface CoverageRow {
  readonly exchange: string
  readonly symbol: string
  readonly channel: string
  readonly startedAt: number
  readonly endedAt: number | null
  readonly state: string
  readonly detail: string
}

/** One minute of one stream. Latencies are in ms. Writing it again replaces it. */
export interface StreamStatsRow {
  /** First ms of the minute. */
  readonly minute: number
  readonly exchange: string
  readonly symbol: string
  readonly channel: string
  readonly messages: number
  readonly errors: number
  /** Messages understood / messages, 0 to 1. */
  readonly validShare: number | null
  readonly latencyMean: number | null
  readonly latencyP50: number | null
  readonly latencyP99: number | null
}

export interface Rows {
  readonly order_book_samples: OrderBookSampleRow
  readonly bid_ask_spreads: SpreadRow
  readonly funding_rates: FundingRow
  readonly open_interest: OpenInterestRow
  readonly large_trades: LargeTradeRow
  readonly coverage: CoverageRow
  readonly stream_stats: StreamStatsRow
}

export type TableName = keyof Rows
