/** Whether a strategy decides by what it could know: it is run again with less, and has to say the same. */
import type { Strategy } from '../../strategies/contract.js'
import { resolveParameters } from '../../strategies/parameters.js'
import type { BacktestConfig } from '../config.js'
import { cutMarket, firstAtOrAfter } from '../cut.js'
import type { MarketData } from '../data.js'
import { runBacktest } from '../engine.js'
import type { BacktestResult } from '../result.js'
import { type Difference, exactly, firstDifference, nearly } from './compare.js'

export type CheckName = 'repeat' | 'truncation' | 'warm-up'

export interface Check {
  readonly check: CheckName
  readonly holds: boolean
  /** Runs that were compared with the whole one. */
  readonly points: number
  /** Where the data were cut, or begun, when the runs first differed, ms UTC. */
  readonly at: number | null
  readonly difference: Difference | null
}

export interface VerifyRequest {
  readonly config: BacktestConfig
  readonly data: MarketData
  readonly strategy: Strategy
  readonly version: string
  /** Cut points and starts; `all` is after every bar. */
  readonly points: number | 'all'
  /** Of the same configuration and data, where it has been run already. */
  readonly whole?: BacktestResult
}

/**
 * The same data again; data cut after some bars, where every decision up to there has to be the same (look-ahead); and later starts, with
 * just the warm-up before them and with all of the past, which have to agree (warm-up). Gives the number of runs to come, then one step a run.
 */
export function* verification(request: VerifyRequest): Generator<number, Check[]> {
  const { config, data, strategy, version } = request
  const whole = request.whole ?? runBacktest(config, data, strategy, { version })
  const cuts = cutPoints(request, whole)
  const starts = startPoints(request, whole)
  yield 1 + cuts.length + starts.length
  const again = firstDifference(whole, runBacktest(config, data, strategy, { version }), exactly(Number.POSITIVE_INFINITY))
  const checks: Check[] = [checkOf('repeat', 1, null, again)]
  yield 1
  checks.push(yield* over('truncation', cuts, (until) => afterCut(request, whole, until)))
  checks.push(yield* over('warm-up', starts, (start) => afterStart(request, start)))
  return checks
}

function* over(
  check: CheckName,
  points: readonly number[],
  compare: (point: number) => Difference | undefined,
): Generator<number, Check> {
  for (const [i, point] of points.entries()) {
    const difference = compare(point)
    yield 1
    if (difference !== undefined) return checkOf(check, i + 1, point, difference)
  }
  return checkOf(check, points.length, null, undefined)
}

function checkOf(check: CheckName, points: number, at: number | null, difference: Difference | undefined): Check {
  return { check, holds: difference === undefined, points, at, difference: difference ?? null }
}

function afterCut(
  { config, data, strategy, version }: VerifyRequest,
  whole: BacktestResult,
  until: number,
): Difference | undefined {
  const part = runBacktest(config, cutMarket(data, { until }), strategy, { version })
  return firstDifference(whole, part, exactly(until))
}

function afterStart({ config, data, strategy, version }: VerifyRequest, start: number): Difference | undefined {
  const warmup = warmupOf(strategy, config)
  const later = { ...config, start }
  const informed = runBacktest(later, data, strategy, { version })
  const fresh = runBacktest(later, cutMarket(data, { from: start, warmup }), strategy, { version })
  return firstDifference(informed, fresh, nearly(Number.POSITIVE_INFINITY))
}

/** What the strategy needs, and what the sizing rule looks at. */
function warmupOf(strategy: Strategy, { parameters, sizing }: BacktestConfig): number {
  const own = strategy.warmup(resolveParameters(strategy, parameters))
  return sizing.kind === 'volatility-target' ? Math.max(own, sizing.bars + 1) : own
}

/** Closes after which to cut: evenly over the run, every second one moved to where something was decided. */
function cutPoints({ strategy, config, data, points }: VerifyRequest, { timestamps, decisions }: BacktestResult): number[] {
  const first = readyAt(data, warmupOf(strategy, config), timestamps)
  const last = timestamps.length - 1
  if (last <= first) return []
  if (points === 'all') return [...timestamps.subarray(first, last)]
  const decided = Float64Array.from(decisions, ({ timestamp }) => timestamp).sort()
  const cuts = evenly(first, last, points).map((bar, i) => {
    const time = timestamps[bar] ?? Number.NaN
    const near = i % 2 === 0 ? decided[firstAtOrAfter(decided, time)] : undefined
    return near !== undefined && near < (timestamps[last] ?? 0) ? near : time
  })
  return [...new Set(cuts)]
}

/** Opens from which to begin again: with all of the warm-up before them and enough after them. */
function startPoints({ strategy, config, data, points }: VerifyRequest, { timestamps }: BacktestResult): number[] {
  const interval = data.traded[0]?.intervalMs ?? 0
  const first = readyAt(data, warmupOf(strategy, config), timestamps) + 1
  const last = timestamps.length - 1
  if (last <= first) return []
  const bars = points === 'all' ? evenly(first, last, MOST_STARTS) : evenly(first, last, Math.max(1, Math.floor(points / 2)))
  return bars.map((bar) => (timestamps[bar] ?? Number.NaN) - interval)
}

/** A later start differs from its neighbour by one bar of the past: a hundred of them tell as much as all. */
const MOST_STARTS = 100

/** First step at which every asset has more bars than the warm-up takes. */
function readyAt({ traded }: MarketData, warmup: number, timestamps: Float64Array): number {
  const ready = Math.max(
    ...traded.map(({ columns, intervalMs }) => (columns.timestamp[warmup] ?? Number.POSITIVE_INFINITY) + intervalMs),
  )
  return firstAtOrAfter(timestamps, ready)
}

function evenly(first: number, last: number, count: number): number[] {
  const span = last - first
  const bars = Array.from(
    { length: Math.min(count, span) },
    (_, i) => first + Math.floor((span * (i + 1)) / (Math.min(count, span) + 1)),
  )
  return [...new Set(bars)]
}
