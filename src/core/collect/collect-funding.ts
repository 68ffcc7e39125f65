/** `mts funding --history`: settled rates of perpetuals, page by page, with the settlements that are missing. */
import { type MissingSettlements, missingSettlements, SETTLEMENT_JITTER_MS, settlementIntervals } from '../analysis/funding.js'
import { MtsError, StorageError } from '../errors.js'
import type { Exchange } from '../exchanges/contract.js'
import type { FundingRate } from '../market/event.js'
import type { Instrument } from '../market/instrument.js'
import { HOUR_MS } from '../market/time.js'
import type { History } from '../storage/history.js'
import type { FundingRow } from '../storage/rows.js'
import { type ExchangeWorld, exchangePages, ofSymbol } from './exchange-pages.js'
import { categoryOf } from './failures.js'
import { eachAtOnce } from './pool.js'
import { clipRanges, mergeRanges, type Range } from './ranges.js'
import { checkKind, SIMULATED } from './simulated.js'

const SERIES_AT_ONCE = 3
/** What is stored before the range tells which interval held when it begins. */
const CONTEXT_MS = 32 * HOUR_MS
/** Exchanges list a settlement some minutes after it. */
const SETTLE_MS = HOUR_MS

export interface FundingWorld extends ExchangeWorld {
  readonly history: Pick<History, 'upsertFunding'>
  /** Stored settlements of `from <= time < to`, newest first, at most `limit`. */
  stored(exchange: string, symbol: string, range: Range, limit?: number): readonly FundingRow[]
  onProgress(done: number, expected: number): void
}

export interface FundingTarget {
  readonly exchange: Exchange
  readonly instrument: Instrument
}

export interface FundingHistoryResult {
  readonly exchange: string
  readonly symbol: string
  readonly pair: string
  /** Settlements stored of the time asked for. */
  readonly settlements: number
  readonly stored: number
  readonly updated: number
  readonly unchanged: number
  /** Settlements missing after the first one that the exchange has; `null` where it could not be found out. */
  readonly holes: number | null
  readonly holeRanges: readonly MissingSettlements[]
  readonly first: number | null
  readonly last: number | null
  /** Hours between the last two. */
  readonly intervalHours: number | null
  /** Mean of the settled rates per hour: their sum by the hours that they paid for; a fraction. */
  readonly averagePerHour: number | null
  readonly failure: MtsError | undefined
}

/**
 * Brings the stored settlements of each perpetual up to what its exchange has. What fails for one is in its result; throws
 * everything else: `StorageError`, the signal's reason.
 */
export async function collectFunding(
  world: FundingWorld,
  targets: readonly FundingTarget[],
  range: Range,
): Promise<FundingHistoryResult[]> {
  const results = new Map<FundingTarget, FundingHistoryResult>()
  await eachAtOnce(targets, SERIES_AT_ONCE, async (target) => {
    results.set(target, await collectOne(world, target, range))
    world.onProgress(results.size, targets.length)
  })
  return targets.flatMap((target) => results.get(target) ?? [])
}

async function collectOne(world: FundingWorld, target: FundingTarget, range: Range): Promise<FundingHistoryResult> {
  const series: Series = { ...target, world, range, counts: { stored: 0, updated: 0, unchanged: 0 } }
  let failure: MtsError | undefined
  try {
    checkStored(series)
    await fetchRanges(series, gapsToFill(series))
    // Asked twice and still not there: the exchange does not have it.
    await fetchRanges(series, holesOf(series))
    storeIntervals(series)
  } catch (error) {
    if (!(error instanceof MtsError) || error instanceof StorageError || categoryOf(error) === undefined) throw error
    failure = error
  }
  return resultOf(series, failure)
}

interface Series extends FundingTarget {
  readonly world: FundingWorld
  readonly range: Range
  readonly counts: { stored: number; updated: number; unchanged: number }
}

/** Before the first settlement that is stored, in the holes, and after the last one, which is asked for again. */
function gapsToFill(series: Series): Range[] {
  const { range } = series
  const times = settledTimes(series)
  const [first] = times
  const last = times.at(-1)
  if (first === undefined || last === undefined) return [range]
  return clipRanges([{ from: range.from, to: first }, ...holesOf(series), { from: last, to: range.to }], range)
}

