/** Where two runs that should agree first do not. */
import type { BacktestResult, Decision } from '../result.js'

export interface Difference {
  readonly asset: string | null
  /** Close of the bar, ms UTC: what was decided there differs. */
  readonly timestamp: number
  /** Step of the run. */
  readonly bar: number
  readonly field: 'decision' | 'signal' | 'strength' | 'confidence' | 'reason' | 'block' | 'order' | 'equity'
  /** Of the whole run, and of the one that knew less; null where there is none. */
  readonly expected: number | string | null
  readonly found: number | string | null
}

export interface Measure {
  /** Last moment that both have to agree on, ms UTC. */
  readonly until: number
  /** Largest relative difference of two numbers that still are one. */
  readonly tolerance: number
  readonly fields: readonly (keyof Decision & Difference['field'])[]
}

const ALL_FIELDS = ['signal', 'strength', 'confidence', 'reason', 'block', 'order'] as const

/** To the last bit: the same arithmetic over the same bars. */
export function exactly(until: number): Measure {
  return { until, tolerance: 0, fields: ALL_FIELDS }
}

/**
 * As far as rounding lets them: sums that began elsewhere differ in their last digits, and so may the text of a reason. Order numbers
 * count what came before.
 */
export function nearly(until: number): Measure {
  return { until, tolerance: 1e-6, fields: ['signal', 'strength', 'confidence', 'block'] }
}

/** Undefined where they agree. Both begin to trade at the same step. */
export function firstDifference(whole: BacktestResult, part: BacktestResult, measure: Measure): Difference | undefined {
  const decision = differentDecision(within(whole.decisions, measure), within(part.decisions, measure), measure)
  const equity = differentEquity(whole, part, measure)
  if (decision === undefined || equity === undefined) return decision ?? equity
  // A decision shows in money on the next bar at the earliest, unless it filled at its own close.
  return decision.bar <= equity.bar ? decision : equity
}

function within(decisions: readonly Decision[], { until }: Measure): readonly Decision[] {
  const end = decisions.findIndex(({ timestamp }) => timestamp > until)
  return end === -1 ? decisions : decisions.slice(0, end)
}

function differentDecision(whole: readonly Decision[], part: readonly Decision[], measure: Measure): Difference | undefined {
  for (let i = 0; i < Math.max(whole.length, part.length); i++) {
    const [a, b] = [whole[i], part[i]]
    if (a === undefined || b === undefined || a.timestamp !== b.timestamp || a.asset !== b.asset) return oneAlone(a, b)
    for (const field of measure.fields) {
      if (!isSame(a[field], b[field], measure.tolerance)) {
        return { asset: a.asset, timestamp: a.timestamp, bar: a.bar, field, expected: a[field], found: b[field] }
      }
    }
  }
  return undefined
}

/** The earlier of the two is the one that the other run does not have. */
function oneAlone(a: Decision | undefined, b: Decision | undefined): Difference | undefined {
  const isFirst = a !== undefined && (b === undefined || a.timestamp <= b.timestamp)
  const alone = isFirst ? a : b
  if (alone === undefined) return undefined
  const { asset, timestamp, bar, signal, reason } = alone
  const said = `${signal} (${reason})`
  return { asset, timestamp, bar, field: 'decision', expected: isFirst ? said : null, found: isFirst ? null : said }
}

function differentEquity(whole: BacktestResult, part: BacktestResult, { until, tolerance }: Measure): Difference | undefined {
  const { timestamps, equity } = whole
  for (let bar = 0; bar < Math.min(equity.length, part.equity.length); bar++) {
    const timestamp = timestamps[bar] ?? Number.POSITIVE_INFINITY
    if (timestamp > until) return undefined
    const [expected, found] = [equity[bar] ?? Number.NaN, part.equity[bar] ?? Number.NaN]
    if (!isSame(expected, found, tolerance)) return { asset: null, timestamp, bar, field: 'equity', expected, found }
  }
  return undefined
}

function isSame(a: number | string | null, b: number | string | null, tolerance: number): boolean {
  if (typeof a !== 'number' || typeof b !== 'number') return a === b
  return a === b || Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a), Math.abs(b))
}
