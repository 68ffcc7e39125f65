import { DEFINITIONS, type MetricName, type Unit } from './definitions.js'

/** A value, or why there is none. */
export type Outcome = { readonly value: number } | { readonly reason: Reason }

export type Reason =
  | 'no-returns'
  | 'too-few-returns'
  | 'too-short-for-a-year'
  | 'no-movement'
  | 'no-losses'
  | 'no-wins'
  | 'no-drawdown'
  | 'no-trades'
  | 'too-few-trades'
  | 'no-stops'
  | 'ruined'
  | 'zero-percentile'
  | 'flat-benchmark'
  | 'no-benchmark'
  | 'not-finite'

/** One number of a report with all that is needed to work it out again. */
export interface Metric {
  readonly value: number | null
  /** Why there is no value. */
  readonly reason: Reason | null
  readonly unit: Unit
  readonly definition: string
  /** Periods a year, where the definition has P. */
  readonly periods: number | null
  /** Returns, bars or trades that went into it. */
  readonly n: number
}

export function of(value: number): Outcome {
  return Number.isFinite(value) ? { value } : { reason: 'not-finite' }
}

export function none(reason: Reason): Outcome {
  return { reason }
}

/** The number alone; NaN where there is none. */
export function numberOf(outcome: Outcome): number {
  return 'value' in outcome ? outcome.value : Number.NaN
}

export function metricOf(name: MetricName, outcome: Outcome, n: number, periods: number): Metric {
  const { unit, definition } = DEFINITIONS[name]
  return {
    value: 'value' in outcome ? outcome.value : null,
    reason: 'value' in outcome ? null : outcome.reason,
    unit,
    definition,
    periods: /\bP\b/.test(definition) || unit === 'per year' ? periods : null,
    n,
  }
}
