/** `mts oi --history`: open interest as each exchange keeps it, page by page. */
import { MtsError, StorageError } from '../errors.js'
import type { Exchange } from '../exchanges/contract.js'
import type { Instrument } from '../market/instrument.js'
import { HOUR_MS } from '../market/time.js'
import type { OpenInterestRow } from '../storage/rows.js'
import { type ExchangeWorld, exchangePages, ofSymbol } from './exchange-pages.js'
import { categoryOf } from './failures.js'
import { eachAtOnce } from './pool.js'
import type { Range } from './ranges.js'
import { checkKind, SIMULATED } from './simulated.js'

const SERIES_AT_ONCE = 3
/** Finer than an hour for so long; beyond that an hour is what a reader can see. */
const FINE_MS = 24 * HOUR_MS

export interface OpenInterestTarget {
  readonly exchange: Exchange
  readonly instrument: Instrument
}

export interface OpenInterestHistory {
  readonly exchange: string
  readonly symbol: string
  /** Rows that the exchange has of the time asked for. */
  readonly received: number
  readonly failure: MtsError | undefined
}

export interface OpenInterestWorld extends ExchangeWorld {
  /** The newest row that is stored before `until`. */
  newest(exchange: string, symbol: string, until: number): OpenInterestRow | undefined
  keep(row: OpenInterestRow): void
}

/** Rows of five minutes for a day, else of an hour. What fails for one series is in its result; throws `StorageError`, the signal's reason. */
export async function collectOpenInterest(
  world: OpenInterestWorld,
  targets: readonly OpenInterestTarget[],
  range: Range,
): Promise<OpenInterestHistory[]> {
  const results = new Map<OpenInterestTarget, OpenInterestHistory>()
  await eachAtOnce(targets, SERIES_AT_ONCE, async (target) => {
    results.set(target, await collectOne(world, target, range))
  })
  return targets.flatMap((target) => results.get(target) ?? [])
}

async function collectOne(world: OpenInterestWorld, target: OpenInterestTarget, range: Range): Promise<OpenInterestHistory> {
  const counts = { received: 0 }
  let failure: MtsError | undefined
  try {
    checkStored(world, target, range)
    await fetchRange(world, target, range, counts)
  } catch (error) {
    if (!(error instanceof MtsError) || error instanceof StorageError || categoryOf(error) === undefined) throw error
    failure = error
  }
  return { exchange: target.exchange.id, symbol: target.instrument.symbol, received: counts.received, failure }
}

function checkStored(world: OpenInterestWorld, { exchange, instrument: { symbol } }: OpenInterestTarget, { to }: Range): void {
  const row = world.newest(exchange.id, symbol, to)
  const quality = row && String(row.metadata?.['quality'] ?? '')
  checkKind(`The open interest of ${symbol} from ${exchange.id}`, quality, world.isSandbox)
}

async function fetchRange(
  world: OpenInterestWorld,
  { exchange, instrument: { symbol } }: OpenInterestTarget,
  range: Range,
  counts: { received: number },
): Promise<void> {
  const { openInterestHistory } = exchange.rest
  if (openInterestHistory === undefined) return
  const metadata = world.isSandbox ? { quality: SIMULATED } : null
  const period = range.to - range.from <= FINE_MS ? '5m' : '1h'
  for await (const page of exchangePages(world, exchange, openInterestHistory, { symbol, period, ...range })) {
    for (const { timestamp, openInterest, openInterestUsd } of ofSymbol(exchange, symbol, page))
      world.keep({ exchange: exchange.id, symbol, timestamp, openInterest, openInterestUsd, metadata })
    counts.received += page.length
  }
}
