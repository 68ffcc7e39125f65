import type { Clock } from '../clock.js'
import type { EventType } from '../market/event.js'
import { placeOf } from '../storage/redis/client.js'
import { followStreams } from '../storage/redis/follower.js'
import type { Followed } from '../storage/redis/merge.js'

export interface FollowOptions {
  readonly url: string
  readonly clock: Clock
  readonly types: ReadonlySet<EventType>
  /** Ids of exchanges; all when missing. */
  readonly exchanges: readonly string[] | undefined
  /** Base assets, symbols or pairs; all when missing. */
  readonly symbols: readonly string[] | undefined
  readonly durationMs: number | undefined
  readonly signal: AbortSignal
  /** Resolves when the reader has caught up: until then nothing more is taken from Redis. */
  ready(): Promise<void>
}

export interface FollowResult {
  /** Printed, by type. */
  readonly events: Readonly<Record<string, number>>
  /** Written by collectors, and gone before they could be read. */
  readonly missed: number
  readonly seconds: number
}

/** Events that a collector publishes, as it prints them, until the duration is over or the signal is aborted. */
export async function followEvents(options: FollowOptions, emit: (event: object) => void): Promise<FollowResult> {
  const { url, clock, types, durationMs, signal, ready } = options
  const startedAt = clock.now()
  const end = new AbortController()
  const stop = () => end.abort()
  const timer = durationMs === undefined ? undefined : clock.after(durationMs, stop)
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  const place = placeOf(url)
  const isWanted = wantedBy(options)
  const events: Record<string, number> = {}
  let missed = 0
  const take = (followed: Followed) => {
    if (followed.kind === 'over') emit(statusLine('disconnected', `redis ${place}: the collector ended`, clock.now()))
    if (followed.kind === 'loss') {
      missed += followed.lost
      emit(lossLine(followed, clock.now()))
    }
    const event = followed.kind === 'event' ? parseEvent(followed.body) : undefined
    if (followed.kind !== 'event' || event === undefined || !isWanted(event)) return
    events[followed.type] = (events[followed.type] ?? 0) + 1
    emit(event)
  }
  try {
    await followStreams({
      url,
      clock,
      types: [...types],
      signal: end.signal,
      onFollowed: take,
      onChange: (state, detail) => emit(statusLine(state, `redis ${place}${detail === '' ? '' : `: ${detail}`}`, clock.now())),
      ready,
    })
  } finally {
    timer?.cancel()
    signal.removeEventListener('abort', stop)
  }
  return { events, missed, seconds: (clock.now() - startedAt) / 1000 }
}

interface PublishedEvent {
  readonly exchange: string
  readonly symbol: string
  readonly pair: string
}

/** `undefined`: not an event of ours. */
function parseEvent(body: string): PublishedEvent | undefined {
  try {
    const event = JSON.parse(body) as Partial<PublishedEvent> | null
    const isOurs = [event?.exchange, event?.symbol, event?.pair].every((name) => typeof name === 'string')
    return isOurs ? (event as PublishedEvent) : undefined
  } catch {
    return undefined
  }
}

/** What concerns a whole exchange or connection is never filtered away by a symbol. */
function wantedBy({ exchanges, symbols }: FollowOptions): (event: PublishedEvent) => boolean {
  const names = symbols === undefined ? undefined : new Set(symbols.map((name) => name.toUpperCase()))
  return ({ exchange, symbol, pair }) => {
    if (exchange !== '' && exchanges !== undefined && !exchanges.includes(exchange)) return false
    if (symbol === '' || names === undefined) return true
    return [symbol, pair, pair.split('/')[0] ?? ''].some((name) => names.has(name.toUpperCase()))
  }
}

const NOWHERE = { exchange: '', symbol: '', pair: '', timestamp: null } as const

function statusLine(status: 'connected' | 'disconnected' | 'silent', detail: string, receivedAt: number): object {
  return { type: 'status', ...NOWHERE, receivedAt, status, channel: '', connection: null, detail }
}

/** `lastId`, `nextId`: ids of the stream's entries around the hole. */
function lossLine({ type, lost, lastId, nextId }: Followed & { readonly kind: 'loss' }, receivedAt: number): object {
  const reason = `mts:stream:${type} no longer has them`
  return { type: 'lag', ...NOWHERE, receivedAt, consumer: 'redis', policy: 'capped', lost, reason, lastId, nextId }
}
