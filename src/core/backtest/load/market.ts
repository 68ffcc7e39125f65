/** From the database to what a backtest runs over: bars with their warm-up, and what the strategy needs beside them. */
import { DataError, nearest, UsageError } from '../../errors.js'
import type { Exchange } from '../../exchanges/contract.js'
import { EXCHANGE_IDS, loadExchange } from '../../exchanges/registry.js'
import type { Instrument } from '../../market/instrument.js'
import { intervalMs } from '../../market/interval.js'
import type { Reader } from '../../storage/reader.js'
import type { Needs, SeriesNeed, Strategy } from '../../strategies/contract.js'
import type { ParameterValues } from '../../strategies/parameters.js'
import {
  type CandleColumns,
  createMarketData,
  type FundingData,
  type MacroData,
  type MarketData,
  type SeriesData,
} from '../data.js'
import { barsFrom, countFrom, cutLead, leadOf, shortfalls } from './bars.js'
import { type Choice, chooseSeries, collectCommand, type SeriesWish } from './choose.js'
import { coinsOf } from './coins.js'
import { readFunding, readMacro, tickerOf } from './context.js'
import { memoryOf } from './memory.js'
import { type RuleTexts, rulesOf } from './rules.js'

export interface LoadRequest {
  /** As the user named them. */
  readonly symbols: readonly string[]
  readonly source?: string | undefined
  readonly interval?: string | undefined
  /** Time to trade, ms UTC, half open; all that is stored without them. */
  readonly start?: number | undefined
  readonly end?: number | undefined
  readonly requirements: Requirements
  readonly rules?: RuleTexts | undefined
}

export interface Requirements {
  /** Bars to have before the start. */
  readonly warmup: number
  readonly needs: Needs
}

export interface LoadedMarket {
  readonly data: MarketData
  /** Time to trade, ms UTC, half open: of what was asked for, from the first bar after the warm-up to the end of the last one. */
  readonly start: number
  readonly end: number
  readonly source: string
  readonly interval: string
  readonly intervalMs: number
  readonly coins: readonly string[]
  /** The exchange that the bars are of; undefined for a provider's. */
  readonly exchange: Exchange | undefined
  /** By coin; empty for a provider. */
  readonly instruments: ReadonlyMap<string, Instrument>
  /** Made of samples: high and low are not the market's. */
  readonly isSampled: boolean
  readonly isSimulated: boolean
  /** Macro series whose values are simulated. */
  readonly simulatedMacro: readonly string[]
  /** Which of several stored series was taken. */
  readonly choice: string | undefined
  readonly warnings: readonly string[]
}

/** What runs of a strategy with any of these (resolved) parameters need together. Throws `StrategyError` of a strategy that cannot say it. */
export function requirementsOf(strategy: Strategy, sets: readonly ParameterValues[]): Requirements {
  const all = sets.map((parameters) => strategy.needs?.(parameters) ?? {})
  return {
    warmup: Math.max(0, ...sets.map((parameters) => strategy.warmup(parameters))),
    needs: {
      series: Object.assign({}, ...all.map(({ series }, i) => unique(series ?? {}, i))) as Record<string, SeriesNeed>,
      macro: [...new Set(all.flatMap(({ macro }) => macro ?? []))],
      funding: all.some(({ funding }) => funding === true),
      volume: all.some(({ volume }) => volume === true),
    },
  }
}

/** Roles of several parameter sets may stand for different series. */
function unique(series: Readonly<Record<string, SeriesNeed>>, set: number): Record<string, SeriesNeed> {
  return Object.fromEntries(Object.entries(series).map(([role, need]) => [`${role} ${set}`, need]))
}

/**
 * Everything in one piece; the columns may be shared with other readers of the same file.
 * Errors: `USAGE_UNKNOWN_COIN`, `USAGE_UNKNOWN_SOURCE`, `USAGE_UNKNOWN_INTERVAL`; `DATA_MISSING` and `DATA_TOO_SHORT` with the command
 * that collects what is not there; those of `createMarketData`.
 */
