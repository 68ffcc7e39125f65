/** Staged rows, in the order of series and time, become what is stored: one row a time, whole bars only, holes counted. */
import { DAY_MS } from '../../market/time.js'
import type { Cell } from '../../storage/tables.js'
import type { CandleTarget, ImportSeries, Rejected, SeriesReport } from './contract.js'

/** What the staging has of a row. Its cells: series, time, sub, line, filled, the values, its number. */
export interface SettledRow {
  readonly series: number
  readonly time: number
  readonly sub: number
  readonly line: number
  /** Cells of the record that hold something. */
  readonly filled: number
  /** Its number in the staging. */
  readonly number: number
  readonly values: readonly Cell[]
}

export interface SettleOptions {
  readonly series: readonly ImportSeries[]
  /** ms; a bar that ends later is not over. */
  readonly now: number
  /** The file itself tells the quality of its bars. */
  readonly hasQuality: boolean
  /** Takes rows in the order of their times; a series is over before the next begins. */
  take(row: SettledRow): void
  refuse(rejected: Rejected): void
  textOf(row: number): string
  warn(text: string): void
}

export type Settled = Omit<SeriesReport, 'stored' | 'updated' | 'unchanged' | 'missing'>

export const STAGED_WIDTH = 11
const FIRST_VALUE = 5
const VOLUME = 4
/** Place of the quality among the values of a bar, and of a macro value. */
export const QUALITY = 5
/** Ranges told of a series; all are counted. */
const MOST_RANGES = 20
/** The newest bar has less than this share of the usual volume, and less than any of so many before it: it was cut off. */
const CUT_SHARE = 0.05
const USUAL_BARS = 20
/** A bar of less than a day seldom doubles within itself. */
const WILD_RANGE = 2
const MOST_WILD = 3

/** Reports come in the order of `series`, of those that have rows. */
export function settle(rows: Iterable<readonly Cell[]>, options: SettleOptions): Map<number, Settled> {
  const reports = new Map<number, Settled>()
  let current: SeriesTally | undefined
  let group: SettledRow[] = []
  const endGroup = () => {
    const [first] = group
    if (first === undefined) return
    if (current?.at !== first.series) {
      current?.end(reports)
      current = startTally(first.series, options)
    }
    current.settle(group)
    group = []
  }
  for (const cells of rows) {
    const row = rowOf(cells)
    const [first] = group
    if (first !== undefined && (first.series !== row.series || first.time !== row.time || first.sub !== row.sub)) endGroup()
    group.push(row)
  }
  endGroup()
  current?.end(reports)
  return reports
}

interface SeriesTally {
  readonly at: number
  settle(group: readonly SettledRow[]): void
  end(reports: Map<number, Settled>): void
}

function startTally(at: number, options: SettleOptions): SeriesTally {
  const series = options.series[at]
  const bars = series?.kind === 'ohlcv' ? watchBars(series, options) : undefined
  const holes = countHoles(series?.kind === 'macro' ? undefined : series?.intervalMs)
  const tally = { rows: 0, duplicates: 0, conflicts: 0, otherPrices: 0, unfinished: 0 }
  return {
    at,
    settle(group) {
      tally.rows += group.length
      const winner = group.length === 1 ? group[0] : best(group)
      if (winner === undefined) return
      for (const row of group) if (row !== winner) count(row, winner, tally, options, series)
      if (bars?.isOpen(winner.time) === true) {
        tally.unfinished += 1
        return
      }
      holes.see(winner.time)
      if (bars === undefined) options.take(winner)
      else bars.pass(winner)
    },
    end(reports) {
      bars?.end()
      reports.set(at, { kind: series?.kind ?? 'ohlcv', series: series?.name ?? '', ...tally, ...holes.told() })
    },
  }
}

