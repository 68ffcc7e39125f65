/** What is traded in the simulated market. */
import { mix, unit } from './random.js'

export interface Asset {
  readonly base: string
  /** Typical price of one unit in USD. */
  readonly price: number
  /** How strongly it follows the market as a whole. */
  readonly beta: number
  /** Its own volatility: standard deviation of the daily log return. */
  readonly ownDailyVolatility: number
  /** USD traded a day on one exchange. */
  readonly dailyTurnover: number
  readonly tradesPerMinute: number
  /** Hours between two funding payments. */
  readonly fundingHours: number
}

export const ASSETS: readonly Asset[] = [
  asset('BTC', 84_000, 0.9, 0.008, 8e9, 480, 8),
  asset('ETH', 3_100, 1.15, 0.013, 5e9, 360, 8),
  asset('SOL', 145, 1.35, 0.02, 2e9, 200, 8),
  asset('XRP', 2.2, 1.1, 0.022, 1e9, 150, 8),
  asset('BNB', 850, 0.8, 0.012, 6e8, 110, 8),
  asset('DOGE', 0.16, 1.4, 0.025, 6e8, 120, 8),
  asset('SHIB', 0.0000092, 1.3, 0.024, 2e8, 70, 4),
  asset('PEPE', 0.0000062, 1.5, 0.032, 3e8, 80, 4),
  asset('LTC', 95, 1, 0.018, 2e8, 60, 8),
  asset('LINK', 13.5, 1.2, 0.02, 3e8, 80, 8),
  asset('ADA', 0.52, 1.2, 0.02, 3e8, 80, 8),
  asset('AVAX', 16, 1.3, 0.022, 2e8, 60, 1),
]

/** `count` more assets for load tests: `SIM001`, `SIM002`, … with prices from 0.01 to 1 000 USD. */
export function extraAssets(seed: number, count: number): Asset[] {
  return Array.from({ length: count }, (_, i) => {
    const key = mix(mix(seed, 0x5151), i)
    const price = Number((0.01 * 10 ** (5 * unit(key))).toPrecision(4))
    const beta = 0.7 + unit(mix(key, 1))
    return asset(`SIM${String(i + 1).padStart(3, '0')}`, price, beta, 0.015 + 0.02 * unit(mix(key, 2)), 5e7, 40, 8)
  })
}

function asset(
  base: string,
  price: number,
  beta: number,
  ownDailyVolatility: number,
  dailyTurnover: number,
  tradesPerMinute: number,
  fundingHours: number,
): Asset {
  return { base, price, beta, ownDailyVolatility, dailyTurnover, tradesPerMinute, fundingHours }
}
