import type { ArbitrageSettings } from '../analysis/arbitrage/contract.js'
import { ConnectionError, nearest, UsageError } from '../errors.js'
import type { Exchange } from '../exchanges/contract.js'
import { EXCHANGE_IDS } from '../exchanges/registry.js'
import { findJournalFiles } from '../feed/journal/reader.js'
import { assess, type ScanOptions, scanJournal, scanOnce, scanStream, watchFor } from '../live/arbitrage/scan.js'
import { OPPORTUNITY_FIELDS, opportunityEvent, type ScanSummary } from '../live/arbitrage/told.js'
import type { Stream, StreamResult } from '../live/stream.js'
import type { ArbitrageRow } from '../storage/rows.js'
import type { BaseSession } from './base-command.js'
import { startLiveView } from './live-view.js'
import type { Column } from './output/column.js'
import { checkFields } from './output/fields.js'
import { renderTable } from './output/table.js'
import { endStream, summaryLine } from './run-stream.js'
import { streamSettings } from './stream-options.js'
import { plainRow } from './summary-table.js'

export interface ScanFlags {
  readonly exchanges: readonly Exchange[]
  readonly symbols: readonly string[] | undefined
  readonly settings: ArbitrageSettings
  readonly fees: readonly string[] | undefined
  readonly durationMs: number | undefined
  readonly isWatch: boolean
  readonly journal: string | undefined
  readonly fields: readonly string[] | undefined
  readonly isStored: boolean
}

/** Levels a side that a walk can go: what the shallowest streams have. */
const DEPTH = 50

const ROUTES: readonly Column[] = [
  { key: 'pair', cut: 'end' },
  { key: 'buy_exchange' },
  { key: 'sell_exchange' },
  { key: 'buy_price', kind: 'number' },
  { key: 'sell_price', kind: 'number' },
  { key: 'net_bps', heading: 'net', unit: 'bps', brief: 'net', kind: 'number', decimals: 2 },
  { key: 'quantity', kind: 'number' },
  { key: 'net_profit', brief: 'profit', kind: 'number', decimals: 2 },
  { key: 'confidence', brief: 'conf.', kind: 'number', decimals: 2 },
  { key: 'state', paint: (text, value, painter) => (value === 'opportunity' ? painter.good(text) : painter.quiet(text)) },
]

const FOUND: readonly Column[] = [
  { key: 'received_at', kind: 'time' },
  { key: 'pair', cut: 'end' },
  { key: 'exchange' },
  { key: 'sell_exchange' },
  { key: 'net_bps', heading: 'net', unit: 'bps', brief: 'net', kind: 'number', decimals: 2 },
  { key: 'quantity', kind: 'number' },
  { key: 'net_profit', brief: 'profit', kind: 'number', decimals: 2 },
  { key: 'life_ms', unit: 'ms', brief: 'ms', kind: 'number', decimals: 0 },
  { key: 'closed_by' },
  { key: 'is_phantom', brief: 'phantom' },
  { key: 'id' },
]

/** Scans once, while it runs, or over a recording. Throws `ConnectionError` when no two books could be compared. */
export async function runScan(session: BaseSession, flags: ScanFlags): Promise<void> {
  const scan: ScanOptions = { settings: flags.settings, fees: parseFees(flags.fees) }
  if (flags.journal !== undefined) await printJournal(session, flags, scan, flags.journal)
  else if (flags.isWatch) await watch(session, flags, scan)
  else await printOnce(session, flags, scan)
}

async function printOnce(session: BaseSession, flags: ScanFlags, scan: ScanOptions): Promise<void> {
  const { rows, stream, missing } = await scanOnce(await session.world(), { ...liveOptions(session, flags), ...scan })
  if (session.signal.aborted) return
  if (rows.length > 0 && rows.every(({ state }) => state === 'unreadable'))
    throw new ConnectionError('No two books could be read', rows[0]?.buyExchange ?? '', {
      suggestions: ['`mts doctor` tells which exchange does not answer', 'Give it more time: --duration 60s'],
    })
  const warnings = missing.map((book) => `${book}: no book that can be trusted`)
  if (rows.length === 0) warnings.push(nothingComparable(flags))
  await session.print({ data: rows, columns: ROUTES, warnings, failures: stream.failures })
}

async function watch(session: BaseSession, flags: ScanFlags, scan: ScanOptions): Promise<void> {
  if (flags.fields !== undefined) checkFields(flags.fields, OPPORTUNITY_FIELDS)
  const stream = await scanStream(await session.world(), liveOptions(session, flags))
  for (const warning of stream.warnings) session.note(`Warning: ${warning}`)
  try {
    const keeper = await openKeeper(session, flags.isStored)
    const run = session.isLive ? watchOnScreen : watchAsLines
    const result = await run(session, stream, scan, keeper.keep)
    await keeper.close()
    endStream(session, stream, result)
  } finally {
    await stream.close()
  }
}

async function watchAsLines(session: BaseSession, stream: Stream, scan: ScanOptions, keep: Keep): Promise<StreamResult> {
  const clock = await session.clock()
  const out = await session.events({ clock, fields: OPPORTUNITY_FIELDS })
  const watched = watchFor(stream, scan, (line, row) => {
    out.write(line)
    keep(row)
  })
  const result = await stream.run(
    () => undefined,
    () => watched.scanner.detector.finish(clock.now()),
  )
  out.write(summaryLine({ ...watched.summary(), exchanges: result.exchanges, seconds: result.seconds }, clock.now()))
  await out.ready()
  return result
}

