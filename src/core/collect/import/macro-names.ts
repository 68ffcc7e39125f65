/** Which macro series a name means, how often it speaks and when a value of it is public. */
import { DataValidationError } from '../../errors.js'
import { DAY_MS } from '../../market/time.js'
import type { Frequency, MacroProvider, MacroSeries } from '../../providers/contract.js'
import { findMacroSeries, type UserSeries } from '../macro-series.js'
import type { MacroTarget } from './contract.js'

export interface MacroNames {
  /** A series of the table or of the configuration. */
  known(name: string): MacroSeries | undefined
  /** Any series; one that nobody knows gets a lag that is safe for its frequency. Throws `DataValidationError`, `UsageError`. */
  target(name: string, use: MacroUse): { readonly target: MacroTarget; readonly warnings: readonly string[] }
}

export interface MacroUse {
  /** Days with values, ms: they tell how often the series speaks. */
  readonly days: readonly number[]
  readonly form: MacroTarget['form']
  /** The file says from when each value was public. */
  readonly isDated: boolean
}

const LONGEST: readonly (readonly [frequency: Frequency, days: number])[] = [
  ['daily', 4],
  ['weekly', 10],
  ['monthly', 32],
  ['quarterly', 95],
]

export function createMacroNames(provider: MacroProvider, own: readonly UserSeries[], lagDays: number | undefined): MacroNames {
  const ids = own.map(({ id }) => id)
  const added = ids.length === 0 ? [] : findMacroSeries(provider, ids, own)
  const known = (name: string): MacroSeries | undefined => {
    const wanted = name.trim().toUpperCase()
    return added.find(({ id, indicator }) => id === wanted || indicator === wanted) ?? provider.find(wanted)
  }
  return {
    known,
    target(name, { days, form, isDated }) {
      const series = lagged(known(name) ?? foreign(provider, name, days, lagDays ?? (isDated ? 0 : undefined)), lagDays)
      const { indicator, id, frequency, lagFrom, isRevised } = series
      const warnings = isDated
        ? []
        : [
            ...(lagFrom === 'frequency'
              ? [`${indicator}: no lag is known; ${series.lagDays} days are taken, safe for ${frequency} series`]
              : []),
            ...(isRevised ? [`${indicator} is revised after its release: a backtest sees the wording of this file`] : []),
          ]
      const availableAt = (date: string) => provider.availableAt(series, date)
      return { target: { kind: 'macro', name: indicator, indicator, id, form, availableAt }, warnings }
    },
  }
}

function lagged(series: MacroSeries, lagDays: number | undefined): MacroSeries {
  return lagDays === undefined ? series : { ...series, lagDays, lagFrom: 'user' }
}

function foreign(provider: MacroProvider, name: string, days: readonly number[], lagDays: number | undefined): MacroSeries {
  const frequency = frequencyOf(days)
  if (frequency === undefined && lagDays === undefined) {
    throw new DataValidationError('DATA_IMPORT_IDENTITY', `Nobody knows when a value of ${name} is public`, {
      suggestions: ['Say after how many days: --lag 30'],
    })
  }
  return provider.foreign(name, frequency === undefined ? {} : { frequency })
}

/** By the middle one of the steps; `undefined` for what is rarer than quarterly or too short to tell. */
function frequencyOf(days: readonly number[]): Frequency | undefined {
  const sorted = [...new Set(days)].sort((a, b) => a - b)
  const steps = sorted.slice(1).map((day, at) => (day - (sorted[at] ?? day)) / DAY_MS)
  const middle = steps.sort((a, b) => a - b)[Math.floor(steps.length / 2)]
  return middle === undefined ? undefined : LONGEST.find(([, most]) => middle <= most)?.[0]
}
