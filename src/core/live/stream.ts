import { join } from 'node:path'
import type { MtsError, StorageError } from '../errors.js'
import type { Endpoints, Exchange } from '../exchanges/contract.js'
import { prepareJournalFolder } from '../feed/journal/journal-error.js'
import { JournalWriter } from '../feed/journal/writer.js'
import type { LargeTradeThresholds } from '../feed/large-trades.js'
import { LiveFeed, type LiveFeedSettings } from '../feed/live-feed.js'
import { Outputs } from '../feed/outputs.js'
import type { Pipeline } from '../feed/pipeline.js'
import { type ExchangePlan, planExchange } from '../feed/plan.js'
import type { ValidationLimits } from '../feed/validation.js'
import type { FeedWorld } from '../feed/world.js'
import type { MarketEvent, StatusEvent } from '../market/event.js'
import type { PublisherCounts } from '../storage/redis/publisher-contract.js'
import type { ScanOptions } from './arbitrage/options.js'
import type { OpportunityWatch } from './arbitrage/watch.js'
import { typesOf } from './channels.js'
import { DriftMemory } from './drift-memory.js'
import { FlightRecorder } from './flight-recorder.js'
import type { RedisSettings, RedisSink } from './redis-sink.js'
import type { LiveSignalOptions } from './signals/options.js'
import type { SignalSummary, SignalWatch } from './signals/watch.js'
import { openSinks, type SinkOptions } from './sinks.js'
import { type StreamSummary, summariseStream } from './stream-end.js'
import { publishStructure } from './structure.js'
import { findTargets, type TargetOptions, type Targets } from './targets.js'
import { watchChannels } from './watches.js'

export interface StreamWorld extends FeedWorld {
  readonly signal: AbortSignal
  endpoints(exchange: Exchange): Endpoints
}

/** `depth`: levels a side in what is printed and stored. */
export interface StreamOptions extends TargetOptions {
  readonly intervalMs: number
  readonly durationMs: number | undefined
  /** Write every frame and answer to the journal. */
  readonly isRecorded: boolean
  readonly dataDirectory: string
  readonly sinks: Pick<SinkOptions, 'database' | 'csvDirectory' | 'storeIntervalMs' | 'fundingEveryMs' | 'isOpportunitiesOnly'>
  readonly limits: ValidationLimits
  readonly largeTrades: LargeTradeThresholds
  readonly reconnect: { readonly baseMs: number; readonly maxMs: number }
  readonly openInterestEveryMs: number
  /** The part of each request budget that is used: what a plan goes by. */
  readonly budgetShare: number
  /** Connections for each topic. */
  readonly redundancy: number
  readonly journal: { readonly blockBytes: number; readonly flushMs: number }
  /** Where others are told; nobody is when missing. */
  readonly redis?: RedisSettings | undefined
  /** How opportunities are looked for, when the channel is asked for. */
  readonly opportunities?: ScanOptions
  /** Which rules look for signals, when the channel is asked for. */
  readonly signals?: LiveSignalOptions | undefined
}

export interface StreamResult extends StreamSummary {
  /** Rows that could not be stored, and frames that could not be journaled. */
  readonly lost: number
  readonly seconds: number
  /** What was told others, when it was. */
  readonly redis?: PublisherCounts
  /** Where signals were looked for. */
  readonly signals?: SignalSummary
}

export interface Stream {
  readonly outputs: Outputs
  readonly feed: LiveFeed
  readonly plans: readonly ExchangePlan[]
  readonly warnings: readonly string[]
  /** No exchange answered: `run` leaves rows of coverage that say so, and throws this. */
  readonly unreachable: MtsError | undefined
  /** Where the channel was asked for. */
  readonly opportunities: OpportunityWatch | undefined
  readonly signals: SignalWatch | undefined
  pipelines(): Pipeline[]
  /**
   * Connects, and runs until the duration is over, the signal is aborted or the storage fails (see `storageFailure`).
   * `onEnding` is called just before everything is taken down. Throws `StorageError` when the storage cannot be opened,
   * `unreachable` when no exchange answered.
   */
  run(emit: (event: MarketEvent) => void, onEnding?: () => void): Promise<StreamResult>
  /** What ended the run before its time: nothing can be stored any more. What was stored before is safe. */
  readonly storageFailure: StorageError | undefined
  /** Ends everything: needed when it is not run, harmless when it was. */
  close(): Promise<void>
}

