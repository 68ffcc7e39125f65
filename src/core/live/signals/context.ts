/** The market of the moment, from what is stored: VIX, and how the main asset moves with it. Null says not known, with the reason. */
import { readMacro } from '../../backtest/load/context.js'
import { DAY_MS } from '../../market/time.js'
import type { AssetRisk } from '../../signals/contract.js'
import { correlationOfChanges, type DailyValues } from '../../signals/market-context.js'
import type { Reader } from '../../storage/reader.js'
import { ObservationSeries } from '../../strategies/view.js'
import { type Moment, staleMacro } from './freshness.js'

export interface MarketContext {
  readonly vixLevel: number | null
  /** Day that the level is of, and since when it was known, ms. */
  readonly vixDate: string | null
  readonly vixAvailableAt: number | null
  readonly correlationBtcVix: number | null
  /** By asset: a year's standard deviation, and what is usual. */
  readonly volatility: Readonly<Record<string, Omit<AssetRisk, 'riskLevel'>>>
  /** Why a figure is null. */
  readonly reasons: Readonly<Record<string, string>>
}

export interface Vix {
  readonly days: DailyValues
  readonly level: number | null
  readonly date: string | null
  readonly availableAt: number | null
  /** Why it is not known. */
  readonly reason: string | null
}

const INDICATOR = 'VIX'
const MAIN_ASSET = 'bitcoin'
const COLLECT = `mts collect --source binance --coins ${MAIN_ASSET} --interval 1d --days 365`

const UNKNOWN: Vix = { days: { date: [], value: [] }, level: null, date: null, availableAt: null, reason: null }

/** As anybody could have known it at that moment; a level that is too old is none. */
export function vixAt(reader: Reader, moment: Moment): Vix {
  const data = readMacro(reader, INDICATOR, moment.at)
  if (data === undefined)
    return { ...UNKNOWN, reason: `nothing of ${INDICATOR} was known then; get it: mts macro --indicators ${INDICATOR}` }
  const stale = staleMacro(data, moment)
  if (stale !== undefined) return { ...UNKNOWN, reason: `${stale.message}; get the rest: ${stale.command}` }
  const known = new ObservationSeries(data)
  known.showUntil(moment.at)
  const rows = Array.from({ length: known.length }, (_, i) => known.length - 1 - i)
  return {
    days: { date: rows.map((back) => known.date(back)), value: rows.map((back) => known.value(back)) },
    level: known.value(0),
    date: new Date(known.date(0)).toISOString().slice(0, 10),
    availableAt: known.availableAt(0),
    reason: null,
  }
}

export function marketContext(reader: Reader, vix: Vix, risks: ReadonlyMap<string, AssetRisk>, moment: Moment): MarketContext {
  const correlation = vix.reason ?? correlationWithVix(reader, vix, moment)
  const quiet = [...risks].filter(([, { volatility }]) => volatility === null).map(([asset]) => asset)
  return {
    vixLevel: vix.level,
    vixDate: vix.date,
    vixAvailableAt: vix.availableAt,
    correlationBtcVix: typeof correlation === 'number' ? correlation : null,
    volatility: Object.fromEntries(
      [...risks].map(([asset, { volatility, usualVolatility }]) => [asset, { volatility, usualVolatility }]),
    ),
    reasons: {
      ...(vix.reason !== null && { vix_level: vix.reason }),
      ...(typeof correlation === 'string' && { correlation_btc_vix: correlation }),
      ...(quiet.length > 0 && { volatility: `fewer than 60 returns, or no movement: ${quiet.join(', ')}` }),
    },
  }
}

/** Enough days for 30 pairs, holidays and all. */
const REACH_MS = 90 * DAY_MS

function correlationWithVix(reader: Reader, { days }: Vix, { at, maxIntervals }: Moment): number | string {
  const there = reader.candleSpans({ cryptocurrencies: [MAIN_ASSET], intervals: ['1d'] })
  const reaching = there.filter(({ first, last }) => first < at && at - last <= (maxIntervals + 1) * DAY_MS)
  // True candles rather than samples, as a backtest would; those that ended long ago only for the reason that they give.
  const series = reaching.find(({ source }) => source !== 'coingecko') ?? reaching[0] ?? there[0]
  if (series === undefined) return `there are no daily bars of ${MAIN_ASSET}; get them: ${COLLECT}`
  const bars = reader.candleColumns(series, at - REACH_MS, at - DAY_MS + 1)
  const over = (bars.timestamp.at(-1) ?? Number.NEGATIVE_INFINITY) + DAY_MS
  if (at - over > maxIntervals * DAY_MS) return `the daily bars of ${MAIN_ASSET} do not reach that moment; get them: ${COLLECT}`
  const correlation = correlationOfChanges(bars, days)
  return Number.isNaN(correlation) ? 'fewer than 30 changes between days that both have, or no movement' : correlation
}
