/** What a strategy asked to see, found in the data or refused with the command that would get it. */
import { DataError } from '../errors.js'
import type { Needs, SeriesNeed } from '../strategies/contract.js'
import { BarSeries, MarketView, ObservationSeries } from '../strategies/view.js'
import type { Account } from './account.js'
import type { Asset } from './asset.js'
import type { MarketData } from './data.js'

interface Parts {
  readonly data: MarketData
  readonly assets: readonly Asset[]
  readonly account: Account
  readonly needs: Needs
  readonly strategy: string
  /** Close of the present step. */
  readonly now: Float64Array
}

/** One view for each asset, and the series that have to be moved on at each step. */
export interface Context {
  readonly views: readonly MarketView[]
  readonly series: readonly BarSeries[]
  readonly macro: readonly ObservationSeries[]
}

/** Errors: `DATA_MISSING`, naming each series that the strategy needs and the data lack. */
export function createViews(parts: Parts): Context {
  const { data, assets, account, needs, strategy } = parts
  if (needs.volume === true) for (const asset of assets) checkVolume(asset, strategy)
  const macro = new Map((needs.macro ?? []).map((indicator) => [indicator, observationsOf(data, indicator, strategy)]))
  const extra = new Map<string, BarSeries>()
  const views = assets.map((asset) => {
    if (needs.funding === true && asset.fundingData === undefined) {
      throw missing(strategy, `funding of ${asset.name}`, `mts funding --history --symbols ${asset.name}`)
    }
    const series = new Map<string, BarSeries>()
    for (const [role, need] of Object.entries(needs.series ?? {})) series.set(role, barsOf(parts, extra, asset, need))
    return new MarketView({
      asset: asset.index,
      assets: assets.map((other) => other.name),
      bars: assets.map((other) => other.bars),
      positions: account.positions,
      account,
      series,
      macro,
      funding: asset.rates,
      now: parts.now,
      orders: asset.orders,
    })
  })
  return { views, series: [...extra.values()], macro: [...macro.values()] }
}

function barsOf({ data, assets, strategy }: Parts, extra: Map<string, BarSeries>, own: Asset, need: SeriesNeed): BarSeries {
  const asset = need.asset ?? own.name
  const interval = need.interval ?? own.bars.interval
  const traded = assets.find((other) => other.name === asset && other.bars.interval === interval)
  if (traded !== undefined) return traded.bars
  const key = `${asset} ${interval}`
  const known = extra.get(key)
  if (known !== undefined) return known
  const found = data.context.find((series) => series.asset === asset && series.interval === interval)
  if (found === undefined) throw missing(strategy, `bars of ${key}`, `mts collect --coins ${asset} --interval ${interval}`)
  const bars = new BarSeries(found.columns, interval, found.intervalMs)
  extra.set(key, bars)
  return bars
}

function observationsOf(data: MarketData, indicator: string, strategy: string): ObservationSeries {
  const found = data.macro.find((series) => series.indicator === indicator)
  if (found === undefined) throw missing(strategy, `the macro series ${indicator}`, `mts macro --indicators ${indicator}`)
  return new ObservationSeries(found)
}

function checkVolume({ name, columns }: Asset, strategy: string): void {
  if (!columns.volume.every(Number.isNaN)) return
  throw missing(strategy, `traded volume of ${name}`, `mts collect --coins ${name} --source binance`)
}

function missing(strategy: string, what: string, command: string): DataError {
  return new DataError('DATA_MISSING', `${strategy} needs ${what}, which is not there`, { suggestions: [`Get it: ${command}`] })
}
