/** Where the simulated exchanges are reached: the real addresses' paths behind a prefix on loopback. */
import type { Endpoints } from '../exchanges/contract.js'
import { EXCHANGE_IDS, loadExchange } from '../exchanges/registry.js'
import type { SandboxProvider } from '../providers/sandbox-contract.js'

/** For each exchange what stands in for its `endpoints` when the sandbox listens on `port`. */
export async function sandboxEndpoints(port: number): Promise<Readonly<Record<string, Endpoints>>> {
  const exchanges = await Promise.all(EXCHANGE_IDS.map(loadExchange))
  return Object.fromEntries(exchanges.map(({ id, endpoints }) => [id, onLoopback(id, endpoints, port)]))
}

/** For each provider what stands in for its `endpoints`. */
export function providerEndpoints(providers: readonly SandboxProvider[], port: number): ProviderUrls {
  const urls = ({ id, endpoints }: SandboxProvider) =>
    Object.entries(endpoints).map(([name, path]) => [name, `http://127.0.0.1:${port}/${id}${path}`] as const)
  return Object.fromEntries(providers.map((provider) => [provider.id, Object.fromEntries(urls(provider))]))
}

export type ProviderUrls = Readonly<Record<string, Readonly<Record<string, string>>>>

function onLoopback(id: string, { rest, sockets }: Endpoints, port: number): Endpoints {
  const moved = (scheme: string, url: string) => `${scheme}://127.0.0.1:${port}/${id}${pathOf(url)}`
  const classes = Object.entries(sockets).map(([name, url]) => [name, moved('ws', url)])
  return { rest: moved('http', rest), sockets: Object.fromEntries(classes) }
}

function pathOf(url: string): string {
  return new URL(url).pathname.replace(/\/$/, '')
}
