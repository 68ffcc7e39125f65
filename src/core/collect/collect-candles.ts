/** `mts collect`: bars of several coins of one source. */
import type { Rejected } from './check-candles.js'
import { collectSeries, type SeriesResult, type SeriesWorld } from './collect-series.js'
import type { Period } from './period.js'
import { eachAtOnce } from './pool.js'
import type { Range } from './ranges.js'
import type { CandleSource, Wish } from './source.js'

/** Coins that are asked for at the same time; the budget of the source bounds the requests. */
const COINS_AT_ONCE = 4

export interface CollectOptions {
  readonly source: CandleSource
  readonly wish: Wish
  /** An interval or `auto`. */
  readonly interval: string
  readonly period: Period
  readonly isRecheck: boolean
}

export interface CollectWorld {
  readonly history: SeriesWorld['history']
  quarantine(rejected: readonly Rejected[]): void
  /** How far all coins are, in bars. */
  onProgress(done: number, expected: number): void
}

export interface Collected {
  readonly interval: string
  readonly range: Range
  /** In the order in which the coins were asked for. */
  readonly results: readonly SeriesResult[]
  readonly warnings: readonly string[]
}

/**
 * Brings the stored bars of every coin up to what its source has. What fails for one coin is in its result; throws `UsageError`
 * for what the source does not know, `ApiError` when it cannot be asked at all, `StorageError`, and the signal's reason.
 */
export async function collectCandles(world: CollectWorld, options: CollectOptions): Promise<Collected> {
  const { source, wish, period, isRecheck } = options
  const { targets, warnings } = await source.find(wish)
  const now = await source.now()
  const { interval, range, overBy, warnings: more } = source.plan(options.interval, period, now)
  const progress = new Map<string, readonly [done: number, expected: number]>()
  const results = new Map<string, SeriesResult>()
  await eachAtOnce(targets, COINS_AT_ONCE, async (target) => {
    const onProgress = (done: number, expected: number): void => {
      progress.set(target.coin, [done, expected])
      const all = [...progress.values()]
      world.onProgress(
        all.reduce((sum, [each]) => sum + each, 0),
        all.reduce((sum, [, each]) => sum + each, 0),
      )
    }
    const { history, quarantine } = world
    const result = await collectSeries({ history, quarantine, onProgress }, { source, target, interval, range, overBy, isRecheck })
    results.set(target.coin, result)
  })
  return { interval, range, results: targets.flatMap(({ coin }) => results.get(coin) ?? []), warnings: [...warnings, ...more] }
}
