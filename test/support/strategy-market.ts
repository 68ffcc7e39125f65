/** A market of daily bars and a VIX in which every strategy finds something to do: calm and fear by turns, now and then much volume. */
import { type CandleColumns, createMarketData, type MarketData } from '../../src/core/backtest/data.js'
import { seededRandom } from '../../src/core/backtest/random.js'
import { DAY_MS } from '../../src/core/market/time.js'

/** A Sunday. */
const FIRST_DAY = Date.UTC(2023, 0, 1)
const MONDAY_AFTER_EPOCH = 4
/** VIX closes in New York at 21:15 UTC in winter; it is in nobody's hands before the day after. */
const PUBLISHED_AFTER_MS = 30 * 3_600_000

interface Wish {
  readonly days: number
  readonly seed?: number
  readonly assets?: readonly string[]
}

export interface Days {
  readonly candles: readonly CandleColumns[]
  readonly vix: { readonly date: number; readonly availableAt: number; readonly value: number }[]
}

/** One bar a day and asset, VIX from Monday to Friday; the returns of the assets hang on its changes. */
export function fearfulDays({ days, seed = 1, assets = ['bitcoin'] }: Wish): Days {
  const random = seededRandom(seed)
  const noise = (): number => random.next() + random.next() + random.next() - 1.5
  const vix: Days['vix'][number][] = []
  const prices = assets.map((_, i) => 100 * (i + 1))
  const rows = assets.map((): number[][] => [])
  let level = 18
  for (let day = 0; day < days; day++) {
    const date = FIRST_DAY + day * DAY_MS
    const isTrading = (Math.floor(date / DAY_MS) + MONDAY_AFTER_EPOCH - 1) % 7 < 5
    // Fear comes at once and goes slowly.
    const shock = day % 60 === 45 ? 14 : 0
    const change = isTrading ? 0.08 * (17 - level) + 0.9 * noise() + shock : 0
    level = Math.max(9, level + change)
    if (isTrading) vix.push({ date, availableAt: date + PUBLISHED_AFTER_MS, value: level })
    for (const [i, before] of prices.entries()) {
      const after = before * Math.exp(-0.012 * change + 0.012 * noise() + 0.003 * Math.sin(day / 20))
      prices[i] = after
      const volume = 1000 * (1 + 0.2 * noise()) * (day % 37 === 30 ? 5 : 1)
      rows[i]?.push([date, before, Math.max(before, after) * 1.002, Math.min(before, after) * 0.998, after, volume])
    }
  }
  const column = (of: number[][], at: number): Float64Array => Float64Array.from(of, (row) => row[at] ?? Number.NaN)
  const candles = rows.map((of) => ({
    timestamp: column(of, 0),
    open: column(of, 1),
    high: column(of, 2),
    low: column(of, 3),
    close: column(of, 4),
    volume: column(of, 5),
  }))
  return { candles, vix }
}

/** The same as a backtest takes it. */
export function fearfulMarket(wish: Wish): MarketData {
  const { candles, vix } = fearfulDays(wish)
  const { assets = ['bitcoin'] } = wish
  return createMarketData({
    traded: candles.map((columns, i) => ({ asset: assets[i] ?? '', interval: '1d', intervalMs: DAY_MS, columns })),
    macro: [macroOf(vix)],
  })
}

export function macroOf(vix: Days['vix']): MarketData['macro'][number] {
  const published = vix.toSorted((a, b) => a.availableAt - b.availableAt)
  return {
    indicator: 'VIX',
    date: Float64Array.from(published, ({ date }) => date),
    availableAt: Float64Array.from(published, ({ availableAt }) => availableAt),
    value: Float64Array.from(published, ({ value }) => value),
  }
}
