/**
 * The other side of the same wire: what an exchange's folder tells the simulated market, so that it can speak the exchange's
 * real protocol. Loaded by nobody but the sandbox.
 */

/** Exported as `sandbox` by `<exchange>/sandbox.ts`; loaded only by the simulated market. Pure. */
export interface SandboxExchange {
  readonly id: string
  /** How this exchange names and quantises an asset of the simulated market; `undefined`: not listed here. */
  list(asset: SandboxAsset): SandboxListing | undefined
  /** The class of socket behind a path (without the exchange's prefix), `undefined`: HTTP 404. */
  socket(path: string): string | undefined
  /** What a topic's name means on this class of socket; `undefined`: unknown to the exchange. */
  topic(name: string, socket: string): SandboxTopic | undefined
  /** A client's text message: what it asks for. Answers are sent in order, then the subscriptions change. */
  message(text: string, session: SandboxSession): SandboxReply
  /** What a socket gets as soon as it is open, where its URL can name topics already. */
  opened?(session: SandboxSession): SandboxReply
  /**
   * The frames for one topic: one, or several where the exchange sends each trade or liquidation by itself. The form may
   * depend on how the session was opened; number text follows the listing.
   */
  frame(name: string, data: SandboxData, session: SandboxSession, listing: SandboxListing): string | readonly string[]
  rest(request: SandboxRequest, market: SandboxMarket): SandboxResponse
}

export interface SandboxAsset {
  /** `BTC`, `SHIB`. */
  readonly base: string
  /** A typical price in USD, from which ticks and lots follow. */
  readonly price: number
}

export interface SandboxListing {
  readonly symbol: string
  /** Units of the asset in one unit of quantity. */
  readonly multiplier: number
  readonly tickSize: number
  readonly lotSize: number
}

export type SandboxTopic =
  | {
      readonly kind: 'book'
      readonly symbol: string
      /** Best levels a side; 0: the whole book. */
      readonly depth: number
      /** 0: with every change. */
      readonly everyMs: number
      readonly hasSnapshot: boolean
      /** Each frame carries the window's levels themselves, not what changed: `isSnapshot` is always true then. */
      readonly isWhole?: boolean
    }
  | { readonly kind: 'trade' | 'ticker' | 'quote' | 'mark' | 'liquidation'; readonly symbol: string; readonly everyMs: number }
  | { readonly kind: 'candle'; readonly symbol: string; readonly interval: string; readonly everyMs: number }

export interface SandboxSession {
  readonly connection: number
  readonly socket: string
  /** Path and query with which the socket was opened, without the exchange's prefix. */
  readonly url: URL
  readonly topics: ReadonlySet<string>
}

export interface SandboxReply {
  readonly frames: readonly string[]
  readonly subscribe?: readonly string[]
  readonly unsubscribe?: readonly string[]
  /** Close code, when the exchange would hang up. */
  readonly close?: number
}

/** `isSnapshot`: the topic's first frame for this session (book with `hasSnapshot`, ticker). Levels: best first, absolute. */
export type SandboxData =
  | {
      readonly kind: 'book'
      readonly isSnapshot: boolean
      readonly symbol: string
      readonly timestamp: number
      /** Ids of the simulated matching engine: one per changed level, shared by all topics of the symbol. */
      readonly firstId: number
      readonly lastId: number
      /** `lastId` of this topic's previous update. */
      readonly previousId: number
      /** Number of this update within the topic, from 1. */
      readonly count: number
      readonly bids: readonly SandboxLevel[]
      readonly asks: readonly SandboxLevel[]
    }
  | { readonly kind: 'trade'; readonly symbol: string; readonly timestamp: number; readonly trades: readonly SandboxTrade[] }
  | {
      readonly kind: 'ticker'
      readonly isSnapshot: boolean
      readonly symbol: string
      readonly timestamp: number
      readonly ticker: SandboxTicker
      /** Keys of `ticker` that changed since the topic's last frame; all of them in a snapshot. */
      readonly changed: ReadonlySet<keyof SandboxTicker>
    }
  | {
      readonly kind: 'quote'
      readonly symbol: string
      readonly timestamp: number
      readonly lastId: number
      readonly ticker: SandboxTicker
    }
  | { readonly kind: 'mark'; readonly symbol: string; readonly timestamp: number; readonly ticker: SandboxTicker }
  | {
      readonly kind: 'liquidation'
      readonly symbol: string
      readonly timestamp: number
      readonly liquidations: readonly SandboxLiquidation[]
    }
  | {
      readonly kind: 'candle'
      readonly symbol: string
      readonly timestamp: number
      readonly interval: string
      readonly candle: SandboxCandle
    }

