/** Many trials, each once: what is on disk is taken from there, what is new is written as soon as it has run. */
import { MtsError } from '../../errors.js'
import { provenanceOf } from '../provenance.js'
import type { TrialRunner } from './runners.js'
import { configOfTrial, type Trial, type TrialSetup, type TrialTask } from './trial.js'
import type { TrialFile } from './trial-file.js'

export interface TrialFailure {
  readonly task: TrialTask
  readonly error: MtsError
}

export interface TrialRun {
  /** In the order of the tasks; without those that failed. */
  readonly trials: readonly Trial[]
  /** Of these so many were on disk already. */
  readonly reused: number
  readonly failures: readonly TrialFailure[]
}

export interface TrialWorld {
  readonly setup: TrialSetup
  readonly runner: TrialRunner
  readonly file: TrialFile
  readonly signal?: AbortSignal
  readonly onProgress?: (done: number, expected: number) => void
}

/** Stops between two trials with the reason of `signal`. A set that fails is told, the others go on; what is no `MtsError` ends all. */
export async function runTrials(world: TrialWorld, tasks: readonly TrialTask[]): Promise<TrialRun> {
  const { setup, file, signal, onProgress } = world
  const found = new Array<Trial | undefined>(tasks.length)
  const failures: TrialFailure[] = []
  const open: number[] = []
  for (const [i, task] of tasks.entries()) {
    found[i] = file.known.get(hashOf(setup, task))
    if (found[i] === undefined) open.push(i)
  }
  const reused = tasks.length - open.length
  let done = 0
  let next = 0
  const lane = async (): Promise<void> => {
    for (let at = next++; at < open.length; at = next++) {
      signal?.throwIfAborted()
      const i = open[at] ?? 0
      const outcome = await attempt(world.runner, tasks[i])
      if ('error' in outcome) failures.push(outcome)
      else {
        found[i] = outcome
        file.append(outcome)
      }
      done += 1
      onProgress?.(done, open.length)
    }
  }
  const stop = (error: unknown): never => {
    next = open.length
    throw error
  }
  // All lanes end before the file is closed.
  const ended = await Promise.allSettled(Array.from({ length: world.runner.lanes }, () => lane().catch(stop)))
  const broken = ended.find((lane) => lane.status === 'rejected')
  if (broken !== undefined) throw broken.reason
  return { trials: found.filter((trial) => trial !== undefined), reused, failures }
}

async function attempt(runner: TrialRunner, task: TrialTask | undefined): Promise<Trial | TrialFailure> {
  if (task === undefined) throw new RangeError('There is no such task')
  try {
    return await runner.run(task)
  } catch (error) {
    if (error instanceof MtsError) return { task, error }
    throw error
  }
}

function hashOf({ config, strategy, data, version }: TrialSetup, task: TrialTask): string {
  return provenanceOf(strategy.name, task.parameters, configOfTrial(config, task), { dataHash: data.hash, version }).configHash
}
