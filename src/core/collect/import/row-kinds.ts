/** From the cells of a record to the row of a kind, or the reason why they are none. Nothing is corrected. */
import { DAY_MS, HOUR_MS } from '../../market/time.js'
import { faultOf } from '../check-candles.js'
import type { CandleTarget, FundingTarget, MacroTarget, Role } from './contract.js'
import { readNumber, readRate } from './numbers.js'
import type { Plan } from './plan.js'
import { type Moment, readTime } from './times.js'

/** What a row is on its way to its series. Of a bar `values` are open, high, low, close, volume, quality; of a macro value: value,
 * available at, interpolated, forward filled, nothing, quality; of a rate: rate, predicted rate, funding time, hours, metadata. */
export interface ReadRow {
  readonly series: number
  readonly time: number
  /** Tells rows of one time apart where several are right: vintages. Else 0. */
  readonly sub: number
  readonly values: readonly (number | string | null)[]
}

/** The cell of a role; empty where there is none. */
export type Text = (role: Role) => string

export interface Work {
  readonly plan: Plan
  /** Time of the row before, by series. */
  readonly last: Map<number, number>
  readonly releasedAt: (day: string) => number
  miss(series: number): void
}

export type Take = (row: ReadRow) => void

export function readBar(work: Work, cells: readonly string[], text: Text, moment: Moment, take: Take): string | undefined {
  const { plan } = work
  const series = plan.book.candles(cells)
  const target = plan.book.all[series] as CandleTarget
  const timestamp = openOf(work, series, target.intervalMs, moment)
  if (timestamp === undefined) return noSuchTime(plan)
  const prices = PRICES.map((role) => readNumber(text(role), plan.style))
  if (prices.every((price) => price === null)) {
    work.miss(series)
    return undefined
  }
  const wrong = prices.findIndex((price) => typeof price !== 'number')
  const role = PRICES[wrong]
  if (role !== undefined)
    return prices[wrong] === null ? `the ${role} is missing` : `the ${role} is no number: ${text(role).slice(0, 40)}`
  const [open = 0, high = 0, low = 0, close = 0] = prices.map((price) => scaled(price ?? 0, 1 / target.multiplier))
  const traded = plan.volumeColumn === undefined ? null : readNumber(cells[plan.volumeColumn] ?? '', plan.style)
  if (traded === undefined) return `the volume is no number: ${(cells[plan.volumeColumn ?? -1] ?? '').slice(0, 40)}`
  const volume = traded === null ? null : scaled(traded, target.multiplier)
  const quality = text('quality').trim()
  const { source, coin: cryptocurrency, interval } = target
  const fault = faultOf({ source, cryptocurrency, interval, timestamp, open, high, low, close, volume, quality }, target.intervalMs)
  if (fault !== undefined) return fault
  take({ series, time: timestamp, sub: 0, values: [open, high, low, close, volume, quality] })
  return undefined
}

const PRICES = ['open', 'high', 'low', 'close'] as const

/** The open of the bar that a stamp is of, ms; `undefined`: the zone's clocks never showed that time. */
function openOf({ plan, last }: Work, series: number, stepMs: number, { ms, isLocal, isDay }: Moment): number | undefined {
  const { zone, shiftMs } = plan.time
  const moments = isLocal && !isDay ? zone.toUtc(ms) : [ms]
  const found = moments.length < 2 ? moments[0] : ofTwo(moments, stepMs, last.get(series))
  if (found === undefined) return undefined
  last.set(series, found)
  return found + shiftMs
}

/** A time that came twice: the one on the grid, or the one that is a step from the row before. */
function ofTwo(moments: readonly number[], stepMs: number, before: number | undefined): number | undefined {
  const onGrid = moments.filter((each) => each % stepMs === 0)
  if (onGrid.length === 1 || before === undefined) return onGrid[0] ?? moments[0]
  const distance = (each: number) => (each === before ? Number.POSITIVE_INFINITY : Math.abs(Math.abs(each - before) - stepMs))
  return moments.toSorted((a, b) => distance(a) - distance(b))[0]
}

