/** What a file is taken for, decided from its first rows before any row is kept. */
import { DataValidationError } from '../../errors.js'
import { DAY_MS } from '../../market/time.js'
import { type Columns, findColumns, needColumns } from './columns.js'
import type { DateOrder, Decision, FileRecord, ImportKind, ImportWish } from './contract.js'
import { type Clues, cluesOfName, intervalOfMs } from './file-name.js'
import { kindsOf } from './kinds.js'
import { findLayout, hasHeading } from './layout.js'
import type { MacroNames } from './macro-names.js'
import { type MacroPlan, NO_MACRO, planMacro } from './macro-plan.js'
import { findNumberStyle, type NumberStyle, readRate } from './numbers.js'
import { readTimes, type Times } from './read-times.js'
import { openSeriesBook, type SeriesBook } from './series-book.js'
import { createSeriesFinder } from './series-finder.js'
import { orderOfTimes, usualStep } from './steps.js'
import { findShift, findZone } from './time-plan.js'
import { findVolumes } from './volumes.js'
import type { Zone } from './zone.js'

export interface TimePlan {
  readonly column: number
  /** Another column that tells the time too. */
  readonly checkColumn: number | undefined
  readonly order: DateOrder | undefined
  readonly zone: Zone
  /** From a stamp to the open of its bar, ms. */
  readonly shiftMs: number
}

export interface Plan {
  readonly kinds: readonly ImportKind[]
  readonly columns: Columns
  /** Records that are no rows. */
  readonly headingRows: number
  readonly time: TimePlan
  readonly style: NumberStyle
  readonly volumeColumn: number | undefined
  readonly book: SeriesBook
  readonly macro: MacroPlan
  readonly decisions: readonly Decision[]
}

export interface PlanInput {
  readonly path: string
  readonly delimiter: string
  readonly head: readonly FileRecord[]
  readonly wish: ImportWish
  readonly macro: MacroNames
}

type Rows = readonly (readonly string[])[]

/** Rates above this, paid every few hours, are percent that nobody marked. */
const LARGEST_RATE = 0.002
const ROWS_TO_JUDGE_BY = 2000

/** Throws `DataValidationError` where the rows leave something open, with the flag that says it; `UsageError` for a bad `--map`. */
export async function planImport(input: PlanInput): Promise<Plan> {
  const { path, wish, head } = input
  const { columns, headingRows, decisions: ofHeading } = headingOf(input)
  const rows: Rows = head.slice(headingRows).map(({ cells }) => cells)
  if (rows.length === 0) throw needColumns(path, columns.names, 'it has a heading and no rows')
  const ofName = cluesOfName(path)
  const kinds = kindsOf(input, columns, ofName)
  const numbers = findNumberStyle(numericCells(columns, rows), input.delimiter)
  const times = readTimes(path, wish, columns, rows)
  const stepMs = usualStep(times.groups.values())
  const clock = zoneOf(input, columns, kinds, times, stepMs)
  const interval = stepMs === undefined ? undefined : intervalOfMs(stepMs)
  const book = openSeriesBook(path, { path, columns, wish, ofName, finder: await createSeriesFinder(path), interval })
  const volumes = findVolumes(columns, rows.slice(0, ROWS_TO_JUDGE_BY), numbers.style)
  const shiftMs = kinds.includes('ohlcv') && stepMs !== undefined ? findShift(times.moments, stepMs, isOfEnd(columns, times)) : 0
  if (kinds.includes('funding')) checkRates(path, columns, rows, numbers.style)
  const macro = kinds.includes('macro') ? planMacro(input, { columns, rows, times, book }) : NO_MACRO
  const { because } = numbers
  return {
    kinds,
    columns,
    headingRows,
    time: { column: times.column, checkColumn: times.checkColumn, order: times.order, zone: clock.zone, shiftMs },
    style: numbers.style,
    volumeColumn: volumes.column,
    book,
    macro,
    decisions: [
      ...ofHeading,
      ...columns.decisions,
      ...(because === undefined ? [] : [{ about: 'numbers', decided: `decimal ${numbers.style}`, because }]),
      ...times.decisions,
      ...factsOf(input, columns, times, interval, ofName),
      ...(kinds.includes('macro') ? [] : [clock.decision]),
      ...(shiftMs === 0
        ? []
        : [{ about: 'stamps', decided: 'of the end of each bar', because: columns.names[times.column] ?? '' }]),
      ...volumes.decisions,
      ...macro.decisions,
    ],
  }
}

