/**
 * What an exchange tells of a market, brought to one meaning (docs/numbers.md), and the events that mts makes of it.
 *
 * Units: prices in quote currency, quantities in the contract's base unit (`multiplier` units of the asset), rates as
 * fractions per funding interval, times in ms UTC. `null` says: the exchange gave no value. In the partial records
 * (`TickerFields`, `FundingFields`, `OpenInterestFields`) a missing key says: unchanged.
 */

/** Aggressor's side of a trade; for a liquidation the side of the order that closes the position. */
export type Side = 'buy' | 'sell'

export interface Trade {
  readonly symbol: string
  readonly timestamp: number
  readonly tradeId: string
  readonly price: number
  readonly quantity: number
  readonly side: Side
  /** Negotiated off the book: no part of price formation. */
  readonly isBlock: boolean
}

/** 24 h figures are rolling. `change24h` is a fraction: −0.00367 is −0.367 %. */
export interface TickerFields {
  lastPrice?: number | null
  bidPrice?: number | null
  bidQuantity?: number | null
  askPrice?: number | null
  askQuantity?: number | null
  markPrice?: number | null
  indexPrice?: number | null
  open24h?: number | null
  high24h?: number | null
  low24h?: number | null
  volume24h?: number | null
  quoteVolume24h?: number | null
  change24h?: number | null
}

export interface FundingFields {
  /** Running estimate of the rate that is paid at `fundingTime`, fraction per interval; > 0: longs pay shorts. */
  fundingRate?: number | null
  /** A rate for the period after that, where the exchange gives one. */
  predictedRate?: number | null
  fundingTime?: number | null
  intervalHours?: number | null
  markPrice?: number | null
  indexPrice?: number | null
}

/** One-sided: each contract counted once. */
export interface OpenInterestFields {
  openInterest?: number | null
  /** In quote currency. */
  openInterestUsd?: number | null
}

export interface Liquidation {
  readonly symbol: string
  readonly timestamp: number
  /** Whose position was closed. */
  readonly liquidated: 'long' | 'short'
  /** Side of the closing order: `sell` for a long. */
  readonly side: Side
  readonly price: number
  readonly quantity: number
}

export interface Candle {
  readonly symbol: string
  /** Open time, inclusive. */
  readonly timestamp: number
  readonly interval: string
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  /** Base units. */
  readonly volume: number
  readonly quoteVolume: number | null
  readonly trades: number | null
  readonly isClosed: boolean
}

export interface FundingRate {
  readonly symbol: string
  /** Settlement time in ms, as the exchange gave it. */
  readonly timestamp: number
  readonly fundingRate: number
  readonly markPrice: number | null
  readonly kind: 'settled' | 'special'
}

export interface OpenInterest {
  readonly symbol: string
  readonly timestamp: number
  readonly openInterest: number
  readonly openInterestUsd: number | null
}

/** Flags on a derived row, in the words of the contract. */
export type Quality = 'gap' | 'resync' | 'stale' | 'crossed' | 'clock' | 'backfilled' | 'partial' | 'outlier'

/** Every event has these. */
export interface EventBase {
  readonly exchange: string
  readonly symbol: string
  readonly pair: string
  /** Exchange's time in ms; `null` when the exchange gave none. */
  readonly timestamp: number | null
  /** Our receive time in ms. */
  readonly receivedAt: number
}

export type Level = readonly [price: number, quantity: number]

export interface BookEvent extends EventBase {
  readonly type: 'book'
  readonly sequence: number
  readonly bids: readonly Level[]
  readonly asks: readonly Level[]
  readonly quality: string
}

export interface SpreadEvent extends EventBase {
  readonly type: 'spread'
  readonly bidPrice: number
  readonly bidQuantity: number
  readonly askPrice: number
  readonly askQuantity: number
  readonly midPrice: number
  readonly spreadAbsolute: number
  readonly spreadPercentage: number
  readonly spreadBps: number
  readonly quality: string
}

export type TradeEvent = EventBase & { readonly type: 'trade'; readonly quality: string } & Omit<Trade, 'symbol'>

export type TickerEvent = EventBase & { readonly type: 'ticker'; readonly quality: string } & Required<Readonly<TickerFields>>

export type FundingEvent = EventBase & {
  readonly type: 'funding'
  readonly kind: 'estimated'
  readonly quality: string
} & Required<Readonly<FundingFields>>

export type OpenInterestEvent = EventBase & { readonly type: 'open_interest'; readonly quality: string } & Required<
    Readonly<OpenInterestFields>
  >

export type LiquidationEvent = EventBase & {
  readonly type: 'liquidation'
  readonly tradeId: string
  /** Price × quantity in quote currency. */
  readonly valueUsd: number
} & Omit<Liquidation, 'symbol'>

export type CandleEvent = EventBase & { readonly type: 'candle' } & Omit<Candle, 'symbol'>

export interface LargeTradeEvent extends EventBase {
  readonly type: 'large_trade'
  readonly tradeId: string
  readonly side: Side
  readonly price: number
  readonly quantity: number
  readonly valueUsd: number
  readonly isLiquidation: boolean
  readonly quality: string
}

