import { Board } from '../live/board.js'
import type { Stream, StreamResult } from '../live/stream.js'
import { throwIfNothing } from '../live/stream-end.js'
import { channelSummaries } from '../live/summary.js'
import type { MarketEvent } from '../market/event.js'
import type { BaseSession } from './base-command.js'
import { EVENT_FIELDS } from './event-fields.js'
import { PipeClosedError } from './lifetime.js'
import { STREAM_COLUMNS, startLiveView } from './live-view.js'
import { renderTable } from './output/table.js'
import { CHANNEL_COLUMNS, plainRow, renderSummary } from './summary-table.js'

export interface ShowOptions {
  /** Figures of each channel instead of market data. */
  readonly isMonitor: boolean
  /** Figures of each channel at the end. */
  readonly hasStats: boolean
}

const MONITOR_MS = 1_000

/** Runs a stream: lines on stdout, or a live view at a terminal; at the end a summary. Sets exit code 3 for failures. */
export async function runStream(session: BaseSession, stream: Stream, options: ShowOptions): Promise<void> {
  for (const warning of stream.warnings) session.note(`Warning: ${warning}`)
  try {
    // Nothing to show: it leaves its trace and throws why.
    if (stream.unreachable !== undefined) await stream.run(() => undefined)
    const result = session.isLive ? await runOnScreen(session, stream, options) : await runAsLines(session, stream, options)
    if (!(session.signal.reason instanceof PipeClosedError)) await tellSummary(session, result, options)
    endStream(session, stream, result)
  } finally {
    await stream.close()
  }
}

/**
 * Tells what is missing and sets the exit code for it; a run that was stopped ends as stopped. Throws what ended the storage, or
 * `ConnectionError` when nothing came.
 */
export function endStream({ note, signal }: BaseSession, stream: Stream, result: StreamResult): void {
  if (signal.reason instanceof PipeClosedError) return
  if (stream.storageFailure === undefined && !signal.aborted) throwIfNothing(result)
  for (const { exchange, code, message } of result.failures) note(`Failed: ${exchange}: ${message} (${code})`)
  if (stream.storageFailure !== undefined) throw stream.storageFailure
  if (result.failures.length > 0 && !signal.aborted) process.exitCode = 3
}

async function runOnScreen(session: BaseSession, stream: Stream, { isMonitor }: ShowOptions): Promise<StreamResult> {
  const clock = await session.clock()
  const board = new Board(stream.pipelines)
  const view = await startLiveView({
    clock,
    stream: process.stdout,
    painter: session.painter,
    signal: session.signal,
    snapshot: () => {
      const rows = (isMonitor ? channelSummaries(stream.pipelines()) : board.rows(clock.now())).map(plainRow)
      return async (width) => `\n${await renderTable(rows, isMonitor ? CHANNEL_COLUMNS : STREAM_COLUMNS, session.painter, width)}`
    },
  })
  try {
    return await stream.run(() => undefined, view.freeze)
  } finally {
    await view.stop()
  }
}

async function runAsLines(session: BaseSession, stream: Stream, { isMonitor }: ShowOptions): Promise<StreamResult> {
  const clock = await session.clock()
  const out = await session.events({ clock, fields: EVENT_FIELDS })
  const monitor = isMonitor ? clock.every(MONITOR_MS, () => writeMonitor(clock.now())) : undefined
  const result = await stream.run((event: MarketEvent) => {
    if (!isMonitor || event.type === 'gap' || event.type === 'status') out.write(event)
  })
  monitor?.cancel()
  out.write(summaryLine({ ...result, lostLines: out.lost }, clock.now()))
  await out.ready()
  return result

  function writeMonitor(receivedAt: number): void {
    for (const row of channelSummaries(stream.pipelines())) {
      const { exchange, symbol, ...figures } = row
      out.write({ type: 'status', exchange, symbol, pair: '', timestamp: null, receivedAt, status: 'monitor', ...figures })
    }
  }
}

/** The last line of a stream. */
export function summaryLine(result: object, receivedAt: number): object {
  return { type: 'summary', exchange: '', symbol: '', pair: '', timestamp: null, receivedAt, ...result }
}

async function tellSummary({ note, painter }: BaseSession, result: StreamResult, { hasStats }: ShowOptions): Promise<void> {
  if (process.stderr.isTTY) note(`\n${await renderSummary(result.exchanges, painter, process.stderr.columns)}`)
  if (hasStats) note(`\n${await renderTable(result.channels.map(plainRow), CHANNEL_COLUMNS, painter, process.stderr.columns)}`)
  if (result.lost > 0) note(`Warning: ${result.lost} rows or frames were lost: the disk was too slow`)
  if (result.redis !== undefined && (hasStats || result.redis.lost > 0)) note(redisLine(result.redis))
}

function redisLine({ written, lost, repeated, outages }: NonNullable<StreamResult['redis']>): string {
  if (lost > 0) return `Warning: ${lost} events or keys never reached Redis; ${written} did, ${outages} outages`
  return `Redis: ${written} events and keys written, none lost, ${repeated} sent again, ${outages} outages`
}
