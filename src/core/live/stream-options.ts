import type { Endpoints, Exchange } from '../exchanges/contract.js'
import type { LargeTradeThresholds } from '../feed/large-trades.js'
import type { ValidationLimits } from '../feed/validation.js'
import type { FeedWorld } from '../feed/world.js'
import type { ScanOptions } from './arbitrage/options.js'
import type { RedisSettings } from './redis-sink.js'
import type { LiveSignalOptions } from './signals/options.js'
import type { SinkOptions } from './sinks.js'
import type { TargetOptions } from './targets.js'

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
