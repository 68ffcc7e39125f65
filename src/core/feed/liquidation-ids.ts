import type { Liquidation } from '../market/event.js'

/**
 * Names liquidations, which come without an id, by their content: `liq-<timestamp>-<side>-<price>-<size>-<n>`, where `n` counts
 * equal ones. The same stream makes the same ids, so that a replay or a second look stores each once.
 */
export function liquidationIds(): (liquidation: Liquidation) => string {
  const seen = new Map<string, number>()
  return ({ symbol, timestamp, side, price, quantity }) => {
    const name = `liq-${timestamp}-${side}-${price}-${quantity}`
    const key = `${symbol} ${name}`
    const n = (seen.get(key) ?? -1) + 1
    seen.set(key, n)
    if (seen.size > REMEMBERED) seen.delete(seen.keys().next().value ?? '')
    return `${name}-${n}`
  }
}

/** Equal ones come in one frame or in neighbours. */
const REMEMBERED = 10_000
