/** The scan for opportunities over the live feed (once, or while it runs) and over a journal. */
import type { FundingArbitrageSettings } from '../../analysis/arbitrage/funding.js'
import { BugError, DataValidationError } from '../../errors.js'
import type { Exchange } from '../../exchanges/contract.js'
import type { JournalDamage, JournalFileInfo } from '../../feed/journal/reader.js'
import type { MarketState } from '../../feed/market-state.js'
import { Outputs } from '../../feed/outputs.js'
import { Replay } from '../../feed/replay.js'
import type { ValidationLimits } from '../../feed/validation.js'
import type { ArbitrageRow } from '../../storage/rows.js'
import { NamedInstruments } from '../named.js'
import { prepareStream, type Stream, type StreamResult } from '../stream.js'
import type { StreamOptions, StreamWorld } from '../stream-options.js'
import type { ScanOptions } from './options.js'
import type { Scanner } from './scanner.js'
import { byNetBps, type RouteRow, routeRow, type ScanSummary } from './told.js'
import { fundingRouteRow } from './told-funding.js'
import { type OpportunityWatch, watchOpportunities } from './watch.js'

export interface ScanAnswer {
  readonly rows: readonly RouteRow[]
  readonly stream: StreamResult
  /** Books that never became readable. */
  readonly missing: readonly string[]
}

const LOOK_MS = 50
/** All books readable: so long a moment is waited for at which none of them is too old. */
const PATIENCE_LOOKS = 20
const LONGEST_WAIT_MS = 15_000

export type ScanStream = Omit<StreamOptions, 'channels' | 'sinks'> & ScanOptions

const NOWHERE: StreamOptions['sinks'] = { database: undefined, csvDirectory: undefined, storeIntervalMs: 1_000 }

/** The books and rates that these kinds need; it tells opportunities, and what keeps it from seeing them. */
export function scanStream(world: StreamWorld, options: ScanStream, sinks = NOWHERE): Promise<Stream> {
  return prepareStream(world, {
    ...options,
    channels: ['opportunities'],
    sinks: { ...sinks, isOpportunitiesOnly: true },
    opportunities: options,
  })
}

/** Waits until the books can be read, and tells every route as it stands then. Throws as `Stream.run`. */
export async function scanOnce(world: StreamWorld, options: ScanStream): Promise<ScanAnswer> {
  const enough = new AbortController()
  const signal = AbortSignal.any([world.signal, enough.signal])
  const stream = await scanStream({ ...world, signal }, { ...options, durationMs: options.durationMs ?? LONGEST_WAIT_MS })
  try {
    const scanner = stream.opportunities?.scanner
    if (scanner === undefined) throw new BugError('a scan without a scanner')
    let looks = 0
    const timer = world.clock.every(LOOK_MS, () => {
      if (missingBooks(stream).length > 0) return
      looks += 1
      const isFresh = assess(scanner, world.clock.now()).every(({ state }) => state !== 'age' && state !== 'skew')
      if (isFresh || looks > PATIENCE_LOOKS) enough.abort()
    })
    let rows: RouteRow[] = []
    let missing: string[] = []
    const onEnding = () => {
      missing = missingBooks(stream)
      rows = assess(scanner, world.clock.now())
    }
    try {
      return { stream: await stream.run(() => undefined, onEnding), rows, missing }
    } finally {
      timer.cancel()
    }
  } finally {
    await stream.close()
  }
}

/** Every two perpetuals at this moment, the best first. */
export function assessFundings({ fundings }: Scanner, settings: FundingArbitrageSettings, nowMs: number): RouteRow[] {
  return fundings.routes.map((route) => fundingRouteRow(route, settings, nowMs)).sort(byNetBps)
}

/** Every route of books at this moment, the best first. */
export function assess(scanner: Scanner, nowMs: number): RouteRow[] {
  const rows = scanner.routes.map((route) => routeRow(route, scanner.detector.assess(route, nowMs)))
  return rows.sort(byNetBps)
}

export interface JournalScan extends ScanOptions {
  readonly files: readonly JournalFileInfo[]
  readonly exchanges: readonly Exchange[]
  /** All when empty. */
  readonly symbols: readonly string[]
  readonly limits: ValidationLimits
  readonly signal: AbortSignal
}

export interface JournalScanResult {
  readonly summary: ScanSummary
  readonly closed: OpportunityWatch['closed']
  readonly damages: readonly JournalDamage[]
  readonly warnings: readonly string[]
  /** ms of the last record. */
  readonly to: number
}

/** The same over a recording, as fast as it goes: the same opportunities with the same ids. Throws `DataValidationError` for nothing. */
export async function scanJournal(options: JournalScan, keep: (row: ArbitrageRow) => void): Promise<JournalScanResult> {
  const outputs = new Outputs()
  const exchanges = new Map(options.exchanges.map((exchange) => [exchange.id, exchange]))
  const replay = new Replay(exchanges, outputs, options.limits)
  const pipelines = () => replay.pipelines.values()
  const named = new NamedInstruments(options.symbols, exchanges)
  const damages: JournalDamage[] = []
  const isWanted: (state: MarketState) => boolean = ({ instrument }) => named.has(instrument)
  const watch = watchOpportunities(outputs, pipelines, { ...options, isWanted })
  watch.keepBy(keep)
  const { records, lastStamp = 0 } = await replay.play(options.files, {
    before: () => (options.signal.aborted ? false : undefined),
    onDamage: (damage) => damages.push(damage),
  })
  if (records === 0 && !options.signal.aborted)
    throw new DataValidationError('JOURNAL_NO_FRAMES', 'Nothing to scan: the recording has no frames of these exchanges', {
      suggestions: ['What there is: `mts journal list`'],
    })
  watch.finish(lastStamp / 1000)
  const warnings = options.signal.aborted ? [] : named.check(pipelines())
  return { summary: watch.summary(), closed: watch.closed, damages, warnings, to: Math.floor(lastStamp / 1000) }
}

/** Books that were asked for and cannot be read. */
function missingBooks(stream: Stream): string[] {
  return [...stream.feed.exchanges].flatMap(({ exchange, subscriptions, pipeline }) =>
    [...subscriptions]
      .filter(({ channel, symbol }) => channel === 'book' && pipeline.find(symbol)?.sync.book === undefined)
      .map(({ symbol }) => `${exchange.id} ${symbol}`),
  )
}
