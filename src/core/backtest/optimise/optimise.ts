/** A search over parameters, and what its winner is worth. */
import { StrategyError } from '../../errors.js'
import { doubts, type Luck, luckOf, type Neighbourhood, neighbourhoodOf, ranked, scoreOf, type Target } from './rank.js'
import type { TrialFailure } from './run-trials.js'
import { createRunner, type StrategySource } from './runners.js'
import { type SearchPlan, searchParts } from './search.js'
import type { Trial, TrialSetup } from './trial.js'
import { openTrialFile } from './trial-file.js'

export interface SearchJob {
  readonly setup: TrialSetup
  readonly source: StrategySource
  /** SHA-256 of the strategy's own file. */
  readonly strategyHash: string | undefined
  /** Where the files of trials are. */
  readonly folder: string
  /** Who searches, told to whoever comes meanwhile. */
  readonly holder: string
  readonly threads: number
  readonly signal?: AbortSignal
  readonly onProgress?: (done: number, expected: number) => void
}

export interface Search extends SearchJob, SearchPlan {
  /** Names of the parameters searched over. */
  readonly names: readonly string[]
  /** Periods of the report a year. */
  readonly periods: number
}

export interface Optimisation {
  /** Best first. */
  readonly trials: readonly Trial[]
  readonly winner: Trial
  readonly luck: Luck
  readonly neighbourhood: Neighbourhood
  readonly doubts: readonly string[]
  readonly reused: number
  readonly failures: readonly TrialFailure[]
  /** Every trial ever made on this data with these costs. */
  readonly file: string
  readonly unreadable: number
}

/** Errors: those of the first set where none could run; `BACKTEST_NO_SCORE` where no set has a number to compare; `STORAGE_TRIALS`. */
export async function optimise(search: Search): Promise<Optimisation> {
  const { setup, names, target, periods } = search
  const file = openTrialFile(search.folder, setup, search.strategyHash, search.holder)
  const runner = await createRunner(setup, search.source, search.threads)
  try {
    const run = await searchParts({ ...search, runner, file }, search, [{}])
    const trials = ranked(run.trials, target)
    const winner = bestOf(trials, target, run.failures)
    const tried = new Map([...file.known.values(), ...trials].map((trial) => [trial.configHash, trial]))
    const luck = luckOf(winner, trials, [...tried.values()].filter(isWhole), periods)
    const neighbourhood = neighbourhoodOf(winner, trials, names, target)
    return {
      trials,
      winner,
      luck,
      neighbourhood,
      doubts: doubts(winner, target, luck, neighbourhood),
      reused: run.reused,
      failures: run.failures,
      file: file.path,
      unreadable: file.unreadable,
    }
  } finally {
    await runner.close()
    file.close()
  }
}

/** The best with a number. */
export function bestOf(trials: readonly Trial[], target: Target, failures: readonly TrialFailure[]): Trial {
  const [best] = trials
  if (best !== undefined && !Number.isNaN(scoreOf(best, target))) return best
  const [failed] = failures
  if (best === undefined && failed !== undefined) throw failed.error
  const blocked = Object.entries(best?.blocked ?? {}).map(([reason, count]) => `${reason} ${count}`)
  throw new StrategyError('BACKTEST_NO_SCORE', `None of the ${trials.length} sets has a ${target}: they hardly trade`, {
    suggestions: [
      blocked.length === 0
        ? 'No bar gave a signal: take a longer time or other ranges'
        : `Of the first, blocked: ${blocked.join(', ')}`,
      'Or compare by --metric total_return',
    ],
  })
}

/** Windows of a walk-forward are kept in the same file, but are other questions. */
function isWhole({ start }: Trial): boolean {
  return start === undefined
}
