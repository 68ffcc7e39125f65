import type { Clock } from '../clock.js'
import { DataValidationError, type StorageError } from '../errors.js'
import type { Exchange } from '../exchanges/contract.js'
import type { JournalDamage, JournalFileInfo } from '../feed/journal/reader.js'
import type { LargeTradeThresholds } from '../feed/large-trades.js'
import type { MarketState } from '../feed/market-state.js'
import { Outputs } from '../feed/outputs.js'
import { Replay } from '../feed/replay.js'
import type { ValidationLimits } from '../feed/validation.js'
import type { MarketEvent } from '../market/event.js'
import type { ScanOptions } from './arbitrage/options.js'
import { type StreamChannel, typesOf } from './channels.js'
import { NamedInstruments } from './named.js'
import type { LiveSignalOptions } from './signals/options.js'
import type { SignalSummary } from './signals/watch.js'
import { openSinks, type SinkOptions } from './sinks.js'
import { publishStructure } from './structure.js'
import { type ChannelSummary, channelSummaries, type ExchangeSummary, summarise } from './summary.js'
import { watchChannels } from './watches.js'

export interface ReplayWorld {
  /** The real clock: only for the pace and the database's timers. */
  readonly clock: Clock
  readonly signal: AbortSignal
}

export interface ReplayRunOptions {
  readonly files: readonly JournalFileInfo[]
  readonly exchanges: readonly Exchange[]
  /** Instruments to show, as the user names them; all when empty. */
  readonly symbols: readonly string[]
  readonly channels: readonly StreamChannel[]
  readonly depth: number
  readonly intervalMs: number
  /** Seconds of the recording in one second; `undefined`: as fast as it goes. */
  readonly speed: number | undefined
  readonly sinks: Pick<SinkOptions, 'database' | 'csvDirectory' | 'storeIntervalMs'>
  readonly limits: ValidationLimits
  readonly largeTrades: LargeTradeThresholds
  readonly opportunities?: ScanOptions
  readonly signals?: LiveSignalOptions | undefined
}

export interface ReplayRunResult {
  readonly exchanges: readonly ExchangeSummary[]
  readonly channels: readonly ChannelSummary[]
  readonly records: number
  readonly damages: readonly JournalDamage[]
  readonly warnings: readonly string[]
  readonly from: number | null
  readonly to: number | null
  readonly signals?: SignalSummary
}

/** Pauses shorter than this are not worth a timer. */
const SMALLEST_PAUSE_MS = 2
const MAX_WAITING_BYTES = 8 << 20

/** Runs a journal through the live path. `emit` may hold the replay back by a promise. Throws `StorageError`. */
export async function runReplay(
  world: ReplayWorld,
  options: ReplayRunOptions,
  emit: (event: MarketEvent) => void | Promise<void>,
): Promise<ReplayRunResult> {
  const outputs = new Outputs()
  const damages: JournalDamage[] = []
  let failure: StorageError | undefined
  const exchanges = new Map(options.exchanges.map((exchange) => [exchange.id, exchange]))
  const run = new Replay(exchanges, outputs, options.limits)
  const pipelines = () => run.pipelines.values()
  const named = new NamedInstruments(options.symbols, exchanges)
  // As live: before those who print, so that what ends with a loss is told in the same place.
  const isWanted: (state: MarketState) => boolean = ({ instrument }) => named.has(instrument)
  const watches = watchChannels(outputs, pipelines, options, isWanted)
  printEvents(outputs, options, (event) => (named.has(event) ? emit(event) : undefined))
  const sinks = await openSinks(outputs, pipelines, {
    ...options,
    ...options.sinks,
    isLive: false,
    clock: world.clock,
    onFailure: (error) => {
      failure ??= error
    },
  })
  watches.keepBy(sinks)
  const pace = pacer(world, options.speed)
  const { records, firstStamp, lastStamp } = await run.play(options.files, {
    before: (stamp) => {
      if (world.signal.aborted || failure !== undefined) return false
      if (sinks.waitingBytes > MAX_WAITING_BYTES) return sinks.flush().catch(() => undefined)
      return pace(stamp)
    },
    onDamage: (damage) => damages.push(damage),
  })
  watches.finish((lastStamp ?? 0) / 1000)
  await outputs.bus.settled()
  await sinks.close(Math.floor((lastStamp ?? 0) / 1000))
  if (failure !== undefined) throw failure
  if (records === 0 && !world.signal.aborted) throw nothingToReplay(options, damages)
  return {
    exchanges: [...pipelines()].filter((each) => each.frames > 0).map((each) => summarise(each, undefined)),
    channels: channelSummaries(pipelines()),
    records,
    damages,
    warnings: world.signal.aborted ? [] : named.check(pipelines()),
    from: firstStamp === undefined ? null : Math.floor(firstStamp / 1000),
    to: lastStamp === undefined ? null : Math.floor(lastStamp / 1000),
    ...watches.summary(),
  }
}

function printEvents(outputs: Outputs, options: ReplayRunOptions, emit: (event: MarketEvent) => void | Promise<void>): void {
  outputs.bus.subscribe({
    name: 'output',
    filter: { types: typesOf(options.channels) },
    policy: 'wait',
    maxBytes: Number.POSITIVE_INFINITY,
    handle: emit,
    onError: (error) => {
      throw error
    },
  })
  outputs.sample({ intervalMs: options.intervalMs, depth: options.depth, limits: options.limits })
  if (options.channels.includes('structure')) publishStructure(outputs, options.intervalMs)
}

function nothingToReplay({ files, exchanges }: ReplayRunOptions, [damage]: readonly JournalDamage[]): DataValidationError {
  const present = [...new Set(files.map((each) => each.exchange))].join(', ')
  const wanted = exchanges.map((each) => each.id).join(', ')
  const message = damage === undefined ? `The recording is of ${present}, not of ${wanted}` : `${damage.path}: ${damage.message}`
  return new DataValidationError('JOURNAL_NO_FRAMES', `Nothing to replay. ${message}`, {
    suggestions: ['A journal lies at <exchange>/<day>/<start>-<connection>.frames.gz: `mts journal list`'],
  })
}

/** Holds each record back until its time has come, counted from the first one; not when the run is to stop. */
function pacer({ clock, signal }: ReplayWorld, speed: number | undefined): (stamp: number) => undefined | Promise<void> {
  if (speed === undefined) return () => undefined
  let origin: { readonly stamp: number; readonly now: number } | undefined
  return (stamp) => {
    origin ??= { stamp, now: clock.now() }
    const pause = (stamp - origin.stamp) / 1000 / speed - (clock.now() - origin.now)
    if (pause < SMALLEST_PAUSE_MS) return undefined
    return new Promise((resolve) => {
      const go = () => {
        timer.cancel()
        signal.removeEventListener('abort', go)
        resolve()
      }
      const timer = clock.after(pause, go)
      signal.addEventListener('abort', go)
    })
  }
}