/** Finds out what to subscribe to, and plans it. Throws `UsageError` for names that no exchange knows. */
export async function prepareStream(world: StreamWorld, options: StreamOptions): Promise<Stream> {
  const outputs = new Outputs()
  const state: RunState = { lost: 0, failure: undefined, stop: () => undefined }
  const onFailure = (error: StorageError) => {
    if (state.failure !== undefined) return
    state.failure = error
    outputs.publish(storageStatus(error, world.clock.now()))
    state.stop()
  }
  if (options.isRecorded) prepareJournalFolder(journalFolder(options))
  const journal = openJournal(world, options, (lost) => (state.lost += lost), onFailure)
  const flight = options.isRecorded ? undefined : new FlightRecorder(options.dataDirectory, world.clock)
  flight?.follow(outputs)
  const pipelines = () => [...feed.exchanges].map((each) => each.pipeline)
  const watches = watchChannels(outputs, pipelines, options)
  const drift = new DriftMemory(join(options.dataDirectory, 'logs', 'drift.json'), world.clock, pipelines)
  const note: FeedParts['note'] = (exchange, reason, frame) => drift.note(exchange, reason, frame)
  const feed = openFeed(world, options, { outputs, journal, flight, note })
  const close = async () => {
    feed.stop()
    await Promise.all([journal.close(), flight?.close(), drift.save()])
  }
  const found = await findTargets(feed, options).catch(async (error: unknown) => {
    await close()
    throw error
  })
  const { targets, failures, warnings, unreachable } = found
  return {
    outputs,
    feed,
    plans: targets.map((target) => planOf(target, options)),
    warnings,
    unreachable,
    opportunities: watches.opportunities,
    signals: watches.signals,
    pipelines,
    close,
    get storageFailure() {
      return state.failure
    },
    run: async (emit, onEnding) => {
      const startedAt = world.clock.now()
      if (unreachable === undefined) printEvents(outputs, options, emit)
      const sinks = await openSinks(outputs, pipelines, {
        ...options,
        ...options.sinks,
        isLive: true,
        clock: world.clock,
        onFailure,
      })
      watches.keepBy(sinks)
      const redis = await tellOthers(world, options, outputs, pipelines)
      subscribeAll(feed, found)
      if (unreachable === undefined) await waitForEnd(world, options.durationMs, state)
      onEnding?.()
      const result = summariseStream(feed, failures)
      feed.stop()
      // The time of the last record: a replay of the journal ends there too.
      const endedAt = world.clock.now()
      watches.finish(endedAt)
      await close()
      await Promise.all([sinks.close(endedAt), redis?.close()])
      if (unreachable !== undefined) throw unreachable
      const seconds = (world.clock.now() - startedAt) / 1000
      const told = redis === undefined ? {} : { redis: redis.counts }
      return { ...result, lost: state.lost + sinks.lost, seconds, ...told, ...watches.summary() }
    },
  }
}

function planOf({ exchange, subscriptions }: Targets['targets'][number], { redundancy, budgetShare }: StreamOptions): ExchangePlan {
  return planExchange(exchange, subscriptions, { copies: redundancy, budgetShare })
}

/** Where no exchange answered, what was wanted is told as missed. */
function subscribeAll(feed: LiveFeed, { targets, unreachable }: Targets): void {
  for (const { exchange, subscriptions } of targets) {
    if (unreachable === undefined) feed.add(exchange, subscriptions)
    else feed.exchange(exchange).miss(subscriptions, unreachable.message)
  }
}

interface FeedParts {
  readonly outputs: Outputs
  readonly journal: JournalWriter
  /** Instead of a journal of everything. */
  readonly flight: FlightRecorder | undefined
  /** Told of the first frames and answers that nobody understands whole. */
  note(exchange: string, reason: string, frame: Buffer): void
}

function openFeed(world: StreamWorld, options: StreamOptions, { outputs, journal, flight, note }: FeedParts): LiveFeed {
  const settings: LiveFeedSettings = {
    limits: options.limits,
    samples: journal,
    onStrange: (exchange, reason, sample) => note(exchange, reason, Buffer.from(sample)),
    onUnknown: (exchange, reason, frame) => {
      note(exchange, reason, frame)
      flight?.dump(exchange, reason)
    },
    exchange: (exchange) => ({
      endpoints: world.endpoints(exchange),
      backoff: options.reconnect,
      pollEveryMs: options.openInterestEveryMs,
      redundancy: options.redundancy,
      journal: flight?.box ?? journal,
    }),
  }
  return new LiveFeed(world, settings, outputs)
}

interface RunState {
  lost: number
  failure: StorageError | undefined
  stop(): void
}

/** The consumers of the events learn in band why they end. */
function storageStatus({ message }: StorageError, receivedAt: number): StatusEvent {
  const base = { exchange: '', symbol: '', pair: '', timestamp: null, receivedAt }
  return { type: 'status', ...base, status: 'error', channel: '', connection: null, detail: message }
}

function journalFolder({ dataDirectory }: StreamOptions): string {
  return join(dataDirectory, 'journal')
}

function openJournal(
  world: StreamWorld,
  options: StreamOptions,
  onLoss: (lost: number) => void,
  onFailure: (error: StorageError) => void,
): JournalWriter {
  return new JournalWriter({
    directory: journalFolder(options),
    clock: world.clock,
    ...options.journal,
    onLoss: (_exchange, lost) => onLoss(lost),
    onFailure,
  })
}

/** Waits for no connection: without one it is told, and tried again. */
async function tellOthers(
  { clock, random }: StreamWorld,
  { redis, channels, depth, limits, sinks: { storeIntervalMs } }: StreamOptions,
  outputs: Outputs,
  pipelines: () => Iterable<Pipeline>,
): Promise<RedisSink | undefined> {
  if (redis === undefined) return undefined
  const { openRedisSink } = await import('./redis-sink.js')
  return openRedisSink(outputs, pipelines, { ...redis, clock, random, types: typesOf(channels), storeIntervalMs, depth, limits })
}

function printEvents(outputs: Outputs, options: StreamOptions, emit: (event: MarketEvent) => void): void {
  const types = typesOf(options.channels)
  outputs.bus.subscribe({
    name: 'output',
    filter: { types },
    policy: 'conflate',
    maxBytes: 8 << 20,
    handle: emit,
    onError: (error) => {
      throw error
    },
  })
  outputs.sample({ intervalMs: options.intervalMs, depth: options.depth, limits: options.limits })
  if (options.channels.includes('structure')) publishStructure(outputs, options.intervalMs)
}

/** Until the duration is over, the signal says so, or `state.stop` is called. */
function waitForEnd(world: StreamWorld, durationMs: number | undefined, state: RunState): Promise<void> {
  if (world.signal.aborted || state.failure !== undefined) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = durationMs === undefined ? undefined : world.clock.after(durationMs, () => end())
    const end = () => {
      timer?.cancel()
      world.signal.removeEventListener('abort', end)
      resolve()
    }
    state.stop = end
    world.signal.addEventListener('abort', end)
  })
}
