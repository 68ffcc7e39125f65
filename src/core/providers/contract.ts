/**
 * What a provider (a data service that is no venue) has to say of itself. A provider is one folder that exports one declaration;
 * everything in it is pure: request → rows. Keys, plans, budgets, pauses and tries are data here and done once, in `net`.
 */
import type { Answer, HttpRequest, Page, PageToken, Service } from '../rest/contract.js'

export interface Provider extends Service {
  /** Where the provider documents what is implemented here. */
  readonly docs: string
  /** Root URLs by name; configuration can replace each. */
  readonly endpoints: Readonly<Record<string, string>>
  /** Ways of being admitted, by name. Each request is asked under one of them. */
  readonly plans: Readonly<Record<string, Plan>>
  /** The plan when nobody names one: without a key, and with one. */
  readonly usualPlan: { readonly withoutKey: string; readonly withKey: string }
  /** How the simulated one is asked. */
  readonly sandbox: { readonly plan: string; readonly key: string | undefined }
  /** What whoever shows its data has to say beside them. */
  readonly notice: string
}

export interface Plan {
  /** Missing: this plan sends no key. */
  readonly key?: KeyRule
  /** Where requests that do not name a root themselves go, and the budget that they are paid from. */
  readonly endpoint: string
  readonly budget: string
}

export interface KeyRule {
  readonly pattern: RegExp
  /** What the pattern asks for, in words. */
  readonly form: string
  /** Where a user gets one. */
  readonly from: string
  readonly sentAs: 'header' | 'query'
  readonly name: string
}

/** Under which plan, where and with which key a provider is asked; made from the configuration. */
export interface Access {
  readonly plan: string
  readonly endpoints: Readonly<Record<string, string>>
  readonly key: string | undefined
}

/** What a capability wants; the plan adds root, budget and key. */
export interface ProviderRequest {
  readonly path: string
  readonly query: HttpRequest['query']
  /** Instead of the plan's: a public service beside the interface that needs a key. No key is sent there. */
  readonly instead?: { readonly endpoint: string; readonly budget: string }
  readonly headers?: HttpRequest['headers']
}

/**
 * One kind of answer. `parse` gets the whole answer, because a provider's status, text and headers mean something together, and
 * throws `ProtocolError` (form unknown), `RejectedError` (refuses this request), `RateLimitError`, `ConnectionError` (the server
 * failed) or `ConfigError` (the key); rows come oldest first.
 */
export interface ProviderSource<Query, Row> {
  /** Path without the root; a parameter in it is written `{id}`. */
  readonly path: string
  /** Not to be had under a plan without one. */
  readonly needsKey?: boolean
  request(query: Query, page?: PageToken): ProviderRequest
  parse(answer: Answer, query: Query, page?: PageToken): Page<Row>
}

// ---- Coins --------------------------------------------------------------------------------------------------------------

/** A provider of prices of coins by their id, sampled over all venues: CoinGecko. */
export interface CoinProvider extends Provider {
  readonly rest: {
    /** Every coin that it knows: tickers are not unique. */
    readonly coins: ProviderSource<Record<string, never>, Coin>
    /** Coins by market value, largest first; a coin may be on two pages or on none, since ranks move meanwhile. */
    readonly ranks: ProviderSource<RankQuery, CoinRank>
    readonly chart: ProviderSource<ChartQuery, PricePoint>
    /** Its own candles: open times, no volume. */
    readonly candles: ProviderSource<OwnCandleQuery, OwnCandle>
  }
  /** The requests that cover a range for candles of an interval, and what of it cannot be had. Throws `UsageError`. */
  plan(range: SampledRange): ChartPlan
  /** Candles of points, by the rules in docs/numbers.md. Throws `DataValidationError` where the points are too far apart. */
  sampled(points: readonly PricePoint[], options: SampledOptions): SampledCandle[]
  /** What a name means: an id, a well-known ticker, or the largest of several coins; `ranks` has those with that id or ticker. */
  choose(text: string, ranks: readonly CoinRank[]): ChosenCoin | undefined
  /** The `count` largest of the rows of all pages, each coin once. */
  largest(ranks: readonly CoinRank[], count: number): CoinRank[]
}

export interface Coin {
  readonly id: string
  readonly symbol: string
  readonly name: string
}

export interface RankQuery {
  /** Coins that are wanted; a page holds 250 at most. */
  readonly count: number
  readonly ids?: readonly string[]
  /** Tickers: of each the coins with a market rank. */
  readonly symbols?: readonly string[]
}

/** `null`: unknown, or unranked. In USD. */
export interface CoinRank extends Coin {
  readonly rank: number | null
  readonly marketCap: number | null
  readonly price: number | null
  /** Rolling 24 h, in USD. */
  readonly volume24h: number | null
  /** ms UTC. */
  readonly updatedAt: number | null
}

/** Half open, ms UTC. */
export interface ChartQuery {
  readonly coin: string
  readonly from: number
  readonly to: number
}
export interface OwnCandleQuery {
  readonly coin: string
  readonly days: 1 | 7 | 14 | 30 | 90 | 180 | 365
}

/** One sample over all venues, at its own moment: never on a grid but where it is daily. In USD. */
export interface PricePoint {
  /** ms UTC. */
  readonly timestamp: number
  /** `null`: none told. */
  readonly price: number | null
  readonly marketCap: number | null
  /** Traded in the 24 h up to then: never the volume of an interval. */
  readonly volume24h: number | null
}

export interface OwnCandle {
  /** Open, ms UTC. */
  readonly timestamp: number
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  /** ms. */
  readonly length: number
}