export function readFunding(work: Work, cells: readonly string[], text: Text, moment: Moment, take: Take): string | undefined {
  const { plan } = work
  const { columns, style, kinds } = plan
  const rate = readRate(text('funding_rate'), style, columns.isPercent)
  // Where bars and rates stand side by side, spot has bars only.
  if (rate === null && kinds.includes('ohlcv')) return undefined
  const series = plan.book.funding(cells)
  const target = plan.book.all[series] as FundingTarget
  if (rate === null) {
    work.miss(series)
    return undefined
  }
  if (rate === undefined) return `the rate is no number: ${text('funding_rate').slice(0, 40)}`
  if (Math.abs(rate) > 1) return 'the rate is beyond 100 %'
  const time = openOf(work, series, target.intervalMs ?? 1, moment)
  if (time === undefined) return noSuchTime(plan)
  const timestamp = time - plan.time.shiftMs
  const predicted = readRate(text('predicted_rate'), style, columns.isPercent) ?? null
  const paidAt = columns.at.get('funding_time') === plan.time.column ? timestamp : (readTime(text('funding_time'))?.ms ?? null)
  const hours = readNumber(text('interval_hours').replace(/\s?h(?:ours)?$/i, ''), style) ?? stepHours(target)
  const isSettled = target.rateKind === 'settled' && !columns.at.has('funding_time')
  const values = [rate, predicted, isSettled ? timestamp : paidAt, hours, objectOf(text('metadata'))]
  take({ series, time: timestamp, sub: 0, values })
  return undefined
}

export function readMacro(work: Work, cells: readonly string[], text: Text, moment: Moment, take: Take): string | undefined {
  const { columns, byName } = work.plan.macro
  const named = byName?.(text('indicator').trim())
  for (const { column, series } of columns) {
    const reason = readValue(work, named ?? series, (cells[column] ?? '').trim(), text, moment, take)
    if (reason !== undefined) return reason
  }
  return undefined
}

/** A value that is told as missing is kept as that. */
function readValue(work: Work, series: number, cell: string, text: Text, moment: Moment, take: Take): string | undefined {
  const { plan, releasedAt, miss } = work
  const target = plan.book.all[series] as MacroTarget
  const value = readNumber(cell.endsWith('%') ? cell.slice(0, -1) : cell, plan.style)
  if (value === undefined) return `the value is no number: ${cell.slice(0, 40)}`
  if (value === null) miss(series)
  const day = Math.floor(moment.ms / DAY_MS) * DAY_MS
  const told = target.form === 'release' ? readTime(text('known_from'))?.ms : undefined
  const byLag = () => (told === undefined ? target.availableAt(isoDay(day)) : releasedAt(isoDay(told)))
  const availableAt = readTime(text('available_at'))?.ms ?? byLag()
  const flags = [flagOf(text('is_interpolated')), flagOf(text('is_forward_filled'))]
  take({
    series,
    time: day,
    sub: target.form === 'value' ? 0 : availableAt,
    values: [value, availableAt, ...flags, null, text('quality').trim()],
  })
  return undefined
}

function isoDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

function noSuchTime({ time }: Plan): string {
  return `clocks in ${time.zone.name} never showed that time`
}

function scaled(value: number, factor: number): number {
  return factor === 1 ? value : Number((value * factor).toPrecision(15))
}

function stepHours({ intervalMs }: FundingTarget): number | null {
  return intervalMs === undefined ? null : intervalMs / HOUR_MS
}

function flagOf(text: string): number {
  return text.trim() === '1' || text.trim().toLowerCase() === 'true' ? 1 : 0
}

function objectOf(text: string): string | null {
  return text.trim().startsWith('{') ? text.trim() : null
}
