/** Which figures of a run are shown first, and how each is written: the same in the terminal and on the page. */
import { DEFINITIONS, type MetricName, type Unit } from '../performance/definitions.js'
import type { Metric } from '../performance/metric.js'
import { REASONS, type RunDocument } from './document.js'

export interface Figure {
  readonly name: MetricName
  readonly title: string
  /** What the number is in; empty for a bare ratio. */
  readonly unit: string
  readonly text: string
  /** Of the benchmark; undefined where it has none. */
  readonly benchmark: string | undefined
  readonly metric: Metric
}

/** In the order in which they are read: what was won, what was risked, how it was traded. */
export const GROUPS = [
  { title: 'Return', names: ['total_return', 'cagr', 'volatility', 'sharpe', 'sortino', 'calmar', 'probabilistic_sharpe'] },
  {
    title: 'Risk',
    names: [
      'max_drawdown',
      'max_drawdown_bars',
      'underwater_bars',
      'ulcer_index',
      'recovery_factor',
      'value_at_risk_95',
      'conditional_value_at_risk_95',
      'tail_ratio',
      'omega',
      'skewness',
      'excess_kurtosis',
    ],
  },
  {
    title: 'Trades',
    names: [
      'trades',
      'win_rate',
      'profit_factor',
      'expectancy',
      'expectancy_r',
      'average_win',
      'average_loss',
      'sqn',
      'kelly',
      'exposure',
      'turnover',
    ],
  },
  {
    title: 'Against the benchmark',
    names: ['beta', 'alpha', 'alpha_geometric', 'correlation', 'tracking_error', 'information_ratio'],
  },
  { title: 'Costs', names: ['fees', 'slippage', 'funding'] },
] as const satisfies readonly { title: string; names: readonly MetricName[] }[]

/** Those that a terminal shows without being asked for more. */
export const KEY_FIGURES: readonly MetricName[] = [
  'total_return',
  'cagr',
  'volatility',
  'sharpe',
  'sortino',
  'max_drawdown',
  'max_drawdown_bars',
  'calmar',
  'exposure',
  'trades',
  'win_rate',
  'profit_factor',
  'expectancy',
  'beta',
  'alpha',
]

export function figuresOf(document: RunDocument, names: readonly MetricName[]): Figure[] {
  return names.map((name) => {
    const metric = document.metrics[name]
    const other = document.benchmark?.metrics[name]
    return {
      name,
      title: DEFINITIONS[name].title,
      unit: unitOf(DEFINITIONS[name].title, metric, document),
      text: metricText(metric),
      benchmark: other === undefined ? undefined : metricText(other),
      metric,
    }
  })
}

/** `kept`: what a score out of sample is of the one it was chosen by; a loss out of sample leaves nothing. */
export function leftText(kept: number): string {
  return kept > 0 ? `${percentText(kept)} % of it is left` : 'nothing of it is left'
}

/** What a run is compared with, as a heading. */
export function benchmarkTitle({ benchmark }: Pick<RunDocument, 'benchmark'>): string {
  return typeof benchmark?.asset === 'string' ? `Holding ${benchmark.asset}` : 'Buy and hold'
}

/** A metric as a person reads it: fractions in percent; without a value a dash and the reason. */
export function metricText({ value, reason, unit }: Metric): string {
  if (value === null) return reason === null ? '–' : `– (${REASONS[reason]})`
  return numberText(unit === 'fraction' ? value * 100 : value, DECIMALS[unit])
}

const DECIMALS: Readonly<Record<Unit, number>> = { fraction: 2, ratio: 2, money: 2, bars: 0, count: 0, 'per year': 2, R: 2 }

/** Nothing where the title says it already. */
function unitOf(title: string, { unit }: Metric, { currency }: RunDocument): string {
  switch (unit) {
    case 'fraction':
      return title.endsWith('%') ? '' : '%'
    case 'money':
      return currency
    case 'bars':
      return 'bars'
    case 'per year':
      return 'a year'
    default:
      return ''
  }
}

/** Thousands apart, a true minus. */
export function numberText(value: number, decimals: number): string {
  const fixed = Math.abs(value).toFixed(decimals)
  const [whole = '', fraction] = fixed.split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  const sign = value < 0 && Number(fixed) !== 0 ? '-' : ''
  return `${sign}${grouped}${fraction === undefined ? '' : `.${fraction}`}`
}

/** Digits that a price of this size needs. */
export function priceText(price: number): string {
  return numberText(price, price >= 1000 ? 2 : price >= 1 ? 4 : 8)
}

export function percentText(fraction: number | null, decimals = 2): string {
  return fraction === null ? '–' : numberText(fraction * 100, decimals)
}

/** `2026-11-21 14:00`, UTC. */
export function minuteText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ')
}
