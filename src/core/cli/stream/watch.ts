import type { Stream, StreamResult } from '../../live/stream.js'
import { throwIfNothing } from '../../live/stream-end.js'
import type { BaseSession } from '../base-command.js'
import { PipeClosedError } from '../lifetime.js'
import { EVENT_FIELDS } from './event-fields.js'
import { type LiveViewOptions, startLiveView } from './live-view.js'

type Snapshot = LiveViewOptions['snapshot']

/**
 * Runs a stream until it ends: `snapshot` again and again at a terminal, every event as a line elsewhere. `summarise` tells what the
 * last line has instead of the result. Throws as `showStream`.
 */
export async function watchStream(
  session: BaseSession,
  stream: Stream,
  snapshot: Snapshot,
  summarise: (result: StreamResult) => object = (result) => result,
): Promise<void> {
  await showStream(session, stream, () =>
    session.isLive ? drawStream(session, stream, snapshot) : printStream(session, stream, summarise),
  )
}

/**
 * Runs a stream as `show` shows it, tells what is missing and sets the exit code for it; a run that was stopped ends as stopped.
 * Throws what ended the storage, or `ConnectionError` when nothing came.
 */
export async function showStream(session: BaseSession, stream: Stream, show: () => Promise<StreamResult>): Promise<void> {
  for (const warning of stream.warnings) session.note(`Warning: ${warning}`)
  try {
    // Nothing to show: it leaves its trace and throws why.
    if (stream.unreachable !== undefined) await stream.run(() => undefined)
    endStream(session, stream, await show())
  } finally {
    await stream.close()
  }
}

/** At a terminal. */
export async function drawStream(
  { painter, signal, clock }: BaseSession,
  stream: Stream,
  snapshot: Snapshot,
): Promise<StreamResult> {
  const view = await startLiveView({ clock: await clock(), stream: process.stdout, painter, signal, snapshot })
  try {
    return await stream.run(() => undefined, view.freeze)
  } finally {
    await view.stop()
  }
}

/** The last line of a stream. */
export function summaryLine(result: object, receivedAt: number): object {
  return { type: 'summary', exchange: '', symbol: '', pair: '', timestamp: null, receivedAt, ...result }
}

async function printStream(
  session: BaseSession,
  stream: Stream,
  summarise: (result: StreamResult) => object,
): Promise<StreamResult> {
  const clock = await session.clock()
  const out = await session.events({ clock, fields: EVENT_FIELDS })
  const result = await stream.run((event) => out.write(event))
  out.write(summaryLine({ ...summarise(result), lostLines: out.lost }, clock.now()))
  await out.ready()
  return result
}

function endStream({ note, signal }: BaseSession, stream: Stream, { failures, lost, redis, ...rest }: StreamResult): void {
  if (signal.reason instanceof PipeClosedError) return
  // What ended the storage is told below, and in its own words.
  const why = stream.storageFailure === undefined ? ': the disk was too slow' : ' when the storage failed'
  if (lost > 0) note(`Warning: ${lost} rows or frames were lost${why}`)
  if (redis !== undefined && redis.lost > 0)
    note(`Warning: ${redis.lost} events or keys never reached Redis; ${redis.written} did, ${redis.outages} outages`)
  if (stream.storageFailure === undefined && !signal.aborted) throwIfNothing({ failures, ...rest })
  for (const { exchange, code, message } of failures) note(`Failed: ${exchange}: ${message} (${code})`)
  const hasFailed = tellStrategies(note, rest.signals)
  if (stream.storageFailure !== undefined) throw stream.storageFailure
  if ((failures.length > 0 || hasFailed) && !signal.aborted) process.exitCode = 3
}

/** Names the strategies that failed while they looked at a feed; true when there are any. */
export function tellStrategies(note: BaseSession['note'], signals: StreamResult['signals']): boolean {
  const { failures = [] } = signals ?? {}
  for (const { code, message } of failures) note(`Failed: ${message} (${code})`)
  return failures.length > 0
}
