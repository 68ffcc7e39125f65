/**
 * Opportunities of funding: long where the rate per hour is lower, short where it is higher, so that the two positions receive the
 * difference. It is the comparison of `../funding.ts`, looked at as the rates change.
 */
import type { FundingFields } from '../../market/event.js'
import type { Instrument } from '../../market/instrument.js'
import { type FundingSpread, fundingSpread, ratePerHour } from '../funding.js'
import { fundingOpportunityId } from './id.js'

/** One perpetual of one exchange with its funding, as the feed keeps it. */
export interface FundingMarket {
  readonly state: {
    readonly instrument: Instrument
    readonly funding: {
      readonly fields: Required<FundingFields>
      /** ms */
      readonly receivedAt: number
      /** Without a message for longer than this it is not fresh, ms. */
      readonly staleAfterMs: number
    }
  }
  /** Fraction of the notional that a taker pays. */
  readonly takerFee: number
}

export interface FundingArbitrageSettings {
  /** A fraction for eight hours. */
  readonly minRateDiff: number
  /** After the fees of four fills, of one leg's notional. */
  readonly minProfitBps: number
  /** How long both positions are held at the present rates. */
  readonly holdHours: number
  /** Of each leg, in quote currency. */
  readonly notional: number
  readonly latencyMs: number
}

export const DEFAULT_FUNDING_ARBITRAGE: FundingArbitrageSettings = {
  minRateDiff: 0.0001,
  minProfitBps: 5,
  holdHours: 7 * 24,
  notional: 10_000,
  latencyMs: 50,
}

export interface FoundFunding {
  readonly exchange: string
  readonly symbol: string
  readonly pair: string
  /** Fraction for one interval. */
  readonly fundingRate: number
  readonly intervalHours: number
  readonly fundingTime: number | null
  readonly receivedAt: number
  readonly takerFee: number
  readonly markPrice: number | null
}

/** Money in quote currency, for a leg of `notional` on either side. */
export interface FundingFinding extends FundingSpread {
  /** ms */
  readonly at: number
  readonly long: FoundFunding
  readonly short: FoundFunding
  readonly holdHours: number
  readonly notional: number
  readonly feeAmount: number
  readonly netProfit: number
  /** Before fees, of one leg's notional. */
  readonly grossBps: number
  readonly capital: number
  readonly ageMs: number
  readonly skewMs: number
  /** Part of the time held after the fees are paid, 0 to 1. */
  readonly confidence: number
}

export interface FundingOpportunity {
  readonly id: string
  readonly type: 'funding'
  readonly base: string
  readonly quote: string
  readonly openedAt: number
  readonly opened: FundingFinding
  readonly peak: FundingFinding
}

/** `price`: the difference is no longer worth it, or has turned. `age`: a rate was not told for too long. `end`: the run ended. */
export type FundingCloseReason = 'price' | 'age' | 'not-trading' | 'end'

export interface ClosedFundingOpportunity extends FundingOpportunity {
  /** The last moment at which it was known to be there. */
  readonly closedAt: number
  readonly closedBy: FundingCloseReason
  readonly lifeMs: number
  readonly captured: readonly never[]
  readonly isFeasible: boolean
  readonly isPhantom: null
}

export interface FundingDetectorHost {
  opened(opportunity: FundingOpportunity): void
  closed(opportunity: ClosedFundingOpportunity): void
}

interface OpenFunding {
  readonly start: FundingOpportunity
  peak: FundingFinding
  confirmedAt: number
}

export interface FundingRoute {
  readonly a: FundingMarket
  readonly b: FundingMarket
}

/** What two perpetuals offer; `undefined`: a rate or its interval is not known. */
export function assessFunding({ a, b }: FundingRoute, settings: FundingArbitrageSettings, at: number): FundingFinding | undefined {
  const legs = [a, b].map(foundFunding)
  const [first, second] = legs
  if (first === undefined || second === undefined) return undefined
  const { holdHours, notional } = settings
  const spread = fundingSpread(legOf(first), legOf(second), holdHours)
  const [short, long] = spread.shortExchange === first.exchange ? [first, second] : [second, first]
  const feeAmount = spread.fees * notional
  return {
    ...spread,
    ...{ at, long, short, holdHours, notional, feeAmount },
    netProfit: (spread.profitBps / 10_000) * notional,
    grossBps: spread.rateDiffPerHour * holdHours * 10_000,
    capital: 2 * notional,
    ageMs: Math.max(0, at - Math.min(long.receivedAt, short.receivedAt)),
    skewMs: Math.abs(long.receivedAt - short.receivedAt),
    confidence: spread.breakEvenHours === null ? 0 : Math.max(0, 1 - spread.breakEvenHours / holdHours),
  }
}

/** Differences of decimals: 0.0003 / 8 − 0.0001 / 4 must be 1 bp in 8 h. */
const ROUNDING = 1e-12

