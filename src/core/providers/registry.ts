/** Every provider that mts knows, one line each. Folders are loaded when they are asked for: start-up counts. */
import type { CoinProvider, MacroProvider, Provider } from './contract.js'
import type { SandboxProvider } from './sandbox-contract.js'

interface Entry {
  load(): Promise<{ readonly provider: Provider }>
  sandbox(): Promise<{ readonly sandbox: SandboxProvider }>
}

const ENTRIES = {
  coingecko: { load: () => import('./coingecko/index.js'), sandbox: () => import('./coingecko/sandbox.js') },
  fred: { load: () => import('./fred/index.js'), sandbox: () => import('./fred/sandbox.js') },
} as const satisfies Readonly<Record<string, Entry>>

export type ProviderId = keyof typeof ENTRIES

export const PROVIDER_IDS = Object.keys(ENTRIES) as readonly ProviderId[]

export async function loadProvider(id: ProviderId): Promise<Provider> {
  return (await ENTRIES[id].load()).provider
}

/** The provider of coins' prices. */
export async function loadCoinProvider(): Promise<CoinProvider> {
  return (await ENTRIES.coingecko.load()).provider
}

/** The provider of macro series. */
export async function loadMacroProvider(): Promise<MacroProvider> {
  return (await ENTRIES.fred.load()).provider
}

export async function loadSandboxProvider(id: ProviderId): Promise<SandboxProvider> {
  return (await ENTRIES[id].sandbox()).sandbox
}
