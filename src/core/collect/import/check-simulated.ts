/** Whether the rows of a file, together with the stored ones, are all simulated or all real. */
import { DataValidationError } from '../../errors.js'
import type { History } from '../../storage/history.js'
import { isSimulated } from '../simulated.js'
import type { ImportSeries } from './contract.js'

export interface SimulatedCheck {
  see(series: number, quality: unknown): void
  /** Throws `DataValidationError` where the rows of a series, stored ones included, are partly simulated. */
  check(all: readonly ImportSeries[], history: History | undefined): void
}

export function createSimulatedCheck(path: string): SimulatedCheck {
  const seen = new Map<number, Set<boolean>>()
  return {
    see(series, quality) {
      const kinds = seen.get(series)
      if (kinds === undefined) seen.set(series, new Set([isSimulated(quality)]))
      else kinds.add(isSimulated(quality))
    },
    check(all, history) {
      for (const [at, kinds] of seen) {
        const series = all[at]
        const stored = series && history && storedQuality(series, history)
        if (stored !== undefined) kinds.add(isSimulated(stored))
        if (kinds.size > 1 && series !== undefined) throw mixed(path, series)
      }
    },
  }
}

function storedQuality(series: ImportSeries, history: History): string | undefined {
  if (series.kind === 'macro') return history.macroQuality(series.indicator)
  if (series.kind !== 'ohlcv') return undefined
  const { source, coin: cryptocurrency, interval } = series
  return history.newestQuality({ source, cryptocurrency, interval })
}

function mixed(path: string, { name }: ImportSeries): DataValidationError {
  return new DataValidationError('DATA_SIMULATED', `${path}: rows of ${name} would be partly simulated and partly real`, {
    suggestions: ['Keep them apart: give another database with --db'],
  })
}
