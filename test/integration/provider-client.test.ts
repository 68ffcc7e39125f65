/** Providers over the real network code: pauses, limits and keys, on a clock that the test moves. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { VirtualClock } from '../../src/core/clock.js'
import { MtsError } from '../../src/core/errors.js'
import type { HttpAnswer } from '../../src/core/net/contract.js'
import { createHttp } from '../../src/core/net/http.js'
import { createProviderClient } from '../../src/core/net/provider-client.js'
import { systemClock } from '../../src/core/net/system-clock.js'
import type { Provider } from '../../src/core/providers/contract.js'
import { loadCoinProvider, loadMacroProvider } from '../../src/core/providers/registry.js'
import type { HttpRequest } from '../../src/core/rest/contract.js'
import { startSandbox } from '../../src/core/sandbox/index.js'

const NOON = Date.UTC(2026, 10, 21, 12)
const COIN_KEY = 'CG-s3cr3tS3cr3tS3cr3tS3cr3t'
const FRED_KEY = 's3cr3ts3cr3ts3cr3ts3cr3ts3cr3t00'
const coin = await loadCoinProvider()
const macro = await loadMacroProvider()

interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

const DATA: Reply = { status: 200, body: '[]' }
const limited = (status: number, headers: Record<string, string> = {}): Reply => ({
  status,
  headers,
  body: JSON.stringify({ status: { error_code: 429, error_message: 'Throttled' } }),
})

/** Answers one after the other, the last one for ever. */
async function serve(answer: (request: IncomingMessage, count: number) => Reply) {
  const requests: { url: string; headers: IncomingMessage['headers'] }[] = []
  const server = createServer((request, response) => {
    requests.push({ url: request.url ?? '', headers: request.headers })
    const { status, headers, body } = answer(request, requests.length)
    response.writeHead(status, headers).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { root: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests }
}

interface Told {
  readonly request: HttpRequest
  readonly answer: HttpAnswer
}

function client(provider: Provider, root: string, plan: string, key?: string) {
  const clock = new VirtualClock(NOON)
  const told: Told[] = []
  const pauses: number[] = []
  const http = createHttp({
    clock,
    requestTimeoutMs: 1_000_000,
    userAgent: 'mts/test',
    retry: { times: 0, baseMs: 1, capMs: 1 },
    onAnswer: (_service, request, answer) => told.push({ request, answer }),
  })
  onTestFinished(() => http.close())
  const endpoints = Object.fromEntries(Object.keys(provider.endpoints).map((name) => [name, root]))
  const onPause = (ms: number) => void pauses.push(ms)
  return { ...createProviderClient({ http, clock, provider, access: { plan, endpoints, key }, onPause }), clock, told, pauses }
}

/** A client of CoinGecko whose answers are there at once, and what it asked. */
function scripted(answer: (count: number) => Reply, plan = 'keyless', key?: string) {
  const clock = new VirtualClock(NOON)
  const pauses: number[] = []
  let requests = 0
  const http = createHttp({
    clock,
    requestTimeoutMs: 10_000,
    userAgent: 'mts/test',
    retry: { times: 0, baseMs: 1, capMs: 1 },
    get: () => {
      requests += 1
      return Promise.resolve({ headers: {}, ...answer(requests) })
    },
  })
  onTestFinished(() => http.close())
  const onPause = (ms: number) => void pauses.push(ms)
  const access = { plan, endpoints: coin.endpoints, key }
  const { all } = createProviderClient({ http, clock, provider: coin, access, onPause })
  /** Lets time pass until it is settled. */
  const settle = async <Value>(work: Promise<Value>): Promise<PromiseSettledResult<Value>> => {
    let result: PromiseSettledResult<Value> | undefined
    void Promise.allSettled([work]).then(([settled]) => {
      result = settled
    })
    while (result === undefined) {
      await new Promise((resolve) => setImmediate(resolve))
      if (result === undefined && Number.isFinite(clock.nextDue)) clock.advanceTo(clock.nextDue)
    }
    return result
  }
  return { all, settle, clock, pauses, asked: () => requests }
}

describe('pauses that a provider demands', () => {
  it.each([
    ['Retry-After', 429, { 'retry-after': '7' }, 7_000],
    ['a time in its own form', 429, { 'x-ratelimit-reset': '2026-11-21 12:00:30 +0000' }, 30_000],
    ['nothing at all', 429, {}, 60_000],
    ['a 200 that is none', 200, {}, 60_000],
  ])('are waited for when told by %s', async (_, status, headers: Record<string, string>, ms) => {
    const { all, settle, pauses, asked, clock } = scripted((count) => (count === 1 ? limited(status, headers) : DATA))
    expect(await settle(all(coin.rest.coins, {}))).toEqual({ status: 'fulfilled', value: [] })
    expect([asked(), pauses]).toEqual([2, [ms]])
    expect(clock.now()).toBeGreaterThanOrEqual(NOON + ms)
  })

  it('end the run after three in a row: nothing more is sent', async () => {
    const { all, settle, pauses, asked } = scripted(() => limited(429))
    const ended = { code: 'API_RATE_LIMIT', message: expect.stringContaining('3 times in a row') }
    expect(await settle(all(coin.rest.coins, {}))).toMatchObject({ reason: ended })
    expect(await settle(all(coin.rest.coins, {}))).toMatchObject({ reason: ended })
    expect(asked()).toBe(3)
    // Without a word on how long, each pause is twice the one before.
    expect(pauses).toEqual([60_000, 120_000])
  })

  it('with an answer in between do not end it', async () => {
    const { all, settle, asked } = scripted((count) => (count % 3 === 0 ? DATA : limited(429, { 'retry-after': '5' })))
    for (let i = 0; i < 4; i++) expect(await settle(all(coin.rest.coins, {}))).toMatchObject({ status: 'fulfilled' })
    expect(asked()).toBe(12)
  })

  it('of a day are not waited for', async () => {
    const { all, settle, asked } = scripted(() => limited(429, { 'retry-after': '86400' }))
    expect(await settle(all(coin.rest.coins, {}))).toMatchObject({ reason: { message: expect.stringContaining('a long pause') } })
    expect(asked()).toBe(1)
  })

  it('count once for requests that stand side by side', async () => {
    const { all, settle } = scripted((count) => (count <= 4 ? limited(429, { 'retry-after': '1' }) : DATA), 'demo', COIN_KEY)
    const work = Promise.all([1, 2, 3, 4].map(() => all(coin.rest.coins, {})))
    expect(await settle(work)).toEqual({ status: 'fulfilled', value: [[], [], [], []] })
  })

  it('are no reason to go on when the run was stopped', async () => {
    const { root } = await serve(() => DATA)
    const clock = systemClock()
    const http = createHttp({ clock, requestTimeoutMs: 1_000, userAgent: 'mts/test' })
    onTestFinished(() => http.close())
    const access = { plan: 'keyless', endpoints: { public: root, pro: root }, key: undefined }
    const stopped = createProviderClient({
      http,
      clock,
      provider: coin,
      access,
      send: { signal: AbortSignal.abort(new Error('stopped')) },
    })
    await expect(stopped.page(coin.rest.coins, {})).rejects.toThrow('stopped')
  })
})

describe('a key', () => {
  it.each([
    ['CoinGecko', coin, 'demo', COIN_KEY, 'x-cg-demo-api-key'],
    ['CoinGecko’s paid plans', coin, 'pro', COIN_KEY, 'x-cg-pro-api-key'],
  ] as const)('of %s goes out as a header of its plan', async (_, provider, plan, key, header) => {
    const { root, requests } = await serve(() => DATA)
    await client(provider, root, plan, key).page(coin.rest.coins, {})
    expect(requests[0]?.headers[header]).toBe(key)
    expect(requests[0]?.url).not.toContain(key)
    expect(requests[0]?.headers['user-agent']).toBe('mts/test')
  })

  it('of FRED goes to the interface that needs it, and never to the graphs', async () => {
    const { root, requests } = await serve(({ url }) => {
      if (url?.includes('csv')) return { status: 200, body: 'observation_date,DGS10\n' }
      return { status: 200, body: JSON.stringify({ count: 0, offset: 0, observations: [] }) }
    })
    const { page } = client(macro, root, 'key', FRED_KEY)
    await page(macro.rest.observations, { series: 'DGS10' })
    await page(macro.rest.graph, { series: 'DGS10' })
    expect(requests.map(({ url }) => url.includes(FRED_KEY))).toEqual([true, false])
    expect(requests[1]?.headers.accept).toContain('text/csv')
  })

  it.each([
    [200, (url: string) => JSON.stringify({ count: 0, offset: 0, observations: [], asked: url })],
    [400, (url: string) => JSON.stringify({ error_code: 400, error_message: `Bad Request.  No such thing: ${url}` })],
    [500, (url: string) => `<html>cannot serve ${url}</html>`],
    [429, (url: string) => `slow down: ${url}`],
    [200, (url: string) => `<html>${url}</html>`],
  ])('is in no record, log or error, even where HTTP %i repeats it', async (status, body) => {
    const { root, requests } = await serve(({ url = '' }) => ({ status, body: body(url), headers: { 'retry-after': '100000' } }))
    const { page, told } = client(macro, root, 'key', FRED_KEY)
    const failure = await page(macro.rest.observations, { series: 'DGS10' }).then(
      () => undefined,
      (error: unknown) => error,
    )
    expect(requests[0]?.url).toContain(FRED_KEY)
    expect(told).toHaveLength(1)
    expect(JSON.stringify(told)).not.toContain(FRED_KEY)
    if (failure === undefined) return
    expect(failure).toBeInstanceOf(MtsError)
    expect(everythingOf(failure)).not.toContain(FRED_KEY)
  })

  it('is in no error of a line that is down', async () => {
    const { page } = client(macro, 'http://127.0.0.1:1', 'key', FRED_KEY)
    const failure: unknown = await page(macro.rest.observations, { series: 'DGS10' }).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'API_CONNECTION' })
    expect(everythingOf(failure)).not.toContain(FRED_KEY)
  })
})