function holesOf(series: Series): MissingSettlements[] {
  const { range, world } = series
  const end = Math.min(range.to, world.clock.now() - SETTLE_MS)
  return missingSettlements(settledTimes(series), end).filter(({ to }) => to > range.from)
}

async function fetchRanges(series: Series, ranges: readonly Range[]): Promise<void> {
  const { world, exchange, instrument, counts } = series
  const { fundingHistory } = exchange.rest
  if (fundingHistory === undefined) return
  for (const { from, to } of mergeRanges(ranges)) {
    const known = new Map(settledRows(series).map(({ timestamp, intervalHours }) => [timestamp, intervalHours]))
    const query = { symbol: instrument.symbol, from: Math.max(0, from - SETTLEMENT_JITTER_MS), to: to + SETTLEMENT_JITTER_MS }
    for await (const page of exchangePages(world, exchange, fundingHistory, query)) {
      const rows = ofSymbol(exchange, instrument.symbol, page).map((row) =>
        fundingRow(world, exchange.id, row, known.get(row.timestamp) ?? null),
      )
      const written = world.history.upsertFunding(rows)
      counts.stored += written.inserted
      counts.updated += written.updated
      counts.unchanged += written.unchanged
    }
  }
}

function fundingRow({ isSandbox }: FundingWorld, exchange: string, rate: FundingRate, intervalHours: number | null): FundingRow {
  const { symbol, timestamp, kind, fundingRate, markPrice } = rate
  return {
    ...{ exchange, symbol, timestamp, kind, fundingRate, predictedRate: null, fundingTime: timestamp },
    intervalHours: kind === 'settled' ? intervalHours : null,
    metadata: { mark_price: markPrice, ...(isSandbox ? { quality: SIMULATED } : {}) },
  }
}

/** An exchange's history does not tell the interval: the distance of the settlements does. */
function storeIntervals(series: Series): void {
  const rows = settledRows(series)
  const hours = settlementIntervals(rows.map(({ timestamp }) => timestamp))
  const changed = rows.flatMap((row, i) => {
    const intervalHours = hours[i] ?? null
    return row.intervalHours === intervalHours ? [] : [{ ...row, intervalHours }]
  })
  if (changed.length > 0) series.world.history.upsertFunding(changed)
}

/** Settled rows of the range and of the time before it, ascending. */
function settledRows({ world, exchange, instrument, range }: Series): FundingRow[] {
  const rows = world.stored(exchange.id, instrument.symbol, { from: range.from - CONTEXT_MS, to: range.to + SETTLEMENT_JITTER_MS })
  return rows.toReversed()
}

function settledTimes(series: Series): number[] {
  return settledRows(series).map(({ timestamp }) => timestamp)
}

function checkStored({ world, exchange, instrument, range }: Series): void {
  const [settled] = world.stored(exchange.id, instrument.symbol, { from: 0, to: range.to }, 1)
  const quality = settled && String(settled.metadata?.['quality'] ?? '')
  checkKind(`The funding rates of ${instrument.symbol} from ${exchange.id}`, quality, world.isSandbox)
}

function resultOf(series: Series, failure: MtsError | undefined): FundingHistoryResult {
  const { exchange, instrument, range, counts } = series
  const rows = settledRows(series).filter(({ timestamp }) => timestamp >= range.from && timestamp < range.to)
  const holeRanges = failure === undefined ? holesOf(series) : []
  const paid = rows.filter(({ intervalHours }) => intervalHours !== null)
  const hours = paid.reduce((sum, { intervalHours }) => sum + (intervalHours ?? 0), 0)
  return {
    ...{ exchange: exchange.id, symbol: instrument.symbol, pair: instrument.pair, settlements: rows.length, ...counts },
    holes: failure === undefined ? holeRanges.reduce((sum, { settlements }) => sum + settlements, 0) : null,
    holeRanges,
    first: rows[0]?.timestamp ?? null,
    last: rows.at(-1)?.timestamp ?? null,
    intervalHours: rows.at(-1)?.intervalHours ?? null,
    averagePerHour: hours === 0 ? null : paid.reduce((sum, { fundingRate }) => sum + fundingRate, 0) / hours,
    failure,
  }
}
