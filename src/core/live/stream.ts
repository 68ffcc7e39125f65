import { join } from 'node:path'
import { ConnectionError, MtsError, type StorageError, UsageError } from '../errors.js'
import type { Endpoints, Exchange, Subscription } from '../exchanges/contract.js'
import { JournalWriter } from '../feed/journal/writer.js'
import { LiveFeed } from '../feed/live-feed.js'
import { Outputs } from '../feed/outputs.js'
import type { Pipeline } from '../feed/pipeline.js'
import { type ExchangePlan, planExchange } from '../feed/plan.js'
import type { ValidationLimits } from '../feed/validation.js'
import type { FeedWorld } from '../feed/world.js'
import type { MarketEvent } from '../market/event.js'
import { type StreamChannel, subscriptionsOf, typesOf } from './channels.js'
import type { LargeTradeThresholds } from './large-trades.js'
import { resolveSymbol } from './resolve.js'
import { openSinks, type SinkOptions } from './sinks.js'
import { type ChannelSummary, channelSummaries, type ExchangeSummary, summarise } from './summary.js'

export interface StreamWorld extends FeedWorld {
  readonly signal: AbortSignal
  endpoints(exchange: Exchange): Endpoints
}

export interface StreamOptions {
  readonly exchanges: readonly Exchange[]
  /** Instruments as the user names them. */
  readonly symbols: readonly string[]
  readonly channels: readonly StreamChannel[]
  /** Levels a side in what is printed and stored. */
  readonly depth: number
  readonly intervalMs: number
  readonly durationMs: number | undefined
  /** Write every frame and answer to the journal. */
  readonly isRecorded: boolean
  readonly dataDirectory: string
  readonly sinks: Pick<SinkOptions, 'database' | 'csvDirectory' | 'storeIntervalMs'>
  readonly limits: ValidationLimits
  readonly largeTrades: LargeTradeThresholds
  readonly reconnect: { readonly baseMs: number; readonly maxMs: number }
  readonly openInterestEveryMs: number
  readonly journal: { readonly blockBytes: number; readonly flushMs: number }
}

export interface StreamFailure {
  readonly exchange: string
  readonly code: string
  readonly message: string
}

export interface StreamResult {
  readonly exchanges: readonly ExchangeSummary[]
  readonly channels: readonly ChannelSummary[]
  readonly failures: readonly StreamFailure[]
  /** Rows that could not be stored, and frames that could not be journaled. */
  readonly lost: number
  readonly seconds: number
}

export interface Stream {
  readonly outputs: Outputs
  readonly feed: LiveFeed
  readonly plans: readonly ExchangePlan[]
  readonly warnings: readonly string[]
  pipelines(): Pipeline[]
  /**
   * Connects, and runs until the duration is over, the signal is aborted or the storage fails (throws `StorageError`).
   * `onEnding` is called just before everything is taken down.
   */
  run(emit: (event: MarketEvent) => void, onEnding?: () => void): Promise<StreamResult>
}

interface Target {
  readonly exchange: Exchange
  readonly subscriptions: readonly Subscription[]
}

/**
 * Finds out what to subscribe to, and plans it. Throws `UsageError` for names that no exchange knows, `ApiError` when no
 * exchange can be reached.
 */
export async function prepareStream(world: StreamWorld, options: StreamOptions): Promise<Stream> {
  const outputs = new Outputs()
  const failures = new Map<string, StreamFailure>()
  const warnings: string[] = []
  const state = { lost: 0, failure: undefined as StorageError | undefined, stop: () => {} }
  const journal = openJournal(
    world,
    options,
    (lost) => (state.lost += lost),
    (error) => {
      state.failure ??= error
      state.stop()
    },
  )
  const feed = new LiveFeed(
    world,
    {
      limits: options.limits,
      samples: journal,
      exchange: (exchange) => ({
        endpoints: world.endpoints(exchange),
        backoff: options.reconnect,
        pollEveryMs: options.openInterestEveryMs,
        ...(options.isRecorded ? { journal } : {}),
      }),
    },
    outputs,
  )
  const targets = await findTargets(feed, options, failures, warnings).catch(async (error: unknown) => {
    feed.stop()
    await journal.close()
    throw error
  })
  return {
    outputs,
    feed,
    plans: targets.map(({ exchange, subscriptions }) => planExchange(exchange, subscriptions)),
    warnings,
    pipelines: () => [...feed.exchanges].map((each) => each.pipeline),
    run: async (emit, onEnding) => {
      const startedAt = world.clock.now()
      const pipelines = () => [...feed.exchanges].map((each) => each.pipeline)
      printEvents(outputs, options, emit)
      const sinks = await openSinks(outputs, pipelines, {
        ...options,
        ...options.sinks,
        clock: world.clock,
        onFailure: (error) => {
          state.failure ??= error
          state.stop()
        },
      })
      for (const { exchange, subscriptions } of targets) feed.add(exchange, subscriptions)
      await waitForEnd(world, options.durationMs, state)
      onEnding?.()
      const result = summary(feed, failures)
      feed.stop()
      await journal.close()
      await sinks.close(world.clock.now())
      if (state.failure !== undefined) throw state.failure
      return { ...result, lost: state.lost + sinks.lost, seconds: (world.clock.now() - startedAt) / 1000 }
    },
  }
}

