/** How the times of a file are read: which column, in which order of day and month, by whose clock, and what of the bar they are. */
import { DataValidationError } from '../../errors.js'
import type { DateOrder, Decision } from './contract.js'
import { isEpoch, type Moment, orderOf, readTime, unitOf } from './times.js'
import { USUAL_ZONES, UTC, type Zone, zoneNamed } from './zone.js'

/** Share of the times on the grid from which a clock is the right one. */
const SURE = 0.995
/** A clock that changes leaves at least so much on either side. */
const MIXED = 0.02

/** Of several columns with times the one that needs no zone is the best. */
export function chooseTimeColumn(columns: readonly number[], rows: readonly (readonly string[])[]): number | undefined {
  const isCounted = (column: number) => rows.length > 0 && rows.every((cells) => isEpoch(cells[column] ?? ''))
  const isTime = (column: number) =>
    rows.some((cells) => readTime(cells[column] ?? '', 'dmy') ?? readTime(cells[column] ?? '', 'mdy'))
  return columns.find(isCounted) ?? columns.find(isTime)
}

/** Which of two readings of 03/04/2021 is right. Throws `DataValidationError` where the file leaves it open. */
export function findDateOrder(
  path: string,
  cells: readonly string[],
  wish: DateOrder | undefined,
): { readonly order: DateOrder | undefined; readonly decision: Decision | undefined } {
  const said = cells.map((cell) => [cell, orderOf(cell)] as const).filter(([, order]) => order !== undefined)
  if (said.length === 0) return { order: wish, decision: undefined }
  const decide = (order: DateOrder, because: string) => {
    return { order, decision: { about: 'dates', decided: order === 'dmy' ? 'day first' : 'month first', because } }
  }
  if (wish !== undefined) return decide(wish, '--dates')
  const proof = said.find(([, order]) => order !== 'either')
  if (proof?.[1] === 'dmy' || proof?.[1] === 'mdy') return decide(proof[1], `${proof[0]} can be read in no other way`)
  const [dmy, mdy] = [regularity(cells, 'dmy'), regularity(cells, 'mdy')]
  if (dmy !== mdy) return decide(dmy > mdy ? 'dmy' : 'mdy', 'read so, the steps between the rows are regular')
  throw new DataValidationError('DATA_IMPORT_AMBIGUOUS', `${path}: ${said[0]?.[0]} may be of two months`, {
    suggestions: ['Say which comes first: --dates dmy or --dates mdy'],
  })
}

/** Steps that are as long as most of them. */
function regularity(cells: readonly string[], order: DateOrder): number {
  const counts = new Map<number, number>()
  let before: number | undefined
  for (const cell of cells) {
    const ms = readTime(cell, order)?.ms
    if (ms !== undefined && before !== undefined && ms !== before) counts.set(ms - before, (counts.get(ms - before) ?? 0) + 1)
    before = ms ?? before
  }
  return Math.max(0, ...counts.values())
}

export interface ZoneQuestion {
  readonly path: string
  /** `--tz`. */
  readonly wish: string | undefined
  readonly heading: string
  readonly moments: readonly Moment[]
  /** Length of a bar or of a funding period; `undefined`: no grid. */
  readonly stepMs: number | undefined
}

/** Whose clock times without a zone are of. Throws `DataValidationError` where the grid says that it is none of the usual. */
export function findZone({ path, wish, heading, moments, stepMs }: ZoneQuestion): {
  readonly zone: Zone
  readonly decision: Decision
} {
  const decide = (zone: Zone, because: string) => ({ zone, decision: { about: 'time zone', decided: zone.name, because } })
  const local = moments.filter(({ isLocal, isDay }) => isLocal && !isDay).map(({ ms }) => ms)
  if (local.length === 0)
    return decide(UTC, moments.some(({ isLocal }) => isLocal) ? 'days are taken as they are' : 'the times say it themselves')
  if (wish !== undefined) return decide(zoneNamed(wish), '--tz')
  const named = zoneOfHeading(heading)
  if (named !== undefined) return decide(zoneNamed(named), `the heading says ${heading.trim()}`)
  if (stepMs === undefined) return decide(UTC, 'nothing says another one')
  const onGrid = shareOnGrid(local, UTC, stepMs)
  if (onGrid >= SURE) return decide(UTC, 'nothing says another one')
  const off = Math.round((1 - onGrid) * local.length)
  if (onGrid > MIXED && onGrid < 1 - MIXED) {
    const fitting = USUAL_ZONES.map(zoneNamed).filter((zone) => shareOnGrid(local, zone, stepMs) >= SURE)
    const [only] = fitting
    if (only !== undefined && fitting.length === 1)
      return decide(only, `read as UTC ${off} of ${local.length} times lie off their grid, read so none: its summer time shows`)
  }
  if (onGrid > 1 / 2) return decide(UTC, `nothing says another one; ${off} of ${local.length} times lie off their grid`)
  throw new DataValidationError(
    'DATA_IMPORT_AMBIGUOUS',
    `${path}: its times are not UTC: ${off} of ${local.length} lie off their grid`,
    {
      suggestions: ['Say whose clock it is: --tz Europe/London, or --tz UTC+8'],
    },
  )
}

function shareOnGrid(local: readonly number[], zone: Zone, stepMs: number): number {
  return local.filter((ms) => zone.toUtc(ms).some((utc) => utc % stepMs === 0)).length / local.length
}

function zoneOfHeading(heading: string): string | undefined {
  const [place] = /[A-Z][A-Za-z]+\/[A-Za-z_]+/.exec(heading) ?? []
  const [, offset] = /\b((?:UTC|GMT)\s?[+-]\d{1,2}(?::\d\d)?)/i.exec(heading) ?? []
  return place ?? offset?.replace(/\s/, '') ?? (/\b(?:UTC|GMT)\b/i.test(heading) ? 'UTC' : undefined)
}

/** What is added to a stamp to get the open of its bar, ms: stamps one step of the clock before a full minute are of the end. */
export function findShift(moments: readonly Moment[], stepMs: number, isCloseTime: boolean): number {
  const rests = new Set(moments.map(({ ms }) => ms % 60_000))
  const [rest] = rests
  const isEnd = rests.size === 1 && (rest === 59_999 || rest === 59_000)
  if (isEnd) return 60_000 - (rest ?? 0) - stepMs
  return isCloseTime ? -stepMs : 0
}

/** The units of counted times, in the order in which they appear. */
export function unitsOf(cells: readonly string[]): readonly string[] {
  return [...new Set(cells.filter(isEpoch).map(unitOf))]
}