/** Whether difference and profit reach their thresholds: the rule of `mts funding --compare`. */
export function isFundingWorthwhile(
  { rateDiff8h, profitBps }: Pick<FundingSpread, 'rateDiff8h' | 'profitBps'>,
  { minRateDiff, minProfitBps }: Pick<FundingArbitrageSettings, 'minRateDiff' | 'minProfitBps'>,
): boolean {
  return rateDiff8h >= minRateDiff - ROUNDING && profitBps >= minProfitBps - ROUNDING
}

function foundFunding({ state, takerFee }: FundingMarket): FoundFunding | undefined {
  const { exchange, symbol, pair } = state.instrument
  const { fields, receivedAt } = state.funding
  const { fundingRate, intervalHours, fundingTime, markPrice } = fields
  if (fundingRate === null || intervalHours === null || ratePerHour(fundingRate, intervalHours) === null) return undefined
  return { exchange, symbol, pair, fundingRate, intervalHours, fundingTime, receivedAt, takerFee, markPrice }
}

function legOf({ exchange, fundingRate, intervalHours, takerFee }: FoundFunding) {
  return { exchange, takerFee, ratePerHour: fundingRate / intervalHours }
}

/** Looks at each rate as it changes. It knows no clock: all times are those of the records, so a replay tells the same. */
export class FundingDetector {
  readonly routes: FundingRoute[] = []
  compared = 0
  found = 0
  readonly #settings: FundingArbitrageSettings
  readonly #host: FundingDetectorHost
  readonly #markets: FundingMarket[] = []
  readonly #open = new Map<FundingRoute, OpenFunding>()

  constructor(settings: FundingArbitrageSettings, host: FundingDetectorHost) {
    this.#settings = settings
    this.#host = host
  }

  /** Compares this perpetual with all before it from now on. */
  add(market: FundingMarket): void {
    const { instrument } = market.state
    for (const other of this.#markets) {
      const isSame = other.state.instrument.pair === instrument.pair && other.state.instrument.exchange !== instrument.exchange
      if (isSame && instrument.kind === 'perpetual') this.routes.push({ a: other, b: market })
    }
    this.#markets.push(market)
  }

  /** The market's funding has changed, ms by the stamp of the record. */
  changed(market: FundingMarket, nowMs: number): void {
    for (const route of this.routes) if (route.a === market || route.b === market) this.#look(route, nowMs)
  }

  /** Ends everything that is open. */
  finish(): void {
    for (const [route, open] of this.#open) this.#close(route, open, open.confirmedAt, 'end')
  }

  #look(route: FundingRoute, nowMs: number): void {
    const finding = assessFunding(route, this.#settings, nowMs)
    if (finding !== undefined) this.compared += 1
    const gate = finding === undefined ? 'age' : fundingGate(route, nowMs)
    const worthwhile =
      finding === undefined || gate !== undefined || !isFundingWorthwhile(finding, this.#settings) ? undefined : finding
    const open = this.#open.get(route)
    const isSame = open?.start.opened.shortExchange === worthwhile?.shortExchange
    if (open !== undefined && gate !== undefined) this.#close(route, open, open.confirmedAt, gate)
    else if (open !== undefined && !isSame) this.#close(route, open, nowMs, 'price')
    if (worthwhile === undefined) return
    if (open !== undefined && isSame) confirm(open, worthwhile)
    else this.#begin(route, worthwhile)
  }

  #begin(route: FundingRoute, finding: FundingFinding): void {
    const { base, quote } = route.a.state.instrument
    const id = fundingOpportunityId(finding.long, finding.short)
    const start: FundingOpportunity = { id, type: 'funding', base, quote, openedAt: finding.at, opened: finding, peak: finding }
    this.#open.set(route, { start, peak: finding, confirmedAt: finding.at })
    this.found += 1
    this.#host.opened(start)
  }

  #close(route: FundingRoute, { start, peak }: OpenFunding, closedAt: number, closedBy: FundingCloseReason): void {
    this.#open.delete(route)
    const lifeMs = closedAt - start.openedAt
    const isFeasible = lifeMs > this.#settings.latencyMs
    this.#host.closed({ ...start, peak, closedAt, closedBy, lifeMs, captured: [], isFeasible, isPhantom: null })
  }
}

function confirm(open: OpenFunding, finding: FundingFinding): void {
  open.confirmedAt = finding.at
  if (finding.netProfit > open.peak.netProfit) open.peak = finding
}

/** Why it is not told; `undefined`: nothing against it. */
export function fundingGate({ a, b }: FundingRoute, nowMs: number): 'age' | 'not-trading' | undefined {
  const legs = [a, b]
  if (legs.some(({ state }) => state.instrument.isTrading === false)) return 'not-trading'
  const isStale = legs.some(({ state: { funding } }) => nowMs - funding.receivedAt > funding.staleAfterMs)
  return isStale ? 'age' : undefined
}