interface Heading {
  readonly columns: Columns
  readonly headingRows: number
  readonly decisions: readonly Decision[]
}

function headingOf({ path, head, wish }: PlanInput): Heading {
  const [first] = head
  if (first === undefined) throw needColumns(path, [], 'it has no rows')
  if (hasHeading(first.cells)) return { columns: findColumns(first.cells, wish.map), headingRows: 1, decisions: [] }
  const layout = findLayout(head.slice(0, ROWS_TO_JUDGE_BY).map(({ cells }) => cells))
  if (layout === undefined && !wish.map.has('timestamp')) {
    throw needColumns(path, first.cells, 'it has no heading, and its cells do not say what they are')
  }
  const names = layout?.names ?? first.cells.map((_, at) => `column ${at + 1}`)
  return { columns: findColumns(names, wish.map), headingRows: 0, decisions: layout === undefined ? [] : [layout.decision] }
}

function zoneOf(input: PlanInput, columns: Columns, kinds: readonly ImportKind[], times: Times, stepMs: number | undefined) {
  const heading = columns.names[times.column] ?? ''
  const hasGrid = !kinds.includes('macro') && stepMs !== undefined && stepMs > 0 && DAY_MS % stepMs === 0
  const { path, wish } = input
  return findZone({ path, wish: wish.zone, heading, moments: times.moments, stepMs: hasGrid ? stepMs : undefined })
}

function isOfEnd({ at }: Columns, { column }: Times): boolean {
  return at.get('close_time') === column
}

function factsOf(
  { delimiter }: PlanInput,
  columns: Columns,
  { column, units, groups }: Times,
  interval: string | undefined,
  ofName: Clues,
): Decision[] {
  const name = columns.names[column] ?? ''
  const counted = units.length === 0 ? name : `${name}, counted in ${units.join(' and ')}`
  const other =
    ofName.interval !== undefined && ofName.interval !== interval ? `; the name of the file says ${ofName.interval}` : ''
  return [
    ...(delimiter === ','
      ? []
      : [{ about: 'delimiter', decided: delimiter === '\t' ? 'tab' : delimiter, because: 'as many in each line' }]),
    { about: 'time', decided: counted, because: units.length > 1 ? 'the size of each number' : 'what is in the column' },
    { about: 'order', decided: orderOfTimes(groups.values()), because: 'the times' },
    ...(interval === undefined
      ? []
      : [{ about: 'interval', decided: interval, because: `the most frequent step between rows${other}` }]),
  ]
}

/** Throws `DataValidationError` for rates that nobody can tell from percent. */
function checkRates(path: string, columns: Columns, rows: Rows, style: NumberStyle): void {
  if (columns.given.has('funding_rate')) return
  const column = columns.at.get('funding_rate') ?? 0
  const rates = rows.flatMap((cells) => readRate(cells[column] ?? '', style, columns.isPercent) ?? []).map(Math.abs)
  const middle = rates.sort((a, b) => a - b)[Math.floor(rates.length / 2)]
  if (middle === undefined || middle <= LARGEST_RATE) return
  const name = columns.names[column] ?? ''
  throw new DataValidationError('DATA_IMPORT_AMBIGUOUS', `${path}: rates of ${name} as large as ${middle} are percent, or wrong`, {
    suggestions: [`Say so: --map funding_rate=${name}% for percent, --map funding_rate=${name} for fractions`],
  })
}

function* numericCells({ at }: Columns, rows: Rows): Generator<string> {
  const roles = ['open', 'high', 'low', 'close', 'volume', 'value', 'funding_rate'] as const
  const columns = roles.flatMap((role) => at.get(role) ?? [])
  for (const cells of rows.slice(0, ROWS_TO_JUDGE_BY)) for (const column of columns) yield cells[column] ?? ''
}
