/** `mts funding` from its flags to its output. */
import { existsSync } from 'node:fs'
import type { Settlement } from '../../analysis/funding.js'
import { collectFunding, type FundingHistoryResult, type FundingWorld } from '../../collect/collect-funding.js'
import { failuresOf } from '../../collect/failures.js'
import { periodOf } from '../../collect/period.js'
import type { Exchange } from '../../exchanges/contract.js'
import { askInstruments, onEach } from '../../live/ask.js'
import {
  type ComparisonRules,
  compareFunding,
  type FundingComparison,
  type FundingView,
  fetchFunding,
  missingOf,
  perpetualsNamed,
} from '../../live/funding.js'
import { reportStoredFunding } from '../../live/funding-history.js'
import { HOUR_MS } from '../../market/time.js'
import { openReader, type Reader } from '../../storage/reader.js'
import type { BaseSession } from '../base-command.js'
import { formatDuration } from '../duration.js'
import { asJob } from '../history/job.js'
import { historyWorld } from '../history/sources.js'
import { counted } from '../output/counted.js'
import { readStored } from '../stored/flags.js'
import { COMPARISON_COLUMNS, FUNDING_COLUMNS, HISTORY_COLUMNS, STORED_COLUMNS } from './columns.js'

export interface FundingRequest {
  readonly exchanges: readonly Exchange[]
  readonly symbols: readonly string[]
}

const USUAL_DAYS = 30
/** No perpetual swap is older. */
const FIRST_PERPETUAL = Date.UTC(2016, 4, 1)
const DAY_HOURS = 24

export async function printFunding(session: BaseSession, request: FundingRequest): Promise<void> {
  const { rows, failures, warnings } = await fetchFunding(await session.world(), request)
  await session.print({ data: rows, failures, warnings, columns: FUNDING_COLUMNS })
}

export async function printComparison(
  session: BaseSession,
  request: FundingRequest,
  { days, holdMs }: { readonly days: number | undefined; readonly holdMs: number },
): Promise<void> {
  const { minRateDiff, minProfitBps } = session.config.funding
  const { rows, failures, warnings } = await fetchFunding(await session.world(), request)
  const rules = { holdHours: holdMs / HOUR_MS, minRateDiff, minProfitBps }
  const data = await compareWithHistory(session, request.exchanges, rows, { ...rules, days: days ?? USUAL_DAYS })
  const isUnknown = data.length > 0 && data.every(({ historyHours }) => historyHours === 0)
  await session.print({
    data,
    failures,
    warnings: [
      ...warnings,
      ...(data.length === 0 ? ['No perpetual is on two of these exchanges: there is nothing to compare'] : []),
      ...(isUnknown ? ['No settled rates are stored: mts funding --history shows how steady the difference was'] : []),
    ],
    view: {
      heading: `Short where the rate is higher, long where it is lower, held ${formatDuration(holdMs)} at the present rates, four taker fills`,
      rows: data,
      columns: COMPARISON_COLUMNS,
    },
    fields: COMPARISON_COLUMNS.map(({ key }) => key),
  })
}

/** Present rates against each other, and how steady the difference was over what is stored of so many days. */
export async function compareWithHistory(
  session: BaseSession,
  listed: readonly Exchange[],
  rows: readonly FundingView[],
  { days = USUAL_DAYS, ...rules }: ComparisonRules & { readonly days?: number },
): Promise<FundingComparison[]> {
  const until = (await session.clock()).now()
  const since = until - days * DAY_HOURS * HOUR_MS
  const reader = openReaderIfThere(session.config.db)
  const exchanges = new Map(listed.map((exchange) => [exchange.id, exchange]))
  const history = (exchange: string, symbol: string) => settledRates(reader, exchange, symbol, since, until)
  try {
    return compareFunding(rows, { exchanges, history }, rules)
  } finally {
    reader?.close()
  }
}

