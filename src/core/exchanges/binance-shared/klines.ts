/** Candles over REST as futures and spot give them, page by page from the oldest on. */
import { z } from 'zod'
import type { Candle } from '../../market/event.js'
import type { CandleQuery, RestSource } from '../contract.js'
import { parseBody, zNumber } from '../wire.js'
import { INTERVALS, lengthOf } from './intervals.js'
import { throwRefusal } from './rest.js'

const zKline = z
  .tuple([
    z.number(), // open time
    zNumber, // open
    zNumber, // high
    zNumber, // low
    zNumber, // close
    zNumber, // volume
    z.number(), // close time
    zNumber, // quote volume
    z.number(), // trades
  ])
  .rest(z.unknown())

interface Klines {
  readonly exchange: string
  readonly path: string
  /** Rows of a page, and what it costs. */
  readonly limit: number
  readonly weight: number
}

/**
 * Whether a candle is closed is told without a clock: it is, when a later one is in the same answer. Hence `endTime` is `to`
 * itself (the candle that opens there proves the one before it), and the last row of a full page begins the next page. The
 * very last row has `isClosed: false`: who has a clock knows better when its end has passed.
 */
export function klines({ exchange, path, limit, weight }: Klines): RestSource<CandleQuery, Candle> {
  return {
    path,
    request({ symbol, interval, from, to }, page) {
      lengthOf(interval, INTERVALS)
      const query = { symbol, interval, startTime: page ?? from, endTime: to, limit }
      return { path, query, budget: 'weight', weight }
    },
    parse(body, query) {
      throwRefusal(body, exchange, query)
      const rows = parseBody(z.array(zKline), body, exchange, path)
      const all = rows.map((row, i) => candleOf(row, query, i < rows.length - 1))
      const last = all.at(-1)
      const isMore =
        rows.length >= limit && last !== undefined && query.from !== undefined && last.timestamp < (query.to ?? Infinity)
      if (isMore) return { rows: all.slice(0, -1), next: last.timestamp }
      return { rows: all.filter((candle) => candle.timestamp < (query.to ?? Infinity)) }
    },
  }
}

function candleOf(row: z.infer<typeof zKline>, { symbol, interval }: CandleQuery, isClosed: boolean): Candle {
  const [timestamp, open, high, low, close, volume, , quoteVolume, trades] = row
  return { symbol, timestamp, interval, open, high, low, close, volume, quoteVolume, trades, isClosed }
}
