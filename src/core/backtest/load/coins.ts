/** What `--symbols` may say: a coin's id or ticker, an exchange's symbol or a pair; bars are kept by coin. */
import { UsageError } from '../../errors.js'
import { EXCHANGE_IDS, loadExchange } from '../../exchanges/registry.js'
import { coinOf, nearestCoins } from '../../market/coins.js'

/** CoinGecko ids, each once, in the order given. `stored` are the ids that bars are kept of. Throws `UsageError` `USAGE_UNKNOWN_COIN`. */
export async function coinsOf(names: readonly string[], stored: ReadonlySet<string>): Promise<string[]> {
  const coins: string[] = []
  for (const name of names) coins.push(await coinNamed(name, stored))
  return [...new Set(coins)]
}

async function coinNamed(name: string, stored: ReadonlySet<string>): Promise<string> {
  const known = idOf(name, stored)
  if (known !== undefined) return known
  for (const id of EXCHANGE_IDS) {
    const instrument = (await loadExchange(id)).symbols.parse(name.toUpperCase())
    if (instrument !== undefined) return coinOf(instrument.base)?.id ?? instrument.base.toLowerCase()
  }
  const near = nearestCoins(name)
  throw new UsageError('USAGE_UNKNOWN_COIN', `No coin and no symbol is called ${name}`, {
    suggestions: [
      near.length > 0 ? `Did you mean ${near.join(', ')}?` : 'Give a ticker (BTC), a CoinGecko id (bitcoin) or a symbol (BTCUSDT)',
    ],
  })
}

/** `BTC/USDT:USDT` is bitcoin: what stands before the stroke decides. */
function idOf(name: string, stored: ReadonlySet<string>): string | undefined {
  const [base = ''] = name.split('/')
  const id = base.trim().toLowerCase()
  return coinOf(base)?.id ?? (stored.has(id) ? id : undefined)
}
