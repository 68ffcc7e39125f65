import { Board } from '../../live/board.js'
import type { Stream, StreamResult } from '../../live/stream.js'
import { channelSummaries } from '../../live/summary.js'
import type { MarketEvent } from '../../market/event.js'
import type { BaseSession } from '../base-command.js'
import { PipeClosedError } from '../lifetime.js'
import { renderTable } from '../output/table.js'
import { signalCounts, signalTables } from '../signals/tables.js'
import { EVENT_FIELDS } from './event-fields.js'
import { STREAM_COLUMNS } from './live-view.js'
import { CHANNEL_COLUMNS, plainRow, renderSummary } from './summary-table.js'
import { drawStream, showStream, summaryLine } from './watch.js'

export interface ShowOptions {
  /** Figures of each channel instead of market data. */
  readonly isMonitor: boolean
  /** Figures of each channel at the end. */
  readonly hasStats: boolean
}

const MONITOR_MS = 1_000

/** Runs a stream: lines on stdout, or a live view at a terminal; at the end a summary. Throws as `showStream`. */
export async function runStream(session: BaseSession, stream: Stream, options: ShowOptions): Promise<void> {
  await showStream(session, stream, async () => {
    const result = session.isLive ? await runOnScreen(session, stream, options) : await runAsLines(session, stream, options)
    if (!(session.signal.reason instanceof PipeClosedError)) await tellSummary(session, result, options)
    return result
  })
}

async function runOnScreen(session: BaseSession, stream: Stream, { isMonitor }: ShowOptions): Promise<StreamResult> {
  const clock = await session.clock()
  const board = new Board(stream.pipelines)
  return drawStream(session, stream, () => {
    const rows = (isMonitor ? channelSummaries(stream.pipelines()) : board.rows(clock.now())).map(plainRow)
    const signals = stream.signals && signalTables(stream.signals.board, session.painter)
    return async (width) => {
      const table = renderTable(rows, isMonitor ? CHANNEL_COLUMNS : STREAM_COLUMNS, session.painter, width)
      return `\n${table}${signals === undefined ? '' : `\n\n${await signals(width)}`}`
    }
  })
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

async function tellSummary({ note, painter }: BaseSession, result: StreamResult, { hasStats }: ShowOptions): Promise<void> {
  if (process.stderr.isTTY) note(`\n${renderSummary(result.exchanges, painter, process.stderr.columns)}`)
  if (process.stderr.isTTY && result.signals !== undefined) note(`\n${signalCounts(result.signals)}`)
  if (hasStats) note(`\n${renderTable(result.channels.map(plainRow), CHANNEL_COLUMNS, painter, process.stderr.columns)}`)
  const { redis } = result
  if (hasStats && redis?.lost === 0)
    note(`Redis: ${redis.written} events and keys written, none lost, ${redis.repeated} sent again, ${redis.outages} outages`)
}
