import { checkChannels, STREAM_CHANNELS, typesOf } from '../live/channels.js'
import { followEvents } from '../live/follow.js'
import type { BaseSession } from './base-command.js'
import { EVENT_FIELDS } from './event-fields.js'
import { PipeClosedError } from './lifetime.js'
import { redisUrl } from './redis-url.js'
import { summaryLine } from './run-stream.js'

export interface FollowFlags {
  readonly exchanges: readonly string[] | undefined
  readonly symbols: readonly string[] | undefined
  readonly channels: readonly string[] | undefined
  readonly duration: number | undefined
}

/** Prints what a collector publishes in Redis as the collector itself prints it. Throws `ConnectionError` when there is no Redis. */
export async function runFollow(session: BaseSession, flags: FollowFlags): Promise<void> {
  const { config, note, signal } = session
  const clock = await session.clock()
  const out = await session.events({ clock, fields: EVENT_FIELDS })
  const result = await followEvents(
    {
      url: redisUrl(config),
      clock,
      types: typesOf(flags.channels === undefined ? STREAM_CHANNELS : checkChannels(flags.channels)),
      exchanges: flags.exchanges,
      symbols: flags.symbols,
      durationMs: flags.duration,
      signal,
      ready: () => (out.isBehind ? out.ready() : Promise.resolve()),
    },
    (event) => out.write(event),
  )
  if (signal.reason instanceof PipeClosedError) return
  out.write(summaryLine({ ...result, lostLines: out.lost }, clock.now()))
  await out.ready()
  if (result.missed > 0) note(`Warning: ${result.missed} events were gone from Redis before they could be read`)
}
