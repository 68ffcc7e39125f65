/** Who runs the trials: this thread, or all cores. */
import { fileURLToPath } from 'node:url'
import { shareMarket } from './share.js'
import { runTrial, type Trial, type TrialSetup, type TrialTask } from './trial.js'

export interface TrialRunner {
  /** Trials that may be under way at one time. */
  readonly lanes: number
  /** Rejects with the errors of `runBacktest`. */
  run(task: TrialTask): Promise<Trial>
  close(): Promise<void>
}

/** How a thread finds the strategy again: functions do not travel. */
export interface StrategySource {
  /** As the user named it: `sma-cross`, `./mine.mjs`. */
  readonly name: string
  readonly folder: string
}

export interface WorkerSetup extends Omit<TrialSetup, 'strategy'> {
  readonly strategyName: string
  readonly folder: string
}

/** A thread always has its next trial in hand. */
const LANES_A_THREAD = 2

/** Recorded books stay with the thread that reads the database, so a run that fills from them has one. */
export async function createRunner(setup: TrialSetup, source: StrategySource, threads: number): Promise<TrialRunner> {
  return threads > 1 && setup.data.books.length === 0 ? threaded(setup, source, threads) : inThisThread(setup)
}

function inThisThread(setup: TrialSetup): TrialRunner {
  return {
    lanes: 1,
    run: async (task) => {
      // Between two trials a signal can be heard and a bar drawn.
      await new Promise((resolve) => setImmediate(resolve))
      return runTrial(setup, task)
    },
    close: async () => undefined,
  }
}

async function threaded(setup: TrialSetup, source: StrategySource, threads: number): Promise<TrialRunner> {
  const { Piscina } = await import('piscina')
  const { strategy: _, ...rest } = setup
  const workerData: WorkerSetup = { ...rest, data: shareMarket(setup.data), strategyName: source.name, folder: source.folder }
  const pool = new Piscina<TrialTask, Trial | undefined>({
    filename: fileURLToPath(new URL('./trial-worker.js', import.meta.url)),
    minThreads: threads,
    maxThreads: threads,
    workerData,
  })
  return {
    lanes: threads * LANES_A_THREAD,
    run: async (task) => (await pool.run(task, { name: 'run' })) ?? runTrial(setup, task),
    close: () => pool.destroy(),
  }
}
