/**
 * What a strategy on order books is: one pure file that a journal and a live feed drive in the same way. At each step, a multiple of
 * its length since the epoch on the feed's own time, it looks at what was known by then and says what it would hold. What cannot be
 * trusted is not there: it is `undefined`, with the reason beside it.
 */
import type { ArbitrageSettings, OpportunityType } from '../analysis/arbitrage/contract.js'
import type { Side } from '../market/event.js'
import type { AccountState, Analysis, Direction, HeldPosition } from './contract.js'
import { type ParameterSchema, type ParameterValues, typedValues, type ValuesOf } from './parameters.js'

/** Why a book cannot be read now. Which cure of `out-of-sync` is under way is not told: live it can begin between two records. */
export type Unreadable = 'out-of-sync' | 'stale' | 'one-sided' | 'untrusted-top'

/** A book that can be read: synced, fresh, its best levels known. Prices in quote currency, quantities in the contract's base units. */
export interface SeenBook {
  readonly sequence: number
  readonly bidPrice: number
  readonly bidQuantity: number
  readonly askPrice: number
  readonly askQuantity: number
  readonly midPrice: number
  readonly microprice: number
  readonly spreadBps: number
  /** ms since its newest update was received. */
  readonly ageMs: number
  /** Flags of what happened to it since the last step: `gap`, `resync`, `crossed`; empty: nothing. */
  readonly quality: string
  /** Of the best `levels` a side, −1 to 1; `undefined` where not all of them are known. */
  imbalance(levels: number): number | undefined
  /** Quote currency known to rest within `bps` of the mid on the side that an order of this kind takes: at least so much is there. */
  depth(side: Side, bps: number): number
}

/** What trades and changes of the best prices did in the step that has just ended; quantities in base units. */
export interface SeenFlow {
  /** Order-flow imbalance (Cont, Kukanov, Stoikov 2014): above 0 the price was pushed up. */
  readonly orderFlow: number
  readonly bought: number
  readonly sold: number
  readonly trades: number
  /** Large resting orders that went before they traded. */
  readonly vanishedOrders: number
  /** `gap` or `resync`: part of the step was not seen. */
  readonly quality: string
}

/** Large trades and liquidations of the last hour, as far as it was seen. */
export interface SeenLargeTrades {
  readonly count: number
  /** Quote currency taken by aggressors. */
  readonly bought: number
  readonly sold: number
  readonly liquidations: number
  /** How much of the hour was watched, ms: counts are lower bounds before it is all of it. */
  readonly watchedMs: number
}

export interface SeenOpenInterest {
  /** Base units, each contract once. */
  readonly quantity: number
  readonly ageMs: number
}

export interface SeenFunding {
  /** Running estimate of what is paid at `fundingTime`, a fraction for one interval; above 0 longs pay. */
  readonly rate: number
  readonly fundingTime: number | null
  readonly intervalHours: number
  readonly markPrice: number | null
  readonly ageMs: number
}

/** One instrument of one exchange as it stands at the step. The object is the same on every step: keep numbers and names. */
export interface SeenMarket {
  /** `binance:BTCUSDT` */
  readonly name: string
  readonly exchange: string
  readonly symbol: string
  readonly kind: 'spot' | 'perpetual' | 'future'
  readonly base: string
  readonly quote: string
  /** Units of the asset in one unit of quantity. */
  readonly multiplier: number
  /** Smallest step of a quantity; 0: not known. */
  readonly lotSize: number
  /** Smallest order in quote currency; 0: not known. */
  readonly minNotional: number
  /** Fraction of the notional. */
  readonly takerFee: number
  readonly book: SeenBook | undefined
  /** Why there is no `book`. */
  readonly unreadable: Unreadable | undefined
  /** `undefined`: the book did not change in the step, or could not be read. */
  readonly flow: SeenFlow | undefined
  /** `undefined`: no trade was ever told. */
  readonly largeTrades: SeenLargeTrades | undefined
  /** `undefined`: not told, or too old. */
  readonly openInterest: SeenOpenInterest | undefined
  readonly funding: SeenFunding | undefined
  readonly position: HeldPosition
  /** An order is on its way. */
  readonly hasWorkingOrders: boolean
}

/** What the detector finds at the step: it passed every gate (age, skew, depth, deviation, least size). */
export interface SeenOpportunity {
  readonly type: OpportunityType
  readonly buy: SeenMarket
  readonly sell: SeenMarket
  /** Units of the asset. */
  readonly quantity: number
  /** Means over the quantity, quote currency for a unit of the asset. */
  readonly buyPrice: number
  readonly sellPrice: number
  /** After the fees of both entries. */
  readonly netBps: number
  readonly confidence: number
  readonly scoreBps: number
}

export interface StepView {
  /** End of the step, ms UTC by our clock. Nothing in the view was received later. */
  readonly time: number
  readonly stepMs: number
  /** Every instrument that ever told of its book, by name. */
  readonly markets: readonly SeenMarket[]
  /** Best score first; empty unless `needs.opportunities`. */
  readonly opportunities: readonly SeenOpportunity[]
  readonly account: AccountState
}

/** What the strategy would hold of one instrument from now on. */
export interface BookSignal {
  readonly market: SeenMarket
  readonly signal: Direction
  /** Base units to hold in the end; by the run's sizing rule when left out. */
  readonly quantity?: number
  /** Share of what the sizing rule gives, 0 to 1. */
  readonly size?: number
  readonly strength: number
  readonly confidence: number
  readonly reason: string
  /** ms after which the signal says nothing any more. */
  readonly expiresAfter?: number
  /** Legs of one group are sent together or not at all; what each then finds in its book is its own. */
  readonly group?: string
}

export interface BookSink {
  signal(signal: BookSignal): void
  /** Why nothing is said: one of few sentences, counted by instrument. */
  silent(reason: string, market?: SeenMarket): void
}

export interface BookNeeds {
  /** Length of a step, ms: 50 or more. */
  readonly stepMs: number
  /** Books without an update for longer cannot be read, ms; the exchange's own rule holds besides. */
  readonly maxBookAgeMs: number
  readonly flow?: boolean
  readonly largeTrades?: boolean
  /** What the detector is told; its latency is that of the run. */
  readonly opportunities?: Partial<Omit<ArbitrageSettings, 'latencyMs'>>
}

export interface BookStrategyRun {
  onStep(view: StepView, sink: BookSink): void
  analysis?(): Analysis
}

interface Declaration<P> {
  readonly name: string
  /** One sentence. */
  readonly description: string
  needs(parameters: P): BookNeeds
  /** A rule between parameters: what is wrong, or undefined. */
  check?(parameters: P): string | undefined
  create(parameters: P): BookStrategyRun
}

export interface BookStrategy extends Declaration<ParameterValues> {
  readonly reads: 'books'
  readonly parameters: ParameterSchema
}

/** A strategy as its author writes it: what its functions are given has the types of its parameters. */
export type BookStrategyDeclaration<S extends ParameterSchema> = Declaration<ValuesOf<S>> & {
  readonly parameters: S
  /** What tells a file of one from a file of a strategy on bars; `defineBookStrategy` says it too. */
  readonly reads?: 'books'
}

/** Gives `create` and `needs` the parameters in their own types. */
export function defineBookStrategy<const S extends ParameterSchema>(declaration: BookStrategyDeclaration<S>): BookStrategy {
  const { check, needs, create } = declaration
  return {
    ...declaration,
    reads: 'books',
    needs: (parameters) => needs(typedValues(parameters)),
    create: (parameters) => create(typedValues(parameters)),
    check: (parameters) => check?.(typedValues(parameters)),
  }
}
