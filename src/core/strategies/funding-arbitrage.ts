import { type FundingSpread, fundingSpread, ratePerHour } from '../analysis/funding.js'
import { HOUR_MS } from '../market/time.js'
import { type BookSink, type BookStrategyRun, defineBookStrategy, type SeenMarket, type StepView } from './book-contract.js'
import { maxBookAge } from './book-parameters.js'
import { bothBooks, HedgedPairs, type PairNow, pairQuantity } from './hedged-pairs.js'
import type { ValuesOf } from './parameters.js'

/** How far into a book an order of this strategy may reach. */
const REACH_BPS = 5

const parameters = {
  step_ms: {
    kind: 'integer',
    unit: 'ms',
    min: 100,
    max: 600_000,
    default: 1_000,
    description: 'how often rates and books are looked at',
  },
  hold_hours: {
    kind: 'number',
    unit: 'h',
    min: 1,
    max: 2_160,
    default: 168,
    description: 'how long both legs are meant to be held',
  },
  min_rate_diff: {
    kind: 'number',
    unit: 'of 1 for 8 h',
    min: 0,
    max: 0.1,
    default: 0.0001,
    description: 'least difference of the rates',
  },
  min_profit_bps: {
    kind: 'number',
    unit: 'bps',
    min: 0,
    max: 1_000,
    default: 5,
    description: 'what has to be left at these rates after four fees and both spreads',
  },
  min_confidence: {
    kind: 'number',
    unit: 'of 1',
    min: 0,
    max: 1,
    default: 0.3,
    description: 'least part of the time held after the costs are earned',
  },
  exit_rate_diff: {
    kind: 'number',
    unit: 'of 1 for 8 h',
    min: -0.1,
    max: 0.1,
    default: 0,
    description: 'difference at which both legs are closed',
  },
  position_size: {
    kind: 'number',
    unit: 'of equity',
    min: 0.001,
    max: 0.5,
    default: 0.2,
    description: 'most of equity that one leg takes',
  },
  depth_share: {
    kind: 'number',
    unit: 'of 1',
    min: 0.01,
    max: 1,
    default: 0.25,
    description: 'most of what rests within 5 bps that one leg takes',
  },
  max_entry_gap_bps: {
    kind: 'number',
    unit: 'bps',
    min: 0,
    max: 1_000,
    default: 10,
    description: 'most by which the leg to buy may be the dearer one',
  },
  stop_gap_bps: {
    kind: 'number',
    unit: 'bps',
    min: 1,
    max: 10_000,
    default: 100,
    description: 'widening of the prices at which to give up',
  },
  max_book_age_ms: maxBookAge(2_000),
} as const

type Settings = ValuesOf<typeof parameters>

interface Plan {
  readonly long: SeenMarket
  readonly short: SeenMarket
  readonly spread: FundingSpread
}

/**
 * Harvests the difference of two funding rates: short where longs pay more an hour, long where they pay less (or on spot, which pays
 * nothing), the same quantity of both. Profit in bps of one leg over `hold_hours` at the present rates is
 * `fundingSpread` = difference per hour · hours − four taker fees, less both spreads, which two market orders each way cross. Leaves when the
 * difference is gone, the time is over, or the prices have run apart. Assumes that rates last: the estimate moves until it is settled.
 */
class FundingArbitrage implements BookStrategyRun {
  readonly #settings: Settings
  readonly #pairs = new HedgedPairs()

  constructor(settings: Settings) {
    this.#settings = settings
  }

