/** One coin of one source: what is missing is asked for, checked, stored page by page, asked for once more, and then told. */
import { DataValidationError, MtsError, StorageError } from '../errors.js'
import { openTimeOf } from '../market/interval.js'
import { DAY_MS } from '../market/time.js'
import type { CandleSeries } from '../storage/candle-series.js'
import type { History } from '../storage/history.js'
import type { CandleRow } from '../storage/rows.js'
import { checkCandles, type Rejected } from './check-candles.js'
import { categoryOf } from './failures.js'
import { lengthOf } from './grid.js'
import { eachAtOnce } from './pool.js'
import {
  clipRanges,
  countBars,
  joinRanges,
  mergeRanges,
  missingRanges,
  onGrid,
  type Range,
  splitRange,
  subtractRanges,
} from './ranges.js'
import { checkKind, SIMULATED } from './simulated.js'
import type { CandleSource, Target } from './source.js'
import { createTally, type SeriesCounts, type Tally } from './tally.js'

/** Pieces of one coin that are asked for at the same time. */
const PIECES_AT_ONCE = 3
/** Bars younger than this may only be late: what is missing of them is told, and asked for again by the next run. */
const LATE_MS = DAY_MS
/** About a page. */
const BARS_OF_BEGINNING = 300

export interface SeriesJob {
  readonly source: CandleSource
  readonly target: Target
  readonly interval: string
  /** What was asked for, ms, half open. */
  readonly range: Range
  /** By the source's own time, ms: no bar that ends later is stored. */
  readonly overBy: number
  /** Ask again for everything, also for what is stored and for holes that are known. */
  readonly isRecheck: boolean
}

export interface SeriesWorld {
  readonly history: History
  /** Rows that were refused, with their reasons. Throws `StorageError`. */
  quarantine(rejected: readonly Rejected[]): void
  /** Bars of this series that are done with, of how many. */
  onProgress(done: number, expected: number): void
}

export interface SeriesResult extends SeriesCounts {
  readonly source: string
  readonly coin: string
  readonly symbol: string
  readonly interval: string
  /** Bars of the time asked for that are over. */
  readonly requested: number
  /** Of these, missing after the first bar that the source has; `null` where it could not be found out. */
  readonly holes: number | null
  readonly holeRanges: readonly Range[]
  /** Open times of what is stored of the time asked for, ms. */
  readonly first: number | null
  readonly last: number | null
  readonly failure: MtsError | undefined
}

/** What fails at the source is the result's `failure`. Throws everything else: `StorageError`, the signal's reason. */
export async function collectSeries(world: SeriesWorld, job: SeriesJob): Promise<SeriesResult> {
  const { source, target, interval, range, overBy } = job
  const ms = lengthOf(interval)
  const over = () => Math.min(overBy, source.settledBy?.() ?? overBy)
  // The first bar that is not over yet ends it.
  const wanted = () => onGrid({ from: range.from, to: Math.min(range.to, openTimeOf(over(), ms)) }, ms)
  const series = { source: source.id, cryptocurrency: target.coin, interval }
  const tally = createTally(world.onProgress)
  const { history, quarantine } = world
  const task: Task = { source, target, isRecheck: job.isRecheck, history, quarantine, series, wanted, over, ms, tally }
  let failure: MtsError | undefined
  try {
    await fill(task)
  } catch (error) {
    // A full disk is full for every coin.
    if (!(error instanceof MtsError) || error instanceof StorageError || categoryOf(error) === undefined) throw error
    failure = error
  }
  const { from, to } = wanted()
  const times = history.candleTimes(series, from, to)
  const holeRanges = failure === undefined ? holesOf(task) : []
  return {
    ...{ source: source.id, coin: target.coin, symbol: target.symbol, interval, requested: countBars([{ from, to }], ms) },
    ...tally.counts(),
    holes: failure === undefined ? countBars(holeRanges, ms) : null,
    holeRanges,
    first: times[0] ?? null,
    last: times.at(-1) ?? null,
    failure,
  }
}

interface Task extends Pick<SeriesJob, 'source' | 'target' | 'isRecheck'> {
  readonly history: History
  readonly quarantine: SeriesWorld['quarantine']
  readonly series: CandleSeries
  /** Bars of the time asked for that are over, as far as is known by now. */
  wanted(): Range
  /** No bar that ends later is stored, ms. */
  over(): number
  readonly ms: number
  readonly tally: Tally
}

