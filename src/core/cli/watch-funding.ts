import type { Exchange } from '../exchanges/contract.js'
import { fundingNow } from '../live/funding.js'
import { prepareStream, type Stream, type StreamResult } from '../live/stream.js'
import type { BaseSession } from './base-command.js'
import { EVENT_FIELDS } from './event-fields.js'
import { FUNDING_COLUMNS } from './funding-columns.js'
import { startLiveView } from './live-view.js'
import { renderTable } from './output/table.js'
import { endStream, summaryLine } from './run-stream.js'
import { sinkSettings, streamSettings } from './stream-options.js'
import { plainRow } from './summary-table.js'

export interface WatchFundingOptions {
  readonly exchanges: readonly Exchange[]
  readonly symbols: readonly string[]
  readonly intervalMs: number
  readonly durationMs: number | undefined
  readonly isStored: boolean
}

/** Shows funding as it changes, and stores it: a table at a terminal, lines in a pipe. */
export async function watchFunding(session: BaseSession, { isStored, ...options }: WatchFundingOptions): Promise<void> {
  const { config, version } = session
  const flags = { 'no-store': !isStored, csv: false, 'store-interval': options.intervalMs, 'funding-only': true }
  const stream = await prepareStream(await session.world(), {
    ...streamSettings(config),
    ...options,
    channels: ['funding'],
    depth: 1,
    isRecorded: false,
    redundancy: 1,
    sinks: sinkSettings(config, flags, version),
  })
  for (const warning of stream.warnings) session.note(`Warning: ${warning}`)
  try {
    const result = session.isLive ? await onScreen(session, stream) : await asLines(session, stream)
    endStream(session, stream, result)
  } finally {
    await stream.close()
  }
}

async function asLines(session: BaseSession, stream: Stream): Promise<StreamResult> {
  const clock = await session.clock()
  const out = await session.events({ clock, fields: EVENT_FIELDS })
  const result = await stream.run((event) => out.write(event))
  out.write(summaryLine(result, clock.now()))
  await out.ready()
  return result
}

async function onScreen(session: BaseSession, stream: Stream): Promise<StreamResult> {
  const view = await startLiveView({
    clock: await session.clock(),
    stream: process.stdout,
    painter: session.painter,
    signal: session.signal,
    snapshot: () => {
      const rows = fundingNow(stream.pipelines()).map(plainRow)
      return (width) => renderTable(rows, FUNDING_COLUMNS, session.painter, width)
    },
  })
  try {
    return await stream.run(() => undefined, view.freeze)
  } finally {
    await view.stop()
  }
}
