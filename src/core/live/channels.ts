import { nearest, UsageError } from '../errors.js'
import type { Exchange, Subscription } from '../exchanges/contract.js'
import { CHANNELS, type Channel, type EventType } from '../market/event.js'

/** What a user can ask to see; `large-trades` is made of trades and liquidations, `structure` of books and trades, `opportunities` of books and funding, `signals` of what their rules need. */
export const STREAM_CHANNELS = [...CHANNELS, 'large-trades', 'structure', 'opportunities', 'signals'] as const
export type StreamChannel = (typeof STREAM_CHANNELS)[number]

/** What a replay shows where nothing is said: rules are asked for. */
export const RECORDED_CHANNELS: readonly StreamChannel[] = STREAM_CHANNELS.filter((channel) => channel !== 'signals')

export const DEFAULT_CHANNELS: readonly StreamChannel[] = ['book', 'trades', 'funding', 'open-interest', 'liquidations']

const TYPES: Readonly<Record<StreamChannel, readonly EventType[]>> = {
  book: ['book', 'spread'],
  trades: ['trade'],
  ticker: ['ticker'],
  funding: ['funding'],
  'open-interest': ['open_interest'],
  liquidations: ['liquidation'],
  candles: ['candle'],
  'large-trades': ['large_trade'],
  structure: ['structure'],
  opportunities: ['opportunity'],
  signals: ['signal'],
}

/** With `signals` where they are wanted besides. Throws `UsageError` with the nearest names for one that does not exist. */
export function checkChannels(names: readonly string[], hasSignals = false): StreamChannel[] {
  const all = hasSignals && !names.includes('signals') ? [...names, 'signals'] : names
  return all.map((name) => {
    const found = STREAM_CHANNELS.find((each) => each === name.toLowerCase())
    if (found !== undefined) return found
    const near = nearest(name, STREAM_CHANNELS)
    throw new UsageError('USAGE_UNKNOWN_CHANNEL', `Unknown channel: ${name}`, {
      suggestions: [near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `Channels: ${STREAM_CHANNELS.join(', ')}`],
    })
  })
}

/** Types of event that show these channels; what tells of losses and states is always among them. */
export function typesOf(channels: readonly StreamChannel[]): Set<EventType> {
  return new Set<EventType>([...channels.flatMap((channel) => TYPES[channel]), 'gap', 'lag', 'status'])
}

function sources(channel: StreamChannel): readonly Channel[] {
  if (channel === 'structure') return ['book', 'trades']
  if (channel === 'opportunities') return ['book', 'funding']
  if (channel === 'signals') return ['book', 'trades', 'liquidations', 'funding', 'open-interest']
  return channel === 'large-trades' ? ['trades', 'liquidations'] : [channel]
}

/** What to subscribe to on an exchange, of what it has; `depth` picks a book stream that is deep enough. */
export function subscriptionsOf(
  exchange: Exchange,
  symbols: readonly string[],
  channels: readonly StreamChannel[],
  depth: number,
): Subscription[] {
  const wanted = new Set(channels.flatMap(sources))
  const offered = [...wanted].filter((channel) => exchange.channels[channel] !== undefined)
  return symbols.flatMap((symbol) =>
    offered.map((channel) => {
      const option = channel === 'book' ? bookOption(exchange, depth) : undefined
      return option === undefined ? { channel, symbol } : { channel, symbol, option }
    }),
  )
}

/** Where the streams differ in depth, the shallowest that holds `depth` levels, but never less than the exchange's default. */
function bookOption(exchange: Exchange, depth: number): string | undefined {
  const options = exchange.channels.book?.options ?? []
  const first = Number(options[0])
  if (!Number.isFinite(first) || depth <= first) return undefined
  const depths = options.map(Number).filter((each) => each >= depth)
  return String(depths.length > 0 ? Math.min(...depths) : Math.max(...options.map(Number)))
}
