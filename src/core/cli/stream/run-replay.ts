import { createHash } from 'node:crypto'
import { CheckFailedError, UsageError } from '../../errors.js'
import { EXCHANGE_IDS } from '../../exchanges/registry.js'
import { findJournalFiles, type JournalFileInfo } from '../../feed/journal/reader.js'
import { checkChannels, RECORDED_CHANNELS } from '../../live/channels.js'
import { runReplay } from '../../live/replay.js'
import { arbitrageOptions } from '../arbitrage/options.js'
import type { BaseSession } from '../base-command.js'
import { loadAllExchanges, loadExchanges } from '../exchanges.js'
import { toJson } from '../output/keys.js'
import { renderTable } from '../output/table.js'
import { liveSignalOptions } from '../signals/live.js'
import { EVENT_FIELDS } from './event-fields.js'
import { sinkSettings, streamSettings } from './options.js'
import { CHANNEL_COLUMNS, plainRow, renderSummary } from './summary-table.js'
import { summaryLine, tellStrategies } from './watch.js'

export interface ReplayFlags {
  readonly path: string
  readonly exchanges: readonly string[] | undefined
  readonly symbols: readonly string[] | undefined
  readonly channels: readonly string[] | undefined
  readonly signals: boolean
  readonly depth: number
  readonly intervalMs: number
  readonly 'store-interval': number
  readonly speed: string
  readonly expect: string | undefined
  readonly csv: boolean
  readonly 'no-store': boolean
  readonly hasStats: boolean
}

/** Replays a journal to stdout. Throws `CheckFailedError` when the events do not have the hash that was expected. */
export async function runReplayCommand(session: BaseSession, flags: ReplayFlags): Promise<void> {
  const { config, note, painter, signal } = session
  const expected = parseHash(flags.expect)
  const speed = parseSpeed(flags.speed)
  const files = await findJournalFiles(flags.path)
  const exchanges = flags.exchanges === undefined ? await loadAllExchanges() : await loadExchanges(flags.exchanges, config)
  const clock = await session.clock()
  const out = await session.events({ clock, fields: EVENT_FIELDS })
  const hash = createHash('sha256')
  const { largeTrades, limits } = streamSettings(config)
  const channels = checkChannels(flags.channels ?? RECORDED_CHANNELS, flags.signals)
  const result = await runReplay(
    { clock, signal },
    {
      files,
      exchanges,
      symbols: flags.symbols ?? [],
      channels,
      depth: flags.depth,
      intervalMs: flags.intervalMs,
      speed,
      sinks: sinkSettings(config, flags, session.version),
      limits,
      largeTrades,
      opportunities: arbitrageOptions(config),
      signals: channels.includes('signals') ? await liveSignalOptions(session) : undefined,
    },
    (event) => {
      if (event.type !== 'status') hash.update(`${toJson(event)}\n`)
      out.write(event)
      return out.isBehind ? out.ready() : undefined
    },
  )
  const eventsHash = `sha256:${hash.digest('hex')}`
  out.write(summaryLine({ ...result, eventsHash }, result.to ?? 0))
  await out.ready()
  for (const warning of [...strangers(files), ...result.warnings]) note(`Warning: ${warning}`)
  for (const { path, message } of result.damages) note(`Warning: ${path}: ${message}`)
  if (tellStrategies(note, result.signals)) process.exitCode = 3
  if (process.stderr.isTTY) note(`\n${renderSummary(result.exchanges, painter, process.stderr.columns)}\n${eventsHash}`)
  if (flags.hasStats) note(`\n${renderTable(result.channels.map(plainRow), CHANNEL_COLUMNS, painter, process.stderr.columns)}`)
  if (expected === undefined || expected === eventsHash || signal.aborted) return
  throw new CheckFailedError('REPLAY_HASH', `The events have ${eventsHash}, not ${expected}`, {
    suggestions: ['The same flags, configuration and version give the same hash: compare those of the two runs'],
  })
}

/** Recordings of exchanges that this program does not know are passed over, and told. */
function strangers(files: readonly JournalFileInfo[]): string[] {
  const unknown = files.filter(({ exchange }) => !EXCHANGE_IDS.includes(exchange))
  return unknown.map(({ exchange, path }) => `${path} was passed over: mts knows no exchange ${exchange}`)
}

function parseHash(text: string | undefined): string | undefined {
  if (text === undefined || /^sha256:[0-9a-f]{64}$/.test(text)) return text
  throw new UsageError('USAGE_BAD_HASH', `Not a hash: ${text}`, {
    suggestions: ['It looks like sha256:… with 64 hexadecimal digits'],
  })
}

function parseSpeed(text: string): number | undefined {
  if (text === 'max') return undefined
  const speed = Number(text)
  if (Number.isFinite(speed) && speed > 0) return speed
  throw new UsageError('USAGE_BAD_SPEED', `Not a speed: ${text}`, {
    suggestions: ['Give max, or a number: 1 is as recorded, 10 ten times faster'],
  })
}