function openJournal(
  world: StreamWorld,
  options: StreamOptions,
  onLoss: (lost: number) => void,
  onFailure: (error: StorageError) => void,
): JournalWriter {
  const directory = join(options.dataDirectory, 'journal')
  return new JournalWriter({
    directory,
    clock: world.clock,
    ...options.journal,
    onLoss: (_exchange, lost) => onLoss(lost),
    onFailure,
  })
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
}

async function findTargets(
  feed: LiveFeed,
  options: StreamOptions,
  failures: Map<string, StreamFailure>,
  warnings: string[],
): Promise<Target[]> {
  const errors: MtsError[] = []
  const listed = await Promise.all(
    options.exchanges.map(async (exchange) => {
      try {
        return { exchange, instruments: await feed.exchange(exchange).loadInstruments() }
      } catch (error) {
        if (!(error instanceof MtsError)) throw error
        errors.push(error)
        failures.set(exchange.id, { exchange: exchange.id, code: error.code, message: error.message })
        return { exchange, instruments: new Map() }
      }
    }),
  )
  const [first] = errors
  if (first !== undefined && errors.length === options.exchanges.length) throw first
  const unknown = new Map<string, UsageError[]>()
  const targets = listed.map(({ exchange, instruments }) => {
    const symbols: string[] = []
    for (const name of options.symbols) {
      try {
        symbols.push(resolveSymbol(exchange, instruments, name))
      } catch (error) {
        if (!(error instanceof UsageError)) throw error
        unknown.set(name, [...(unknown.get(name) ?? []), error])
      }
    }
    return { exchange, subscriptions: subscriptionsOf(exchange, [...new Set(symbols)], options.channels, options.depth) }
  })
  for (const [name, found] of unknown) {
    const [error] = found
    if (error !== undefined && found.length === options.exchanges.length) throw error
    warnings.push(`${name}: ${found.map((each) => each.message).join('; ')}`)
  }
  const silent = options.channels.filter(
    (channel) => !targets.some((each) => subscriptionsOf(each.exchange, ['x'], [channel], 1).length > 0),
  )
  if (silent.length === 0) return targets.filter((each) => each.subscriptions.length > 0)
  throw new UsageError('USAGE_CHANNEL_NOT_OFFERED', `None of these exchanges has the channel ${silent.join(', ')}`)
}

/** Until the duration is over, the signal says so, or `state.stop` is called. */
function waitForEnd(
  world: StreamWorld,
  durationMs: number | undefined,
  state: { failure: StorageError | undefined; stop: () => void },
): Promise<void> {
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

function summary(feed: LiveFeed, failures: Map<string, StreamFailure>): Pick<StreamResult, 'exchanges' | 'channels' | 'failures'> {
  const feeds = [...feed.exchanges]
  for (const { exchange, pipeline, refused } of feeds) {
    const { id, name } = exchange
    if (pipeline.frames > 0) failures.delete(id)
    else if (!failures.has(id)) failures.set(id, { exchange: id, code: 'API_CONNECTION', message: `${name} never sent anything` })
    for (const [topic, message] of refused)
      failures.set(`${id} ${topic}`, { exchange: id, code: 'API_REJECTED', message: `${topic}: ${message}` })
  }
  return {
    exchanges: feeds.map((each) => summarise(each.pipeline, each.processing)),
    channels: channelSummaries(feeds.map((each) => each.pipeline)),
    failures: [...failures.values()],
  }
}

/** Nothing came from anywhere: an error, not a result in part. */
export function throwIfNothing(result: StreamResult): void {
  if (result.exchanges.some((each) => each.frames > 0)) return
  const [first] = result.failures
  if (first !== undefined)
    throw new ConnectionError(first.message, first.exchange, {
      suggestions: ['Is the network up? `mts config` shows the addresses in use'],
    })
}
