/** Journals in a directory of their own, and replays of them with everything that can be seen of them. */
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import { toJson } from '../../src/core/cli/output/keys.js'
import { VirtualClock } from '../../src/core/clock.js'
import type { Exchange } from '../../src/core/exchanges/contract.js'
import type { CoverageSpan } from '../../src/core/feed/coverage-span.js'
import { type ImportResult, importRecording } from '../../src/core/feed/journal/import.js'
import type { JournalOptions } from '../../src/core/feed/journal/journal-file.js'
import { findJournalFiles, type JournalDamage, JournalReader } from '../../src/core/feed/journal/reader.js'
import type { RecordKind } from '../../src/core/feed/journal/record.js'
import { findRecordings } from '../../src/core/feed/journal/recording.js'
import { JournalWriter } from '../../src/core/feed/journal/writer.js'
import type { MarketState } from '../../src/core/feed/market-state.js'
import { Outputs } from '../../src/core/feed/outputs.js'
import type { Pipeline } from '../../src/core/feed/pipeline.js'
import type { StateKind } from '../../src/core/feed/pipeline-host.js'
import { type Played, Replay } from '../../src/core/feed/replay.js'
import { DEFAULT_LIMITS } from '../../src/core/feed/validation.js'
import type { MarketEvent } from '../../src/core/market/event.js'

/** @public */
export const RECORDED = path.resolve(import.meta.dirname, '../../../shared/recorded')

/** Gone when the test is over. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'mts-feed-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}

export function journalWriter(directory: string, options: Partial<JournalOptions> = {}): JournalWriter {
  return new JournalWriter({ directory, clock: new VirtualClock(), blockBytes: 256 << 10, flushMs: 1_000, ...options })
}

/** Turns a recording of `../shared/recorded` into a journal. */
export async function importRecorded(exchange: Exchange, name: string, directory: string): Promise<ImportResult> {
  const [recording] = await findRecordings(path.join(RECORDED, name))
  if (recording === undefined) throw new Error(`no recording ${name}`)
  const journal = journalWriter(directory)
  const result = await importRecording(recording, exchange, 1, journal)
  await journal.close()
  return result
}

export interface Line {
  readonly exchange: string
  readonly stamp: number
  readonly connection: number
  readonly kind: RecordKind
  readonly payload: Buffer
}

/** Every record of a journal, in the order in which a replay meets them. */
export async function readLines(directory: string, damages: JournalDamage[] = []): Promise<Line[]> {
  const lines: Line[] = []
  await new JournalReader(await findJournalFiles(directory), (damage) => damages.push(damage)).play((exchange, record) => {
    lines.push({ exchange, ...record, payload: Buffer.from(record.payload) })
    return undefined
  })
  return lines
}

/** Writes records as a journal that is met in just this order: where stamps are equal, they are moved on by 1 µs each. */
export async function writeLines(directory: string, lines: Iterable<Line>): Promise<void> {
  const journal = journalWriter(directory)
  let last = 0
  for (const { exchange, stamp, connection, kind, payload } of lines) {
    last = Math.max(last + 1, stamp)
    journal.append(exchange, connection, last, kind, payload)
  }
  await journal.close()
}

export interface Replayed extends Played {
  readonly events: readonly MarketEvent[]
  /** The events as they are compared: NDJSON without what tells of states and connections. */
  readonly canonical: readonly string[]
  readonly hash: string
  readonly damages: readonly JournalDamage[]
  readonly pipelines: ReadonlyMap<string, Pipeline>
  /** As they were told last, by exchange, symbol, channel and start. */
  readonly coverage: readonly CoverageSpan[]
}

export interface ReplayOptions {
  readonly exchanges: readonly Exchange[]
  readonly watch?: (state: MarketState, kind: StateKind) => void
  /** Called after each event was published. */
  readonly see?: (event: MarketEvent) => void
  readonly before?: (stamp: number) => undefined | false | Promise<void>
  readonly intervalMs?: number
}

export async function replayJournal(directory: string, options: ReplayOptions): Promise<Replayed> {
  const { exchanges, watch, see, before, intervalMs = 1_000 } = options
  const outputs = new Outputs()
  const events: MarketEvent[] = []
  const damages: JournalDamage[] = []
  const run = new Replay(new Map(exchanges.map((exchange) => [exchange.id, exchange])), outputs, DEFAULT_LIMITS)
  collect(outputs, (event) => {
    events.push(event)
    see?.(event)
  })
  const coverage = keepCoverage(outputs)
  if (watch !== undefined) outputs.watch(watch)
  outputs.sample({ intervalMs, depth: 10, limits: DEFAULT_LIMITS })
  const played = await run.play(await findJournalFiles(directory), {
    ...(before && { before }),
    onDamage: (damage) => damages.push(damage),
  })
  for (const pipeline of run.pipelines.values()) pipeline.coverage.close(Math.floor((played.lastStamp ?? 0) / 1000))
  const canonical = canonicalLines(events)
  return { ...played, events, canonical, hash: hashOf(canonical), damages, pipelines: run.pipelines, coverage: coverage() }
}

export function canonicalLines(events: readonly MarketEvent[]): string[] {
  return events.filter((event) => event.type !== 'status').map(toJson)
}

export function hashOf(lines: readonly string[]): string {
  const hash = createHash('sha256')
  for (const line of lines) hash.update(`${line}\n`)
  return hash.digest('hex')
}

/** The rows of coverage as they stand, in the order of their beginnings. */
export function keepCoverage(outputs: Outputs): () => CoverageSpan[] {
  const rows = new Map<string, CoverageSpan>()
  outputs.keepCoverage((span) => rows.set(`${span.exchange} ${span.symbol} ${span.channel} ${span.startedAt}`, span))
  return () => [...rows.values()].sort((a, b) => a.startedAt - b.startedAt)
}

/** Every event of a bus, in order, handled at once. */
export function collect(outputs: Outputs, handle: (event: MarketEvent) => void): void {
  outputs.bus.subscribe({
    name: 'test',
    filter: {},
    policy: 'wait',
    maxBytes: Number.POSITIVE_INFINITY,
    handle,
    onError: (error) => {
      throw error
    },
  })
}

/** What can be read of a book, as text; nothing while it cannot be read. */
export function bookText({ sync }: MarketState, depth = 20): string | undefined {
  const { book } = sync
  if (book === undefined) return undefined
  return `${book.sequence} ${book.bids.levels(depth).join(' ')} | ${book.asks.levels(depth).join(' ')}`
}
