/** Tables of funding: rates per interval in %, per hour in bps, a year in %. JSON has fractions. */

import { type Column, yesOrNo } from '../output/column.js'
import type { Plain } from '../output/keys.js'
import { formatNumber } from '../output/number.js'

function scaled(factor: number, decimals: number): Pick<Column, 'text' | 'kind'> {
  return { kind: 'number', text: (value: Plain) => (typeof value === 'number' ? formatNumber(value * factor, decimals) : '–') }
}

const PERCENT = { unit: '%', ...scaled(100, 4) }
const BPS_PER_HOUR = { unit: 'bps/h', ...scaled(10_000, 4) }
const YEARLY = { unit: '%/year', ...scaled(100, 2) }
const HOURS = { unit: 'h', kind: 'number', decimals: 0 } as const
const COUNT = { kind: 'number', decimals: 0 } as const

export const FUNDING_COLUMNS: readonly Column[] = [
  { key: 'exchange' },
  { key: 'symbol' },
  { key: 'funding_rate', heading: 'rate', ...PERCENT },
  { key: 'predicted_rate', heading: 'predicted', isMinor: true, ...PERCENT },
  { key: 'interval_hours', heading: 'every', ...HOURS },
  { key: 'funding_time', heading: 'next', kind: 'time' },
  { key: 'rate_per_hour', heading: 'per hour', ...BPS_PER_HOUR },
  { key: 'rate_annualised', heading: 'annualised', ...YEARLY },
]

export const COMPARISON_COLUMNS: readonly Column[] = [
  { key: 'pair', cut: 'end' },
  { key: 'short_exchange', heading: 'short' },
  { key: 'long_exchange', heading: 'long' },
  { key: 'rate_diff_per_hour', heading: 'received', ...BPS_PER_HOUR },
  { key: 'rate_diff_annualised', heading: 'received', isMinor: true, ...YEARLY },
  { key: 'fees', heading: 'fees', unit: 'bps', ...scaled(10_000, 1) },
  { key: 'break_even_hours', heading: 'break-even', ...HOURS },
  { key: 'profit_bps', heading: 'profit', unit: 'bps', kind: 'number', decimals: 1 },
  { key: 'same_sign_share', heading: 'same sign', unit: '%', ...scaled(100, 0) },
  { key: 'diff_deviation', heading: 'deviation', isMinor: true, ...BPS_PER_HOUR },
  { key: 'history_hours', heading: 'of', isMinor: true, ...HOURS },
  {
    key: 'is_worthwhile',
    heading: 'worth it',
    text: yesOrNo,
    paint: (text, value, painter) => (value === true ? painter.good(text) : painter.quiet(text)),
  },
]

export const HISTORY_COLUMNS: readonly Column[] = [
  { key: 'exchange' },
  { key: 'symbol' },
  { key: 'settlements', ...COUNT },
  { key: 'stored', ...COUNT },
  { key: 'updated', isMinor: true, ...COUNT },
  { key: 'holes', ...COUNT, paint: (text, value, painter) => (value === 0 ? text : painter.strong(text)) },
  { key: 'interval_hours', heading: 'every', ...HOURS },
  { key: 'average_per_hour', heading: 'average', ...BPS_PER_HOUR },
  { key: 'first', kind: 'time' },
  { key: 'last', kind: 'time' },
]

export const STORED_COLUMNS: readonly Column[] = [
  { key: 'exchange' },
  { key: 'symbol' },
  { key: 'kind' },
  { key: 'count', ...COUNT },
  { key: 'average_rate', heading: 'average', ...PERCENT },
  { key: 'min_rate', heading: 'least', isMinor: true, ...PERCENT },
  { key: 'max_rate', heading: 'most', isMinor: true, ...PERCENT },
  { key: 'average_per_hour', heading: 'per hour', ...BPS_PER_HOUR },
  { key: 'average_annualised', heading: 'annualised', ...YEARLY },
  { key: 'last', kind: 'time' },
]
