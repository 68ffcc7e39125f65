import { ConnectionError } from '../../errors.js'
import type { Exchange } from '../../exchanges/contract.js'
import { findJournalFiles } from '../../feed/journal/reader.js'
import { Outputs } from '../../feed/outputs.js'
import { scanJournal, scanOnce } from '../../live/arbitrage/scan.js'
import { comparedRow } from '../../live/arbitrage/told-funding.js'
import { closedEvent } from '../../live/arbitrage/watch.js'
import { fetchFunding } from '../../live/funding.js'
import { openSinks, type Sinks } from '../../live/sinks.js'
import type { BaseSession } from '../base-command.js'
import { compareWithHistory } from '../funding/run.js'
import { streamSettings } from '../stream/options.js'
import { FOUND_COLUMNS, routeColumns } from './scan-columns.js'
import { DEPTH, liveOptions, type ScanFlags, scanLine } from './scan-setup.js'
import { watchScan } from './watch-scan.js'

/** Scans once, while it runs, or over a recording. Throws `ConnectionError` when no two books could be compared. */
export async function runScan(session: BaseSession, flags: ScanFlags): Promise<void> {
  if (flags.journal !== undefined) await printJournal(session, flags, flags.journal)
  else if (flags.isWatch) await watchScan(session, flags)
  else await printOnce(session, flags)
}

async function printOnce(session: BaseSession, flags: ScanFlags): Promise<void> {
  const { kinds } = flags.scan
  const parts = [
    kinds.has('spread') ? await spreadsNow(session, flags) : undefined,
    kinds.has('funding') ? await fundingsNow(session, flags) : undefined,
  ]
  if (session.signal.aborted) return
  const found = parts.filter((part) => part !== undefined)
  await session.print({
    data: found.flatMap(({ rows }) => rows),
    columns: routeColumns(kinds),
    warnings: found.flatMap(({ warnings }) => warnings),
    failures: found.flatMap(({ failures }) => failures),
  })
}

async function spreadsNow(session: BaseSession, flags: ScanFlags) {
  const scan = { ...flags.scan, kinds: new Set(['spread' as const]) }
  const { rows, stream, missing } = await scanOnce(await session.world(), { ...liveOptions(session, flags), ...scan })
  if (!session.signal.aborted && rows.length > 0 && rows.every(({ state }) => state === 'unreadable'))
    throw new ConnectionError('No two books could be read', rows[0]?.buyExchange ?? '', {
      suggestions: ['`mts doctor` tells which exchange does not answer', 'Give it more time: --duration 60s'],
    })
  const warnings = missing.map((book) => `${book}: no book that can be trusted`)
  if (rows.length === 0) warnings.push(nothingComparable(flags))
  return { rows, warnings, failures: stream.failures }
}

/** As `mts funding --compare`, for legs of the size that was asked for. */
async function fundingsNow(session: BaseSession, { exchanges, symbols = session.config.symbols, scan }: ScanFlags) {
  const perpetuals = exchanges.filter(({ rest }) => rest.funding !== undefined)
  const { rows, failures, warnings } = await fetchFunding(await session.world(), { exchanges: perpetuals, symbols })
  const fees = (exchange: Exchange) => ({ ...exchange.fees, taker: scan.fees.get(exchange.id) ?? exchange.fees.taker })
  const listed = perpetuals.map((exchange) => ({ ...exchange, fees: fees(exchange) }))
  const compared = await compareWithHistory(session, listed, rows, scan.funding)
  const nothing = compared.length === 0 ? ['No perpetual is on two of these exchanges: no funding to compare'] : []
  return { rows: compared.map((each) => comparedRow(each, scan.funding)), warnings: [...warnings, ...nothing], failures }
}

async function printJournal(session: BaseSession, flags: ScanFlags, path: string): Promise<void> {
  const { limits } = streamSettings(session.config)
  const files = await findJournalFiles(path)
  const { exchanges, symbols = [] } = flags
  const keeper = await openKeeper(session, flags)
  const options = { ...flags.scan, files, exchanges, symbols, limits, signal: session.signal }
  const result = await scanJournal(options, (row) => keeper.keepOpportunity(row)).finally(() => keeper.close(0))
  const rows = result.closed.map(closedEvent)
  await session.print({
    data: { summary: result.summary, opportunities: rows },
    view: { heading: scanLine(result.summary), rows, columns: FOUND_COLUMNS },
    warnings: [...result.damages.map((each) => `${each.path}: ${each.message}`), ...result.warnings],
  })
}

/** Stores what a recording has; `close` throws what kept it from being stored. */
async function openKeeper(session: BaseSession, { sinks }: ScanFlags): Promise<Pick<Sinks, 'keepOpportunity' | 'close'>> {
  const { limits, largeTrades } = streamSettings(session.config)
  const failures: Error[] = []
  const keeper = await openSinks(new Outputs(), () => [], {
    ...{ ...sinks, limits, largeTrades, depth: DEPTH, isLive: false, isOpportunitiesOnly: true },
    clock: await session.clock(),
    onFailure: (error) => failures.push(error),
  })
  return {
    keepOpportunity: (row) => keeper.keepOpportunity(row),
    close: async (nowMs) => {
      await keeper.close(nowMs)
      if (keeper.lost > 0) session.note(`Warning: ${keeper.lost} rows were lost`)
      if (failures[0] !== undefined) throw failures[0]
    },
  }
}

function nothingComparable({ scan: { settings } }: ScanFlags): string {
  const more = [settings.isCrossKind ? [] : ['--cross-kind'], settings.isCrossQuote ? [] : ['--cross-quote']].flat()
  return `No two of these instruments are the same thing on two exchanges${more.length === 0 ? '' : `: see ${more.join(', ')}`}`
}