/** Message, stack, causes and every field, as the most talkative log would have them. */
function everythingOf(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error)
  return [
    error.stack,
    JSON.stringify({ ...error, message: error.message }),
    error.cause === undefined ? '' : everythingOf(error.cause),
  ].join(' ')
}

describe('the simulated providers over loopback', () => {
  it('limit those who ask too often, each time in another form, and are understood', async () => {
    const clock = systemClock()
    const sandbox = await startSandbox({ clock, port: 0, seed: 42, speed: 1 })
    onTestFinished(() => sandbox.close())
    const url = `${sandbox.providerUrls['coingecko']?.['public']}/ping`
    const forms = new Set<string>()
    for (let i = 0; i < 40; i++) {
      const response = await fetch(url, { headers: { 'user-agent': 'someone' } })
      const body = await response.text()
      if (i < 30) expect(response.status).toBe(200)
      else {
        expect(
          coin.bans.pause?.({ status: response.status, headers: Object.fromEntries(response.headers), body }, clock.now()),
        ).toBeDefined()
        forms.add(`${response.status} ${response.headers.has('retry-after')} ${response.headers.has('x-ratelimit-reset')}`)
      }
    }
    expect(forms.size).toBe(4)
  })

  it('have prices that are the exchanges’ own', async () => {
    const clock = systemClock()
    const sandbox = await startSandbox({ clock, port: 0, seed: 42, speed: 1, hasProviderLimits: false })
    onTestFinished(() => sandbox.close())
    const http = createHttp({ clock, requestTimeoutMs: 10_000, userAgent: 'mts/test' })
    onTestFinished(() => http.close())
    const endpoints = sandbox.providerUrls['coingecko'] ?? {}
    const { all } = createProviderClient({
      http,
      clock,
      provider: { ...coin, budgets: { keyless: { limit: 1000, windowMs: 1000, isAligned: false } } },
      access: { plan: 'keyless', endpoints, key: undefined },
    })
    const to = Math.floor(clock.now() / 14_400_000) * 14_400_000
    const points = await all(coin.rest.chart, { coin: 'bitcoin', from: to - 8 * 86_400_000, to })
    const bars = coin.sampled(points, { interval: '4h', from: to - 7 * 86_400_000, to, now: clock.now() + 86_400_000 })
    const candles = sandbox.market.view('binance').candles('BTCUSDT', 14_400_000, to - 7 * 86_400_000, to)
    expect(bars).toHaveLength(42)
    for (const [i, bar] of bars.entries()) {
      const candle = candles[i]
      expect(candle?.openTime).toBe(bar.timestamp)
      // Samples see less than a candle, never more than the exchanges' distance beyond it.
      expect(bar.high).toBeLessThanOrEqual((candle?.high ?? 0) * 1.001)
      expect(bar.low).toBeGreaterThanOrEqual((candle?.low ?? 0) * 0.999)
    }
  })

  it('answer as faults ask them to', async () => {
    const clock = systemClock()
    const { createFaults } = await import('../../src/core/sandbox/faults/index.js')
    const rules = [
      { kind: '429' as const, exchange: 'coingecko', path: '*/coins/list', times: 1, retryAfter: 1 },
      { kind: 'garbage' as const, exchange: 'fred', path: '*fredgraph.csv', times: 1 },
    ]
    const faults = createFaults({ rules, seed: 1, clock, onTruth: () => undefined })
    const sandbox = await startSandbox({ clock, port: 0, seed: 42, speed: 1, gate: faults.gate })
    onTestFinished(() => sandbox.close())
    const ask = async (url: string) => {
      const response = await fetch(url, { headers: { 'user-agent': 'someone' } })
      return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() }
    }
    const list = `${sandbox.providerUrls['coingecko']?.['public']}/coins/list`
    const graph = `${sandbox.providerUrls['fred']?.['graph']}/fredgraph.csv?id=DGS10`
    expect(await ask(list)).toMatchObject({ status: 429, headers: { 'retry-after': '1' } })
    expect(await ask(list)).toMatchObject({ status: 200 })
    const broken = await ask(graph)
    expect(() => macro.rest.graph.parse(broken, { series: 'DGS10' })).toThrow(expect.objectContaining({ code: 'API_PROTOCOL' }))
    expect(macro.rest.graph.parse(await ask(graph), { series: 'DGS10' }).rows.length).toBeGreaterThan(1_000)
  })
})
