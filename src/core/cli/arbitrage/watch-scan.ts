import { BugError } from '../../errors.js'
import { assess, assessFundings, scanStream } from '../../live/arbitrage/scan.js'
import type { BaseSession } from '../base-command.js'
import { renderTable } from '../output/table.js'
import { checkEventFields } from '../stream/event-fields.js'
import { plainRow } from '../stream/summary-table.js'
import { watchStream } from '../stream/watch.js'
import { FOUND_COLUMNS, routeColumns } from './scan-columns.js'
import { liveOptions, type ScanFlags, scanLine } from './scan-setup.js'

/** Looks for opportunities until it is stopped: lines, or a live table at a terminal; stored, and published when asked. */
export async function watchScan(session: BaseSession, flags: ScanFlags): Promise<void> {
  checkEventFields(flags.fields)
  const { painter } = session
  const { isRecorded, redis, scan, sinks } = flags
  const options = { ...liveOptions(session, flags), ...scan, isRecorded, redis }
  const stream = await scanStream(await session.world(), options, sinks)
  const { opportunities: watch } = stream
  if (watch === undefined) throw new BugError('a scan without a scanner')
  const clock = await session.clock()
  const snapshot = () => {
    const now = clock.now()
    const routes = [...assess(watch.scanner, now), ...assessFundings(watch.scanner, scan.funding, now)].map(plainRow)
    const found = watch.newest.map(plainRow)
    const told = scanLine(watch.summary(), watch.open)
    return async (width: number) => {
      const present = renderTable(routes, routeColumns(scan.kinds), painter, width)
      const past = found.length === 0 ? '' : `\n\n${renderTable(found, FOUND_COLUMNS, painter, width)}`
      return `\n${present}${past}\n\n${painter.quiet(told)}`
    }
  }
  await watchStream(session, stream, snapshot, ({ exchanges, seconds, lost, redis: published }) => ({
    ...{ ...watch.summary(), exchanges, seconds, lost },
    ...(published && { redis: published }),
  }))
  // The table was drawn before what was still open ended with the run.
  if (session.isLive) session.note(scanLine(watch.summary()))
}
