/** Bars of one series: the time asked for, with just so many before it as the warm-up takes. */
import type { Reader } from '../../storage/reader.js'
import { firstAtOrAfter, mapColumns } from '../cut.js'
import type { CandleColumns, SeriesData } from '../data.js'
import { type Choice, collectCommand, type SeriesWish } from './choose.js'

type Kept = Pick<Choice, 'source' | 'interval' | 'intervalMs'>

/** Holes or not: the warm-up counts bars, not time. Fewer only where the series has no more. */
export function barsFrom(reader: Reader, kept: Kept, coin: string, { start, end, warmup }: SeriesWish): CandleColumns {
  const lead = leadOf(warmup)
  const series = { source: kept.source, cryptocurrency: coin, interval: kept.interval }
  if (start === undefined) return reader.candleColumns(series, undefined, end)
  const [span] = reader.candleSpans({ sources: [series.source], cryptocurrencies: [coin], intervals: [series.interval] })
  for (let reach = lead + 1; ; reach *= 2) {
    const from = start - reach * kept.intervalMs
    const columns = reader.candleColumns(series, from, end)
    if (columns.timestamp.length - countFrom(columns, start) >= lead) return cutLead(columns, start, warmup)
    if (from <= (span?.first ?? from)) return columns
  }
}

/** How many bars open at `start` or later; all without it. */
export function countFrom({ timestamp }: CandleColumns, start = Number.NEGATIVE_INFINITY): number {
  return timestamp.length - firstAtOrAfter(timestamp, start)
}

/** Bars before the first that may be acted on: that one belongs to the warm-up too. */
export function leadOf(warmup: number): number {
  return Math.max(0, warmup - 1)
}

/** Without the bars that lie before the warm-up of `start`. */
export function cutLead(columns: CandleColumns, start: number, warmup: number): CandleColumns {
  const first = Math.max(0, firstAtOrAfter(columns.timestamp, start) - leadOf(warmup))
  return mapColumns(columns, (column) => column.subarray(first))
}

/** Where the stored bars begin after, or end before, the time asked for. */
export function shortfalls({ asset, interval, intervalMs: length, columns }: SeriesData, wish: SeriesWish): string[] {
  const { start, end, warmup } = wish
  const first = columns.timestamp[0] ?? 0
  const over = (columns.timestamp.at(-1) ?? 0) + length
  const told: string[] = []
  const more = ` (${collectCommand({ ...wish, coins: [asset] })})`
  if (start !== undefined && first >= start + length) {
    told.push(`${asset} ${interval}: the bars begin on ${iso(first)}, after the start asked for${more}`)
  } else if (start !== undefined && leadOf(warmup) > columns.timestamp.length - countFrom(columns, start)) {
    told.push(`${asset} ${interval}: fewer than ${leadOf(warmup)} bars lie before the start, so its first bars only warm up${more}`)
  }
  if (end !== undefined && over <= end - length)
    told.push(`${asset} ${interval}: the bars end on ${iso(over)}, before the end asked for${more}`)
  return told
}

function iso(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ')
}
