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
  /** The run that goes on with it; none once it has ended. */
  readonly run?: number | null
}

/** Everything that a run has told until `sealedAt` (ms) is on disk. Writing it again moves it on. */
export interface CoverageRunRow {
  /** When it began, µs. */
  readonly run: number
  readonly sealedAt: number
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
  /** Messages without a flag / messages, 0 to 1. */
  readonly validShare: number | null
  readonly latencyMean: number | null
  readonly latencyP50: number | null
  readonly latencyP99: number | null
}

/** A bar. Writing it again replaces it; an equal one changes nothing. */
export interface CandleRow {
  /** Id of the exchange or provider. */
  readonly source: string
  /** CoinGecko's id of the coin, whatever the source. */
  readonly cryptocurrency: string
  /** `1m`, `1h`, `1d` … */
  readonly interval: string
  /** Its open, ms. */
  readonly timestamp: number
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  /** In base units; `null`: not known. */
  readonly volume: number | null
  /** Comma list of flags, or empty. */
  readonly quality: string
}

export interface StoredCandleRow extends CandleRow {
  /** Day of its open, UTC, `YYYY-MM-DD`. */
  readonly dateStr: string
  /** When its present content was stored, ms. */
  readonly createdAt: number
}

/** One day of a macro series, as it is known at present. */
export interface MacroRow {
  readonly indicator: string
  /** `YYYY-MM-DD` */
  readonly date: string
  readonly value: number | null
  readonly isInterpolated: boolean
  readonly isForwardFilled: boolean
  /** First moment at which anybody could know the value, ms. */
  readonly availableAt: number
  /** `simulated`, or empty. */
  readonly quality: string
}

export interface StoredMacroRow extends MacroRow {
  /** When its present content was stored, ms. */
  readonly createdAt: number
}

/** What a day's value was said to be from `availableAt` until the next vintage of the same day. */
export interface MacroVintageRow {
  readonly indicator: string
  readonly date: string
  readonly availableAt: number
  readonly value: number | null
}

/** What buying on `exchangeA` and selling on `exchangeB` would have brought when it opened. Writing it again adds its end. */
export interface ArbitrageRow {
  readonly id: string
  /** When it opened, by our clock. */
  readonly timestamp: number
  /** Of the bought leg. */
  readonly symbol: string
  readonly type: string
  readonly exchangeA: string
  readonly exchangeB: string
  /** Mean prices of both legs. */
  readonly priceA: number
  readonly priceB: number
  /** Best bid over best ask before fees, in percent. */
  readonly spreadPercentage: number
  /** Net of fees, in the bought leg's quote currency. */
  readonly potentialProfit: number
  readonly confidence: number
  readonly symbolB: string
  readonly quantity: number
  readonly netBps: number
  /** `null` while it is open. */
  readonly closedAt: number | null
  readonly closedBy: string | null
  readonly lifeMs: number | null
  readonly isFeasible: boolean | null
  readonly isPhantom: boolean | null
  /** The opportunity as the detector told it. */
  readonly metadata: Metadata
}

/** What a strategy said of an asset, or all of them together (`combined`). Writing it again changes nothing. */
export interface SignalRow {
  readonly id: string
  /** When it was said: the close of the bar that it was said on. */
  readonly timestamp: number
  readonly strategy: string
  readonly asset: string
  readonly signal: 'long' | 'short' | 'flat'
  readonly strength: 'WEAK' | 'MODERATE' | 'STRONG'
  readonly confidence: number
  /** Share of equity. */
  readonly positionSize: number
  readonly riskLevel: 'LOW' | 'MEDIUM' | 'HIGH' | null
  readonly expiresAt: number | null
  readonly context: Metadata
  /** When it was stored, ms. */
  readonly createdAt: number
}

export interface Rows {
  readonly order_book_samples: OrderBookSampleRow
  readonly bid_ask_spreads: SpreadRow
  readonly funding_rates: FundingRow
  readonly open_interest: OpenInterestRow
  readonly large_trades: LargeTradeRow
  readonly arbitrage_opportunities: ArbitrageRow
  readonly signals: SignalRow
  readonly coverage: CoverageRow
  readonly coverage_runs: CoverageRunRow
  readonly stream_stats: StreamStatsRow
  readonly crypto_ohlcv: StoredCandleRow
  readonly macro_vintages: MacroVintageRow
  readonly macro_indicators: StoredMacroRow
}

export type TableName = keyof Rows
/** Written by jobs that end, through `History`. The others are written by streams, through `Store`. */
export type HistoryTable = 'crypto_ohlcv' | 'macro_vintages' | 'macro_indicators'
export type StreamTable = Exclude<TableName, HistoryTable>
