import { nearest, UsageError } from '../errors.js'
import { coinOf, nearestCoins } from '../market/coins.js'

const NONE: ReadonlySet<string> = new Set()

/**
 * CoinGecko ids of coins named by id, ticker or name. What the table of the main coins does not know is taken for an id: CoinGecko
 * has thousands. Throws `UsageError` for what is neither there nor among `stored`, but looks like one of them.
 */
export function coinIds(names: readonly string[], stored = NONE): string[] {
  return names.map((name) => {
    const id = name.toLowerCase()
    const coin = coinOf(name)
    if (coin !== undefined) return coin.id
    if (stored.has(id)) return id
    const near = [...new Set([...nearest(id, stored, 1), ...nearestCoins(name)])]
    if (near.length === 0) return id
    throw new UsageError('USAGE_UNKNOWN_COIN', `No such coin: ${name}`, { suggestions: [`Did you mean ${near.join(', ')}?`] })
  })
}
