/** Parameters chosen on the past, used on what came after it, again and again: what searching would really have brought. */
import { mean, quantile } from '../../analysis/statistics.js'
import type { ParameterValue, ParameterValues } from '../../strategies/parameters.js'
import { runBacktest } from '../engine.js'
import { bestOf, type SearchJob } from '../optimise/optimise.js'
import { ranked, type Target } from '../optimise/rank.js'
import type { TrialFailure } from '../optimise/run-trials.js'
import { createRunner } from '../optimise/runners.js'
import { type SearchPlan, searchParts } from '../optimise/search.js'
import type { Trial } from '../optimise/trial.js'
import { openTrialFile } from '../optimise/trial-file.js'
import { type Performance, performanceOf } from '../performance/index.js'
import type { BacktestResult } from '../result.js'
import { scheduledStrategy } from './scheduled.js'
import { sliceResult } from './slice.js'
import { type Window, type WindowPlan, windowsOf } from './windows.js'

export interface WalkForwardJob extends SearchJob, SearchPlan {
  readonly names: readonly string[]
  readonly plan: WindowPlan
}

export interface WindowOutcome extends Window {
  readonly parameters: ParameterValues
  /** Of the target, in training and after it. */
  readonly inSample: number | null
  readonly outOfSample: number | null
  readonly totalReturn: number | null
  readonly maxDrawdown: number | null
  readonly trades: number | null
}

export interface Stability {
  readonly name: string
  /** Chosen values with the number of windows that chose them, most often first. */
  readonly chosen: readonly { readonly value: ParameterValue; readonly windows: number }[]
  /** Windows whose choice differs from the one before. */
  readonly changes: number
  readonly median: number | null
}

export interface WalkForward {
  readonly windows: readonly WindowOutcome[]
  /** The whole time out of sample: one account, one run, parameters changed at each window. */
  readonly result: BacktestResult
  readonly performance: Performance
  readonly stability: readonly Stability[]
  /** Means over the windows with a whole test that have both, and the share that is left out of sample; null where undefined. */
  readonly decay: { readonly inSample: number | null; readonly outOfSample: number | null; readonly kept: number | null }
  readonly trials: number
  readonly reused: number
  readonly failures: readonly TrialFailure[]
  readonly file: string
}

/** Errors: those of `windowsOf`, `optimise` and `runBacktest`; of a window in which no set has a number, `BACKTEST_NO_SCORE`. */
export async function walkForward(job: WalkForwardJob): Promise<WalkForward> {
  const { setup, target } = job
  const [from, to] = spanOf(job)
  const windows = windowsOf(from, to, job.plan)
  const file = openTrialFile(job.folder, setup, job.strategyHash, job.holder)
  const runner = await createRunner(setup, job.source, job.threads)
  try {
    const parts = windows.map(({ trainFrom, trainTo }) => ({ start: trainFrom, end: trainTo }))
    const run = await searchParts({ ...job, runner, file }, job, parts)
    const winners = windows.map((window) => winnerOf(window, run.trials, run.failures, target))
    const result = outOfSample(job, windows, winners)
    const outcomes = windows.map((window, i) => outcomeOf(job, window, winners[i], result))
    return {
      windows: outcomes,
      result,
      performance: performanceOf(result, { intervalMs: setup.intervalMs }),
      stability: job.names.map((name) => stabilityOf(name, winners)),
      decay: decayOf(outcomes.filter(({ trainTo, testTo }) => testTo - trainTo === job.plan.test)),
      trials: run.trials.length,
      reused: run.reused,
      failures: run.failures,
      file: file.path,
    }
  } finally {
    await runner.close()
    file.close()
  }
}

/** From the first bar that every set is ready on to the end of the last one. */
function spanOf({ setup: { data, config, intervalMs, warmup } }: WalkForwardJob): [number, number] {
  const first = Math.max(...data.traded.map(({ columns: { timestamp } }) => timestamp[warmup] ?? Number.POSITIVE_INFINITY))
  const last = Math.max(...data.traded.map(({ columns: { timestamp } }) => (timestamp.at(-1) ?? 0) + intervalMs))
  return [Math.max(config.start ?? first, Math.min(first, last)), Math.min(config.end ?? last, last)]
}

function winnerOf(
  { trainFrom, trainTo }: Window,
  trials: readonly Trial[],
  failures: readonly TrialFailure[],
  target: Target,
): Trial {
  const own = trials.filter(({ start, end }) => start === trainFrom && end === trainTo)
  return bestOf(ranked(own, target), target, failures)
}

function outOfSample({ setup }: WalkForwardJob, windows: readonly Window[], winners: readonly Trial[]): BacktestResult {
  const shifts = windows.map(({ trainTo }, i) => ({ from: trainTo, parameters: winners[i]?.parameters ?? {} }))
  const config = { ...setup.config, parameters: {}, start: windows[0]?.trainTo ?? 0, end: windows.at(-1)?.testTo ?? 0 }
  return runBacktest(config, setup.data, scheduledStrategy(setup.strategy, shifts), { version: setup.version })
}

function outcomeOf(
  { setup, target }: WalkForwardJob,
  window: Window,
  winner: Trial | undefined,
  result: BacktestResult,
): WindowOutcome {
  const part = sliceResult(result, window.trainTo, window.testTo)
  const performance = performanceOf(part, { intervalMs: setup.intervalMs })
  return {
    ...window,
    parameters: winner?.parameters ?? {},
    inSample: winner?.metrics[target] ?? null,
    outOfSample: performance[target].value,
    totalReturn: performance.total_return.value,
    maxDrawdown: performance.max_drawdown.value,
    trades: performance.trades.value,
  }
}

function stabilityOf(name: string, winners: readonly Trial[]): Stability {
  const values = winners.map(({ parameters }) => parameters[name] ?? Number.NaN)
  const counts = new Map<ParameterValue, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  const numbers = values.filter((value) => typeof value === 'number')
  return {
    name,
    chosen: [...counts].map(([value, windows]) => ({ value, windows })).sort((a, b) => b.windows - a.windows),
    changes: values.filter((value, i) => i > 0 && value !== values[i - 1]).length,
    median: numbers.length === values.length ? quantile(numbers, 0.5) : null,
  }
}

function decayOf(windows: readonly WindowOutcome[]): WalkForward['decay'] {
  const both = windows.filter(({ inSample, outOfSample }) => inSample !== null && outOfSample !== null)
  if (both.length === 0) return { inSample: null, outOfSample: null, kept: null }
  const inSample = mean(both.map((each) => each.inSample ?? 0))
  const outOf = mean(both.map((each) => each.outOfSample ?? 0))
  // A share of a loss says nothing.
  return { inSample, outOfSample: outOf, kept: inSample > 0 ? outOf / inSample : null }
}