export async function loadMarket(reader: Reader, request: LoadRequest): Promise<LoadedMarket> {
  const { requirements } = request
  const stored = reader.candleSpans()
  checkNames(
    request,
    stored.map(({ source }) => source),
  )
  const coins = await coinsOf(request.symbols, new Set(stored.map(({ cryptocurrency }) => cryptocurrency)))
  const wish: SeriesWish = {
    coins,
    source: request.source,
    interval: request.interval,
    start: request.start,
    end: request.end,
    warmup: requirements.warmup,
  }
  const sampled = new Set(stored.map(({ source }) => source).filter((source) => !EXCHANGE_IDS.includes(source)))
  const choice = chooseSeries(stored, sampled, wish)
  const made = { ...wish, source: choice.source, interval: choice.interval }
  const exchange = EXCHANGE_IDS.includes(choice.source) ? await loadExchange(choice.source) : undefined
  const instruments = new Map(exchange === undefined ? [] : coins.flatMap((coin) => entryOf(coin, exchange)))
  const read = coins.map((coin) => seriesOf(coin, choice, barsFrom(reader, choice, coin, made)))
  const { start, end } = timeOf(read, made)
  const traded = read.map((series) => ({ ...series, columns: cutLead(series.columns, start, requirements.warmup) }))
  const first = Math.min(...traded.map(({ columns }) => columns.timestamp[0] ?? Number.POSITIVE_INFINITY))
  const parts = {
    traded,
    context: contextOf(reader, { choice, traded, requirements, end }),
    macro: macroOf(reader, requirements.needs.macro ?? [], end),
    funding: fundingOf(reader, instruments, requirements.needs, first, end),
    rules: rulesOf(request.rules ?? {}, coins),
  }
  const data = createMarketData(parts, memoryOf(reader))
  const qualities = coins.map((coin) => newestQuality(reader, choice, coin))
  return {
    data,
    start,
    end,
    source: choice.source,
    interval: choice.interval,
    intervalMs: choice.intervalMs,
    coins,
    exchange,
    instruments,
    isSampled: qualities.some((flags) => flags.includes('sampled')),
    isSimulated: qualities.some((flags) => flags.includes('simulated')),
    simulatedMacro: (requirements.needs.macro ?? []).filter((indicator) => isMacroSimulated(reader, indicator)),
    choice:
      choice.others.length === 0 ? undefined : `${choice.source} ${choice.interval} bars; also stored: ${choice.others.join(', ')}`,
    warnings: traded.flatMap((series) => shortfalls(series, made)),
  }
}

/**
 * When to trade: within what was asked for, from the first bar after the warm-up to the end of the last one. Written down also where
 * nobody said it, so that the same run can be had again when more bars have come. Throws `DataError` `DATA_TOO_SHORT`.
 */
function timeOf(read: readonly SeriesData[], wish: SeriesWish): { readonly start: number; readonly end: number } {
  const lead = leadOf(wish.warmup)
  const short = read.filter(({ columns }) =>
    wish.start === undefined ? columns.timestamp.length <= lead : countFrom(columns, wish.start) === 0,
  )
  const [one] = short
  if (one !== undefined) {
    const names = short.map(({ asset }) => asset)
    const what =
      wish.start === undefined
        ? `The strategy needs more than ${lead} bars, and ${one.asset} has ${one.columns.timestamp.length} of ${wish.source} ${wish.interval}`
        : `No ${wish.source} ${wish.interval} bar of ${names.join(', ')} lies between start and end`
    throw new DataError('DATA_TOO_SHORT', what, { suggestions: [`Get more: ${collectCommand({ ...wish, coins: names })}`] })
  }
  const firsts = read.map(({ columns }) => columns.timestamp[lead] ?? Number.POSITIVE_INFINITY)
  const overs = read.map(({ columns, intervalMs }) => (columns.timestamp.at(-1) ?? 0) + intervalMs)
  const first = Math.min(...firsts)
  return {
    start: Number.isFinite(first) ? Math.max(first, wish.start ?? first) : (wish.start ?? first),
    end: Math.min(wish.end ?? Number.POSITIVE_INFINITY, Math.max(...overs)),
  }
}