/** Numbers as text in the exchange's own decimals are made by the exchange's sandbox file. */
export type SandboxLevel = readonly [price: number, quantity: number]

export interface SandboxTrade {
  readonly id: number
  readonly timestamp: number
  readonly price: number
  readonly quantity: number
  readonly side: 'buy' | 'sell'
  /** Matching-engine id of the book after this trade. */
  readonly engineId: number
}

export interface SandboxLiquidation {
  readonly timestamp: number
  readonly liquidated: 'long' | 'short'
  readonly price: number
  readonly bankruptcyPrice: number
  readonly quantity: number
}

export interface SandboxTicker {
  readonly lastPrice: number
  readonly lastQuantity: number
  readonly bidPrice: number
  readonly bidQuantity: number
  readonly askPrice: number
  readonly askQuantity: number
  readonly markPrice: number
  readonly indexPrice: number
  readonly open24h: number
  readonly high24h: number
  readonly low24h: number
  readonly open1h: number
  readonly volume24h: number
  readonly quoteVolume24h: number
  readonly trades24h: number
  readonly fundingRate: number
  readonly nextFundingTime: number
  readonly fundingIntervalHours: number
  /** One-sided, base units. */
  readonly openInterest: number
}

export interface SandboxCandle {
  readonly openTime: number
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly volume: number
  readonly quoteVolume: number
  readonly trades: number
  readonly takerVolume: number
  readonly takerQuoteVolume: number
  readonly firstTradeId: number
  readonly lastTradeId: number
}

export interface SandboxRequest {
  readonly method: string
  /** Without the exchange's prefix. */
  readonly path: string
  readonly query: URLSearchParams
  /** Weight used by this client in the present minute, before this request. */
  readonly usedWeight: number
}

export interface SandboxResponse {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly weight: number
}

/** What the simulated market tells of itself to one exchange. Every answer is a function of the seed and the time. */
export interface SandboxMarket {
  readonly now: number
  readonly listings: readonly (SandboxListing & { readonly base: string })[]
  has(symbol: string): boolean
  /** Levels a side best first, with the engine's id. */
  book(
    symbol: string,
    depth: number,
  ): {
    readonly lastId: number
    readonly timestamp: number
    readonly bids: readonly SandboxLevel[]
    readonly asks: readonly SandboxLevel[]
    /** Number of the newest update of the topic that carries the whole book, where an exchange counts updates by topic. */
    readonly count: number
  }
  ticker(symbol: string): SandboxTicker
  /** Newest last. */
  trades(symbol: string, limit: number): readonly SandboxTrade[]
  /** Half open, oldest first; the open candle is the last where the range reaches it. */
  candles(symbol: string, intervalMs: number, from: number, to: number): readonly SandboxCandle[]
  /** Settled payments, half open, oldest first. */
  fundingHistory(
    symbol: string,
    from: number,
    to: number,
  ): readonly { readonly timestamp: number; readonly rate: number; readonly markPrice: number }[]
  openInterestHistory(
    symbol: string,
    periodMs: number,
    from: number,
    to: number,
  ): readonly { readonly timestamp: number; readonly openInterest: number; readonly price: number }[]
}