/** One interval of a book and its trades; docs/numbers.md says what each figure is. */
export interface StructureEvent extends EventBase {
  readonly type: 'structure'
  readonly midPrice: number
  readonly microprice: number | null
  readonly spreadBps: number | null
  readonly imbalance5: number | null
  readonly imbalance10bps: number | null
  readonly bidSlope: number | null
  readonly askSlope: number | null
  readonly liquidityScore: number | null
  readonly orderFlow: number
  readonly trades: number
  readonly boughtQuantity: number
  readonly soldQuantity: number
  readonly kyleLambda: number | null
  readonly amihud: number | null
  readonly effectiveSpreadBps: number | null
  readonly realisedSpreadBps: number | null
  readonly largeOrders: number
  readonly vanishedOrders: number
  readonly vanishedNotional: number
  readonly quality: string
}

/**
 * What buying on one exchange and selling on another would bring, as it opens and again when it is over; docs/numbers.md says what each
 * figure is. `exchange`, `symbol`, `pair`: the leg that is bought. Of `funding` it is the long one; it has no books and no prices.
 */
export interface OpportunityEvent extends EventBase {
  readonly type: 'opportunity'
  readonly state: 'opened' | 'closed'
  readonly id: string
  readonly kind: 'spread' | 'basis' | 'funding'
  readonly base: string
  readonly quote: string
  readonly sellExchange: string
  readonly sellSymbol: string
  readonly quantity: number | null
  readonly buyPrice: number | null
  readonly sellPrice: number | null
  readonly grossBps: number
  readonly netBps: number
  readonly netProfit: number
  readonly fees: number
  readonly capital: number
  readonly ageMs: number
  readonly skewMs: number
  readonly endedBy: string | null
  readonly confidence: number
  readonly riskBps: number | null
  readonly scoreBps: number | null
  readonly buySequence: number | null
  readonly sellSequence: number | null
  readonly rateDiff8h: number | null
  readonly breakEvenHours: number | null
  readonly peakProfit: number
  readonly peakBps: number
  readonly closedAt: number | null
  readonly closedBy: string | null
  readonly lifeMs: number | null
  readonly isFeasible: boolean | null
  readonly isPhantom: boolean | null
}

/**
 * What a strategy says of an asset while the feed runs; docs/signals.md tells each word. `exchange`, `symbol`, `pair`: the market that it was said
 * of; of two legs the one that `signal` is of, the other is `sellSymbol` of `sellExchange`. `receivedAt`: the moment of which it is told.
 * `silent` and `listening` are of a strategy on one market, and have no id.
 */
export interface SignalEvent extends EventBase {
  readonly type: 'signal'
  readonly state: 'opened' | 'suspended' | 'resumed' | 'closed' | 'silent' | 'listening'
  /** Made of content. */
  readonly id: string | null
  readonly strategy: string
  /** CoinGecko id, where there is one. */
  readonly asset: string
  readonly signal: 'long' | 'short' | 'flat' | null
  readonly strength: 'WEAK' | 'MODERATE' | 'STRONG' | null
  /** 0 to 1. */
  readonly strengthValue: number | null
  readonly confidence: number | null
  /** Share of equity. */
  readonly positionSize: number | null
  /** By which the rule's size was taken back in a market that moves more than usual, and in words; `null`: it was not. */
  readonly volatilityFactor: number | null
  readonly sizing: string | null
  readonly riskLevel: 'LOW' | 'MEDIUM' | 'HIGH' | null
  /** The number that the rule looks at, and from where on it speaks. */
  readonly value: number | null
  readonly threshold: number | null
  readonly sellExchange: string | null
  readonly sellSymbol: string | null
  readonly openedAt: number | null
  readonly expiresAt: number | null
  /** Other markets of which the same was said meanwhile: it is not told again. */
  readonly confirmations: number
  readonly closedAt: number | null
  readonly closedBy: string | null
  readonly lifeMs: number | null
  readonly reason: string
}

/** Frames that the exchange sent and that we did not process, proven by its own ids. */
export interface GapEvent extends EventBase {
  readonly type: 'gap'
  readonly channel: Channel
  /** Last id that we have; `null` where the book never had one. */
  readonly lastId: number | null
  /** First id that we got after the hole. */
  readonly nextId: number | null
  readonly reason: string
}

/** A consumer of ours was too slow and lost events. */
export interface LagEvent extends EventBase {
  readonly type: 'lag'
  readonly consumer: string
  readonly policy: string
  readonly lost: number
}

export type StatusName =
  | 'connecting'
  | 'connected'
  | 'subscribed'
  | 'rejected'
  | 'synced'
  | 'suspect'
  | 'resyncing'
  | 'silent'
  | 'repaired'
  | 'unrepaired'
  | 'disconnected'
  | 'error'

/** `symbol`, `pair` and `channel` are empty when the status concerns a whole connection or exchange. */
export interface StatusEvent extends EventBase {
  readonly type: 'status'
  readonly status: StatusName
  readonly channel: Channel | ''
  readonly connection: number | null
  readonly detail: string
}

export type MarketEvent =
  | BookEvent
  | SpreadEvent
  | TradeEvent
  | TickerEvent
  | FundingEvent
  | OpenInterestEvent
  | LiquidationEvent
  | CandleEvent
  | LargeTradeEvent
  | StructureEvent
  | OpportunityEvent
  | SignalEvent
  | GapEvent
  | LagEvent
  | StatusEvent

export type EventType = MarketEvent['type']

/** What can be asked of an exchange's stream. */
export const CHANNELS = ['book', 'trades', 'ticker', 'funding', 'open-interest', 'liquidations', 'candles'] as const
export type Channel = (typeof CHANNELS)[number]
