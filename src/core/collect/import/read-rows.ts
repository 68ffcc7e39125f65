/** From a record of the file to the rows that it holds, or the reason why it holds none. */
import { DAY_MS } from '../../market/time.js'
import type { FileRecord } from './contract.js'
import { isMissing } from './numbers.js'
import type { Plan } from './plan.js'
import { type ReadRow, readBar, readFunding, readMacro, type Take, type Text, type Work } from './row-kinds.js'
import { type Moment, readTime } from './times.js'

export interface RowReader {
  /** Calls `take` for each row of a record. The text that comes back is the reason why it is refused. */
  read(record: FileRecord, take: (row: ReadRow) => void): string | undefined
  /** By series: records in which the value is told as missing. */
  readonly missing: ReadonlyMap<number, number>
  /** Records whose two times differ, and the line of the first. */
  readonly disagreeing: { readonly rows: number; readonly line: number }
}

export interface ReaderOptions {
  readonly plan: Plan
  /** When a release on a day was surely known, ms. */
  releasedAt(day: string): number
}

type ReadKind = (work: Work, cells: readonly string[], text: Text, moment: Moment, take: Take) => string | undefined

const READ: Readonly<Record<Plan['kinds'][number], ReadKind>> = { ohlcv: readBar, funding: readFunding, macro: readMacro }

export function createRowReader({ plan, releasedAt }: ReaderOptions): RowReader {
  const { columns, kinds, time } = plan
  const missing = new Map<number, number>()
  const disagreeing = { rows: 0, line: 0 }
  const miss = (series: number) => missing.set(series, (missing.get(series) ?? 0) + 1)
  const work: Work = { plan, last: new Map(), miss, releasedAt }
  const readers = kinds.map((kind) => READ[kind])
  const compare = (moment: Moment, cell: string, line: number) => {
    if (!disagrees(plan, moment, cell)) return
    if (disagreeing.rows === 0) disagreeing.line = line
    disagreeing.rows += 1
  }
  return {
    missing,
    disagreeing,
    read({ cells, line }, take) {
      const fault = shapeFault(cells, columns.names.length)
      if (fault !== undefined) return fault
      const stamp = cells[time.column] ?? ''
      const moment = readTime(stamp, time.order)
      if (moment === undefined) return isMissing(stamp) ? 'it has no time' : `the time is no time: ${stamp.slice(0, 40)}`
      if (time.checkColumn !== undefined) compare(moment, cells[time.checkColumn] ?? '', line)
      const text: Text = (role) => cells[columns.at.get(role) ?? -1] ?? ''
      return firstReason(readers, (readKind) => readKind(work, cells, text, moment, take))
    },
  }
}

function firstReason(kinds: readonly ReadKind[], read: (kind: ReadKind) => string | undefined): string | undefined {
  for (const kind of kinds) {
    const reason = read(kind)
    if (reason !== undefined) return reason
  }
  return undefined
}

/** Some programs end each line with a delimiter. */
function shapeFault(cells: readonly string[], columns: number): string | undefined {
  if (cells.length < columns) return `it has ${cells.length} of ${columns} columns`
  const hasMore = cells.slice(columns).some((cell) => cell.trim() !== '')
  return hasMore ? `it has ${cells.length} columns, the heading ${columns}` : undefined
}

/** Two columns tell the time of one row: to the day where one has no time. */
function disagrees({ time }: Plan, moment: Moment, cell: string): boolean {
  const other = readTime(cell, time.order)
  if (other === undefined) return false
  if (other.isDay || moment.isDay) return Math.floor(other.ms / DAY_MS) !== Math.floor(moment.ms / DAY_MS)
  return other.isLocal === moment.isLocal
    ? other.ms !== moment.ms
    : (other.isLocal ? other : moment).ms !== (other.isLocal ? moment : other).ms
}
