/** `mts backtest verify` from its flags to its output. */
import { readFileSync } from 'node:fs'
import { describeCheck } from '../../backtest/verify/describe.js'
import { type OutsideAccess, outsideAccess } from '../../backtest/verify/source.js'
import { type Check, verification } from '../../backtest/verify/verify.js'
import { CheckFailedError, UsageError } from '../../errors.js'
import type { BaseSession } from '../base-command.js'
import type { Painter } from '../output/color.js'
import type { BacktestFlags } from './flags.js'
import { openBars, prepareBacktest } from './prepare.js'
import type { JournalFlags } from './run-journal.js'

export interface VerifyFlags extends BacktestFlags {
  readonly points: string
  readonly journal: string | undefined
  /** ms */
  readonly latency: number
  readonly json: boolean
  readonly output: string | undefined
}

const CHECK_FAILED = 4
/** Of a recording each cut is a replay: a hundred tell as much as all. */
const MOST_CUTS = 100

export async function runVerify(session: BaseSession, flags: VerifyFlags): Promise<void> {
  const points = pointsOf(flags.points)
  if (flags.journal === undefined) await verifyBars(session, flags, points)
  else await verifyRecording(session, { ...flags, journal: flags.journal, latencyMs: flags.latency }, points)
}

async function verifyBars(session: BaseSession, flags: VerifyFlags, points: number | 'all'): Promise<void> {
  const reader = await openBars(session)
  const bar = await session.bar('runs')
  try {
    const { strategy, file, config, data, market, notes } = await prepareBacktest(session, reader, flags)
    const steps = verification({ config, data, strategy, version: session.version, points })
    const checks = await counted(steps, session.signal, bar.set)
    bar.end()
    const outside = file === undefined ? [] : outsideAccess(readFileSync(file.path, 'utf8'))
    await tell(session, flags, {
      ...{ strategy: strategy.name, dataHash: data.hash, checks, outside },
      warnings: [...notes, ...market.warnings],
    })
  } finally {
    bar.end()
    reader.close()
  }
}

/** Each place is a replay of its own: the whole recording is never read at once. */
async function verifyRecording(session: BaseSession, flags: VerifyFlags & JournalFlags, points: number | 'all'): Promise<void> {
  const { prepareJournal } = await import('./run-journal.js')
  const { verifyJournal } = await import('../../backtest/books/verify.js')
  const { request, file, notes } = await prepareJournal(session, flags)
  const bar = await session.bar('replays')
  try {
    const { checks, dataHash } = await verifyJournal(request, points === 'all' ? MOST_CUTS : points, bar.set)
    bar.end()
    const outside = file === undefined ? [] : outsideAccess(readFileSync(file, 'utf8'))
    await tell(session, flags, { strategy: request.strategy.name, dataHash, checks, outside, warnings: notes })
  } finally {
    bar.end()
  }
}

interface Verified {
  readonly strategy: string
  readonly dataHash: string
  readonly checks: readonly Check[]
  readonly outside: readonly OutsideAccess[]
  readonly warnings: readonly string[]
}

/** Throws `CheckFailedError` when something does not hold. */
async function tell(
  session: BaseSession,
  flags: VerifyFlags,
  { strategy, dataHash, checks, outside, warnings }: Verified,
): Promise<void> {
  const failure = failureOf(strategy, checks, outside)
  const isJson = flags.json || flags.output === 'json'
  await session.print({
    data: { strategy, dataHash, holds: failure === undefined, checks, outside },
    warnings: [...warnings, ...(failure !== undefined && isJson ? [failure.message] : [])],
    view: {
      heading: '',
      rows: checks,
      columns: [{ key: 'check' }, { key: 'holds' }, { key: 'points' }],
      draw: async (painter) => [...checks.map((check) => line(check, painter)), ...outsideLines(outside, painter)].join('\n'),
    },
  })
  if (failure === undefined) return
  if (isJson) process.exitCode = CHECK_FAILED
  else throw failure
}

function pointsOf(text: string): number | 'all' {
  if (text === 'all') return 'all'
  const points = Number(text)
  if (Number.isInteger(points) && points >= 1) return points
  throw new UsageError('USAGE_BAD_NUMBER', `--points cannot be ${text}`, { suggestions: ['A whole number from 1, or all'] })
}

/** A run is synchronous: between two of them signals are heard. */
async function counted(
  steps: Generator<number, Check[]>,
  signal: AbortSignal,
  onProgress: (done: number, expected: number) => void,
): Promise<Check[]> {
  let [done, expected] = [-1, 0]
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
    if (done < 0) expected = step.value
    done += 1
    onProgress(done, expected)
    await new Promise((resolve) => setImmediate(resolve))
    signal.throwIfAborted()
  }
}

const SAID: Readonly<Record<Check['check'], (points: number) => string>> = {
  repeat: () => 'a second run over the same data decides the same',
  truncation: (points) => `data cut at ${points} places: nothing before a cut changes (no look-ahead)`,
  'warm-up': (points) => `begun anew at ${points} places: the warm-up is enough`,
}

function line(check: Check, painter: Painter): string {
  if (!check.holds) return `${painter.bad('FAIL')} ${check.check.padEnd(10)}  ${describeCheck(check)}`
  // Nothing was compared where no bar lies behind the warm-up.
  if (check.points === 0) return `${painter.warn('?   ')} ${check.check.padEnd(10)}  not to be had: too few bars after the warm-up`
  return `${painter.good('ok  ')} ${check.check.padEnd(10)}  ${SAID[check.check](check.points)}`
}

function outsideLines(outside: readonly OutsideAccess[], painter: Painter): string[] {
  return outside.map(({ kind, line: at, what }) => {
    if (kind === 'unread')
      return `${painter.warn('?   ')} ${'outside'.padEnd(10)}  line ${at} takes ${what}, which was not looked at`
    const why = kind === 'reads' ? 'can see what no cut of the data hides from it' : 'gives another value each time'
    return `${painter.bad('FAIL')} ${'outside'.padEnd(10)}  line ${at}: ${what} ${why}`
  })
}

function failureOf(strategy: string, checks: readonly Check[], outside: readonly OutsideAccess[]): CheckFailedError | undefined {
  const failed = checks.filter(({ holds }) => !holds)
  const reaching = outside.filter(({ kind }) => kind !== 'unread')
  const names = [...failed.map(({ check }) => check), ...(reaching.length > 0 ? ['outside'] : [])]
  if (names.length === 0) return undefined
  return new CheckFailedError('CHECK_STRATEGY', `${strategy} does not hold: ${names.join(', ')}`, {
    suggestions: [
      'Decide by the view alone, keep nothing outside the object of create(), and declare a warm-up that is long enough',
    ],
  })
}
