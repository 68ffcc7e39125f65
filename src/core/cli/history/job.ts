/** What the commands that fetch history share: one run at a time, the database, the place of refused rows. */
import path from 'node:path'
import { LockedError } from '../../errors.js'
import type { History } from '../../storage/history.js'
import type { BaseSession } from '../base-command.js'

const LOOK_AGAIN_MS = 200

export interface JobOptions {
  /** `collect`, `macro`. */
  readonly job: string
  /** Runs of a job that touch different series have different scopes. */
  readonly scope: string
  /** Wait for another run instead of giving up. */
  readonly isWaiting: boolean
  /** It works on what is stored: without a database it has nothing to do, and must not make one. */
  readonly isOnStored?: boolean
}

/** Runs `work` while no other run of the job and scope on this database does. Throws `LockedError`, `StorageError`. */
export async function asJob<Result>(
  session: Pick<BaseSession, 'config' | 'signal' | 'clock' | 'version' | 'note'>,
  { job, scope, isWaiting, isOnStored = false }: JobOptions,
  work: (history: History) => Promise<Result>,
): Promise<Result> {
  const { config, signal } = session
  const [{ takeJobLock }, { openHistory }, { requireDatabase }, { pause }] = await Promise.all([
    import('../../storage/job-lock.js'),
    import('../../storage/history.js'),
    import('../../storage/database.js'),
    import('../../collect/retry.js'),
  ])
  if (isOnStored) requireDatabase(config.db)
  const clock = await session.clock()
  const file = path.join(path.dirname(config.db), 'locks', `${job}-${scope}.lock`)
  const holder = `process ${process.pid}, since ${new Date(clock.now()).toISOString()}`
  for (let isFirst = true; ; isFirst = false) {
    const lock = takeJobLock(file, holder)
    if ('release' in lock) {
      try {
        const history = openHistory({ path: config.db, clock, programVersion: session.version })
        try {
          return await work(history)
        } finally {
          history.close()
        }
      } finally {
        lock.release()
      }
    }
    if (!isWaiting) throw lockedError(job, scope, lock.heldBy)
    if (isFirst) session.note(`Waiting for another run of ${job} ${scope} (${lock.heldBy})`)
    await pause(clock, LOOK_AGAIN_MS, signal)
  }
}

function lockedError(job: string, scope: string, heldBy: string): LockedError {
  return new LockedError(`Another run of ${job} ${scope} is at work (${heldBy})`, {
    suggestions: ['Wait for it with --wait, or let it finish: nothing is lost'],
  })
}