async function watchOnScreen(session: BaseSession, stream: Stream, scan: ScanOptions, keep: Keep): Promise<StreamResult> {
  const clock = await session.clock()
  const { painter } = session
  const watched = watchFor(stream, scan, (_line, row) => keep(row))
  const view = await startLiveView({
    clock,
    stream: process.stdout,
    painter,
    signal: session.signal,
    snapshot: () => {
      const rows = assess(watched.scanner, clock.now()).map(plainRow)
      const found = watched.closed.slice(-8).map((each) => plainRow(opportunityEvent(each, each)))
      const told = scanLine(watched.summary())
      return async (width) => {
        const routes = await renderTable(rows, ROUTES, painter, width)
        const past = found.length === 0 ? '' : `\n\n${await renderTable(found, FOUND, painter, width)}`
        return `\n${routes}${past}\n\n${painter.quiet(told)}`
      }
    },
  })
  try {
    return await stream.run(
      () => undefined,
      () => {
        watched.scanner.detector.finish(clock.now())
        view.freeze()
      },
    )
  } finally {
    await view.stop()
  }
}

async function printJournal(session: BaseSession, flags: ScanFlags, scan: ScanOptions, path: string): Promise<void> {
  const { limits } = streamSettings(session.config)
  const files = await findJournalFiles(path)
  const { exchanges, symbols = [] } = flags
  const keeper = await openKeeper(session, flags.isStored)
  const options = { ...scan, files, exchanges, symbols, limits, signal: session.signal }
  const result = await scanJournal(options, (_line, row) => keeper.keep(row)).finally(() => keeper.close())
  const rows = result.closed.map((each) => opportunityEvent(each, each))
  await session.print({
    data: { summary: result.summary, opportunities: rows },
    view: { heading: scanLine(result.summary), rows, columns: FOUND },
    warnings: [...result.damages.map((each) => `${each.path}: ${each.message}`), ...result.warnings],
  })
}

type Keep = (row: ArbitrageRow) => void

/** Stores what is found; `close` throws what kept it from being stored. */
async function openKeeper(session: BaseSession, isStored: boolean): Promise<{ keep: Keep; close(): Promise<void> }> {
  if (!isStored) return { keep: () => undefined, close: () => Promise.resolve() }
  const { openStore } = await import('../storage/store.js')
  const { db: path, dbBatchSize: batchSize } = session.config
  const clock = await session.clock()
  const onLoss = (table: string, lost: number) => session.note(`Warning: ${lost} rows of ${table} were lost`)
  const options = { path, batchSize, programVersion: session.version, clock, onLoss, onFailure: () => undefined }
  const store = await openStore(options)
  return {
    keep: (row) => store.write('arbitrage_opportunities', row),
    close: async () => {
      await store.close()
      if (store.failure !== undefined) throw store.failure
    },
  }
}

/** Why there is not more, in one line. */
function scanLine({ count, compared, refused, bestBps, phantomShare }: ScanSummary): string {
  const gates = Object.entries(refused).filter(([, times]) => times > 0)
  return [
    `${count} found in ${compared} looks`,
    `best ${bestBps === null ? '–' : bestBps.toFixed(2)} bps after fees`,
    gates.length === 0 ? 'nothing refused' : `refused: ${gates.map(([gate, times]) => `${gate} ${times}`).join(', ')}`,
    ...(phantomShare === null ? [] : [`phantoms ${(phantomShare * 100).toFixed(0)} %`]),
  ].join('; ')
}

function liveOptions(session: BaseSession, { exchanges, symbols, durationMs }: ScanFlags) {
  return {
    ...streamSettings(session.config),
    exchanges,
    symbols: symbols ?? session.config.symbols,
    depth: DEPTH,
    intervalMs: 1_000,
    durationMs,
    isRecorded: false,
    redundancy: 1,
  }
}

function nothingComparable({ settings }: ScanFlags): string {
  const more = [settings.isCrossKind ? [] : ['--cross-kind'], settings.isCrossQuote ? [] : ['--cross-quote']].flat()
  return `No two of these instruments are the same thing on two exchanges${more.length === 0 ? '' : `: see ${more.join(', ')}`}`
}

/** `binance=4,bybit=5.5`, in bps. */
function parseFees(texts: readonly string[] = []): Map<string, number> {
  return new Map(
    texts.map((text) => {
      const [exchange = '', bps = ''] = text.split('=')
      const fee = bps.trim() === '' ? Number.NaN : Number(bps)
      if (!EXCHANGE_IDS.includes(exchange))
        throw new UsageError('USAGE_UNKNOWN_EXCHANGE', `Unknown exchange in --fees: ${exchange}`, {
          suggestions: [
            `Did you mean ${(nearest(exchange, EXCHANGE_IDS).length > 0 ? nearest(exchange, EXCHANGE_IDS) : EXCHANGE_IDS).join(', ')}?`,
          ],
        })
      if (!(Math.abs(fee) < 1_000))
        throw new UsageError('USAGE_BAD_NUMBER', `Not a fee: ${text}`, { suggestions: ['Give bps, such as binance=4,bybit=5.5'] })
      return [exchange, fee / 10_000]
    }),
  )
}
