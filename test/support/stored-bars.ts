/** A database with bars in it, for who reads them. */
import { systemClock } from '../../src/core/net/system-clock.js'
import { type History, openHistory } from '../../src/core/storage/history.js'
import type { CandleRow } from '../../src/core/storage/rows.js'

export const DAY_MS = 86_400_000
export const HOUR_MS = 3_600_000

export interface SeriesOptions {
  readonly source?: string
  readonly coin?: string
  readonly interval?: string
  readonly stepMs?: number
  readonly start?: number
  readonly count: number
  readonly quality?: string
  /** Rows left out. */
  readonly without?: readonly number[]
}

export const START = Date.UTC(2026, 0, 1)

/** A price that swings, the same in every run. */
export function candleRows(options: SeriesOptions): CandleRow[] {
  const {
    source = 'binance',
    coin = 'bitcoin',
    interval = '1h',
    stepMs = HOUR_MS,
    start = START,
    count,
    quality = '',
    without = [],
  } = options
  const price = (i: number): number => Math.round(100 * (100 + 10 * Math.sin(i / 9) + 4 * Math.sin(i / 2.3) + i / 50)) / 100
  return Array.from({ length: count }, (_, i): CandleRow => {
    const [open, close] = [price(i), price(i + 1)]
    return {
      source,
      cryptocurrency: coin,
      interval,
      timestamp: start + i * stepMs,
      open,
      high: Math.max(open, close) + 1,
      low: Math.min(open, close) - 1,
      close,
      volume: 10 + (i % 7),
      quality,
    }
  }).filter((_, i) => !without.includes(i))
}

export function storeBars(file: string, work: (history: History) => void): void {
  const history = openHistory({ path: file, clock: systemClock(), programVersion: '1.2.3' })
  try {
    work(history)
  } finally {
    history.close()
  }
}
