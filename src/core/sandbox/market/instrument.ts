/** An asset as one exchange lists it: its price in ticks, and what is traded there. Pure functions of seed and time. */
import type { SandboxListing } from '../../exchanges/sandbox-contract.js'
import { type Dislocation, dislocationIn } from './dislocation.js'
import { type AssetPath, BLOCK_BITS, BLOCK_MINUTES, type PathBlock } from './path.js'
import { bell, mix, mixText } from './random.js'
import { DAY_MINUTES } from './time.js'

/** How far an exchange's price stands from the asset's, standard deviation over minutes. */
const OFFSET_BPS = 0.4
/** Every minute has at least so many trades: its open, high, low and close must be traded. */
const LEAST_TRADES = 8
/** Part of the volume that comes whatever the activity. */
const STEADY_VOLUME = 0.2
const LEAST_LOTS_PER_TRADE = 50

export interface MarketInstrument {
  readonly exchange: string
  readonly symbol: string
  readonly listing: SandboxListing
  readonly path: AssetPath
  readonly key: number
  /** Order among the exchanges that list the asset, and how many they are. */
  readonly place: number
  readonly places: number
  readonly price: Decimal
  readonly quantity: Decimal
  readonly lotsPerMinute: number
}

/** Steps of a decimal grid to numbers: exact, as a division by a power of ten (or 2 × or 4 × such) is rounded once. */
export interface Decimal {
  /** Number of a whole number of steps. */
  of(steps: number): number
  /** Nearest whole number of steps. */
  steps(value: number): number
}

function decimalGrid(step: number): Decimal {
  if (step >= 1) return { of: (steps) => steps * step, steps: (value) => Math.round(value / step) }
  const scale = Math.round(1 / step)
  return { of: (steps) => steps / scale, steps: (value) => Math.round(value * scale) }
}

export function createInstrument(
  exchange: string,
  listing: SandboxListing,
  path: AssetPath,
  place: number,
  places: number,
): MarketInstrument {
  const { asset } = path
  const unitPrice = asset.price * listing.multiplier
  // Exchanges are not equally large.
  const turnover = asset.dailyTurnover * (1 - 0.3 * place * (1 / Math.max(1, places)))
  const lots = turnover / DAY_MINUTES / unitPrice / listing.lotSize
  return {
    exchange,
    symbol: listing.symbol,
    listing,
    path,
    key: mixText(path.key, `${exchange} ${listing.symbol}`),
    place,
    places,
    price: decimalGrid(listing.tickSize),
    quantity: decimalGrid(listing.lotSize),
    lotsPerMinute: Math.max(lots, LEAST_LOTS_PER_TRADE * (asset.tradesPerMinute + LEAST_TRADES)) / (1 + STEADY_VOLUME),
  }
}

/** The exchange's log distance from the asset's price, constant within a minute. */
export function offsetIn(instrument: MarketInstrument, minute: number): number {
  return (OFFSET_BPS / 10_000) * bell(mix(instrument.key, minute))
}

/** The dislocation of a minute where it concerns this exchange. */
export function dislocationAt(instrument: MarketInstrument, minute: number): Dislocation | undefined {
  const found = dislocationIn(instrument.path, instrument.places, minute)
  return found?.place === instrument.place ? found : undefined
}

/** Price at which the exchange trades at a step, in ticks. */
export function ticksAt(instrument: MarketInstrument, minute: number, step: number): number {
  const { path } = instrument
  const moved = dislocationAt(instrument, minute)
  if (moved === undefined || step < moved.from || step >= moved.to) {
    return toTicks(instrument, path.logPriceAt(minute, step) + offsetIn(instrument, minute))
  }
  const block = blockOf(path, minute)
  const extreme = (moved.shift > 0 ? block.high : block.low)[inBlock(minute)] ?? 0
  return toTicks(instrument, extreme + offsetIn(instrument, minute) + moved.shift)
}

/** Whole ticks, at least one, of a log price of one unit of the asset. */
export function toTicks(instrument: MarketInstrument, logPrice: number): number {
  return Math.max(1, instrument.price.steps(Math.exp(logPrice) * instrument.listing.multiplier))
}

/** Index price at a step: the asset's own, in the instrument's units. */
export function indexPriceAt(instrument: MarketInstrument, minute: number, step: number): number {
  return Math.exp(instrument.path.logPriceAt(minute, step)) * instrument.listing.multiplier
}

/** Trades since the beginning of time, before a minute: the id of its first trade. */
export function tradesBefore(instrument: MarketInstrument, minute: number): number {
  return LEAST_TRADES * minute + Math.floor(activityBefore(instrument.path, minute) * instrument.path.asset.tradesPerMinute)
}

/** Lots traded since the beginning of time, before a minute. */
export function lotsBefore(instrument: MarketInstrument, minute: number): number {
  return Math.floor((activityBefore(instrument.path, minute) + STEADY_VOLUME * minute) * instrument.lotsPerMinute)
}

/** Lots of a minute that buyers took. */
export function boughtLots(instrument: MarketInstrument, minute: number, lots: number, trades: number): number {
  const { boundary, high, low } = blockOf(instrument.path, minute)
  const i = inBlock(minute)
  const range = (high[i] ?? 0) - (low[i] ?? 0)
  const direction = range > 0 ? ((boundary[i + 1] ?? 0) - (boundary[i] ?? 0)) / range : 0
  const share = 0.5 + 0.2 * direction + 0.04 * bell(mix(mix(instrument.key, 1), minute))
  return Math.min(lots - trades, Math.max(trades, Math.round(lots * share)))
}

export function blockOf(path: AssetPath, minute: number): PathBlock {
  return path.block(minute >> BLOCK_BITS)
}

export function inBlock(minute: number): number {
  return minute & (BLOCK_MINUTES - 1)
}

/** Minutes of usual activity since the beginning of time, before a minute. */
export function activityBefore(path: AssetPath, minute: number): number {
  return (minute >> BLOCK_BITS) * BLOCK_MINUTES + (blockOf(path, minute).activity[inBlock(minute)] ?? 0)
}