export interface SampledRange {
  readonly coin: string
  /** `auto`: the finest that the samples of this range allow. */
  readonly interval: string
  readonly from: number
  readonly to: number
  readonly now: number
  /** A name of `plans`. */
  readonly plan: string
}

export interface ChartPlan {
  /** What `auto` became. */
  readonly interval: string
  /** Oldest first. */
  readonly pieces: readonly ChartPiece[]
  /** The provider's plan reaches back to here only; missing: all of the range can be had. ms UTC. */
  readonly clampedFrom?: number
}

/** What to ask for, a little more than the bars from `from` to `to` (half open, ms UTC) are made of. */
export interface ChartPiece {
  readonly query: ChartQuery
  readonly from: number
  readonly to: number
}

export interface SampledOptions {
  readonly interval: string
  /** Half open, ms UTC: bars that open in it. */
  readonly from: number
  readonly to: number
  /** When the points were asked for, ms UTC: a bar that was not over and told by then is `partial`. */
  readonly now: number
}

/** A candle made of samples. `timestamp` is its open, ms UTC; prices in USD. */
export interface SampledCandle {
  readonly timestamp: number
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  /** Samples tell of no interval's trading. */
  readonly volume: null
  /** Rolling 24 h at the last sample, in USD: no volume of the bar. */
  readonly volume24h: number | null
  readonly samples: number
  readonly expectedSamples: number
  /** `sampled`, `synthetic`, `partial`, `sparse`, with commas: docs/numbers.md. */
  readonly quality: string
}

export interface ChosenCoin {
  readonly id: string
  readonly symbol: string
  readonly name: string
  /** `id`: named exactly; `map`: a well-known ticker; `rank`: the largest of several. */
  readonly by: 'id' | 'map' | 'rank'
  /** Ids of the others that the text could have meant. */
  readonly others: readonly string[]
}

// ---- Macro series -------------------------------------------------------------------------------------------------------

/** A provider of macro series: FRED, ALFRED. */
export interface MacroProvider extends Provider {
  readonly rest: {
    /** Needs a key. With `asOf` or `vintages`: what was known then, or every revision. */
    readonly observations: ProviderSource<ObservationQuery, Observation>
    readonly series: ProviderSource<SeriesQuery, SeriesInfo>
    /** Days on which the series was released or revised. */
    readonly releases: ProviderSource<SeriesQuery, string>
    /** Without a key. */
    readonly graph: ProviderSource<GraphQuery, Observation>
    /** Without a key, as known on a day. */
    readonly graphAsOf: ProviderSource<GraphQuery & { readonly asOf: string }, Observation>
  }
  /** The series that mts knows, first those that `macro` takes by itself. */
  readonly table: readonly MacroSeries[]
  /** An indicator's name (`VIX`) or a series' own id (`VIXCLS`), in any case. */
  find(text: string): MacroSeries | undefined
  /** The nearest names of the table, best first. */
  nearest(text: string): readonly string[]
  /** A series of the user's, with the lag that is safe for its frequency. Throws `UsageError` for what is no id. */
  foreign(id: string, known?: Partial<Omit<MacroSeries, 'id'>>): MacroSeries
  /** First moment, ms UTC, at which anybody could know the value of `date` (`YYYY-MM-DD`), by the series' lag. */
  availableAt(series: MacroSeries, date: string): number
  /** The same from the day of its first release: the end of that day where the provider is. */
  releasedAt(day: string): number
  /** Rows of several windows of vintages as one: each value of a date once, at the first day on which it held. */
  vintages(series: MacroSeries, rows: readonly Observation[], windows: readonly DayWindow[]): Observation[]
  /** Windows of days that hold no more releases than one request may ask for. */
  windows(releases: readonly string[]): DayWindow[]
}

export type Frequency = 'daily' | 'weekly' | 'monthly' | 'quarterly'

export interface MacroSeries {
  /** The provider's: `VIXCLS`. */
  readonly id: string
  /** Ours: `VIX`; the id where there is no shorter one. */
  readonly indicator: string
  readonly name: string
  readonly frequency: Frequency
  readonly units: string
  /** Calendar days after the date (after the end of the period: monthly, quarterly) until it is surely known. */
  readonly lagDays: number
  /** `table`: published evidence; `frequency`: what is safe for any series of its frequency; `user`: configuration. */
  readonly lagFrom: 'table' | 'frequency' | 'user'
  /** Values of the past are changed: a backtest without vintages sees what nobody knew. */
  readonly isRevised: boolean
  /** What one has to know before using it. */
  readonly note?: string
}

export interface SeriesQuery {
  readonly series: string
}
/** Both days inclusive, `YYYY-MM-DD`. */
export interface DayWindow {
  readonly first: string
  readonly last: string
}
export interface ObservationQuery extends SeriesQuery {
  /** Days of observation, inclusive. */
  readonly from?: string
  readonly to?: string
  /** Every value that was in force in this window of days. One day: as known then. */
  readonly known?: DayWindow
  /** Only what was released first of each date. */
  readonly isFirstRelease?: boolean
}
export interface GraphQuery extends SeriesQuery {
  readonly from?: string
  readonly to?: string
}

export interface Observation {
  /** `YYYY-MM-DD`: what it is about, not when it was known. */
  readonly date: string
  /** `null`: missing there. Negative values are legal. */
  readonly value: number | null
  /** First day on which this value held, where vintages were asked for; missing: the lag of the series holds. */
  readonly knownFrom?: string
}

export interface SeriesInfo {
  readonly id: string
  readonly title: string
  readonly frequency: string
  readonly units: string
  readonly isSeasonallyAdjusted: boolean
  /** `YYYY-MM-DD`. */
  readonly firstDate: string
  readonly lastDate: string
  /** ms UTC; `null` where its form is unknown. */
  readonly updatedAt: number | null
}