async function fill(task: Task): Promise<void> {
  const { history, series, source, target, ms, isRecheck } = task
  const wanted = task.wanted()
  if (wanted.from >= wanted.to) return
  checkKind(`The ${series.interval} bars of ${target.coin} from ${source.id}`, history.newestQuality(series), source.isSimulated)
  const known = isRecheck ? [] : history.confirmedHoles(series, wanted.from, wanted.to)
  const unknown = () => subtractRanges(missingOf(task), known)
  await fetchRanges(task, isRecheck ? [wanted] : mergeRanges([...unknown(), ...revisedBars(task)]))
  if (history.candleSpan(series).first === null) throw nothingThere(task)
  await fetchBeginning(task, unknown)
  await fetchRanges(task, afterFirstBar(task, unknown()))
  history.confirmHoles(
    series,
    unknown().filter(({ to }) => to + ms <= task.over() - LATE_MS),
  )
}

/**
 * The bars just before the first one, once more: an answer that lacked its beginning would pass for a coin that was not listed
 * yet, and be remembered as that. Where they are there after all, so may be everything before them.
 */
async function fetchBeginning(task: Task, unknown: () => Range[]): Promise<void> {
  const first = firstOf(task)
  const before = () => unknown().filter(({ to }) => to <= first)
  const last = before().at(-1)
  if (last === undefined) return
  await fetchRanges(task, [{ from: Math.max(last.from, last.to - BARS_OF_BEGINNING * task.ms), to: last.to }])
  if (firstOf(task) < first) await fetchRanges(task, before())
}

async function fetchRanges(task: Task, ranges: readonly Range[]): Promise<void> {
  const { source, target, series, ms, history, quarantine, tally } = task
  const pieces = joinRanges(ranges, source.barsPerJoin * ms).flatMap((range) => splitRange(range, ms, source.barsPerPiece))
  tally.expect(countBars(pieces, ms))
  await eachAtOnce(pieces, PIECES_AT_ONCE, async (piece) => {
    let left = countBars([piece], ms)
    for await (const page of source.pages(target, series.interval, piece)) {
      const { rows, rejected } = checkCandles(source.isSimulated ? page.map(simulated) : page, ms, openTimeOf(task.over(), ms))
      const fresh = tally.refused(rejected)
      if (fresh.length > 0) quarantine(fresh)
      if (rows.length > 0) tally.stored(history.upsertCandles(rows))
      const done = Math.min(left, page.length)
      left -= done
      tally.done(done)
    }
    tally.done(left)
  })
}

function simulated(row: CandleRow): CandleRow {
  return { ...row, quality: row.quality === '' ? SIMULATED : `${row.quality},${SIMULATED}` }
}

function missingOf({ history, series, wanted, ms }: Task): Range[] {
  const range = wanted()
  return missingRanges(history.candleTimes(series, range.from, range.to), range, ms)
}

/** The newest bars that are stored, as far as they were asked for. */
function revisedBars({ history, series, wanted, ms, source }: Task): Range[] {
  const { last } = history.candleSpan(series)
  return last === null ? [] : clipRanges([{ from: last - (source.revisedBars - 1) * ms, to: last + ms }], wanted())
}

/** Before its first bar a coin was not listed: that is no hole. */
function afterFirstBar(task: Task, ranges: readonly Range[]): Range[] {
  const first = firstOf(task)
  return ranges.filter(({ from }) => from > first)
}

/** Open of the first bar that is stored of the series, ms; infinite where there is none. */
function firstOf({ history, series }: Task): number {
  return history.candleSpan(series).first ?? Number.POSITIVE_INFINITY
}

function holesOf(task: Task): Range[] {
  return afterFirstBar(task, missingOf(task))
}

function nothingThere({ source, target, wanted, series }: Task): DataValidationError {
  const { from, to } = wanted()
  const span = `${new Date(from).toISOString()} to ${new Date(to).toISOString()}`
  return new DataValidationError('DATA_NO_BARS', `${source.id} has no ${series.interval} bars of ${target.symbol} from ${span}`, {
    suggestions: ['It may have been listed later, or no longer be traded: ask for another time or another --source'],
  })
}
