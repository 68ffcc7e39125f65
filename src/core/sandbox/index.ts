/** The simulated market and its exchanges on loopback: `mts sandbox`, `--sandbox` and the tests. */
import type { Clock } from '../clock.js'
import type { Endpoints } from '../exchanges/contract.js'
import { EXCHANGE_IDS, loadSandboxExchange } from '../exchanges/registry.js'
import { type ServerResponse, startServer } from '../net/server.js'
import { sandboxEndpoints } from './endpoints.js'
import { createExchangeServer, type ExchangeServer } from './exchange-server.js'
import { type Gate, openGate } from './gate.js'
import { ASSETS } from './market/assets.js'
import { createMarket, type Market } from './market/market.js'
import { STEP_MS } from './market/time.js'

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
  /** What every outgoing frame and response passes through. */
  readonly gate?: Gate
  /** Where the simulated exchanges are reached; a server on loopback when not given. */
  readonly listen?: typeof startServer
}

export interface Sandbox {
  readonly port: number
  /** For each exchange what to put in the place of its endpoints. */
  readonly urls: Readonly<Record<string, Endpoints>>
  /** The truth behind the wire: exact books, planted moments. */
  readonly market: Market
  close(): Promise<void>
}

/** Serves every known exchange from one market that begins now. Throws `UsageError` when the port is taken. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { clock, seed, speed, gate = openGate, extraAssets = 0, stepMs = STEP_MS, keptChanges, listen = startServer } = options
  const exchanges = await Promise.all(EXCHANGE_IDS.map(loadSandboxExchange))
  const startMs = clock.now()
  const kept = keptChanges === undefined ? {} : { keptChanges }
  const market = createMarket({ seed, startMs, exchanges, extraAssets, stepMs, ...kept })
  // The usual books run from the start, so that they do not depend on who asks when; the others from when they are asked for.
  const usual = new Set(ASSETS.map(({ base }) => base))
  for (const { exchange, symbol, path } of market.instruments) if (usual.has(path.asset.base)) market.live(exchange, symbol)
  const servers = new Map(exchanges.map((exchange) => [exchange.id, createExchangeServer(exchange, market, clock, gate)]))
  const stepAll = () => {
    for (const server of servers.values()) server.step()
  }
  const catchUp = () => market.advanceTo(startMs + (clock.now() - startMs) * speed, stepAll)
  const server = await listen({ port: options.port, clock, handlers: route(servers, catchUp) })
  const timer = clock.every(stepMs / 2, catchUp)
  return {
    port: server.port,
    urls: await sandboxEndpoints(server.port),
    market,
    async close() {
      timer.cancel()
      await server.close()
    },
  }
}

/** By the first part of the path: `/binance/fapi/v1/depth` is `/fapi/v1/depth` of binance. */
function route(servers: ReadonlyMap<string, ExchangeServer>, catchUp: () => void): Parameters<typeof startServer>[0]['handlers'] {
  return {
    request(method, url) {
      const found = resolve(servers, url)
      if (found === undefined) return notFound(url, servers)
      catchUp()
      return found.server.request(method, found.url)
    },
    upgrade(url) {
      const found = resolve(servers, url)
      return found === undefined ? 404 : found.server.upgrade(found.url)
    },
  }
}

function resolve(servers: ReadonlyMap<string, ExchangeServer>, url: URL) {
  const [, id = ''] = url.pathname.split('/', 2)
  const server = servers.get(id)
  if (server === undefined) return undefined
  const own = new URL(url)
  own.pathname = url.pathname.slice(id.length + 1) || '/'
  return { server, url: own }
}

function notFound({ pathname }: URL, servers: ReadonlyMap<string, ExchangeServer>): ServerResponse {
  return { status: 404, body: JSON.stringify({ error: `nothing at ${pathname}`, exchanges: [...servers.keys()] }) }
}
