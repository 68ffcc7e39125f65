/**
 * What an exchange has to say of itself. An exchange is one folder that exports one `Exchange`; everything in it is pure:
 * request → rows, frame → records. Budgets, reconnecting, sequencing, freshness and paging are written once, elsewhere, and
 * read the declarations below. A capability that an exchange lacks is a missing property.
 */
import type { BookUpdate } from '../market/book-update.js'
import type {
  Candle,
  Channel,
  FundingFields,
  FundingRate,
  Liquidation,
  OpenInterest,
  OpenInterestFields,
  TickerFields,
  Trade,
} from '../market/event.js'
import type { Instrument, Kind } from '../market/instrument.js'
import type { BanRules, Budget, HttpRequest, Page, PageToken } from '../rest/contract.js'

export type { BanRules, Budget, HttpRequest, Page, PageToken } from '../rest/contract.js'

export interface Exchange {
  readonly id: string
  readonly name: string
  /** Where the exchange documents what is implemented here. */
  readonly docs: string
  readonly kinds: readonly Kind[]
  readonly endpoints: Endpoints
  /** Addresses that it has given up, so that nobody goes on listening to one that stays silent. */
  readonly retired?: readonly RetiredEndpoint[]
  /** Request budgets by name; each request names the one that it is paid from. */
  readonly budgets: Readonly<Record<string, Budget>>
  readonly bans: BanRules
  readonly sockets: SocketRules
  /** Base tier, as fractions: 0.0005 = 5 bps. */
  readonly fees: { readonly maker: number; readonly taker: number }
  readonly channels: Readonly<Partial<Record<Channel, ChannelRule>>>
  readonly book: BookRule
  readonly symbols: Symbols
  readonly rest: RestCapabilities
  readonly stream: StreamProtocol
}

/** Root URLs; configuration can replace each. `sockets` has a URL for each class of socket. */
export interface Endpoints {
  readonly rest: string
  readonly sockets: Readonly<Record<string, string>>
}

export interface RetiredEndpoint {
  readonly pattern: RegExp
  /** `YYYY-MM-DD`; missing: it still answers, under an old name. */
  readonly since?: string
  readonly instead: string
}

export interface SocketRules {
  readonly topicsPerConnection: number
  /** Sum of the lengths of all topics on one connection, where limited. */
  readonly charactersPerConnection?: number
  readonly topicsPerMessage: number
  readonly messagesPerSecond: number
  /** New connections allowed in five minutes. */
  readonly connectionsPer5Minutes: number
  /** The exchange cuts a connection at this age, ms. */
  readonly lifetimeMs?: number
  readonly heartbeat: Heartbeat
}

export interface Heartbeat {
  /** We send `ping(id)` each `pingEveryMs`; without it only the exchange's own pings are answered. */
  readonly pingEveryMs?: number
  ping?(id: number): string
  /** Neither data nor answer for this long: the connection is dead. */
  readonly deadAfterMs: number
}

export interface ChannelRule {
  /** Can a loss on this channel be proven by the exchange's own ids? */
  readonly proof: 'ids' | 'none'
  /** A liquid instrument's longest normal silence in ms; `undefined`: silence means nothing (liquidations). */
  readonly quietMs?: number
  /** Not pushed: asked over REST each so many ms by this capability. */
  readonly poll?: { readonly capability: 'openInterest'; readonly everyMs: number }
  /** What the user can choose, where there is a choice: depths of a book, intervals of a candle. The first is the default. */
  readonly options?: readonly string[]
}

/**
 * How a local book is built, as data.
 *
 * `chain` tells how an update follows the book's sequence: `previous-id`: its `previousId` equals it; `first-id`: its
 * `firstId` is one more. An update that ends at or before the sequence is a duplicate. A snapshot in the stream always
 * replaces the book.
 */
export interface BookRule {
  readonly snapshot: 'rest' | 'stream'
  readonly chain: 'previous-id' | 'first-id'
  /**
   * REST snapshots: updates that end before `snapshot + bridgeOffset` are dropped; the first one applied must start at or
   * before it (or name the snapshot as its predecessor). 0: `U <= L <= u`; 1: `U <= L + 1 <= u`.
   */
  readonly bridgeOffset?: 0 | 1
  /** After a hole: ask for a new snapshot of this instrument, or subscribe to its topic again. */
  readonly recovery: 'reseed' | 'resubscribe'
  /** Levels a side of the REST snapshot. */
  readonly snapshotDepth: number
  /** The stream tells of the best `depth` levels only: cut the local book to them after each update. */
  readonly isWindowed: boolean
}

export interface Symbols {
  /** The main contract of a base asset: `BTC` → `BTCUSDT`. */
  main(base: string): string
  /** What the text alone tells; `undefined` when it is no symbol of this exchange. */
  parse(symbol: string): Instrument | undefined
}

// ---- REST -------------------------------------------------------------------------------------------------------------

/**
 * One kind of answer. `parse` gets the parsed JSON body and throws `ProtocolError` (form unknown), `RejectedError` or
 * `RateLimitError` (the exchange refuses, whatever the HTTP status); rows come oldest first.
 */
export interface RestSource<Query, Row> {
  /** Path without the root, to recognise the answer in a journal. */
  readonly path: string
  request(query: Query, page?: PageToken): HttpRequest
  /** `page` as it was asked for: of a window without rows nothing else says where the next one begins. */
  parse(body: unknown, query: Query, page?: PageToken): Page<Row>
  /** Its form when it was declared: what is not in it is counted, and shown by `mts doctor`. */
  readonly shape?: AnswerShape
}

