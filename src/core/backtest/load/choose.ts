/** Of which source and interval the bars of a backtest are, where the user did not say. */
import { DataError } from '../../errors.js'
import { intervalMs } from '../../market/interval.js'
import { DAY_MS } from '../../market/time.js'
import type { SeriesSpan } from '../../storage/read-history.js'

export interface SeriesWish {
  /** CoinGecko ids. */
  readonly coins: readonly string[]
  readonly source?: string | undefined
  readonly interval?: string | undefined
  /** ms UTC, half open. */
  readonly start?: number | undefined
  readonly end?: number | undefined
  /** Bars wanted before the start. */
  readonly warmup: number
}

export interface Choice {
  readonly source: string
  readonly interval: string
  readonly intervalMs: number
  /** Other series that would have done: `coingecko 1d`. */
  readonly others: readonly string[]
}

interface Candidate extends Omit<Choice, 'others'> {
  /** Time of the wish, ms, that all coins have bars for, holes apart. */
  readonly covered: number
}

/** A little less of the time is worth bars that are better. */
const NEARLY_ALL = 0.98

/**
 * True candles rather than bars of samples where no time was asked for; then the series that cover most of it; of those that cover
 * nearly as much, true candles again, then the finest. Throws `DataError` `DATA_MISSING` with the command that collects what is not there.
 */
export function chooseSeries(stored: readonly SeriesSpan[], sampled: ReadonlySet<string>, wish: SeriesWish): Choice {
  const candidates = candidatesOf(stored, wish).filter(({ covered }) => covered > 0)
  const isTimeAsked = wish.start !== undefined || wish.end !== undefined
  const candles = candidates.filter(({ source }) => !sampled.has(source))
  const eligible = isTimeAsked || candles.length === 0 ? candidates : candles
  const most = Math.max(...eligible.map(({ covered }) => covered))
  const [best] = eligible
    .filter(({ covered }) => covered >= NEARLY_ALL * most)
    .sort(
      (a, b) =>
        Number(sampled.has(a.source)) - Number(sampled.has(b.source)) ||
        a.intervalMs - b.intervalMs ||
        b.covered - a.covered ||
        (a.source < b.source ? -1 : 1),
    )
  if (best === undefined) throw missingBars(stored, wish)
  const { source, interval, intervalMs } = best
  const others = candidates.filter((each) => each !== best).map((each) => `${each.source} ${each.interval}`)
  return { source, interval, intervalMs, others }
}

function candidatesOf(stored: readonly SeriesSpan[], wish: SeriesWish): Candidate[] {
  const { coins, source, interval, start = Number.NEGATIVE_INFINITY, end = Number.POSITIVE_INFINITY } = wish
  const groups = new Map<string, SeriesSpan[]>()
  for (const series of stored) {
    if (source !== undefined && series.source !== source.toLowerCase()) continue
    if (interval !== undefined && series.interval !== interval) continue
    if (!coins.includes(series.cryptocurrency)) continue
    const key = `${series.source} ${series.interval}`
    groups.set(key, [...(groups.get(key) ?? []), series])
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    const ms = first === undefined ? undefined : intervalMs(first.interval)
    if (first === undefined || ms === undefined || group.length < coins.length) return []
    const from = Math.max(start, ...group.map((series) => series.first ?? Number.POSITIVE_INFINITY))
    const to = Math.min(end, ...group.map((series) => (series.last ?? Number.NEGATIVE_INFINITY) + ms))
    return [{ source: first.source, interval: first.interval, intervalMs: ms, covered: to - from }]
  })
}

function missingBars(stored: readonly SeriesSpan[], wish: SeriesWish): DataError {
  const { coins, source, interval, start, end } = wish
  const has = (coin: string): boolean =>
    stored.some(
      (series) =>
        series.cryptocurrency === coin &&
        (source === undefined || series.source === source.toLowerCase()) &&
        (interval === undefined || series.interval === interval) &&
        (series.last ?? Number.NEGATIVE_INFINITY) >= (start ?? Number.NEGATIVE_INFINITY) &&
        (series.first ?? Number.POSITIVE_INFINITY) < (end ?? Number.POSITIVE_INFINITY),
    )
  const lacking = coins.filter((coin) => !has(coin))
  const what = [interval, 'bars of', (lacking.length > 0 ? lacking : coins).join(', '), source && `from ${source}`]
    .filter(Boolean)
    .join(' ')
  const when = start === undefined && end === undefined ? '' : ` between ${day(start)} and ${day(end)}`
  const problem = lacking.length > 0 ? `There are no ${what}${when}` : `No source and interval has ${what} at one time${when}`
  const there = stored.filter(({ cryptocurrency }) => coins.includes(cryptocurrency))
  const kept = there.map(
    (series) => `${series.source} ${series.cryptocurrency} ${series.interval} ${day(series.first)} to ${day(series.last)}`,
  )
  return new DataError('DATA_MISSING', problem, {
    suggestions: [`Get them: ${collectCommand(wish)}`, ...(kept.length > 0 ? [`Stored: ${kept.join('; ')}`] : [])],
  })
}

/** The command that would collect what the wish needs, warm-up included. */
export function collectCommand({ coins, source, interval, start, end, warmup }: SeriesWish): string {
  const length = (interval === undefined ? undefined : intervalMs(interval)) ?? DAY_MS
  const words = ['mts collect', `--source ${source ?? 'binance'}`, `--coins ${coins.join(',')}`]
  if (interval !== undefined) words.push(`--interval ${interval}`)
  if (start === undefined) words.push('--days 365')
  else words.push(`--from ${isoDay(Math.floor((start - warmup * length) / DAY_MS) * DAY_MS)}`)
  if (end !== undefined) words.push(`--to ${isoDay(Math.ceil(end / DAY_MS) * DAY_MS)}`)
  return words.join(' ')
}

function day(ms: number | null | undefined): string {
  return ms === undefined || ms === null ? '…' : isoDay(ms)
}

function isoDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
