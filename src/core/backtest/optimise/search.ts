/** The trials of a search: sets that are known from the start, and sets that follow from what came of them. */
import type { ParameterValues } from '../../strategies/parameters.js'
import { seededRandom } from '../random.js'
import { proposeSets, type Scored } from './propose.js'
import { scoreOf, type Target } from './rank.js'
import { runTrials, type TrialFailure, type TrialRun, type TrialWorld } from './run-trials.js'
import type { Space } from './space.js'
import type { Trial, TrialTask } from './trial.js'

/** Sets to look for besides the first ones, near the good ones. */
export interface Adaptive {
  readonly space: Space
  /** Sets to try in all, the first ones included. */
  readonly trials: number
  readonly seed: number
}

export interface SearchPlan {
  readonly sets: readonly ParameterValues[]
  readonly adaptive?: Adaptive | undefined
  readonly target: Target
}

/** Of the time; all of it without bounds. */
export type Part = Pick<TrialTask, 'start' | 'end'>

/** Sets between two looks at what came of them: the same for any number of threads, so that all find the same. */
const SETS_A_LOOK = 4

/**
 * Searches each part of the time on its own. What is on disk is taken from there, so a search that was stopped takes the same way again.
 * Errors: those of `runTrials`.
 */
export async function searchParts(world: TrialWorld, plan: SearchPlan, parts: readonly Part[]): Promise<TrialRun> {
  const { sets, adaptive } = plan
  const first = parts.flatMap((part) => sets.map((parameters) => ({ ...part, parameters })))
  if (adaptive === undefined) return runTrials(world, first)
  const expected = parts.length * adaptive.trials
  const found: { trials: Trial[]; reused: number; failures: TrialFailure[] } = { trials: [], reused: 0, failures: [] }
  const chances = parts.map((_, i) => seededRandom(adaptive.seed + i))
  for (let tasks: TrialTask[] = first; tasks.length > 0; ) {
    const before = found.trials.length + found.failures.length
    const onProgress = (done: number): void => world.onProgress?.(before + done, expected)
    const run = await runTrials({ ...world, onProgress }, tasks)
    found.trials.push(...run.trials)
    found.failures.push(...run.failures)
    found.reused += run.reused
    tasks = parts.flatMap((part, i) => {
      const tried = triedOf(part, found, plan.target)
      const { strategy, warmup } = world.setup
      const wish = { strategy, warmup, space: adaptive.space, random: chances[i] ?? seededRandom(adaptive.seed) }
      const count = Math.min(SETS_A_LOOK, adaptive.trials - tried.length)
      return proposeSets(wish, tried, count).map((parameters) => ({ ...part, parameters }))
    })
  }
  return found
}

/** A set that failed was tried too. */
function triedOf(part: Part, { trials, failures }: Pick<TrialRun, 'trials' | 'failures'>, target: Target): Scored[] {
  const isOf = ({ start, end }: Part): boolean => start === part.start && end === part.end
  return [
    ...trials.filter(isOf).map((trial) => ({ parameters: trial.parameters, score: scoreOf(trial, target) })),
    ...failures.filter(({ task }) => isOf(task)).map(({ task }) => ({ parameters: task.parameters, score: Number.NaN })),
  ]
}
