/** Names and lives of what is in Redis: public, other programs read them. */
import type { EventType } from '../../market/event.js'
import type { RedisCommand } from './client.js'

const HOUR_S = 3_600

/** How long a key with a timestamp is kept, s. */
export const KEY_SECONDS = {
  orderbook: HOUR_S,
  funding: 24 * HOUR_S,
  signal: 24 * HOUR_S,
  opportunity: 24 * HOUR_S,
} as const

/** The newest book is gone so long after its collector was last heard of, s: nobody vouches for it any more. */
export const LATEST_SECONDS = 30

/** Collectors write it once a second: their running numbers, by which a follower knows that it has all. */
export const HEARTBEAT = 'heartbeat'
const HEARTBEATS_KEPT = 1_000

export function latestBookKey(exchange: string, symbol: string): string {
  return `orderbook:${exchange}:${symbol}`
}

/** `timestamp`: ms. Of a signal, strategy and asset stand in the place of exchange and symbol. */
export function timedKey(kind: 'orderbook' | 'funding' | 'signal', exchange: string, symbol: string, timestamp: number): string {
  return `${kind}:${exchange}:${symbol}:${timestamp}`
}

/** One key for its life: what it became takes the place of how it opened. */
export function opportunityKey(id: string): string {
  return `opportunity:${id}`
}

export function streamKey(type: EventType | typeof HEARTBEAT): string {
  return `mts:stream:${type}`
}

export function channelName(type: EventType): string {
  return `mts:events:${type}`
}

/**
 * An entry of a stream. `run` names the collector's run and begins with its start (the server's ms), `number` counts all that it wrote,
 * `inStream` what it wrote to this stream: both from 1, so that a hole is a loss.
 */
export interface StreamEntry {
  readonly run: string
  readonly number: number
  readonly inStream: number
  /** JSON: an event as `mts stream` prints it; of a heartbeat, the last `inStream` by type and whether the run is over. */
  readonly body: string
}

export function addCommand(type: EventType | typeof HEARTBEAT, entry: StreamEntry, maxEntries: number): RedisCommand {
  const { run, number, inStream, body } = entry
  const most = type === HEARTBEAT ? HEARTBEATS_KEPT : maxEntries
  const cap = ['MAXLEN', '~', String(most), '*'] as const
  return ['XADD', streamKey(type), ...cap, 'run', run, 'n', String(number), 'k', String(inStream), 'event', body]
}

export interface Heartbeat {
  readonly counts: Readonly<Record<string, number>>
  readonly isOver: boolean
}
