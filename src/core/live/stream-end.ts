import { ConnectionError } from '../errors.js'
import type { ExchangeFeed } from '../feed/exchange-feed.js'
import type { LiveFeed } from '../feed/live-feed.js'
import { type ChannelSummary, channelSummaries, type ExchangeSummary, summarise } from './summary.js'

export interface StreamFailure {
  readonly exchange: string
  readonly code: string
  readonly message: string
}

export interface StreamSummary {
  readonly exchanges: readonly ExchangeSummary[]
  readonly channels: readonly ChannelSummary[]
  readonly failures: readonly StreamFailure[]
}

/** How a stream stands when it ends. `listing`: exchanges that did not answer at the start; one that came later is done. */
export function summariseStream(feed: LiveFeed, listing: ReadonlyMap<string, StreamFailure>): StreamSummary {
  const feeds = [...feed.exchanges]
  return {
    exchanges: feeds.map((each) => summarise(each.pipeline, each.processing)),
    channels: channelSummaries(feeds.map((each) => each.pipeline)),
    failures: feeds.flatMap((each) => failuresOf(each, listing.get(each.exchange.id))),
  }
}

function failuresOf(feed: ExchangeFeed, listing: StreamFailure | undefined): StreamFailure[] {
  const { exchange, pipeline, connections, refused } = feed
  const failure = (code: string, message: string): StreamFailure => ({ exchange: exchange.id, code, message })
  const failures = [...refused].map(([topic, message]) => failure('API_REJECTED', `${topic}: ${message}`))
  // A connection whose topics another one carries as well is not missed.
  const carried = new Set(connections.flatMap((each) => (each.isOpen ? [...each.topics] : [])))
  const down = connections.filter((each) => !each.isOpen && [...each.topics].some((topic) => !carried.has(topic)))
  if (pipeline.frames === 0) {
    const reason = down.find((each) => each.lastEnd !== undefined)?.lastEnd
    const message = `${exchange.name} never sent anything${reason === undefined ? '' : `: ${reason}`}`
    return [listing ?? failure('API_CONNECTION', message), ...failures]
  }
  for (const { number, lastEnd = 'it never opened' } of down)
    failures.push(failure('API_CONNECTION', `connection ${number} was down at the end: ${lastEnd}`))
  for (const { channel, symbol } of feed.subscriptions) {
    if (channel !== 'book' || (pipeline.find(symbol)?.sync.counts.snapshots ?? 0) > 0) continue
    failures.push(failure('BOOK_NEVER_READABLE', `${symbol}: the book was never complete`))
  }
  return failures
}

/** Nothing came from anywhere: an error, not a result in part. */
export function throwIfNothing(result: StreamSummary): void {
  if (result.exchanges.some((each) => each.frames > 0)) return
  const [first] = result.failures
  if (first !== undefined)
    throw new ConnectionError(first.message, first.exchange, {
      suggestions: ['Is the network up? `mts config` shows the addresses in use'],
    })
}
