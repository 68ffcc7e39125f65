import type { Exchange } from '../../exchanges/contract.js'
import type { Pipeline } from '../../feed/pipeline.js'
import { readableBooks } from '../../live/order-book.js'
import { prepareStream } from '../../live/stream.js'
import type { BaseSession } from '../base-command.js'
import { streamSettings } from '../stream/options.js'
import { watchStream } from '../stream/watch.js'
import { drawOrderBooks } from './table.js'

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
  await watchStream(session, stream, () => {
    const books = readableBooks(stream.pipelines(), options)
    const missing = unreadableBooks(stream.pipelines())
    return async (width) =>
      [...missing.map((line) => session.painter.warn(line)), '', await drawOrderBooks(books, session.painter, width)].join('\n')
  })
}

/** A book that may be wrong is not shown; that it is not shown is. */
function unreadableBooks(pipelines: Iterable<Pipeline>): string[] {
  return [...pipelines].flatMap(({ states }) =>
    [...states]
      .filter(({ sync }) => sync.book === undefined)
      .map(({ sync, instrument: { exchange, symbol } }) => `${exchange} ${symbol}: ${sync.state}, no book that can be trusted`),
  )
}