  onStep(view: StepView, sink: BookSink): void {
    this.#pairs.tend(view, sink, (pair) => this.#leave(pair, sink))
    const { markets } = view
    if (markets.length < 2) sink.silent('one market alone has nothing to be held against')
    for (const market of markets) {
      if (market.kind === 'perpetual' && market.funding === undefined)
        sink.silent('no funding rate is known, or it is too old', market)
    }
    for (const [i, a] of markets.entries()) {
      for (const b of markets.slice(i + 1)) {
        const plan = a.base === b.base && a.quote === b.quote ? planOf(a, b, this.#settings.hold_hours) : undefined
        if (plan !== undefined) this.#enter(plan, view, sink)
      }
    }
  }

  analysis() {
    return { pairs: this.#pairs.size }
  }

  #enter({ long, short, spread }: Plan, view: StepView, sink: BookSink): void {
    if (this.#pairs.uses(long) || this.#pairs.uses(short)) return
    const books = bothBooks(long, short, sink)
    if (books === undefined) return
    const [longBook, shortBook] = books
    const { min_rate_diff, min_profit_bps, min_confidence, max_entry_gap_bps, hold_hours } = this.#settings
    const profit = spread.profitBps - longBook.spreadBps - shortBook.spreadBps
    const gap = (shortBook.midPrice / short.multiplier / (longBook.midPrice / long.multiplier) - 1) * 10_000
    const confidence = spread.breakEvenHours === null ? 0 : Math.max(0, 1 - spread.breakEvenHours / hold_hours)
    const quantity = this.#quantity(long, short, view.account.equity, confidence)
    if (spread.rateDiff8h < min_rate_diff) sink.silent('the rates are too near each other', short)
    else if (profit < min_profit_bps) sink.silent('the difference does not pay for four fees and both spreads', short)
    else if (confidence < min_confidence) sink.silent('confidence is below min_confidence', short)
    else if (short.kind === 'spot') sink.silent('spot cannot be sold short', short)
    else if (gap < -max_entry_gap_bps) sink.silent('the leg to buy is too dear', long)
    else if (quantity === 0) sink.silent('the books carry less than the smallest order', short)
    else {
      const reason = `${(spread.rateDiff8h * 10_000).toFixed(2)} bps for 8 h, ${profit.toFixed(1)} bps after all costs over ${hold_hours} h`
      const strength = Math.min(1, profit / (2 * min_profit_bps + 10))
      this.#pairs.open(view, sink, { long, short, quantity, strength, confidence, reason })
    }
  }

  /** A share of equity, never more than the books carry, less where the costs take longer to be earned. */
  #quantity(long: SeenMarket, short: SeenMarket, equity: number, confidence: number): number {
    const { position_size, depth_share } = this.#settings
    const price = (long.book?.askPrice ?? Number.NaN) / long.multiplier
    const depth = Math.min(long.book?.depth('buy', REACH_BPS) ?? 0, short.book?.depth('sell', REACH_BPS) ?? 0)
    return pairQuantity(long, short, (Math.min(position_size * equity, depth_share * depth) * confidence) / price)
  }

  #leave({ long, short, gapBps, entryGapBps, heldMs }: PairNow, sink: BookSink): string | undefined {
    const { hold_hours, stop_gap_bps, exit_rate_diff } = this.#settings
    if (heldMs >= hold_hours * HOUR_MS) return `held for ${hold_hours} h`
    if (gapBps >= entryGapBps + stop_gap_bps)
      return `the prices ran apart to ${gapBps.toFixed(1)} bps, entered at ${entryGapBps.toFixed(1)}`
    const [paid, received] = [hourly(long), hourly(short)]
    if (paid === undefined || received === undefined) {
      sink.silent('held, and a funding rate is not known', paid === undefined ? long : short)
      return undefined
    }
    const difference = (received - paid) * 8
    return difference <= exit_rate_diff ? `the difference fell to ${(difference * 10_000).toFixed(2)} bps for 8 h` : undefined
  }
}

/** What it pays an hour to be short; spot pays nothing. `undefined`: not known. */
function hourly({ kind, funding }: SeenMarket): number | undefined {
  if (kind === 'spot') return 0
  return funding === undefined ? undefined : (ratePerHour(funding.rate, funding.intervalHours) ?? undefined)
}

function planOf(a: SeenMarket, b: SeenMarket, holdHours: number): Plan | undefined {
  const [aRate, bRate] = [hourly(a), hourly(b)]
  if (aRate === undefined || bRate === undefined || (a.kind === 'spot' && b.kind === 'spot')) return undefined
  // Dated futures pay no funding: their carry is in the price.
  if (a.kind === 'future' || b.kind === 'future') return undefined
  const spread = fundingSpread(
    { exchange: a.name, ratePerHour: aRate, takerFee: a.takerFee },
    { exchange: b.name, ratePerHour: bRate, takerFee: b.takerFee },
    holdHours,
  )
  return spread.longExchange === a.name ? { long: a, short: b, spread } : { long: b, short: a, spread }
}

export const fundingArbitrage = defineBookStrategy({
  name: 'funding-arbitrage',
  description: 'Short where funding is high, long where it is low, while the difference pays for fees and spreads',
  parameters,
  check: ({ exit_rate_diff, min_rate_diff }) =>
    exit_rate_diff < min_rate_diff
      ? undefined
      : `exit_rate_diff (${exit_rate_diff}) has to be below min_rate_diff (${min_rate_diff})`,
  needs: (settings) => ({ stepMs: settings.step_ms, maxBookAgeMs: settings.max_book_age_ms }),
  create: (settings) => new FundingArbitrage(settings),
})