/** Times come ascending. Without a step there is nothing that should be there. */
function countHoles(stepMs: number | undefined) {
  const holeRanges: { from: number; to: number; rows: number }[] = []
  let holes = 0
  let first: number | null = null
  let last: number | null = null
  return {
    see(time: number): void {
      if (last !== null && stepMs !== undefined) {
        const rows = Math.max(0, Math.round((time - last) / stepMs) - 1)
        holes += rows
        if (rows > 0 && holeRanges.length < MOST_RANGES)
          holeRanges.push({ from: last + stepMs, to: last + stepMs * (rows + 1), rows })
      }
      first ??= time
      last = time
    },
    told: () => ({ holes: stepMs === undefined ? null : holes, holeRanges, first, last }),
  }
}

/** Passes bars on, the newest one last, when it can be judged beside those before it. */
function watchBars({ name, intervalMs }: CandleTarget, options: SettleOptions) {
  const { take, warn, now } = options
  const volumes: number[] = []
  let held: SettledRow | undefined
  let wild = 0
  return {
    isOpen: (time: number) => time + intervalMs > now,
    pass(row: SettledRow): void {
      if (isWild(row, intervalMs) && wild++ < MOST_WILD) warn(wildText(name, row))
      if (held !== undefined) {
        take(held)
        volumes.push(volumeOf(held))
        if (volumes.length > USUAL_BARS) volumes.shift()
      }
      held = row
    },
    end(): void {
      if (held !== undefined) take(marked(held, volumes, options, name))
      if (wild > MOST_WILD) warn(`${name}: ${wild - MOST_WILD} more bars like that`)
    },
  }
}

/**
 * Which of several rows of one time counts: the one that tells most, then the one with most volume (a bar only grows until it is
 * over), then the later one in the file.
 */
function best(group: readonly SettledRow[]): SettledRow | undefined {
  return group.toSorted((a, b) => b.filled - a.filled || volumeOf(b) - volumeOf(a) || b.line - a.line)[0]
}

function count(
  row: SettledRow,
  winner: SettledRow,
  tally: { duplicates: number; conflicts: number; otherPrices: number },
  { refuse, textOf }: SettleOptions,
  series: ImportSeries | undefined,
): void {
  tally.duplicates += 1
  if (row.values.every((value, at) => value === winner.values[at])) return
  tally.conflicts += 1
  const told = series?.kind === 'ohlcv' ? VOLUME : 1
  const isOther = row.values.slice(0, told).some((value, at) => value !== winner.values[at])
  if (isOther) tally.otherPrices += 1
  const why = row.filled < winner.filled ? 'tells more' : volumeOf(row) < volumeOf(winner) ? 'has more volume' : 'is the later one'
  const what = isOther ? (series?.kind === 'ohlcv' ? 'other prices' : 'another value') : 'other figures beside the same'
  refuse({
    line: row.line,
    raw: textOf(row.number),
    reason: `line ${winner.line} has the same time with ${what}, and counts: it ${why}`,
  })
}

function marked(row: SettledRow, volumes: readonly number[], { hasQuality, warn }: SettleOptions, name: string): SettledRow {
  const usual = volumes.toSorted((a, b) => a - b)
  const volume = volumeOf(row)
  const isCut = usual.length >= USUAL_BARS && volume < CUT_SHARE * (usual[USUAL_BARS / 2] ?? 0) && volume < (usual[0] ?? 0)
  if (!isCut || hasQuality) return row
  warn(`${name}: the newest bar (line ${row.line}) has hardly any volume; it is stored as partial, since it may not have been over`)
  return { ...row, values: row.values.with(QUALITY, 'partial') }
}

function isWild({ values: [, high, low] }: SettledRow, intervalMs: number): boolean {
  return intervalMs < DAY_MS && Number(high) > WILD_RANGE * Number(low)
}

function wildText(name: string, { line, values: [, high, low] }: SettledRow): string {
  return `${name}: the bar of line ${line} goes from ${low} to ${high}: stored as it is, but look at it`
}

function volumeOf({ values }: SettledRow): number {
  return Number(values[VOLUME] ?? 0)
}

function rowOf(cells: readonly Cell[]): SettledRow {
  const [series, time, sub, line, filled] = cells
  return {
    series: Number(series),
    time: Number(time),
    sub: Number(sub),
    line: Number(line),
    filled: Number(filled),
    number: Number(cells[STAGED_WIDTH]),
    values: cells.slice(FIRST_VALUE, STAGED_WIDTH),
  }
}
