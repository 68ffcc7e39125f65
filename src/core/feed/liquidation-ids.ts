import type { Liquidation } from '../market/event.js'
import { liquidationId } from '../storage/ids.js'

/**
 * Names liquidations, which come without an id, by their content: `liq-<timestamp>-<side>-<price>-<size>-<n>`, where `n` counts
 * equal ones. The same stream makes the same ids, so that a replay or a second look stores each once.
 */
export function liquidationIds(): (liquidation: Liquidation) => string {
  const seen = new Map<string, number>()
  return (liquidation) => {
    const key = `${liquidation.symbol} ${liquidationId(liquidation, 0)}`
    const n = seen.get(key) ?? 0
    seen.set(key, n + 1)
    if (seen.size > REMEMBERED) seen.delete(seen.keys().next().value ?? '')
    return liquidationId(liquidation, n)
  }
}

/** Equal ones come in one frame or in neighbours. */
const REMEMBERED = 10_000
