/** One simulated provider: its answers, in the provider's own words, and its count of requests. */
import type { Clock } from '../clock.js'
import { MINUTE_MS } from '../market/time.js'
import type { ServerHandlers, ServerResponse } from '../net/server.js'
import type { ProviderMarket, SandboxProvider } from '../providers/sandbox-contract.js'
import type { Gate } from './gate.js'

export interface ProviderServer {
  /** `url` without the provider's prefix. */
  request(url: URL, headers: Parameters<ServerHandlers['request']>[2]): Promise<ServerResponse | 'hang-up'>
}

export interface ProviderServerOptions {
  readonly provider: SandboxProvider
  readonly market: ProviderMarket
  readonly clock: Clock
  readonly gate: Gate
  /** Refuses those who ask more than the real one would allow. */
  readonly isLimited: boolean
}

export function createProviderServer({ provider, market, clock, gate, isLimited }: ProviderServerOptions): ProviderServer {
  /** Times of the requests of the last minute. */
  let times: number[] = []
  const count = (): number => {
    if (!isLimited) return 0
    const now = clock.now()
    times = times.filter((time) => time > now - MINUTE_MS)
    times.push(now)
    return times.length
  }
  return {
    request(url, headers) {
      const { pathname: path, searchParams: query } = url
      const response = provider.answer({ path, query, headers, recent: count() }, market)
      return new Promise((respond) =>
        gate({ kind: 'response', exchange: provider.id, path, query, response, asOf: () => undefined, respond }),
      )
    },
  }
}
