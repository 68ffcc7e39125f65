/** The times of a file's first rows: their column, and those of each series by itself. */
import { type Columns, needColumns } from './columns.js'
import type { DateOrder, Decision, ImportWish } from './contract.js'
import { identityOf } from './series-book.js'
import { chooseTimeColumn, findDateOrder, unitsOf } from './time-plan.js'
import { type Moment, readTime } from './times.js'

export interface Times {
  readonly column: number
  /** Another column that tells the time too. */
  readonly checkColumn: number | undefined
  readonly order: DateOrder | undefined
  readonly moments: readonly Moment[]
  /** By identity: the times of rows that seem to be of one series, in the order of the file. */
  readonly groups: ReadonlyMap<string, readonly number[]>
  readonly units: readonly string[]
  readonly decisions: readonly Decision[]
}

type Rows = readonly (readonly string[])[]

const ROWS_TO_CHOOSE_BY = 1000

/** Throws `DataValidationError` where no column holds times, or days may be months. */
export function readTimes(path: string, wish: ImportWish, columns: Columns, rows: Rows): Times {
  const candidates = candidatesOf(columns)
  const column = chooseTimeColumn(candidates, rows.slice(0, ROWS_TO_CHOOSE_BY))
  if (column === undefined) throw needColumns(path, columns.names, 'no column holds times')
  const day = columns.at.get('date')
  const checkColumn = [...candidates, ...(day === undefined ? [] : [day])].find((other) => other !== column)
  const cells = rows.map((row) => row[column] ?? '')
  const { order, decision } = findDateOrder(path, cells, wish.dateOrder)
  const identity = identityOf(columns)
  const groups = new Map<string, number[]>()
  const moments: Moment[] = []
  for (const [at, row] of rows.entries()) {
    const moment = readTime(cells[at] ?? '', order)
    if (moment === undefined) continue
    moments.push(moment)
    const key = identity(row)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [moment.ms])
    else group.push(moment.ms)
  }
  if (moments.length === 0)
    throw needColumns(path, columns.names, `column ${columns.names[column]} holds no times that can be read`)
  return { column, checkColumn, order, moments, groups, units: unitsOf(cells), decisions: decision === undefined ? [] : [decision] }
}

/** Where no column is headed as the time: that of the payment or of the end of a bar, or any that nothing else is known of. */
function candidatesOf({ times, at, names }: Columns): readonly number[] {
  if (times.length > 0) return times
  const instead = at.get('funding_time') ?? at.get('close_time') ?? at.get('date')
  if (instead !== undefined) return [instead]
  const known = new Set(at.values())
  return [...names.keys()].filter((column) => !known.has(column))
}
