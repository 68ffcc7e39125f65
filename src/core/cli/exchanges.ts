import type { Exchange } from '../exchanges/contract.js'
import { EXCHANGE_IDS, loadExchange } from '../exchanges/registry.js'
import type { Config } from './config/settings.js'

/** Exchanges that a live command uses when none is named. */
const DEFAULT_EXCHANGES = ['binance', 'bybit']

/** The exchanges named, or the default ones that are enabled. Throws `UsageError` for an unknown name. */
export function loadExchanges(names: readonly string[] | undefined, config: Pick<Config, 'exchanges'>): Promise<Exchange[]> {
  const wanted = names ?? DEFAULT_EXCHANGES.filter((id) => config.exchanges[id]?.enabled !== false)
  return Promise.all(wanted.map(loadExchange))
}

export function loadAllExchanges(): Promise<Exchange[]> {
  return Promise.all(EXCHANGE_IDS.map(loadExchange))
}
