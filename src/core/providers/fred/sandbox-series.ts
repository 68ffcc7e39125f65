/** The simulated economy: each series around its usual level, moved by the simulated market where the real one is. */
import { DAY_MS } from '../../market/time.js'
import type { MacroSeries } from '../contract.js'
import type { ProviderMarket } from '../sandbox-contract.js'
import { dayMs } from './calendar.js'

interface Shape {
  /** Usual level and how far the slow wave takes it. */
  readonly level: number
  readonly swing: number
  /** Share of a day's noise. */
  readonly noise: number
  /** Change in units for a rise of the market by 1 in log over 20 days. */
  readonly market?: number
}

const SHAPES: Readonly<Record<string, Shape>> = {
  VIXCLS: { level: 19, swing: 4, noise: 0.05, market: -22 },
  DTWEXBGS: { level: 120, swing: 5, noise: 0.002, market: -3 },
  DGS10: { level: 4.1, swing: 0.5, noise: 0.01 },
  DGS2: { level: 3.8, swing: 0.6, noise: 0.01 },
  DGS3MO: { level: 4, swing: 0.6, noise: 0.003 },
  DFF: { level: 4.1, swing: 0.6, noise: 0 },
  SOFR: { level: 4.12, swing: 0.6, noise: 0.005 },
  T10Y2Y: { level: 0.25, swing: 0.6, noise: 0.05 },
  T10Y3M: { level: -0.1, swing: 0.8, noise: 0.05 },
  SP500: { level: 6000, swing: 600, noise: 0.008, market: 900 },
  NASDAQCOM: { level: 19_500, swing: 2_500, noise: 0.01, market: 4_000 },
  DCOILWTICO: { level: 72, swing: 9, noise: 0.02 },
  WALCL: { level: 6_800_000, swing: 250_000, noise: 0.001 },
  RRPONTSYD: { level: 210, swing: 120, noise: 0.05 },
  M2SL: { level: 21_800, swing: 600, noise: 0.0005 },
  CPIAUCSL: { level: 318, swing: 9, noise: 0.0005 },
  UNRATE: { level: 4.2, swing: 0.3, noise: 0.02 },
  PAYEMS: { level: 159_000, swing: 1_500, noise: 0.0005 },
  ICSA: { level: 228_000, swing: 16_000, noise: 0.03 },
  NFCI: { level: -0.5, swing: 0.15, noise: 0.02, market: -0.3 },
}
const USUAL: Shape = { level: 100, swing: 8, noise: 0.01 }
const LISTED: Readonly<Record<string, string>> = { CBBTCUSD: 'BTC', CBETHUSD: 'ETH' }
const NEVER_COLLECTED: ReadonlySet<string> = new Set(['CPIAUCSL', 'CPIAUCNS', 'UNRATE'])

/** The value of a date as it is told first. */
export function levelOf({ id }: Pick<MacroSeries, 'id'>, date: string, market: ProviderMarket): number {
  const at = dayMs(date) + DAY_MS
  const asset = LISTED[id]
  if (asset !== undefined) return market.price(asset, Math.min(at, market.now))
  const { level, swing, noise, market: share = 0 } = SHAPES[id] ?? USUAL
  const phase = market.chance(`${id} phase`, 0) * 2 * Math.PI
  const wave =
    Math.sin((at / DAY_MS / 240) * 2 * Math.PI + phase) * 0.7 + Math.sin((at / DAY_MS / 71) * 2 * Math.PI + 2 * phase) * 0.3
  const shaken = Math.abs(level) * noise * (market.chance(`${id} noise`, at / DAY_MS) - 0.5) * 2
  const moved = share === 0 ? 0 : share * marketMove(at, market)
  const value = level + swing * wave + shaken + moved
  // Rates may fall below zero, prices and counts of the economy do not.
  return level > 5 ? Math.max(level / 3, value) : value
}

/** What the value becomes later, and after how many days: a fraction of itself. */
export function revisionOf({ id }: Pick<MacroSeries, 'id'>, date: string, market: ProviderMarket) {
  const place = dayMs(date) / DAY_MS
  if (market.chance(`${id} revised`, place) < 0.5) return undefined
  return {
    afterDays: 28 + Math.floor(market.chance(`${id} when`, place) * 7),
    change: (market.chance(`${id} by`, place) - 0.5) * 0.006,
  }
}

/** Holidays on which markets rest, and a month that a shutdown cost. */
export function isMissing(id: string, date: string): boolean {
  if (NEVER_COLLECTED.has(id)) return date === '2025-10-01'
  if (id in LISTED || id === 'DFF') return false
  return ['-01-01', '-12-25', '-07-04', '-06-19', '-11-11'].some((day) => date.endsWith(day)) && id !== 'USEPUINDXD'
}

/** Log change of the market, by its first asset, over the last 20 days. */
function marketMove(at: number, market: ProviderMarket): number {
  const [asset] = market.assets
  if (asset === undefined) return 0
  const now = Math.min(at, market.now)
  const before = Math.max(market.firstTime, now - 20 * DAY_MS)
  return Math.log(market.price(asset, now) / market.price(asset, before))
}
