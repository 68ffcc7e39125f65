/** Every exchange that mts knows, one line each. Folders are loaded when they are asked for: start-up counts. */
import { nearest, UsageError } from '../errors.js'
import type { Exchange } from './contract.js'
import type { SandboxExchange } from './sandbox-contract.js'

interface Entry {
  load(): Promise<{ readonly exchange: Exchange }>
  sandbox(): Promise<{ readonly sandbox: SandboxExchange }>
}

const ENTRIES: Readonly<Record<string, Entry>> = {
  binance: { load: () => import('./binance/index.js'), sandbox: () => import('./binance/sandbox.js') },
  'binance-spot': { load: () => import('./binance-spot/index.js'), sandbox: () => import('./binance-spot/sandbox.js') },
  bybit: { load: () => import('./bybit/index.js'), sandbox: () => import('./bybit/sandbox.js') },
}

export const EXCHANGE_IDS: readonly string[] = Object.keys(ENTRIES)

export async function loadExchange(id: string): Promise<Exchange> {
  return (await entry(id).load()).exchange
}

export async function loadSandboxExchange(id: string): Promise<SandboxExchange> {
  return (await entry(id).sandbox()).sandbox
}

function entry(id: string): Entry {
  const found = ENTRIES[id.toLowerCase()]
  if (found !== undefined) return found
  const near = nearest(id, EXCHANGE_IDS)
  throw new UsageError('USAGE_UNKNOWN_EXCHANGE', `Unknown exchange: ${id}`, {
    suggestions: [near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `Known exchanges: ${EXCHANGE_IDS.join(', ')}`],
  })
}
