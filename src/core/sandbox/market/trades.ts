/** The trades of one minute: how many, when, how large, whose side. They add up to that minute's candle. */
import { boughtLots, dislocationAt, lotsBefore, type MarketInstrument, tradesBefore } from './instrument.js'
import { extremeSteps } from './path.js'
import { bell, mix, unit } from './random.js'
import { STEPS_PER_MINUTE } from './time.js'

/** Share of the minutes in which a position is liquidated: over twenty instruments one each few seconds. */
const LIQUIDATION_SHARE = 0.8
const LIQUIDATION_WEIGHT = 8
/** Sizes are log-normal: most are small, a few are large. */
const SIZE_SPREAD = 1.6

export interface MinuteTrades {
  readonly firstId: number
  readonly count: number
  /** Of each trade, in order: step, lots, 1 where the buyer was the aggressor. */
  readonly steps: Uint16Array
  readonly lots: Float64Array
  readonly isBuy: Uint8Array
  /** Which one closed a position by force; −1: none. */
  readonly liquidation: number
}

export function minuteTrades(instrument: MarketInstrument, minute: number): MinuteTrades {
  const firstId = tradesBefore(instrument, minute)
  const count = tradesBefore(instrument, minute + 1) - firstId
  const key = mix(mix(instrument.key, 2), minute)
  const steps = tradeSteps(instrument, minute, count, key)
  const liquidation = unit(mix(key, 1)) < LIQUIDATION_SHARE ? Math.floor(unit(mix(key, 2)) * count) : -1
  const volume = lotsBefore(instrument, minute + 1) - lotsBefore(instrument, minute)
  const bought = boughtLots(instrument, minute, volume, count)
  const isBuy = new Uint8Array(count)
  const weights = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    const tradeKey = mix(mix(key, 3), i)
    // The first two differ, so that each side has somebody to take its lots.
    isBuy[i] = i < 2 ? i : Number(unit(tradeKey) < bought / volume)
    weights[i] = Math.exp(SIZE_SPREAD * bell(mix(tradeKey, 1))) * (i === liquidation ? LIQUIDATION_WEIGHT : 1)
  }
  const lots = new Float64Array(count)
  share(bought, 1, isBuy, weights, lots)
  share(volume - bought, 0, isBuy, weights, lots)
  return { firstId, count, steps, lots, isBuy, liquidation }
}

/** The steps at which a minute's open, high, low and close are traded, and others by chance. */
function tradeSteps(instrument: MarketInstrument, minute: number, count: number, key: number): Uint16Array {
  const extremes = extremeSteps(instrument.path.key, minute)
  const must = [0, STEPS_PER_MINUTE - 1, extremes.high, extremes.low]
  const moved = dislocationAt(instrument, minute)
  if (moved !== undefined) must.push(moved.from)
  const steps = new Uint16Array(count)
  for (let i = 0; i < count; i++) steps[i] = must[i] ?? Math.floor(unit(mix(mix(key, 4), i)) * STEPS_PER_MINUTE)
  return steps.sort()
}

/** Hands out whole lots to the trades of one side by weight, at least one to each; the sum is exact. */
function share(total: number, side: number, isBuy: Uint8Array, weights: Float64Array, lots: Float64Array): void {
  let weight = 0
  let trades = 0
  for (let i = 0; i < isBuy.length; i++) {
    if (isBuy[i] !== side) continue
    weight += weights[i] ?? 0
    trades += 1
  }
  let reached = 0
  let given = 0
  let left = trades
  for (let i = 0; i < isBuy.length; i++) {
    if (isBuy[i] !== side) continue
    reached += weights[i] ?? 0
    left -= 1
    const upTo = left === 0 ? total - trades : Math.floor((total - trades) * (reached / weight))
    lots[i] = 1 + upTo - given
    given = upTo
  }
}
