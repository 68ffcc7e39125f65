import type { Clock } from '../clock.js'
import type { StorageError } from '../errors.js'
import { inPath } from '../feed/bus.js'
import { type LargeTradeThresholds, largeTrade } from '../feed/large-trades.js'
import type { Outputs } from '../feed/outputs.js'
import type { Pipeline } from '../feed/pipeline.js'
import type { ValidationLimits } from '../feed/validation.js'
import type { EventType, LagEvent, MarketEvent, SignalEvent } from '../market/event.js'
import type { CsvWriter } from '../storage/csv.js'
import type { ArbitrageRow, StreamStatsRow } from '../storage/rows.js'
import type { LossReason, Store } from '../storage/store.js'
import { CoverageKeeper } from './coverage-keeper.js'
import { fundingNews } from './funding-news.js'
import { MinuteStats } from './minute-stats.js'
import { rowOfSignalEvent } from './signals/told.js'
import { storeEvent } from './stored.js'

export interface SinkOptions {
  readonly database: { readonly path: string; readonly batchSize: number; readonly programVersion: string } | undefined
  /** Folder of the CSV files. */
  readonly csvDirectory: string | undefined
  /** A sample of each state in this time, ms. */
  readonly storeIntervalMs: number
  /** Funding is stored when it changes, and else after this time (ms); without it, as often as everything else. */
  readonly fundingEveryMs?: number
  readonly depth: number
  readonly limits: ValidationLimits
  readonly largeTrades: LargeTradeThresholds
  readonly clock: Clock
  /** This run adds to what an earlier one counted in the present minute; a replay counts it anew. */
  readonly isLive: boolean
  /** Stamp in µs of the oldest record that is not in the journal yet, where there is one. */
  readonly unsealedSince?: (() => number) | undefined
  /** No samples, minutes and coverage: only what `keepOpportunity` and `keepSignal` are given. */
  readonly isOpportunitiesOnly?: boolean
  onFailure(error: StorageError): void
}

export interface Sinks {
  /** Bytes that wait to be stored: a replay that is faster than the disk waits for them. */
  readonly waitingBytes: number
  readonly lost: number
  /** Of CSV once, when it is over: lines there are never changed. */
  keepOpportunity(row: ArbitrageRow): void
  /** What opens, and what is taken back. */
  keepSignal(event: SignalEvent): void
  flush(): Promise<void>
  /** Ends the open rows at `nowMs` and closes the files. */
  close(nowMs: number): Promise<void>
}

const STORED: ReadonlySet<EventType> = new Set(['large_trade'])
const TRADED: ReadonlySet<EventType> = new Set(['trade', 'liquidation'])

/** Connects everything that keeps what the feed knows: large trades, database, CSV, coverage, minutes. */
export async function openSinks(outputs: Outputs, pipelines: () => Iterable<Pipeline>, options: SinkOptions): Promise<Sinks> {
  const { clock, onFailure } = options
  publishLargeTrades(outputs, pipelines, options.largeTrades)
  let lost = 0
  let keeper: CoverageKeeper | undefined
  const onLoss = (consumer: string) => (table: string, count: number, reason?: LossReason) => {
    lost += count
    if (reason === 'overflow' && table.startsWith('coverage')) keeper?.lost()
    outputs.publish(lag(consumer, count, clock.now()))
  }
  const store =
    options.database === undefined ? undefined : await openDatabase(options.database, clock, onLoss('database'), onFailure)
  const csv =
    options.csvDirectory === undefined ? undefined : await openFiles(options.csvDirectory, clock, onLoss('csv'), onFailure)
  const isWhole = options.isOpportunitiesOnly !== true
  if (isWhole && store !== undefined) keeper = keepCoverage(outputs, store, options)
  const earlier = options.isLive && isWhole && store !== undefined ? await presentMinute(options.database?.path, clock) : []
  const minutes = new MinuteStats(pipelines, (row) => (isWhole ? store?.write('stream_stats', row) : undefined), earlier)
  if (isWhole && (store !== undefined || csv !== undefined)) {
    const isNews = options.fundingEveryMs === undefined ? undefined : fundingNews(options.fundingEveryMs)
    const keep = (event: MarketEvent) => {
      if (event.type !== 'funding' || isNews === undefined || isNews(event)) storeEvent(event, { store, csv })
    }
    outputs.sample({ intervalMs: options.storeIntervalMs, depth: options.depth, limits: options.limits, publish: keep })
    outputs.follow(minutes)
    outputs.bus.subscribe(inPath('storage', STORED, keep))
  }
  return {
    get waitingBytes() {
      return store?.counts.bytesInFlight ?? 0
    },
    get lost() {
      return lost
    },
    keepOpportunity: (row) => {
      store?.write('arbitrage_opportunities', row)
      if (row.closedAt !== null) csv?.write('arbitrage_opportunities', row)
    },
    keepSignal: (event) => {
      const row = rowOfSignalEvent(event, Math.floor(clock.now()))
      if (row === undefined) return
      store?.write('signals', row)
      csv?.write('signals', row)
    },
    flush: async () => {
      await Promise.all([store?.flush(), csv?.flush()])
    },
    close: async (nowMs) => {
      minutes.flush()
      for (const { coverage } of pipelines()) coverage.close(nowMs)
      await Promise.all([store?.close(), csv?.close()])
    },
  }
}