/** Places are like `result.list[]`; the body itself is `''`. */
export interface AnswerShape {
  /** All keys of the objects at a place. */
  readonly keys?: Readonly<Record<string, readonly string[]>>
  /** All values of the key at the end of a place. */
  readonly values?: Readonly<Record<string, readonly string[]>>
}

export interface SymbolQuery {
  readonly symbol: string
}
export interface BookQuery extends SymbolQuery {
  /** Levels a side. */
  readonly depth: number
}
/** Half open: `from <= time < to`, ms. Without both: the newest rows. */
export interface RangeQuery extends SymbolQuery {
  readonly from?: number
  readonly to?: number
}
export interface CandleQuery extends RangeQuery {
  /** `1m 3m 5m 15m 30m 1h 2h 4h 6h 12h 1d 1w`. */
  readonly interval: string
}
export interface TradesQuery extends SymbolQuery {
  /** The first id that is wanted. */
  readonly fromId: number
}
export interface PeriodQuery extends RangeQuery {
  /** `5m 15m 30m 1h 4h 1d`. */
  readonly period: string
}

export type TickerRow = { readonly symbol: string; readonly timestamp: number | null } & TickerFields
export type FundingRow = { readonly symbol: string; readonly timestamp: number | null } & FundingFields

export interface RestCapabilities {
  readonly serverTime: RestSource<Record<string, never>, number>
  readonly instruments: RestSource<Record<string, never>, Instrument>
  readonly orderBook: RestSource<BookQuery, BookUpdate>
  /** Without a symbol: every instrument. */
  readonly tickers?: RestSource<Partial<SymbolQuery>, TickerRow>
  readonly funding?: RestSource<Partial<SymbolQuery>, FundingRow>
  readonly fundingHistory?: RestSource<RangeQuery, FundingRate>
  /** Hours between payments of each symbol, where it is a request of its own. */
  readonly fundingIntervals?: RestSource<Record<string, never>, { readonly symbol: string; readonly intervalHours: number }>
  readonly openInterest?: RestSource<SymbolQuery, OpenInterest>
  readonly openInterestHistory?: RestSource<PeriodQuery, OpenInterest>
  /** Closed candles and, last, the open one with `isClosed: false`. */
  readonly candles?: RestSource<CandleQuery, Candle>
  readonly recentTrades?: RestSource<SymbolQuery, Trade>
  /** Trades from an id on, where the ids are the stream's and count one by one. */
  readonly tradesFrom?: RestSource<TradesQuery, Trade>
}

// ---- Streams ----------------------------------------------------------------------------------------------------------

export interface Subscription {
  readonly channel: Channel
  readonly symbol: string
  /** One of the channel's `options`; its default when missing. */
  readonly option?: string
}

/** A subscription's name on the wire and the class of socket that carries it. Several subscriptions may share one. */
export interface Topic {
  readonly name: string
  readonly socket: string
}

export interface StreamProtocol {
  topics(subscription: Subscription): readonly Topic[]
  /** Exactly what is sent; `id` numbers the message within its connection. */
  subscribe(topics: readonly string[], id: number): string
  unsubscribe(topics: readonly string[], id: number): string
  /** A decoder keeps scratch space of its own; make one for each pipeline. */
  decoder(): Decoder
}

/**
 * Hot: no allocation per level, never throws. A frame is told to the sink wholly or as `unknown`, never by half.
 * What is known but of no interest (a trade of the insurance fund) is told to nobody.
 */
export type Decoder = (frame: Buffer, sink: FrameSink) => void

/** Records with missing keys change only what they name (see `market/event.ts`). */
export interface FrameSink {
  /** The update is reused by the decoder: apply or copy it before returning. */
  book(update: BookUpdate): void
  trade(trade: Trade): void
  /** `topOfBookId`: the book's id at that moment where the exchange gives it, else −1. `isSnapshot`: forget earlier fields. */
  ticker(symbol: string, timestamp: number | null, fields: TickerFields, isSnapshot: boolean, topOfBookId: number): void
  funding(symbol: string, timestamp: number | null, fields: FundingFields, isSnapshot: boolean): void
  openInterest(symbol: string, timestamp: number | null, fields: OpenInterestFields, isSnapshot: boolean): void
  liquidation(liquidation: Liquidation): void
  /** `timestamp` in the candle is its open; `pushedAt` is the time of the message. */
  candle(candle: Candle, pushedAt: number): void
  control(control: Control): void
  /** Not understood: counted, sampled, journaled by the caller. `reason` is short and stable: it is a counter's name. */
  unknown(reason: string): void
  /** The fast path did not know this frame and the slow path did; or a number was longer than float64 keeps exactly. */
  remark(what: 'slow-path' | 'inexact-number'): void
}

/** The exchange's answer to a message of ours. `id` is the message's, where it is echoed. */
export type Control =
  | { readonly kind: 'subscribed' | 'unsubscribed' | 'pong'; readonly id: number | undefined }
  | {
      readonly kind: 'rejected'
      readonly id: number | undefined
      readonly message: string
      /** The one topic at fault, where it is named. */
      readonly topic: string | undefined
      /** The topic already runs: nothing is missing. */
      readonly isDuplicate: boolean
    }
