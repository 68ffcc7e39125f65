import type { Stream, StreamResult } from '../live/stream.js'
import type { BaseSession } from './base-command.js'
import { EVENT_FIELDS } from './event-fields.js'
import { type LiveViewOptions, startLiveView } from './live-view.js'
import { endStream, summaryLine } from './run-stream.js'

type Snapshot = LiveViewOptions['snapshot']

/**
 * Runs a stream until it ends: `snapshot` again and again at a terminal, every event as a line elsewhere. Tells what is missing, and
 * throws as `endStream`.
 */
export async function watchStream(session: BaseSession, stream: Stream, snapshot: Snapshot): Promise<void> {
  for (const warning of stream.warnings) session.note(`Warning: ${warning}`)
  try {
    const result = session.isLive ? await drawStream(session, stream, snapshot) : await printStream(session, stream)
    endStream(session, stream, result)
  } finally {
    await stream.close()
  }
}

async function printStream(session: BaseSession, stream: Stream): Promise<StreamResult> {
  const clock = await session.clock()
  const out = await session.events({ clock, fields: EVENT_FIELDS })
  const result = await stream.run((event) => out.write(event))
  out.write(summaryLine(result, clock.now()))
  await out.ready()
  return result
}

async function drawStream({ painter, signal, clock }: BaseSession, stream: Stream, snapshot: Snapshot): Promise<StreamResult> {
  const view = await startLiveView({ clock: await clock(), stream: process.stdout, painter, signal, snapshot })
  try {
    return await stream.run(() => undefined, view.freeze)
  } finally {
    await view.stop()
  }
}
