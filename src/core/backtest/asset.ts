/** One asset at work in a run: its columns, where the run stands in them, and what waits for them. */
import { BarSeries, RateSeries } from '../strategies/view.js'
import type { BacktestConfig, Fees } from './config.js'
import { createSlippage, type SlippageModel } from './costs.js'
import type { CandleColumns, FundingData, MarketData, SeriesData } from './data.js'
import type { Order } from './order.js'
import type { Position } from './position.js'

const NO_TIMES = new Float64Array(0)

export class Asset {
  readonly index: number
  readonly name: string
  readonly columns: CandleColumns
  readonly intervalMs: number
  readonly position: Position
  readonly bars: BarSeries
  readonly rates: RateSeries
  readonly fundingData: FundingData | undefined
  readonly fees: Fees
  readonly slippage: SlippageModel
  readonly lotSize: number
  readonly minNotional: number
  /** Oldest first, so that equal claims go by age. */
  readonly orders: Order[] = []
  /** Row of the present bar, and whether it belongs to the present step. */
  row = -1
  isFresh = false
  /** Base units that orders may still take from this bar. */
  volumeLeft = Number.POSITIVE_INFINITY
  /** Row of the next funding payment, payments missed while a position was held, and the first of them. */
  nextFunding = 0
  missingFunding = 0
  firstMissingFunding = Number.NaN

  constructor(index: number, series: SeriesData, position: Position, data: MarketData, config: BacktestConfig) {
    const name = series.asset
    this.index = index
    this.name = name
    this.columns = series.columns
    this.intervalMs = series.intervalMs
    this.position = position
    this.bars = new BarSeries(series.columns, series.interval, series.intervalMs)
    this.fundingData = data.funding.find((funding) => funding.asset === name)
    this.rates = new RateSeries(this.fundingData ?? { timestamp: NO_TIMES, rate: NO_TIMES })
    this.fees = config.feesOf?.[name] ?? config.fees
    const books = data.books.find((samples) => samples.asset === name)
    this.slippage = createSlippage(config.slippageOf?.[name] ?? config.slippage, name, books)
    this.lotSize = data.rules[name]?.lotSize ?? 0
    this.minNotional = data.rules[name]?.minNotional ?? 0
  }

  get openTime(): number {
    return this.columns.timestamp[this.row] as number
  }

  get closeTime(): number {
    return this.openTime + this.intervalMs
  }
}
