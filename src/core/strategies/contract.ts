/**
 * What a strategy is: one pure file that a backtest, a live run and a verification drive in the same way. Per closed bar it looks
 * at a view of what was known by then and puts signals (or orders) into a sink; it allocates nothing on a bar without one.
 */
import { type ParameterSchema, type ParameterValues, typedValues, type ValuesOf } from './parameters.js'

export type Direction = 'long' | 'short' | 'flat'

/** Closed bars of one instrument and interval, counted back from the newest: 0 is the bar that has just closed. */
export interface Bars {
  readonly interval: string
  /** Bars that can be seen; `back` runs from 0 to `length - 1`, anything else is an error. */
  readonly length: number
  /** Open time in ms UTC. */
  timestamp(back: number): number
  open(back: number): number
  high(back: number): number
  low(back: number): number
  close(back: number): number
  /** Base units; NaN where the source has none. */
  volume(back: number): number
}

/** A macro series as anyone could have known it: each date once, in its newest revision published by then. */
export interface Observations {
  readonly length: number
  /** First moment of the date observed, ms UTC. */
  date(back: number): number
  value(back: number): number
  /** When this revision was published, ms UTC. */
  availableAt(back: number): number
}

/** Settled funding, newest first: `rate` is the fraction paid at `timestamp`; above 0 longs pay shorts. */
export interface FundingRates {
  readonly length: number
  timestamp(back: number): number
  rate(back: number): number
}

/** Quantity in base units, negative when short. A live run without an account has 1, 0 or −1, after its own last signal. */
export interface HeldPosition {
  readonly quantity: number
  /** Average entry; NaN when flat. */
  readonly entryPrice: number
  /** Open time of the bar of the first fill, ms UTC; NaN when flat. */
  readonly entryTime: number
}

export interface AccountState {
  readonly cash: number
  /** Cash and unrealised profit, marked at the last close. */
  readonly equity: number
}

/** Everything a strategy may know at `time`. The object is the same on every bar: keep numbers, not the view. */
export interface View {
  /** When the bar closed, ms UTC. Nothing in the view became known later. */
  readonly time: number
  /** Which of `assets` the bar belongs to. */
  readonly asset: number
  readonly assets: readonly string[]
  /** The asset's own bars at the interval of the run. */
  readonly bars: Bars
  readonly position: HeldPosition
  /** An order of the asset waits for its fill. */
  readonly hasWorkingOrders: boolean
  readonly account: AccountState
  /** Of another asset of the run, for strategies of the whole portfolio. */
  barsOf(asset: number): Bars
  positionOf(asset: number): HeldPosition
  /** A series of `needs.series` by its role. */
  series(role: string): Bars
  /** A series of `needs.macro`. */
  macro(indicator: string): Observations
  /** Of the asset; empty unless `needs.funding`. */
  readonly funding: FundingRates
}

/** What the strategy would hold from now on. How much of it is the sizing rule's business. */
export interface Signal {
  readonly signal: Direction
  /** How far the rule's number lies beyond its threshold, 0 to 1. */
  readonly strength: number
  /** How far the strategy trusts it, 0 to 1. */
  readonly confidence: number
  /** One line: which rule spoke, with its numbers where signals are rare. */
  readonly reason: string
  /** Index into `view.assets`; the view's own when left out. */
  readonly asset?: number
  /** ms after which the signal says nothing any more. */
  readonly expiresAfter?: number
  /** Share of what the sizing rule gives, 0 to 1. */
  readonly size?: number
  /** Price at which to give up. */
  readonly stopLoss?: number
  /** Price at which to be content. */
  readonly takeProfit?: number
  /** Distance that a stop keeps below the highest high (above the lowest low), as a fraction of the entry price. */
  readonly trailingStop?: number
}

