/** Funding as it stands on each exchange, and two exchanges against each other. */
import { isFundingWorthwhile } from '../analysis/arbitrage/funding.js'
import {
  annualised,
  type FundingSpread,
  type FundingStability,
  fundingSpread,
  fundingStability,
  ratePerHour,
  type Settlement,
} from '../analysis/funding.js'
import { UsageError } from '../errors.js'
import type { Exchange } from '../exchanges/contract.js'
import { resolveSymbol } from '../exchanges/resolve.js'
import type { Pipeline } from '../feed/pipeline.js'
import type { FundingFields } from '../market/event.js'
import type { Instrument } from '../market/instrument.js'
import { type AskWorld, askAll, askInstruments, onEach } from './ask.js'
import type { StreamFailure } from './stream-end.js'

export interface FundingView {
  readonly exchange: string
  readonly symbol: string
  readonly pair: string
  readonly timestamp: number | null
  readonly receivedAt: number
  /** Running estimate of what is paid at `fundingTime`, a fraction for one interval. */
  readonly fundingRate: number | null
  /** For the interval after that, where the exchange tells one. */
  readonly predictedRate: number | null
  readonly fundingTime: number | null
  readonly intervalHours: number | null
  readonly ratePerHour: number | null
  readonly rateAnnualised: number | null
  readonly markPrice: number | null
  readonly indexPrice: number | null
}

export interface FundingNow {
  readonly rows: readonly FundingView[]
  readonly failures: readonly StreamFailure[]
  readonly warnings: readonly string[]
}

export interface FundingOptions {
  readonly exchanges: readonly Exchange[]
  /** Instruments as the user names them. */
  readonly symbols: readonly string[]
}

/**
 * The present funding over REST. Throws `UsageError` when no exchange has one of the names, `ApiError` when none answers; else what
 * failed is in `failures`, and what one exchange does not have in `warnings`.
 */
export async function fetchFunding(world: AskWorld, { exchanges, symbols }: FundingOptions): Promise<FundingNow> {
  const { values, failures, warnings } = await onEach(exchanges, (exchange) => fundingOf(world, exchange, symbols))
  return {
    rows: values.flatMap(({ rows }) => rows),
    failures,
    warnings: [...warnings, ...missingOf(values, failures)],
  }
}

async function fundingOf(world: AskWorld, exchange: Exchange, names: readonly string[]) {
  const { funding, fundingIntervals } = exchange.rest
  if (funding === undefined) throw withoutFunding(exchange)
  const listed = await askInstruments(world, exchange)
  const { instruments, missing } = perpetualsNamed(exchange, listed, names)
  const intervals = fundingIntervals === undefined ? [] : (await askAll(world, exchange, fundingIntervals, {})).rows
  const hours = new Map(intervals.map(({ symbol, intervalHours }) => [symbol, intervalHours]))
  const answers = await Promise.all(instruments.map(({ symbol }) => askAll(world, exchange, funding, { symbol })))
  const rows = answers.flatMap(({ rows: found, receivedAt }, i) => {
    const [row] = found
    const instrument = instruments[i]
    if (row === undefined || instrument === undefined) return []
    const intervalHours = row.intervalHours ?? hours.get(row.symbol) ?? instrument.fundingIntervalHours ?? null
    return [fundingView(instrument, { ...row, intervalHours }, { timestamp: row.timestamp, receivedAt })]
  })
  return { rows, missing }
}

/** Perpetuals of an exchange by the names that a user gave them; throws the first name's `UsageError` when it has none of them. */
export function perpetualsNamed(
  exchange: Exchange,
  listed: ReadonlyMap<string, Instrument>,
  names: readonly string[],
): { readonly instruments: readonly Instrument[]; readonly missing: Missing } {
  const found = new Map<string, Instrument>()
  const missing = new Map<string, UsageError>()
  for (const name of names) {
    try {
      const instrument = listed.get(resolveSymbol(exchange, listed, name))
      if (instrument?.kind === 'perpetual') found.set(instrument.symbol, instrument)
      else throw noPerpetual(exchange, name)
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      missing.set(name, error)
    }
  }
  const [first] = missing.values()
  if (found.size === 0 && first !== undefined) throw first
  return { instruments: [...found.values()], missing }
}

/** By the name that an exchange does not have. */
type Missing = ReadonlyMap<string, UsageError>

/**
 * What one exchange does not have, as warnings. Throws the `UsageError` of a name that no exchange has, unless one failed that could
 * have it.
 */
export function missingOf(answers: readonly { readonly missing: Missing }[], failures: readonly StreamFailure[]): string[] {
  const all = answers.flatMap(({ missing }) => [...missing])
  for (const [name, error] of all) {
    if (all.filter(([each]) => each === name).length === answers.length + failures.length) throw error
  }
  return all.map(([, { message }]) => message)
}

