import type { MtsError, StorageError } from '../errors.js'
import type { LiveFeed } from '../feed/live-feed.js'
import { Outputs } from '../feed/outputs.js'
import type { Pipeline } from '../feed/pipeline.js'
import { type ExchangePlan, planExchange } from '../feed/plan.js'
import type { MarketEvent, StatusEvent } from '../market/event.js'
import type { PublisherCounts } from '../storage/redis/publisher-contract.js'
import type { OpportunityWatch } from './arbitrage/watch.js'
import { typesOf } from './channels.js'
import type { RedisSink } from './redis-sink.js'
import type { SignalSummary, SignalWatch } from './signals/watch.js'
import { openSinks } from './sinks.js'
import { openCapture } from './stream-capture.js'
import { type StreamSummary, summariseStream } from './stream-end.js'
import type { StreamOptions, StreamWorld } from './stream-options.js'
import { publishStructure } from './structure.js'
import { findTargets, type Targets } from './targets.js'
import { watchChannels } from './watches.js'

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
  const state: RunState = { failure: undefined, stop: () => undefined }
  const onFailure = (error: StorageError) => {
    if (state.failure !== undefined) return
    state.failure = error
    outputs.publish(storageStatus(error, world.clock.now()))
    state.stop()
  }
  const capture = openCapture(world, options, outputs, onFailure)
  const { feed, pipelines, close } = capture
  const watches = watchChannels(outputs, pipelines, options)
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
        unsealedSince: capture.unsealedSince,
        clock: world.clock,
        onFailure,
      })
      watches.keepBy(sinks)
      const redis = await tellOthers(world, options, outputs, pipelines)
      subscribeAll(feed, found)
      watches.begin(feed, world.clock)
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
      return { ...result, lost: capture.lost + sinks.lost, seconds, ...told, ...watches.summary() }
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

interface RunState {
  failure: StorageError | undefined
  stop(): void
}

/** The consumers of the events learn in band why they end. */
function storageStatus({ message }: StorageError, receivedAt: number): StatusEvent {
  const base = { exchange: '', symbol: '', pair: '', timestamp: null, receivedAt }
  return { type: 'status', ...base, status: 'error', channel: '', connection: null, detail: message }
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