export type OrderType = 'market' | 'limit' | 'stop' | 'stop-limit' | 'stop-loss' | 'take-profit' | 'trailing-stop'
/** `day`: until the end of the UTC day of its first bar; `gtd`: until `expiresAt`. */
export type TimeInForce = 'gtc' | 'ioc' | 'fok' | 'day' | 'gtd'

/** For strategies that say how to get in and out. Only a backtest (later a paper account) carries orders out. */
export interface OrderIntent {
  readonly side: 'buy' | 'sell'
  readonly type: OrderType
  /** Base units; by the run's sizing rule when left out. */
  readonly quantity?: number
  /** Of limit, stop-limit and take-profit. */
  readonly limit?: number
  /** Of stop, stop-limit and stop-loss. */
  readonly stop?: number
  /** Of trailing-stop: fraction of the price at which it starts. */
  readonly trail?: number
  readonly timeInForce?: TimeInForce
  /** Of `gtd`, ms UTC. */
  readonly expiresAt?: number
  /** May only make the position smaller. `stop-loss`, `take-profit` and `trailing-stop` always are. */
  readonly reduceOnly?: boolean
  /** Bracket: live from the bar of the entry on, the one cancels the other. */
  readonly stopLoss?: number
  readonly takeProfit?: number
  readonly trailingStop?: number
  /** One cancels the others of the same group. */
  readonly group?: string
  /** A name to cancel it by. */
  readonly tag?: string
  readonly reason: string
  readonly asset?: number
}

export interface Sink {
  signal(signal: Signal): void
  order(order: OrderIntent): void
  /** Cancels the working orders of the view's asset with this tag. */
  cancel(tag: string): void
  /** Why nothing is said on this bar: one of few fixed sentences, which are counted; the present numbers are in `analysis`. */
  silent(reason: string): void
}

export interface SeriesNeed {
  /** Of a named asset (`bitcoin`); the asset's own when left out. */
  readonly asset?: string
  /** The run's when left out. */
  readonly interval?: string
}

/** What has to be there before the strategy can run; what is missing is an error with the command that would get it. */
export interface Needs {
  readonly series?: Readonly<Record<string, SeriesNeed>>
  readonly macro?: readonly string[]
  readonly funding?: boolean
  /** Bars need a volume that was traded in them, not a rolling one. */
  readonly volume?: boolean
}

/** What a strategy tells of itself when asked: its present numbers by name. */
export type Analysis = Readonly<Record<string, number | string | null>>

/** A strategy at work on one asset, or on all with `scope: 'portfolio'`. */
export interface StrategyRun {
  onBar(view: View, sink: Sink): void
  analysis?(): Analysis
}

interface Declaration<P> {
  readonly name: string
  /** One sentence. */
  readonly description: string
  /** `asset`: an instance for each asset, asked on each of its bars; `portfolio`: one for all, asked once a bar. */
  readonly scope?: 'asset' | 'portfolio'
  needs?(parameters: P): Needs
  /** Closed bars that must be visible before the first signal counts. */
  warmup(parameters: P): number
  /** A rule between parameters: what is wrong, or undefined. */
  check?(parameters: P): string | undefined
  create(parameters: P): StrategyRun
}

export interface Strategy extends Declaration<ParameterValues> {
  readonly parameters: ParameterSchema
}

/** A strategy as its author writes it: what its functions are given has the types of its parameters. */
export type StrategyDeclaration<S extends ParameterSchema> = Declaration<ValuesOf<S>> & { readonly parameters: S }

/** Gives `create`, `warmup` and `needs` the parameters in their own types. */
export function defineStrategy<const S extends ParameterSchema>(declaration: StrategyDeclaration<S>): Strategy {
  const { check, needs, warmup, create } = declaration
  return {
    ...declaration,
    warmup: (parameters) => warmup(typedValues(parameters)),
    create: (parameters) => create(typedValues(parameters)),
    needs: (parameters) => needs?.(typedValues(parameters)) ?? {},
    check: (parameters) => check?.(typedValues(parameters)),
  }
}
