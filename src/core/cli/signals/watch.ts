/** `mts signals --watch` from its flags to its output. */
import { BugError, UsageError } from '../../errors.js'
import { prepareStream } from '../../live/stream.js'
import { coinOf } from '../../market/coins.js'
import type { BaseSession } from '../base-command.js'
import { loadExchanges } from '../exchanges.js'
import { checkEventFields } from '../stream/event-fields.js'
import { redisSettings, sinkSettings, streamSettings } from '../stream/options.js'
import { watchStream } from '../stream/watch.js'
import { feedSignalOptions } from './live.js'
import { signalCounts, signalTables } from './tables.js'

export interface WatchSignalsFlags {
  readonly strategies: readonly string[] | undefined
  readonly assets: readonly string[] | undefined
  readonly exchanges: readonly string[] | undefined
  readonly at: string | undefined
  readonly source: string | undefined
  readonly interval: string | undefined
  readonly duration: number | undefined
  readonly record: boolean
  readonly csv: boolean
  readonly redis: boolean | undefined
  readonly 'no-store': boolean
  readonly sandbox: boolean
  readonly fields: readonly string[] | undefined
}

/** Levels a side that the rules can look at. */
const DEPTH = 50

/** Signals of the live feed until it is stopped: lines, or a live table at a terminal; stored, and published when asked. */
export async function watchSignalsOfFeed(session: BaseSession, flags: WatchSignalsFlags): Promise<void> {
  const { config, version, painter } = session
  checkEventFields(flags.fields)
  const stream = await prepareStream(await session.world(), {
    ...streamSettings(config),
    exchanges: await loadExchanges(flags.exchanges, config),
    symbols: (flags.assets ?? config.symbols).map((name) => coinOf(name)?.ticker ?? name),
    channels: ['signals'],
    ...{ depth: DEPTH, intervalMs: 1_000, redundancy: 1, durationMs: flags.duration, isRecorded: flags.record },
    sinks: { ...sinkSettings(config, { ...flags, 'store-interval': 1_000 }, version), isOpportunitiesOnly: true },
    redis: redisSettings(config, flags),
    signals: await feedSignalOptions(session, { isSimulated: flags.sandbox, names: flags.strategies }),
  })
  const { signals } = stream
  if (signals === undefined) throw new BugError('a watch without rules')
  await watchStream(session, stream, () => {
    const draw = signalTables(signals.board, painter)
    return async (width) => `\n${await draw(width)}`
  })
  if (session.isLive) session.note(`\n${signalCounts(signals.summary())}`)
}

/** What is said in vain is an error, not a surprise. */
export function checkWatchFlags(flags: WatchSignalsFlags & { readonly watch: boolean }): void {
  const { at, source, interval, exchanges, duration, record, csv, watch } = flags
  const onBars = { '--at': at !== undefined, '--source': source !== undefined, '--interval': interval !== undefined }
  const onFeed = { '--exchanges': exchanges !== undefined, '--duration': duration !== undefined, '--record': record, '--csv': csv }
  const [vain] = Object.entries(watch ? onBars : onFeed).flatMap(([flag, isSaid]) => (isSaid ? [flag] : []))
  if (vain === undefined) return
  throw watch
    ? new UsageError('USAGE_SIGNALS', `${vain} is about stored bars, and --watch looks at the live feed`, {
        suggestions: ['Leave --watch out, or run a recording: mts replay PATH --signals'],
      })
    : new UsageError('USAGE_SIGNALS', `${vain} is about the live feed`, { suggestions: ['Add --watch'] })
}