/** A replay that is broken off can be done again: nothing says how far its open rows reach. */
function keepCoverage(outputs: Outputs, store: Store, { isLive, clock, unsealedSince }: SinkOptions): CoverageKeeper | undefined {
  if (!isLive) {
    outputs.keepCoverage(({ isOpen: _, ...row }) => store.write('coverage', { ...row, run: null }))
    return undefined
  }
  const keeper = new CoverageKeeper({
    store,
    newRun: () => clock.stamp(),
    unsealedSince: unsealedSince ?? (() => Number.POSITIVE_INFINITY),
  })
  outputs.keepCoverage((span) => keeper.keep(span))
  outputs.follow(keeper)
  return keeper
}

function publishLargeTrades(outputs: Outputs, pipelines: () => Iterable<Pipeline>, thresholds: LargeTradeThresholds): void {
  outputs.bus.subscribe(
    inPath('large trades', TRADED, (event) => {
      if (event.type !== 'trade' && event.type !== 'liquidation') return
      const pipeline = [...pipelines()].find((each) => each.exchange.id === event.exchange)
      const base = pipeline?.find(event.symbol)?.instrument.base ?? ''
      const large = largeTrade(event, base, thresholds)
      if (large !== undefined) outputs.publish(large)
    }),
  )
}

async function presentMinute(path: string | undefined, clock: Clock): Promise<StreamStatsRow[]> {
  if (path === undefined) return []
  const { openReader } = await import('../storage/reader.js')
  const reader = openReader(path)
  try {
    return reader.streamStats({ since: clock.now() - (clock.now() % 60_000), limit: Number.POSITIVE_INFINITY })
  } finally {
    reader.close()
  }
}

type OnLoss = (table: string, lost: number, reason?: LossReason) => void

async function openDatabase(
  { path, batchSize, programVersion }: NonNullable<SinkOptions['database']>,
  clock: Clock,
  onLoss: OnLoss,
  onFailure: (error: StorageError) => void,
): Promise<Store> {
  const { openStore } = await import('../storage/store.js')
  return openStore({ path, batchSize, programVersion, clock, onLoss, onFailure })
}

async function openFiles(
  directory: string,
  clock: Clock,
  onLoss: OnLoss,
  onFailure: (error: StorageError) => void,
): Promise<CsvWriter> {
  const { openCsv } = await import('../storage/csv.js')
  return openCsv({ directory, clock, onLoss, onFailure })
}

function lag(consumer: string, lost: number, receivedAt: number): LagEvent {
  const base = { exchange: '', symbol: '', pair: '', timestamp: null, receivedAt }
  return { type: 'lag', ...base, consumer, policy: 'drop-oldest', lost }
}
