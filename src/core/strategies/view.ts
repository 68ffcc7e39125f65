/**
 * The view's series: cursors over columns that cannot look past the moment they were moved to. Backtest and live signals use
 * these same objects, so both see the same.
 */
import { StrategyError } from '../errors.js'
import type { AccountState, Bars, FundingRates, HeldPosition, Observations, View } from './contract.js'

interface Columns {
  readonly timestamp: Float64Array
  readonly open: Float64Array
  readonly high: Float64Array
  readonly low: Float64Array
  readonly close: Float64Array
  readonly volume: Float64Array
}

function outOfReach(what: string, back: number, length: number): never {
  const range = length === 0 ? 'nothing can be seen yet' : `0 to ${length - 1} can be seen`
  throw new StrategyError('BACKTEST_OUT_OF_REACH', `Asked for ${what} ${back} back, but ${range}`, {
    suggestions: ['back is a whole number counted from the newest closed bar, 0; look at length first, or raise the warm-up'],
  })
}

/** Bars of which the first `length` can be seen. */
export class BarSeries implements Bars {
  readonly interval: string
  length = 0
  readonly #intervalMs: number
  readonly #columns: Columns
  readonly #close: Float64Array

  constructor(columns: Columns, interval: string, intervalMs: number) {
    this.interval = interval
    this.#intervalMs = intervalMs
    this.#columns = columns
    this.#close = columns.close
  }

  /** Shows the bars that had closed by `time`. Time never goes back. */
  showUntil(time: number): void {
    const { timestamp } = this.#columns
    while (this.length < timestamp.length && (timestamp[this.length] as number) + this.#intervalMs <= time) this.length += 1
  }

  timestamp(back: number): number {
    return this.#columns.timestamp[this.#index(back)] as number
  }

  open(back: number): number {
    return this.#columns.open[this.#index(back)] as number
  }

  high(back: number): number {
    return this.#columns.high[this.#index(back)] as number
  }

  low(back: number): number {
    return this.#columns.low[this.#index(back)] as number
  }

  close(back: number): number {
    return this.#close[this.#index(back)] as number
  }

  volume(back: number): number {
    return this.#columns.volume[this.#index(back)] as number
  }

  #index(back: number): number {
    // One comparison turns away negative, broken and missing numbers.
    if (back >>> 0 !== back || back >= this.length) outOfReach(`bar of ${this.interval}`, back, this.length)
    return this.length - 1 - back
  }
}

interface Publications {
  readonly indicator: string
  readonly date: Float64Array
  readonly availableAt: Float64Array
  readonly value: Float64Array
}

/** A macro series by date of observation; a revision replaces the value of its date from its publication on. */
export class ObservationSeries implements Observations {
  readonly #source: Publications
  readonly #rows: number[] = []
  #next = 0

  constructor(source: Publications) {
    this.#source = source
  }

  get length(): number {
    return this.#rows.length
  }

  showUntil(time: number): void {
    const { availableAt } = this.#source
    while (this.#next < availableAt.length && (availableAt[this.#next] as number) <= time) this.#publish(this.#next++)
  }

  date(back: number): number {
    return this.#source.date[this.#row(back)] as number
  }

  value(back: number): number {
    return this.#source.value[this.#row(back)] as number
  }

  availableAt(back: number): number {
    return this.#source.availableAt[this.#row(back)] as number
  }

  #publish(row: number): void {
    const rows = this.#rows
    const dates = this.#source.date
    const date = dates[row] as number
    let at = rows.length
    while (at > 0 && (dates[rows[at - 1] as number] as number) > date) at -= 1
    const isRevision = at > 0 && dates[rows[at - 1] as number] === date
    if (isRevision) rows[at - 1] = row
    else rows.splice(at, 0, row)
  }

  #row(back: number): number {
    const rows = this.#rows
    if (back >>> 0 !== back || back >= rows.length) outOfReach(`value of ${this.#source.indicator}`, back, rows.length)
    return rows[rows.length - 1 - back] as number
  }
}

/** Settled funding rates of which the first `length` can be seen. */
export class RateSeries implements FundingRates {
  length = 0
  readonly #timestamp: Float64Array
  readonly #rate: Float64Array

  constructor(source: { readonly timestamp: Float64Array; readonly rate: Float64Array }) {
    this.#timestamp = source.timestamp
    this.#rate = source.rate
  }

  showUntil(time: number): void {
    while (this.length < this.#timestamp.length && (this.#timestamp[this.length] as number) <= time) this.length += 1
  }

  timestamp(back: number): number {
    return this.#timestamp[this.#index(back)] as number
  }

  rate(back: number): number {
    return this.#rate[this.#index(back)] as number
  }

  #index(back: number): number {
    if (back >>> 0 !== back || back >= this.length) outOfReach('funding rate', back, this.length)
    return this.length - 1 - back
  }
}

interface ViewParts {
  readonly asset: number
  readonly assets: readonly string[]
  readonly bars: readonly BarSeries[]
  readonly positions: readonly HeldPosition[]
  readonly account: AccountState
  readonly series: ReadonlyMap<string, BarSeries>
  readonly macro: ReadonlyMap<string, ObservationSeries>
  readonly funding: RateSeries
  /** Its first value is the present, ms UTC. In a typed array, as every view of a run shares it. */
  readonly now: Float64Array
  /** Orders at work of the asset; always empty where signals are all that is made. */
  readonly orders: { readonly length: number }
}

/** What one run of a strategy looks at; whoever drives it moves series and time. */
export class MarketView implements View {
  readonly asset: number
  readonly assets: readonly string[]
  readonly bars: BarSeries
  readonly position: HeldPosition
  readonly account: AccountState
  readonly funding: RateSeries
  readonly #parts: ViewParts
  readonly #now: Float64Array
  readonly #orders: { readonly length: number }

  constructor(parts: ViewParts) {
    this.#parts = parts
    this.#now = parts.now
    this.#orders = parts.orders
    this.asset = parts.asset
    this.assets = parts.assets
    this.bars = known(parts.bars[parts.asset], 'asset', String(parts.asset), parts.assets)
    this.position = known(parts.positions[parts.asset], 'asset', String(parts.asset), parts.assets)
    this.account = parts.account
    this.funding = parts.funding
  }

  get time(): number {
    return this.#now[0] as number
  }

  get hasWorkingOrders(): boolean {
    return this.#orders.length > 0
  }

  barsOf(asset: number): BarSeries {
    return known(this.#parts.bars[asset], 'asset', String(asset), this.assets)
  }

  positionOf(asset: number): HeldPosition {
    return known(this.#parts.positions[asset], 'asset', String(asset), this.assets)
  }

  series(role: string): BarSeries {
    return known(this.#parts.series.get(role), 'series', role, [...this.#parts.series.keys()])
  }

  macro(indicator: string): ObservationSeries {
    return known(this.#parts.macro.get(indicator), 'macro series', indicator, [...this.#parts.macro.keys()])
  }
}

function known<T>(value: T | undefined, what: string, name: string, names: readonly string[]): T {
  if (value !== undefined) return value
  throw new StrategyError('BACKTEST_UNDECLARED', `The view has no ${what} ${name}; it has ${names.join(', ') || 'none'}`, {
    suggestions: ['Declare it in the needs of the strategy'],
  })
}
