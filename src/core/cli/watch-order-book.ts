import type { Exchange } from '../exchanges/contract.js'
import type { Pipeline } from '../feed/pipeline.js'
import { readableBooks } from '../live/order-book.js'
import { prepareStream, type Stream, type StreamResult } from '../live/stream.js'
import type { BaseSession } from './base-command.js'
import { EVENT_FIELDS } from './event-fields.js'
import { startLiveView } from './live-view.js'
import { drawOrderBooks } from './order-book-table.js'
import { endStream, summaryLine } from './run-stream.js'
import { streamSettings } from './stream-options.js'

export interface WatchOptions {
  readonly exchanges: readonly Exchange[]
  readonly symbol: string
  readonly depth: number
  readonly notional: number
  readonly intervalMs: number
  readonly durationMs: number | undefined
}

/** Shows one instrument's book as it changes: a ladder at a terminal, lines in a pipe. Stores nothing. */
export async function watchOrderBook(session: BaseSession, options: WatchOptions): Promise<void> {
  const stream = await prepareStream(await session.world(), {
    ...streamSettings(session.config),
    ...options,
    symbols: [options.symbol],
    channels: ['book'],
    isRecorded: false,
    redundancy: 1,
    sinks: { database: undefined, csvDirectory: undefined, storeIntervalMs: 1_000 },
  })
  for (const warning of stream.warnings) session.note(`Warning: ${warning}`)
  try {
    const result = session.isLive ? await watchOnScreen(session, stream, options) : await watchAsLines(session, stream)
    endStream(session, stream, result)
  } finally {
    await stream.close()
  }
}

async function watchAsLines(session: BaseSession, stream: Stream): Promise<StreamResult> {
  const clock = await session.clock()
  const out = await session.events({ clock, fields: EVENT_FIELDS })
  const result = await stream.run((event) => out.write(event))
  out.write(summaryLine(result, clock.now()))
  await out.ready()
  return result
}

async function watchOnScreen(session: BaseSession, stream: Stream, options: WatchOptions): Promise<StreamResult> {
  const view = await startLiveView({
    clock: await session.clock(),
    stream: process.stdout,
    painter: session.painter,
    signal: session.signal,
    snapshot: () => {
      const books = readableBooks(stream.pipelines(), options)
      const missing = unreadableBooks(stream.pipelines())
      return async (width) =>
        [...missing.map((line) => session.painter.warn(line)), '', await drawOrderBooks(books, session.painter, width)].join('\n')
    },
  })
  try {
    return await stream.run(() => undefined, view.freeze)
  } finally {
    await view.stop()
  }
}

/** A book that may be wrong is not shown; that it is not shown is. */
function unreadableBooks(pipelines: Iterable<Pipeline>): string[] {
  return [...pipelines].flatMap(({ states }) =>
    [...states]
      .filter(({ sync }) => sync.book === undefined)
      .map(({ sync, instrument: { exchange, symbol } }) => `${exchange} ${symbol}: ${sync.state}, no book that can be trusted`),
  )
}
