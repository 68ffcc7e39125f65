import type { Clock } from '../clock.js'
import type { EventType } from '../market/event.js'
import { placeOf } from '../storage/redis/client.js'
import { followStreams } from '../storage/redis/follower.js'
import type { Followed } from '../storage/redis/merge.js'
import { type Wanted, WantedEvents } from './wanted-events.js'

export interface FollowOptions extends Wanted {
  readonly url: string
  readonly clock: Clock
  readonly types: ReadonlySet<EventType>
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
  /** Names of which nothing was published while something was of others. */
  readonly unheard: readonly string[]
  readonly seconds: number
}

/** So long after the start a name of which nothing has come is told. */
const UNHEARD_MS = 5_000
const MOST_NAMED = 10

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
  const wanted = new WantedEvents(options)
  const tellUnheard = () => {
    const { unheard, symbols } = wanted
    if (unheard.length === 0) return
    const what = `nothing is published of ${unheard.join(', ')}; it is of ${symbols.slice(0, MOST_NAMED).join(', ')}`
    emit(statusLine('silent', `redis ${place}: ${what}`, clock.now()))
  }
  const patience = clock.after(UNHEARD_MS, tellUnheard)
  const events: Record<string, number> = {}
  let missed = 0
  const take = (followed: Followed) => {
    if (followed.kind === 'over') emit(statusLine('disconnected', `redis ${place}: the collector ended`, clock.now()))
    if (followed.kind === 'loss') {
      missed += followed.lost
      emit(lossLine(followed, clock.now()))
    }
    const event = followed.kind === 'event' ? parseEvent(followed.body) : undefined
    if (followed.kind !== 'event' || event === undefined || !wanted.has(event)) return
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
    patience.cancel()
    signal.removeEventListener('abort', stop)
  }
  return { events, missed, unheard: wanted.unheard, seconds: (clock.now() - startedAt) / 1000 }
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

const NOWHERE = { exchange: '', symbol: '', pair: '', timestamp: null } as const

function statusLine(status: 'connected' | 'disconnected' | 'silent', detail: string, receivedAt: number): object {
  return { type: 'status', ...NOWHERE, receivedAt, status, channel: '', connection: null, detail }
}

/** `lastId`, `nextId`: ids of the stream's entries around the hole. */
function lossLine({ type, lost, lastId, nextId }: Followed & { readonly kind: 'loss' }, receivedAt: number): object {
  const reason = `mts:stream:${type} no longer has them`
  return { type: 'lag', ...NOWHERE, receivedAt, consumer: 'redis', policy: 'capped', lost, reason, lastId, nextId }
}