function settledRates(
  reader: Reader | undefined,
  exchange: string,
  symbol: string,
  since: number,
  until: number,
): readonly Settlement[] {
  const limit = Number.POSITIVE_INFINITY
  return (
    reader?.fundingRates({ exchanges: [exchange], symbols: [symbol], since, until, limit, kind: 'settled' }) ?? []
  ).toReversed()
}

/** A comparison needs no database. */
function openReaderIfThere(file: string): Reader | undefined {
  return existsSync(file) ? openReader(file) : undefined
}

export interface HistoryFlags {
  readonly days: number | undefined
  readonly from: string | undefined
  readonly to: string | undefined
  readonly isAll: boolean
  readonly isWaiting: boolean
}

export async function collectFundingHistory(session: BaseSession, request: FundingRequest, flags: HistoryFlags): Promise<void> {
  const { isAll, isWaiting, ...span } = flags
  const now = (await session.clock()).now()
  const range = isAll ? { from: FIRST_PERPETUAL, to: now } : periodOf(span, now, USUAL_DAYS)
  const world = await historyWorld(session)
  const { values, failures, warnings } = await onEach(request.exchanges, async (exchange) => {
    const found = perpetualsNamed(exchange, await askInstruments(world, exchange), request.symbols)
    return { ...found, targets: found.instruments.map((instrument) => ({ exchange, instrument })) }
  })
  const missing = missingOf(values, failures)
  const scope = request.exchanges.map(({ id }) => id).join('-')
  const bar = await session.bar('series')
  const results = await asJob(session, { job: 'funding', scope, isWaiting }, async (history) => {
    const reader = openReader(session.config.db)
    const stored: FundingWorld['stored'] = (exchange, symbol, { from, to }, limit = Number.POSITIVE_INFINITY) =>
      reader.fundingRates({ exchanges: [exchange], symbols: [symbol], since: from, until: to, limit, kind: 'settled' })
    const onProgress = (done: number, expected: number) => bar.set(done, expected)
    const targets = values.flatMap((each) => each.targets)
    return collectFunding({ ...world, history, stored, onProgress }, targets, range).finally(() => reader.close())
  }).finally(() => bar.end())
  const rows = results.map(({ failure: _, ...row }) => row)
  await session.print({
    data: rows,
    warnings: [...warnings, ...missing, ...holeWarnings(results)],
    failures: [
      ...failures,
      ...failuresOf(results, ({ exchange, symbol, stored, unchanged }) => {
        return { source: exchange, series: symbol, hasStored: stored + unchanged > 0 }
      }),
    ],
    columns: HISTORY_COLUMNS,
    isForPeople: true,
  })
}

function holeWarnings(results: readonly FundingHistoryResult[]): string[] {
  return results.flatMap(({ exchange, symbol, holes, holeRanges: [first] }) => {
    if (holes === null || holes === 0 || first === undefined) return []
    return [`${exchange} ${symbol}: ${holes} settlements are missing, the first of ${new Date(first.from).toISOString()}`]
  })
}

export async function printStoredFunding(
  session: BaseSession,
  { exchanges, symbols }: { readonly exchanges: readonly string[] | undefined; readonly symbols: readonly string[] },
  sinceMs: number,
): Promise<void> {
  const flags = { since: sinceMs, hours: undefined, exchanges }
  const { rows, warnings } = await readStored(session, 'funding_rates', { names: symbols, flags }, (reader, query) =>
    reader.fundingRates(query),
  )
  const report = reportStoredFunding(rows)
  const nothing = 'Nothing is stored of that time: mts funding --history fetches it, mts stream stores it'
  const heading = `${counted(report.count, 'row')} of the last ${formatDuration(sinceMs)}, of ${report.exchanges.join(', ') || 'no exchange'}`
  await session.print({
    data: report,
    warnings: [...warnings, ...(rows.length > 0 ? [] : [nothing])],
    view: { heading, rows: report.series, columns: STORED_COLUMNS },
  })
}
