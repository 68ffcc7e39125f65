/** The list of coins, the ranks, charts and CoinGecko's own candles. All in USD. */
import { z } from 'zod'
import { DAY_MS, HOUR_MS } from '../../market/time.js'
import type { Answer, Page, PageToken } from '../../rest/contract.js'
import { parseBody } from '../../rest/wire.js'
import type { ChartQuery, Coin, CoinRank, OwnCandle, OwnCandleQuery, PricePoint, ProviderSource, RankQuery } from '../contract.js'
import { openAnswer } from './errors.js'

const ID = 'coingecko'
const CURRENCY = 'usd'
const LARGEST_PAGE = 250
/** Ranks move between two pages: one coin more or less at the edge costs nothing. */
const SPARE = 5

const COINS = '/coins/list'
const MARKETS = '/coins/markets'
const CHART = '/coins/{id}/market_chart/range'
const OHLC = '/coins/{id}/ohlc'

const zCoin = z.object({ id: z.string().min(1), symbol: z.string(), name: z.string() })

export const coins: ProviderSource<Record<string, never>, Coin> = {
  path: COINS,
  request: () => ({ path: COINS, query: {} }),
  parse: (answer) => ({ rows: parseBody(z.array(zCoin), openAnswer(answer, COINS), ID, COINS) }),
}

const zMaybe = z
  .number()
  .nullish()
  .transform((value) => value ?? null)
const zRank = zCoin.extend({
  market_cap_rank: zMaybe,
  market_cap: zMaybe,
  current_price: zMaybe,
  total_volume: zMaybe,
  last_updated: z.string().nullish(),
})

export const ranks: ProviderSource<RankQuery, CoinRank> = {
  path: MARKETS,
  request({ count, ids, symbols }, page = 1) {
    const query = {
      vs_currency: CURRENCY,
      order: 'market_cap_desc',
      per_page: pageSize(count),
      page,
      ids: ids?.join(','),
      symbols: symbols?.join(',').toLowerCase(),
      include_tokens: symbols === undefined ? undefined : 'top',
    }
    return { path: MARKETS, query }
  },
  parse(answer, { count }, page = 1) {
    const rows = parseBody(z.array(zRank), openAnswer(answer, MARKETS), ID, MARKETS).map(rankOf)
    const size = pageSize(count)
    const isMore = rows.length >= size && Number(page) * size < count
    return isMore ? { rows, next: Number(page) + 1 } : { rows }
  },
}

function pageSize(count: number): number {
  return Math.min(LARGEST_PAGE, count + SPARE)
}

function rankOf(row: z.infer<typeof zRank>): CoinRank {
  const updatedAt = Date.parse(row.last_updated ?? '')
  return {
    id: row.id,
    symbol: row.symbol,
    name: row.name,
    rank: row.market_cap_rank,
    // Early, and for coins without a known supply, it is told as 0.
    marketCap: row.market_cap === 0 ? null : row.market_cap,
    price: row.current_price,
    volume24h: row.total_volume,
    updatedAt: Number.isFinite(updatedAt) ? updatedAt : null,
  }
}

const zSeries = z.array(z.tuple([z.number(), z.number().nullable()]).rest(z.unknown()))
const zChart = z.object({ prices: zSeries, market_caps: zSeries.optional(), total_volumes: zSeries.optional() })

export const chart: ProviderSource<ChartQuery, PricePoint> = {
  path: CHART,
  request({ coin, from, to }) {
    // Seconds, and `from` inclusive: rounded outwards, so that no sample at the edge is missed.
    const query = { vs_currency: CURRENCY, from: Math.floor(from / 1000), to: Math.ceil(to / 1000), precision: 'full' }
    return { path: pathOf(CHART, coin), query }
  },
  parse: (answer, { coin }) => parseChart(answer, coin),
}

/** The three lists are joined by their stamps: they may differ in length, and a place in one means nothing in another. */
function parseChart(answer: Answer, coin: string): Page<PricePoint> {
  const about = pathOf(CHART, coin)
  const { prices, market_caps: caps = [], total_volumes: volumes = [] } = parseBody(zChart, openAnswer(answer, about), ID, about)
  const [price, cap, volume] = [prices, caps, volumes].map(byTime)
  const stamps = [...new Set([prices, caps, volumes].flatMap((list) => list.map(([timestamp]) => timestamp)))]
  return {
    rows: stamps
      .sort((a, b) => a - b)
      .map((timestamp) => ({
        timestamp,
        price: price?.get(timestamp) ?? null,
        // Zero stands for "not known": the supply was not.
        marketCap: cap?.get(timestamp) || null,
        volume24h: volume?.get(timestamp) ?? null,
      })),
  }
}

/** Of two entries with one stamp the later counts. */
function byTime(list: z.infer<typeof zSeries>): ReadonlyMap<number, number | null> {
  return new Map(list.map(([timestamp, value]) => [timestamp, value]))
}

const zOhlc = z.array(z.tuple([z.number().int(), z.number(), z.number(), z.number(), z.number()]))

/** Its stamps are when a candle CLOSES: taken for opens, they would show every candle one length before its time. */
export const candles: ProviderSource<OwnCandleQuery, OwnCandle> = {
  path: OHLC,
  request: ({ coin, days }) => ({ path: pathOf(OHLC, coin), query: { vs_currency: CURRENCY, days, precision: 'full' } }),
  parse(answer, { coin, days }: OwnCandleQuery, _page?: PageToken) {
    const about = pathOf(OHLC, coin)
    const length = lengthFor(days)
    const rows = parseBody(zOhlc, openAnswer(answer, about), ID, about)
      // The last row may be the running candle, stamped off the grid.
      .filter(([closedAt]) => closedAt % Math.min(length, DAY_MS) === 0)
      .map(([closedAt, open, high, low, close]) => ({ timestamp: closedAt - length, open, high, low, close, length }))
    return { rows }
  },
}

function lengthFor(days: number): number {
  if (days <= 2) return HOUR_MS / 2
  return days <= 30 ? 4 * HOUR_MS : 4 * DAY_MS
}

function pathOf(template: string, coin: string): string {
  return template.replace('{id}', encodeURIComponent(coin))
}
