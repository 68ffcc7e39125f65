import { BugError } from '../errors.js'
import { assess, assessFundings, scanStream } from '../live/arbitrage/scan.js'
import type { OpportunityWatch } from '../live/arbitrage/watch.js'
import type { Stream, StreamResult } from '../live/stream.js'
import type { BaseSession } from './base-command.js'
import { checkEventFields, EVENT_FIELDS } from './event-fields.js'
import { startLiveView } from './live-view.js'
import { renderTable } from './output/table.js'
import { endStream, summaryLine } from './run-stream.js'
import { FOUND_COLUMNS, routeColumns } from './scan-columns.js'
import { liveOptions, type ScanFlags, scanLine } from './scan-setup.js'
import { plainRow } from './summary-table.js'

/** Looks for opportunities until it is stopped: lines, or a live table at a terminal; stored, and published when asked. */
export async function watchScan(session: BaseSession, flags: ScanFlags): Promise<void> {
  checkEventFields(flags.fields)
  const { isRecorded, redis, scan, sinks } = flags
  const options = { ...liveOptions(session, flags), ...scan, isRecorded, redis }
  const stream = await scanStream(await session.world(), options, sinks)
  for (const warning of stream.warnings) session.note(`Warning: ${warning}`)
  const { opportunities } = stream
  if (opportunities === undefined) throw new BugError('a scan without a scanner')
  try {
    const run = session.isLive ? watchOnScreen : watchAsLines
    endStream(session, stream, await run(session, stream, opportunities, flags))
  } finally {
    await stream.close()
  }
}

async function watchAsLines(session: BaseSession, stream: Stream, watch: OpportunityWatch): Promise<StreamResult> {
  const clock = await session.clock()
  const out = await session.events({ clock, fields: EVENT_FIELDS })
  const result = await stream.run((event) => out.write(event))
  const { exchanges, seconds, lost, redis } = result
  out.write(
    summaryLine({ ...watch.summary(), exchanges, seconds, lost, ...(redis && { redis }), lostLines: out.lost }, clock.now()),
  )
  await out.ready()
  return result
}

async function watchOnScreen(
  session: BaseSession,
  stream: Stream,
  watch: OpportunityWatch,
  { scan }: ScanFlags,
): Promise<StreamResult> {
  const clock = await session.clock()
  const { painter } = session
  const view = await startLiveView({
    clock,
    stream: process.stdout,
    painter,
    signal: session.signal,
    snapshot: () => {
      const now = clock.now()
      const routes = [...assess(watch.scanner, now), ...assessFundings(watch.scanner, scan.funding, now)].map(plainRow)
      const found = watch.newest.map(plainRow)
      const told = scanLine(watch.summary())
      return async (width) => {
        const present = await renderTable(routes, routeColumns(scan.kinds), painter, width)
        const past = found.length === 0 ? '' : `\n\n${await renderTable(found, FOUND_COLUMNS, painter, width)}`
        return `\n${present}${past}\n\n${painter.quiet(told)}`
      }
    },
  })
  try {
    return await stream.run(() => undefined, view.freeze)
  } finally {
    await view.stop()
  }
}
