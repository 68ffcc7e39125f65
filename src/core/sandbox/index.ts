/** The simulated market and its exchanges on loopback: `mts sandbox`, `--sandbox` and the tests. */
import type { Clock } from '../clock.js'
import type { Endpoints } from '../exchanges/contract.js'
import { EXCHANGE_IDS, loadSandboxExchange } from '../exchanges/registry.js'
import { type ServerResponse, startServer } from '../net/server.js'
import { loadSandboxProvider, PROVIDER_IDS } from '../providers/registry.js'
import { type ProviderUrls, providerEndpoints, sandboxEndpoints } from './endpoints.js'
import { createExchangeServer, type ExchangeServer } from './exchange-server.js'
import { type Gate, openGate } from './gate.js'
import { ASSETS } from './market/assets.js'
import { providerMarket } from './market/index-price.js'
import { createMarket, type Market } from './market/market.js'
import { STEP_MS } from './market/time.js'
import { createProviderServer, type ProviderServer } from './provider-server.js'

export type { ExactBook } from './market/market.js'

export interface SandboxOptions {
  readonly clock: Clock
  /** 0 picks a free one. */
  readonly port: number
  readonly seed: number
  /** Seconds of the market in one second. */
  readonly speed: number
  /** Synthetic assets beyond the usual ones, for load tests. */
  readonly extraAssets?: number
  /** The market moves on so far at once, ms, a multiple of 20, for load tests; 20 when not given. */
  readonly stepMs?: number
  /** Changes of each book that `market.book` can go back by. */
  readonly keptChanges?: number
  /** False: providers answer however often they are asked. True when not given. */
  readonly hasProviderLimits?: boolean
  /** What every outgoing frame and response passes through. */
  readonly gate?: Gate
  /** Where the simulated exchanges are reached; a server on loopback when not given. */
  readonly listen?: typeof startServer
}

export interface Sandbox {
  readonly port: number
  /** For each exchange what to put in the place of its endpoints. */
  readonly urls: Readonly<Record<string, Endpoints>>
  /** The same for each provider. */
  readonly providerUrls: ProviderUrls
  /** The truth behind the wire: exact books, planted moments. */
  readonly market: Market
  close(): Promise<void>
}

/** Serves every known exchange from one market that begins now. Throws `UsageError` when the port is taken. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { clock, seed, speed, gate = openGate, extraAssets = 0, stepMs = STEP_MS, keptChanges, listen = startServer } = options
  const exchanges = await Promise.all(EXCHANGE_IDS.map(loadSandboxExchange))
  const providers = await Promise.all(PROVIDER_IDS.map(loadSandboxProvider))
  const startMs = clock.now()
  const kept = keptChanges === undefined ? {} : { keptChanges }
  const market = createMarket({ seed, startMs, exchanges, extraAssets, stepMs, ...kept })
  // The usual books run from the start, so that they do not depend on who asks when; the others from when they are asked for.
  const usual = new Set(ASSETS.map(({ base }) => base))
  for (const { exchange, symbol, path } of market.instruments) if (usual.has(path.asset.base)) market.live(exchange, symbol)
  const servers = new Map(exchanges.map((exchange) => [exchange.id, createExchangeServer(exchange, market, clock, gate)]))
  const view = providerMarket(market, seed)
  const isLimited = options.hasProviderLimits ?? true
  const services = providers.map(
    (provider) => [provider.id, createProviderServer({ provider, market: view, clock, gate, isLimited })] as const,
  )
  const stepAll = () => {
    for (const server of servers.values()) server.step()
  }
  const catchUp = () => market.advanceTo(startMs + (clock.now() - startMs) * speed, stepAll)
  const server = await listen({ port: options.port, clock, handlers: route(servers, new Map(services), catchUp) })
  const timer = clock.every(stepMs / 2, catchUp)
  return {
    port: server.port,
    urls: await sandboxEndpoints(server.port),
    providerUrls: providerEndpoints(providers, server.port),
    market,
    async close() {
      timer.cancel()
      await server.close()
    },
  }
}

/** By the first part of the path: `/binance/fapi/v1/depth` is `/fapi/v1/depth` of binance. */
function route(
  servers: ReadonlyMap<string, ExchangeServer>,
  services: ReadonlyMap<string, ProviderServer>,
  catchUp: () => void,
): Parameters<typeof startServer>[0]['handlers'] {
  return {
    request(method, url, headers) {
      catchUp()
      const exchange = resolve(servers, url)
      if (exchange !== undefined) return exchange.server.request(method, exchange.url)
      const provider = resolve(services, url)
      if (provider !== undefined) return provider.server.request(provider.url, headers)
      return notFound(url, [...servers.keys()], [...services.keys()])
    },
    upgrade(url) {
      const found = resolve(servers, url)
      return found === undefined ? 404 : found.server.upgrade(found.url)
    },
  }
}

function resolve<Server>(servers: ReadonlyMap<string, Server>, url: URL) {
  const [, id = ''] = url.pathname.split('/', 2)
  const server = servers.get(id)
  if (server === undefined) return undefined
  const own = new URL(url)
  own.pathname = url.pathname.slice(id.length + 1) || '/'
  return { server, url: own }
}

function notFound({ pathname }: URL, exchanges: readonly string[], providers: readonly string[]): ServerResponse {
  return { status: 404, body: JSON.stringify({ error: `nothing at ${pathname}`, exchanges, providers }) }
}
