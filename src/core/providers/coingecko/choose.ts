/** Which coin a name means. Tickers are not unique: dozens of coins share a good one. */
import { coinOf } from '../../market/coins.js'
import type { ChosenCoin, CoinRank } from '../contract.js'

/** `undefined`: neither the table of well-known coins nor the ranks have it. */
export function choose(text: string, ranks: readonly CoinRank[]): ChosenCoin | undefined {
  const name = text.trim().toLowerCase()
  const exact = ranks.find(({ id }) => id === name)
  if (exact !== undefined) return chosen(exact, 'id', [])
  const known = coinOf(name)
  const same = largest(
    ranks.filter(({ symbol }) => symbol.toLowerCase() === name),
    ranks.length,
  )
  if (known !== undefined) {
    const coin = { id: known.id, symbol: known.ticker.toLowerCase(), name: known.name }
    return chosen(coin, known.id === name ? 'id' : 'map', same)
  }
  const [first] = same
  return first === undefined ? undefined : chosen(first, 'rank', same)
}

/** By market value, unknown ones last, then by id; each coin once, since it may stand on two pages. */
export function largest(ranks: readonly CoinRank[], count: number): CoinRank[] {
  const byId = new Map(ranks.map((coin) => [coin.id, coin]))
  const value = ({ marketCap }: CoinRank) => marketCap ?? -1
  return [...byId.values()].sort((a, b) => value(b) - value(a) || (a.id < b.id ? -1 : 1)).slice(0, count)
}

function chosen(
  { id, symbol, name }: Pick<CoinRank, 'id' | 'symbol' | 'name'>,
  by: ChosenCoin['by'],
  same: readonly CoinRank[],
): ChosenCoin {
  return { id, symbol, name, by, others: same.map((coin) => coin.id).filter((other) => other !== id) }
}
