/** How a signal turned out: what following it would have brought, costs apart, from the open after it was said. */
import type { Direction } from '../strategies/contract.js'

/** Bars of one series, oldest first; `timestamp` is the open, ms UTC. */
export interface PriceColumns {
  readonly timestamp: Float64Array
  readonly open: Float64Array
  readonly close: Float64Array
}

/** `pending`: its time is not over; `no-bar`: there is no bar where it begins or ends; `not-scored`: flat holds nothing. */
export type NoOutcome = 'pending' | 'no-bar' | 'not-scored'

export interface Outcome {
  /** Price return in the direction of the signal; null: see `reason`. */
  readonly return: number | null
  readonly reason: NoOutcome | null
}

/**
 * From the open of the bar that follows `saidAt` to the close of the bar that ends `horizonMs` later, or of the last one that ends
 * before where bars are longer than that does not fit. A hole at either end gives no outcome: nothing is filled in.
 */
export function outcomeOf(
  { signal, saidAt }: { readonly signal: Direction; readonly saidAt: number },
  prices: PriceColumns,
  intervalMs: number,
  horizonMs: number,
): Outcome {
  if (signal === 'flat') return { return: null, reason: 'not-scored' }
  const { timestamp, open, close } = prices
  const steps = Math.floor(horizonMs / intervalMs)
  const newest = timestamp.at(-1)
  if (newest === undefined || steps < 1) return { return: null, reason: 'no-bar' }
  const lastOpen = saidAt + (steps - 1) * intervalMs
  if (newest < lastOpen) return { return: null, reason: 'pending' }
  const from = rowOf(timestamp, saidAt)
  const to = rowOf(timestamp, lastOpen)
  if (from === undefined || to === undefined) return { return: null, reason: 'no-bar' }
  const change = (close[to] as number) / (open[from] as number) - 1
  return { return: signal === 'long' ? change : -change, reason: null }
}

/** Row that opens at this very moment, by halving. */
function rowOf(timestamp: Float64Array, time: number): number | undefined {
  let [low, high] = [0, timestamp.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((timestamp[middle] as number) < time) low = middle + 1
    else high = middle
  }
  return timestamp[low] === time ? low : undefined
}
