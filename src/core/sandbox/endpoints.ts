/** Where the simulated exchanges are reached: the real addresses' paths behind a prefix on loopback. */
import type { Endpoints } from '../exchanges/contract.js'
import { EXCHANGE_IDS, loadExchange } from '../exchanges/registry.js'

/** For each exchange what stands in for its `endpoints` when the sandbox listens on `port`. */
export async function sandboxEndpoints(port: number): Promise<Readonly<Record<string, Endpoints>>> {
  const exchanges = await Promise.all(EXCHANGE_IDS.map(loadExchange))
  return Object.fromEntries(exchanges.map(({ id, endpoints }) => [id, onLoopback(id, endpoints, port)]))
}

function onLoopback(id: string, { rest, sockets }: Endpoints, port: number): Endpoints {
  const moved = (scheme: string, url: string) => `${scheme}://127.0.0.1:${port}/${id}${pathOf(url)}`
  const classes = Object.entries(sockets).map(([name, url]) => [name, moved('ws', url)])
  return { rest: moved('http', rest), sockets: Object.fromEntries(classes) }
}

function pathOf(url: string): string {
  return new URL(url).pathname.replace(/\/$/, '')
}