function checkNames({ source, interval }: LoadRequest, stored: readonly string[]): void {
  const known = [...new Set([...EXCHANGE_IDS, 'coingecko', ...stored])]
  if (source !== undefined && !known.includes(source.toLowerCase())) {
    const near = nearest(source, known)
    throw new UsageError('USAGE_UNKNOWN_SOURCE', `Unknown source: ${source}`, {
      suggestions: [near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `Known sources: ${known.join(', ')}`],
    })
  }
  if (interval !== undefined && intervalMs(interval) === undefined) {
    throw new UsageError('USAGE_UNKNOWN_INTERVAL', `A backtest cannot run on bars of ${interval}`, {
      suggestions: ['Bars of a fixed length, such as 5m, 1h, 4h or 1d'],
    })
  }
}

function entryOf(coin: string, exchange: Exchange): [string, Instrument][] {
  const instrument = exchange.symbols.parse(exchange.symbols.main(tickerOf(coin)))
  return instrument === undefined ? [] : [[coin, instrument]]
}

function seriesOf(asset: string, { interval, intervalMs }: Choice, columns: CandleColumns): SeriesData {
  return { asset, interval, intervalMs, columns }
}

/** Series that the strategy looks at besides: of the same source where it has them, else of any. */
function contextOf(reader: Reader, wish: ContextWish): SeriesData[] {
  const { choice, traded, requirements } = wish
  const found = new Map<string, SeriesData>()
  for (const { asset, interval = choice.interval } of Object.values(requirements.needs.series ?? {})) {
    for (const coin of asset === undefined ? traded.map((series) => series.asset) : [asset]) {
      const isTraded = interval === choice.interval && traded.some((series) => series.asset === coin)
      const series = isTraded ? undefined : otherSeries(reader, wish, coin, interval)
      if (series !== undefined) found.set(`${coin} ${interval}`, series)
    }
  }
  return [...found.values()]
}

interface ContextWish {
  readonly choice: Choice
  readonly traded: readonly SeriesData[]
  readonly requirements: Requirements
  readonly end: number | undefined
}

function otherSeries(reader: Reader, wish: ContextWish, coin: string, interval: string): SeriesData | undefined {
  const { choice, traded, requirements, end } = wish
  const there = reader.candleSpans({ cryptocurrencies: [coin], intervals: [interval] })
  const source = (there.find((series) => series.source === choice.source) ?? there[0])?.source
  const length = intervalMs(interval)
  if (source === undefined || length === undefined) return undefined
  const start = Math.min(...traded.map(({ columns }) => columns.timestamp[0] ?? Number.POSITIVE_INFINITY))
  const kept = { source, interval, intervalMs: length }
  const columns = barsFrom(reader, kept, coin, { coins: [coin], source, interval, start, end, warmup: requirements.warmup })
  return columns.timestamp.length === 0 ? undefined : { asset: coin, interval, intervalMs: length, columns }
}

function macroOf(reader: Reader, indicators: readonly string[], until: number): MacroData[] {
  return indicators.flatMap((indicator) => readMacro(reader, indicator, until) ?? [])
}

function isMacroSimulated(reader: Reader, indicator: string): boolean {
  return reader.macro({ indicators: [indicator], limit: 1 }).some(({ quality }) => quality.includes('simulated'))
}

function fundingOf(
  reader: Reader,
  instruments: ReadonlyMap<string, Instrument>,
  needs: Needs,
  from: number,
  to: number,
): FundingData[] {
  return [...instruments].flatMap(([coin, instrument]) => {
    if (instrument.kind !== 'perpetual') return []
    const funding = readFunding(reader, coin, instrument, from, to)
    // What a strategy decides by has to be there; what it only costs is counted as missing.
    return needs.funding === true && funding.timestamp.length === 0 ? [] : [funding]
  })
}

function newestQuality(reader: Reader, { source, interval }: Choice, coin: string): string[] {
  const [newest] = reader.candles({ sources: [source], cryptocurrencies: [coin], intervals: [interval], limit: 1 })
  return newest?.quality.split(',') ?? []
}