function withoutFunding({ id, name }: Exchange): UsageError {
  return new UsageError('USAGE_NO_FUNDING', `${name} pays no funding`, {
    suggestions: [`Leave ${id} out: only perpetuals have funding`],
  })
}

function noPerpetual({ id }: Exchange, name: string): UsageError {
  return new UsageError('USAGE_NO_FUNDING', `${name} on ${id} is no perpetual: it pays no funding`, {
    suggestions: ['Give a base asset such as BTC for its perpetual'],
  })
}

/** The funding of a stream as it stands, of what has told any. */
export function fundingNow(pipelines: Iterable<Pipeline>): FundingView[] {
  return [...pipelines].flatMap((pipeline) =>
    [...pipeline.states].flatMap(({ instrument, funding }) =>
      funding.changes === 0 ? [] : [fundingView(instrument, funding.fields, funding)],
    ),
  )
}

function fundingView(
  { exchange, symbol, pair }: Instrument,
  fields: FundingFields,
  times: Pick<FundingView, 'timestamp' | 'receivedAt'>,
): FundingView {
  const { fundingRate = null, predictedRate = null, fundingTime = null, intervalHours = null } = fields
  const perHour = ratePerHour(fundingRate, intervalHours)
  return {
    ...{ exchange, symbol, pair, timestamp: times.timestamp, receivedAt: times.receivedAt },
    ...{ fundingRate, predictedRate, fundingTime, intervalHours },
    ratePerHour: perHour,
    rateAnnualised: annualised(perHour),
    markPrice: fields.markPrice ?? null,
    indexPrice: fields.indexPrice ?? null,
  }
}

export interface ComparisonRules {
  readonly holdHours: number
  /** A fraction for eight hours. */
  readonly minRateDiff: number
  readonly minProfitBps: number
}

export interface FundingComparison extends FundingSpread {
  readonly pair: string
  readonly shortSymbol: string
  readonly longSymbol: string
  readonly shortRatePerHour: number
  readonly longRatePerHour: number
  readonly holdHours: number
  /** Of the difference over the hours that both settled histories know. */
  readonly historyHours: number
  readonly sameSignShare: number | null
  readonly meanDiffPerHour: number | null
  readonly diffDeviation: number | null
  /** Difference and profit reach their thresholds. */
  readonly isWorthwhile: boolean
}

export interface ComparisonWorld {
  readonly exchanges: ReadonlyMap<string, Exchange>
  /** Settled rates that are stored, oldest first. */
  history(exchange: string, symbol: string): readonly Settlement[]
}

/** Every two exchanges that have the same perpetual, the most profitable first. What has no rate per hour is left out. */
export function compareFunding(
  rows: readonly FundingView[],
  { exchanges, history }: ComparisonWorld,
  rules: ComparisonRules,
): FundingComparison[] {
  const known = rows.filter(({ ratePerHour: perHour }) => perHour !== null)
  const pairs = known.flatMap((a, i) => known.slice(i + 1).flatMap((b) => (a.pair === b.pair ? [[a, b] as const] : [])))
  return pairs
    .map(([a, b]) => {
      const spread = fundingSpread(legOf(a, exchanges), legOf(b, exchanges), rules.holdHours)
      const [short, long] = spread.shortExchange === a.exchange ? [a, b] : [b, a]
      const past = (row: FundingView) => history(row.exchange, row.symbol)
      const stability = fundingStability(past(short), past(long), spread.rateDiffPerHour)
      return comparison(short, long, spread, stability, rules)
    })
    .toSorted((a, b) => b.profitBps - a.profitBps)
}

function legOf({ exchange, ratePerHour: perHour }: FundingView, exchanges: ComparisonWorld['exchanges']) {
  return { exchange, ratePerHour: perHour ?? 0, takerFee: exchanges.get(exchange)?.fees.taker ?? 0 }
}

function comparison(
  short: FundingView,
  long: FundingView,
  spread: FundingSpread,
  stability: FundingStability,
  { holdHours, minRateDiff, minProfitBps }: ComparisonRules,
): FundingComparison {
  return {
    pair: short.pair,
    ...spread,
    shortSymbol: short.symbol,
    longSymbol: long.symbol,
    shortRatePerHour: short.ratePerHour ?? 0,
    longRatePerHour: long.ratePerHour ?? 0,
    holdHours,
    historyHours: stability.hours,
    sameSignShare: stability.sameSignShare,
    meanDiffPerHour: stability.mean,
    diffDeviation: stability.deviation,
    isWorthwhile: isFundingWorthwhile(spread, { minRateDiff, minProfitBps }),
  }
}
