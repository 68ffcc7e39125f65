/** What a stream and a replay look for in the path of the books, where its channel is asked for. */
import type { Clock, Timer } from '../clock.js'
import type { Exchange } from '../exchanges/contract.js'
import type { LargeTradeThresholds } from '../feed/large-trades.js'
import type { LiveFeed } from '../feed/live-feed.js'
import type { MarketState } from '../feed/market-state.js'
import type { Outputs } from '../feed/outputs.js'
import type { Pipeline } from '../feed/pipeline.js'
import type { ScanOptions } from './arbitrage/options.js'
import { type OpportunityWatch, watchOpportunities } from './arbitrage/watch.js'
import type { StreamChannel } from './channels.js'
import type { LiveSignalOptions } from './signals/options.js'
import { tellRisks } from './signals/tell-risks.js'
import { type SignalSummary, type SignalWatch, watchSignals } from './signals/watch.js'
import type { Sinks } from './sinks.js'

interface WatchOptions {
  readonly channels: readonly StreamChannel[]
  readonly exchanges: readonly Exchange[]
  readonly largeTrades: LargeTradeThresholds
  readonly opportunities?: ScanOptions
  readonly signals?: LiveSignalOptions | undefined
}

export interface Watches {
  readonly opportunities: OpportunityWatch | undefined
  readonly signals: SignalWatch | undefined
  keepBy(sinks: Sinks): void
  /** Of a live run, when everything is subscribed to: says what it goes by beside the feed. */
  begin(feed: LiveFeed, clock: Clock): void
  /** Ends everything that is open: after the last record. */
  finish(nowMs: number): void
  /** Of signals, where they are looked for. */
  summary(): { readonly signals?: SignalSummary }
}

/** Before the first record, and before those who print: what ends with a loss is told in the same place, live and in a replay. */
export function watchChannels(
  outputs: Outputs,
  pipelines: () => Iterable<Pipeline>,
  options: WatchOptions,
  isWanted: (state: MarketState) => boolean = () => true,
): Watches {
  const { channels, exchanges, largeTrades } = options
  const scan = channels.includes('opportunities') ? options.opportunities : undefined
  const rules = channels.includes('signals') ? options.signals : undefined
  const opportunities = scan && watchOpportunities(outputs, pipelines, { ...scan, isWanted })
  const signals = rules && watchSignals(outputs, pipelines, { ...rules, exchanges, largeTrades, isWanted })
  let risks: Timer | undefined
  return {
    opportunities,
    signals,
    keepBy: (sinks) => {
      opportunities?.keepBy((row) => sinks.keepOpportunity(row))
      signals?.keepBy((event) => sinks.keepSignal(event))
    },
    begin: (feed, clock) => {
      if (rules?.readRisks !== undefined) risks = tellRisks(feed, rules.readRisks, clock)
    },
    finish: (nowMs) => {
      risks?.cancel()
      opportunities?.finish(nowMs)
      signals?.finish(nowMs)
    },
    summary: () => (signals === undefined ? {} : { signals: signals.summary() }),
  }
}
