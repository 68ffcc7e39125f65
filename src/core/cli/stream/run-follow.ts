import type { Clock } from '../../clock.js'
import { checkChannels, STREAM_CHANNELS, typesOf } from '../../live/channels.js'
import { type FollowOptions, type FollowResult, followEvents } from '../../live/follow.js'
import { FollowedBoard, type ShownEvent } from '../../live/followed-board.js'
import type { BaseSession } from '../base-command.js'
import { loadAllExchanges, loadExchanges } from '../exchanges.js'
import { PipeClosedError } from '../lifetime.js'
import { counted } from '../output/counted.js'
import { renderTable } from '../output/table.js'
import { redisUrl } from '../redis-url.js'
import { EVENT_FIELDS } from './event-fields.js'
import { STREAM_COLUMNS, startLiveView } from './live-view.js'
import { plainRow } from './summary-table.js'
import { summaryLine } from './watch.js'

export interface FollowFlags {
  readonly exchanges: readonly string[] | undefined
  readonly symbols: readonly string[] | undefined
  readonly channels: readonly string[] | undefined
  readonly duration: number | undefined
}

/** Shows what a collector publishes in Redis as the collector itself shows it. Throws `ConnectionError` when there is no Redis. */
export async function runFollow(session: BaseSession, flags: FollowFlags): Promise<void> {
  if (flags.exchanges !== undefined) await loadExchanges(flags.exchanges, session.config)
  const known = new Map((await loadAllExchanges()).map((exchange) => [exchange.id, exchange]))
  const result = session.isLive ? await followOnScreen(session, flags, known) : await followAsLines(session, flags, known)
  if (session.signal.reason instanceof PipeClosedError) return
  if (result.unheard.length > 0) session.note(`Warning: nothing was published of ${result.unheard.join(', ')}`)
  if (result.missed === 0) return
  session.note(`Warning: ${counted(result.missed, 'event')} gone from Redis before they could be read`)
}

type Known = FollowOptions['known']

function followed(session: BaseSession, flags: FollowFlags, clock: Clock): Omit<FollowOptions, 'ready' | 'known'> {
  return {
    url: redisUrl(session.config),
    clock,
    types: typesOf(flags.channels === undefined ? STREAM_CHANNELS : checkChannels(flags.channels)),
    exchanges: flags.exchanges,
    symbols: flags.symbols ?? [],
    durationMs: flags.duration,
    signal: session.signal,
  }
}

async function followAsLines(session: BaseSession, flags: FollowFlags, known: Known): Promise<FollowResult> {
  const clock = await session.clock()
  const out = await session.events({ clock, fields: EVENT_FIELDS })
  const ready = () => (out.isBehind ? out.ready() : Promise.resolve())
  const result = await followEvents({ ...followed(session, flags, clock), known, ready }, (event) => out.write(event))
  if (session.signal.reason instanceof PipeClosedError) return result
  out.write(summaryLine({ ...result, lostLines: out.lost }, clock.now()))
  await out.ready()
  return result
}

/** The live table of `mts stream`, of what the collector tells. */
async function followOnScreen(session: BaseSession, flags: FollowFlags, known: Known): Promise<FollowResult> {
  const clock = await session.clock()
  const { painter, signal } = session
  const board = new FollowedBoard()
  let source = 'waiting for Redis'
  const view = await startLiveView({
    ...{ clock, painter, signal, stream: process.stdout },
    snapshot: () => {
      const rows = board.rows(clock.now()).map(plainRow)
      const told = painter.quiet(source)
      return async (width) => `\n${renderTable(rows, STREAM_COLUMNS, painter, width)}\n\n${told}`
    },
  })
  const take = (event: object) => {
    const shown = event as ShownEvent
    const detail = 'detail' in event ? String(event.detail) : ''
    const isOfRedis = shown.type === 'status' && detail.startsWith('redis ')
    if (isOfRedis) source = `${shown.status}: ${detail}`
    if (isOfRedis && shown.status !== 'connected') board.lose(shown.status ?? 'disconnected')
    board.take(shown)
  }
  try {
    return await followEvents({ ...followed(session, flags, clock), known, ready: () => Promise.resolve() }, take)
  } finally {
    view.freeze()
    await view.stop()
  }
}
