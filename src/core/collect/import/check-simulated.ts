/** Bars of the simulated market never stand beside real ones in one series. */
import { DataValidationError } from '../../errors.js'
import type { History } from '../../storage/history.js'
import type { CandleTarget, ImportSeries } from './contract.js'

const SIMULATED = 'simulated'

export interface SimulatedCheck {
  see(series: number, quality: unknown): void
  /** Throws `DataValidationError` where the bars of a series, stored ones included, are partly simulated. */
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
        if (series?.kind !== 'ohlcv') continue
        const stored = history?.newestQuality(candleSeries(series))
        if (stored !== undefined) kinds.add(isSimulated(stored))
        if (kinds.size > 1) throw mixed(path, series)
      }
    },
  }
}

function isSimulated(quality: unknown): boolean {
  return typeof quality === 'string' && quality.split(',').includes(SIMULATED)
}

function candleSeries({ source, coin: cryptocurrency, interval }: CandleTarget) {
  return { source, cryptocurrency, interval }
}

function mixed(path: string, { name }: CandleTarget): DataValidationError {
  return new DataValidationError('DATA_SIMULATED', `${path}: bars of ${name} would be partly simulated and partly real`, {
    suggestions: ['Keep them apart: give another database with --db'],
  })
}
