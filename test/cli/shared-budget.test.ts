import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../src/core/net/system-clock.js'
import { startMarket } from '../support/market.js'
import { startRedis } from '../support/redis.js'
import { needs } from '../support/require.js'
import { runMts, temporaryFolder } from '../support/run-mts.js'

/** Bybit's are five seconds; what was allowed may take its time to get there. */
const WINDOW_MS = 4_000
/** Of Bybit's 400 in five seconds. */
const SHARE = 0.02
const LIMIT = 8

interface Counted {
  readonly url: string
  /** When each request came, ms. */
  readonly times: readonly number[]
}

/** Stands where the exchange does and notes when it is asked. */
async function countRequests(target: string): Promise<Counted> {
  const clock = systemClock()
  const times: number[] = []
  const server = createServer((asked, answer) => {
    times.push(clock.now())
    request(`${target}${asked.url}`, { headers: asked.headers }, (response) => {
      answer.writeHead(response.statusCode ?? 500, response.headers)
      response.pipe(answer)
    }).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, times }
}

/** Most requests in any window. */
function busiest(times: readonly number[]): number {
  return Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + WINDOW_MS).length))
}

needs('redis-server')('two runs on two machines behind one address', () => {
  it('keep together to what the exchange allows one, and both get all that they asked for', async () => {
    const redis = await startRedis()
    const market = await startMarket()
    onTestFinished(() => market.close())
    const exchange = await countRequests(market.urls.rest)
    const collect = () => {
      const folder = temporaryFolder()
      const own = { MTS_EXCHANGES__BYBIT__REST_URL: exchange.url, XDG_STATE_HOME: folder, MTS_BUDGET_SHARE: String(SHARE) }
      const env = { ...market.env(own), REDIS_URL: redis.url }
      return runMts(['funding', '--history', '--days', '330', '--exchanges', 'bybit', '--symbols', 'BTC', '--json'], {
        env,
        cwd: folder,
      })
    }
    const ended = await Promise.all([collect(), collect()])
    expect(ended.map(({ code }) => code)).toEqual([0, 0])
    const rows = ended.map(({ stdout }) => JSON.parse(stdout).data)
    for (const [series] of rows) expect(series).toMatchObject({ stored: 990, holes: 0 })
    // Either alone would have stayed below it.
    expect(exchange.times.length).toBeGreaterThan(LIMIT)
    expect(exchange.times.length).toBeLessThanOrEqual(2 * LIMIT)
    expect(busiest(exchange.times)).toBeLessThanOrEqual(LIMIT)
    expect(await redis.client().keys('mts:budget:*')).toHaveLength(1)
  }, 60_000)
})
