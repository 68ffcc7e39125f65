import type { Histogram } from '../feed/histogram.js'
import type { MarketState } from '../feed/market-state.js'
import type { Pipeline } from '../feed/pipeline.js'

/** One line of the end: what an exchange brought, what is missing, how fast it was. */
export interface ExchangeSummary {
  readonly exchange: string
  readonly frames: number
  readonly messages: number
  readonly bookUpdates: number
  readonly books: number
  readonly booksReadable: number
  /** `gap` events: of books and of trades. */
  readonly gaps: number
  readonly resyncs: number
  readonly crossed: number
  readonly duplicates: number
  /** Messages that came by a second connection as well, and holes of one that the other filled. */
  readonly repeated: number
  readonly filled: number
  readonly flagged: number
  readonly unknown: number
  readonly unknownReasons: Readonly<Record<string, number>>
  readonly slowPath: number
  readonly inexactNumbers: number
  readonly topChecks: number
  readonly topMismatches: number
  /** Exchange's clock against ours, ms; see docs/numbers.md. */
  readonly clockOffsetMs: number | null
  /** Exchange → received beyond the fastest message of late, ms. */
  readonly latencyP50Ms: number | null
  readonly latencyP99Ms: number | null
  /** Received → processed, µs; `null` in a replay. */
  readonly processingP50Us: number | null
  readonly processingP99Us: number | null
}

export function summarise(pipeline: Pipeline, processing: Histogram | undefined): ExchangeSummary {
  const states = [...pipeline.states]
  const sum = (value: (state: MarketState) => number) => states.reduce((total, state) => total + value(state), 0)
  const stats = states.flatMap((state) => [...state.stats.values()])
  const books = states.filter((state) => state.sync.counts.snapshots > 0)
  const slowest = books.map((state) => state.stats.get('book')?.total.latency).filter((each) => each !== undefined)
  const { drift } = pipeline
  return {
    exchange: pipeline.exchange.id,
    frames: pipeline.frames,
    messages: stats.reduce((total, { total: { messages } }) => total + messages, 0),
    bookUpdates: sum((state) => state.sync.counts.applied),
    books: books.length,
    booksReadable: books.filter(({ sync }) => sync.state === 'synced' || sync.endedReadable).length,
    gaps: sum((state) => state.sync.counts.gaps + state.tradeGaps),
    resyncs: sum((state) => Math.max(0, state.sync.counts.snapshots - 1)),
    crossed: sum((state) => state.sync.counts.crossed),
    duplicates: sum((state) => state.sync.counts.duplicates + state.repeatedTrades),
    ...pipeline.merged,
    flagged: stats.reduce((total, { total: { flagged } }) => total + flagged, 0),
    unknown: drift.total,
    unknownReasons: Object.fromEntries(drift.unknowns),
    slowPath: drift.slowPath,
    inexactNumbers: drift.inexactNumbers,
    topChecks: sum((state) => state.topChecks),
    topMismatches: sum((state) => state.topMismatches),
    clockOffsetMs: round(pipeline.offset.ms, 3),
    latencyP50Ms: worst(slowest, 0.5),
    latencyP99Ms: worst(slowest, 0.99),
    processingP50Us: round(processing?.quantile(0.5), 3),
    processingP99Us: round(processing?.quantile(0.99), 3),
  }
}

/** One channel of one instrument since the start. */
export interface ChannelSummary {
  readonly exchange: string
  readonly symbol: string
  readonly channel: string
  readonly messages: number
  readonly errors: number
  readonly validShare: number | null
  readonly latencyMeanMs: number | null
  readonly latencyP50Ms: number | null
  readonly latencyP99Ms: number | null
}

export function channelSummaries(pipelines: Iterable<Pipeline>): ChannelSummary[] {
  const rows: ChannelSummary[] = []
  for (const pipeline of pipelines) {
    for (const state of pipeline.states) {
      for (const [channel, { total }] of state.stats) {
        const { messages, errors, validShare, latency } = total
        rows.push({
          exchange: pipeline.exchange.id,
          symbol: state.instrument.symbol,
          channel,
          messages,
          errors,
          validShare,
          latencyMeanMs: round(latency.mean, 3),
          latencyP50Ms: round(latency.quantile(0.5), 3),
          latencyP99Ms: round(latency.quantile(0.99), 3),
        })
      }
    }
  }
  return rows
}

function worst(histograms: readonly Histogram[], quantile: number): number | null {
  const values = histograms.map((each) => each.quantile(quantile)).filter((value) => value !== undefined)
  return values.length === 0 ? null : round(Math.max(...values), 3)
}

function round(value: number | undefined, decimals: number): number | null {
  return value === undefined ? null : Number(value.toFixed(decimals))
}
