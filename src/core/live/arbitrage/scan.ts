/** The scan for opportunities over the live feed (once, or while it runs) and over a journal. */
import type { ArbitrageSettings, ClosedOpportunity, Opportunity } from '../../analysis/arbitrage/contract.js'
import { DataValidationError } from '../../errors.js'
import type { Exchange } from '../../exchanges/contract.js'
import type { JournalDamage, JournalFileInfo } from '../../feed/journal/reader.js'
import { Outputs } from '../../feed/outputs.js'
import { Replay } from '../../feed/replay.js'
import type { ValidationLimits } from '../../feed/validation.js'
import type { ArbitrageRow } from '../../storage/rows.js'
import { NamedInstruments } from '../named.js'
import { prepareStream, type Stream, type StreamOptions, type StreamResult, type StreamWorld } from '../stream.js'
import { Scanner } from './scanner.js'
import { opportunityEvent, opportunityRow, type RouteRow, routeRow, type ScanSummary, summariseScan } from './told.js'

export interface ScanOptions {
  readonly settings: ArbitrageSettings
  /** Taker fees by exchange, fractions, in place of the base tier. */
  readonly fees: ReadonlyMap<string, number>
}

/** Told lines as they happen. */
export type Emit = (line: object, row: ArbitrageRow) => void

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

/** Books of these instruments, printed and stored by nobody. */
export function scanStream(world: StreamWorld, options: Omit<StreamOptions, 'channels' | 'sinks'>): Promise<Stream> {
  const sinks = { database: undefined, csvDirectory: undefined, storeIntervalMs: 1_000 }
  return prepareStream(world, { ...options, channels: ['book'], sinks })
}

/** Waits until the books can be read, and tells every route as it stands then. Throws as `Stream.run`. */
export async function scanOnce(
  world: StreamWorld,
  options: Omit<StreamOptions, 'channels' | 'sinks'> & ScanOptions,
): Promise<ScanAnswer> {
  const enough = new AbortController()
  const signal = AbortSignal.any([world.signal, enough.signal])
  const stream = await scanStream({ ...world, signal }, { ...options, durationMs: options.durationMs ?? LONGEST_WAIT_MS })
  try {
    const { scanner } = watchFor(stream, options)
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

/** Connects a detector with the stream's books; its lines go to `emit`. */
export function watchFor(stream: Stream, { settings, fees }: ScanOptions, emit: Emit = () => undefined) {
  const closed: ClosedOpportunity[] = []
  const scanner = new Scanner(stream.pipelines, settings, { fees, ...tellers(emit, closed) })
  scanner.follow(stream.outputs)
  return { scanner, closed, summary: () => summariseScan(scanner.routes, closed) }
}

/** Every route at this moment, the best first. */
export function assess(scanner: Scanner, nowMs: number): RouteRow[] {
  const rows = scanner.routes.map((route) => routeRow(route, scanner.detector.assess(route, nowMs)))
  return rows.sort((a, b) => (b.netBps ?? Number.NEGATIVE_INFINITY) - (a.netBps ?? Number.NEGATIVE_INFINITY))
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
  readonly closed: readonly ClosedOpportunity[]
  readonly damages: readonly JournalDamage[]
  readonly warnings: readonly string[]
  /** ms of the last record. */
  readonly to: number
}

/** The same over a recording, as fast as it goes: the same opportunities with the same ids. Throws `DataValidationError` for nothing. */
export async function scanJournal(options: JournalScan, emit: Emit): Promise<JournalScanResult> {
  const outputs = new Outputs()
  const exchanges = new Map(options.exchanges.map((exchange) => [exchange.id, exchange]))
  const replay = new Replay(exchanges, outputs, options.limits)
  const pipelines = () => replay.pipelines.values()
  const named = new NamedInstruments(options.symbols, exchanges)
  const closed: ClosedOpportunity[] = []
  const damages: JournalDamage[] = []
  const scanner = new Scanner(pipelines, options.settings, {
    fees: options.fees,
    isWanted: ({ instrument }) => named.has(instrument),
    ...tellers(emit, closed),
  })
  scanner.follow(outputs)
  const { records, lastStamp = 0 } = await replay.play(options.files, {
    before: () => (options.signal.aborted ? false : undefined),
    onDamage: (damage) => damages.push(damage),
  })
  if (records === 0 && !options.signal.aborted)
    throw new DataValidationError('JOURNAL_NO_FRAMES', 'Nothing to scan: the recording has no frames of these exchanges', {
      suggestions: ['What there is: `mts journal list`'],
    })
  scanner.detector.finish(lastStamp / 1000)
  const warnings = options.signal.aborted ? [] : named.check(pipelines())
  return { summary: summariseScan(scanner.routes, closed), closed, damages, warnings, to: Math.floor(lastStamp / 1000) }
}

function tellers(emit: Emit, closed: ClosedOpportunity[]) {
  return {
    opened: (opportunity: Opportunity) => emit(opportunityEvent(opportunity), opportunityRow(opportunity)),
    closed: (opportunity: ClosedOpportunity) => {
      closed.push(opportunity)
      emit(opportunityEvent(opportunity, opportunity), opportunityRow(opportunity, opportunity))
    },
  }
}

/** Books that were asked for and cannot be read. */
function missingBooks(stream: Stream): string[] {
  return [...stream.feed.exchanges].flatMap(({ exchange, subscriptions, pipeline }) =>
    [...subscriptions]
      .filter(({ symbol }) => pipeline.find(symbol)?.sync.book === undefined)
      .map(({ symbol }) => `${exchange.id} ${symbol}`),
  )
}
