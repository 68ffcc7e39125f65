import type { Clock } from '../../clock.js'
import type { EventType } from '../../market/event.js'

export interface PublisherOptions {
  readonly url: string
  readonly clock: Clock
  /** 0 ≤ x < 1: tells runs that begin in the same millisecond apart. */
  readonly random: () => number
  /** Entries that a stream keeps, about. */
  readonly streamLength: number
  /** What waits is sent together so often, 10 ms. */
  readonly flushMs?: number
  /** Events and keys that wait may hold so much memory; beyond, the oldest go and are counted. 16 MiB. */
  readonly maxBytes?: number
  /** An event's text. */
  render(event: object): string
  /** The event that stands where `lost` others are missing. */
  lossEvent(lost: number): object
  /** `lost` events or keys will never be in Redis: summed up, at most once a second. */
  onLoss(lost: number): void
  /** The connection is there or gone, and why; or the server refuses what it is sent. */
  onChange(state: 'connected' | 'disconnected' | 'refused', detail: string): void
}

export interface PublisherCounts {
  /** Events and keys with a timestamp. */
  readonly written: number
  readonly lost: number
  /** Sent again, because nobody knew whether they had arrived. */
  readonly repeated: number
  /** Times that a connection was lost. */
  readonly outages: number
  readonly waitingBytes: number
}

export interface Publisher {
  /** To those who listen (pub/sub) and to those who follow (stream). */
  publish(type: EventType, event: object): void
  /** A key that lives for so many seconds. */
  keep(key: string, event: object, seconds: number): void
  /** The newest state under this key; `undefined`: there is none that can be trusted, and the key goes. */
  latest(key: string, event: object | undefined): void
  readonly counts: PublisherCounts
  /** Sends what waits, takes the newest states back and disconnects: within two seconds. Never rejects. */
  close(): Promise<void>
}
