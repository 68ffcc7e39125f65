/** Spot's public streams. https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams */
import { UsageError } from '../../errors.js'
import { bookReaders, makeDecoder, messages } from '../binance-shared/stream.js'
import type { StreamProtocol, Subscription } from '../contract.js'

/** The only socket class. */
export const SOCKET = 'public'

/** Speeds of the book, the default first. */
export const BOOK_STREAMS: Readonly<Record<string, string>> = {
  '100ms': 'depth@100ms',
  '1000ms': 'depth',
}

export const stream: StreamProtocol = {
  topics: (subscription) =>
    streamsOf(subscription).map((suffix) => ({ name: `${subscription.symbol.toLowerCase()}@${suffix}`, socket: SOCKET })),
  ...messages,
  decoder: () => makeDecoder({ readers: bookReaders, ignored: new Set() }),
}

function streamsOf({ channel, option = '100ms' }: Subscription): readonly string[] {
  if (channel === 'trades') return ['trade']
  if (channel !== 'book') return []
  const name = Object.hasOwn(BOOK_STREAMS, option) ? BOOK_STREAMS[option] : undefined
  if (name !== undefined) return [name]
  throw new UsageError('USAGE_UNKNOWN_OPTION', `binance-spot has no book at ${option}`, {
    suggestions: [`Take one of ${Object.keys(BOOK_STREAMS).join(', ')}`],
  })
}
