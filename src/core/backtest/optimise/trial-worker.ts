/** A thread that runs trials over shared columns. */
import { workerData } from 'node:worker_threads'
import { findStrategy } from '../strategy-file.js'
import type { WorkerSetup } from './runners.js'
import { runTrial, type Trial, type TrialTask } from './trial.js'

const setup = workerData as WorkerSetup
const { strategy } = await findStrategy(setup.strategyName, setup.folder)

/** Undefined where it failed: an error loses its class on the way, so the main thread meets it anew. */
export function run(task: TrialTask): Trial | undefined {
  try {
    return runTrial({ ...setup, strategy }, task)
  } catch {
    return undefined
  }
}
