import { getEventListeners } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../src/core/clock.js'
import type { Exchange, HttpRequest } from '../../src/core/exchanges/contract.js'
import type { Http } from '../../src/core/net/contract.js'
import { createHttp, type HttpOptions } from '../../src/core/net/http.js'
import { systemClock } from '../../src/core/net/system-clock.js'

const NOON = Date.UTC(2026, 5, 1, 12)

/** What `net` reads of an exchange. */
const EXCHANGE = {
  id: 'demo',
  name: 'Demo',
  budgets: {
    weight: { limit: 100, windowMs: 60_000, isAligned: true, usedHeader: 'x-mbx-used-weight-1m' },
    funding: { limit: 50, windowMs: 300_000, isAligned: false },
  },
  sockets: { connectionsPer5Minutes: 10 },
  bans: { statuses: { 418: 120_000, 403: 300_000 } },
} as unknown as Exchange

const DEPTH: HttpRequest = { path: '/fapi/v1/depth', query: { symbol: 'BTCUSDT' }, budget: 'weight', weight: 20 }

type Handler = (request: IncomingMessage, response: ServerResponse) => void

const cleanUps: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

function listening(server: TcpServer): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  })
}

async function serve(handler: Handler) {
  const seen = { requests: 0, connections: 0 }
  const server = createServer((request, response) => {
    seen.requests += 1
    handler(request, response)
  })
  server.on('connection', () => {
    seen.connections += 1
  })
  const root = await listening(server)
  cleanUps.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return { root, seen }
}

/** A server that writes bytes of its own and is no HTTP server. */
async function serveBytes(bytes: string): Promise<string> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => socket.end(bytes))
  })
  cleanUps.push(() => server.close())
  return listening(server)
}

function client(options: Partial<HttpOptions> = {}): Http {
  const retry = { times: 2, baseMs: 1, capMs: 2 }
  const http = createHttp({ clock: systemClock(), requestTimeoutMs: 5_000, userAgent: 'mts/1.2.3', retry, ...options })
  cleanUps.push(() => http.close())
  return http
}

const answering =
  (status: number, body = '{}', headers: Record<string, string> = {}): Handler =>
  (_, response) =>
    response.writeHead(status, headers).end(body)

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

describe('a request', () => {
  it('goes to the root with its own path, says who we are, and its answer is told to the caller and the journal', async () => {
    const asked: unknown[] = []
    const { root } = await serve((request, response) => {
      asked.push(request.method, request.url, request.headers['user-agent'], request.headers['content-length'])
      answering(200, '{"é":1}', { 'X-Mbx-Used-Weight-1M': '20' })(request, response)
    })
    const clock = new VirtualClock(NOON)
    const told: unknown[] = []
    const http = client({ clock, onAnswer: (exchange, request, answer) => told.push(exchange.id, request, answer) })
    const request = { ...DEPTH, query: { symbol: 'BTC USDT', limit: 1000, fromId: undefined } }
    const answer = await http.send(EXCHANGE, `${root}/binance/`, request)
    expect(asked).toEqual(['GET', '/binance/fapi/v1/depth?symbol=BTC+USDT&limit=1000', 'mts/1.2.3', undefined])
    expect(answer).toMatchObject({ status: 200, body: '{"é":1}', receivedAt: NOON * 1000 + 1 })
    expect(answer.url).toBe(`${root}/binance/fapi/v1/depth?symbol=BTC+USDT&limit=1000`)
    expect(answer.headers['x-mbx-used-weight-1m']).toBe('20')
    expect(told).toEqual(['demo', request, answer])
  })

  it('gives what the exchange refuses (4xx) to the caller and does not repeat it', async () => {
    const { root, seen } = await serve(answering(400, '{"code":-1121,"msg":"Invalid symbol."}'))
    const answer = await client().send(EXCHANGE, root, DEPTH)
    expect([answer.status, answer.body, seen.requests]).toEqual([400, '{"code":-1121,"msg":"Invalid symbol."}', 1])
  })

  it('accepts gzip and decodes it', async () => {
    const text = JSON.stringify({ bids: Array.from({ length: 5_000 }, (_, i) => [`${i}.10`, '1.000']) })
    const accepted: unknown[] = []
    const { root } = await serve((request, response) => {
      accepted.push(request.headers['accept-encoding'])
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(text))
    })
    expect((await client().send(EXCHANGE, root, DEPTH)).body).toBe(text)
    expect(accepted).toEqual(['gzip'])
  })

  it('uses its connections again', async () => {
    const { root, seen } = await serve(answering(200))
    const http = client()
    for (let i = 0; i < 20; i++) await http.send(EXCHANGE, root, { ...DEPTH, weight: 1 })
    expect(seen.requests).toBe(20)
    // The next request may start just before the last connection counts as free.
    expect(seen.connections).toBeLessThanOrEqual(2)
  })

  it('never has more than eight connections to an exchange', async () => {
    let open = 0
    let most = 0
    const { root, seen } = await serve((_, response) => {
      open += 1
      most = Math.max(most, open)
      setImmediate(() => {
        open -= 1
        response.end('{}')
      })
    })
    const http = client()
    await Promise.all(Array.from({ length: 40 }, () => http.send(EXCHANGE, root, { ...DEPTH, weight: 1 }, { priority: 0 })))
    expect(seen.requests).toBe(40)
    expect(seen.connections).toBeLessThanOrEqual(8)
    expect(most).toBeGreaterThan(1)
  })

  it('counts the weight that the exchange tells, and waits for the next minute when it is used up', async () => {
    const { root, seen } = await serve(answering(200, '{}', { 'x-mbx-used-weight-1m': '85' }))
    const clock = new VirtualClock(NOON + 20_000)
    const http = client({ clock })
    await http.send(EXCHANGE, root, DEPTH)
    expect(http.usage(EXCHANGE)).toMatchObject({ weight: { used: 85, limit: 100 }, funding: { used: 0, limit: 50 } })
    const waiting = http.send(EXCHANGE, root, DEPTH)
    await http.send(EXCHANGE, root, { ...DEPTH, budget: 'funding', weight: 1 })
    expect(seen.requests).toBe(2)
    clock.advanceTo((NOON + 62_000) * 1000)
    await waiting
    expect(seen.requests).toBe(3)
  })

  it('needs a root that is a URL, and says where it comes from', async () => {
    const error = await failure(client().send(EXCHANGE, 'fapi.binance.com', DEPTH))
    expect(error).toMatchObject({ code: 'CONFIG_URL', message: expect.stringContaining("'fapi.binance.com'") })
  })
})

describe('a server in trouble', () => {
  it('is asked again, each try paid and told to the journal', async () => {
    let tries = 0
    const { root } = await serve((request, response) => {
      tries += 1
      answering(tries < 3 ? 503 : 200, `{"try":${tries}}`)(request, response)
    })
    const statuses: number[] = []
    const http = client({ onAnswer: (_exchange, _request, answer) => statuses.push(answer.status) })
    expect((await http.send(EXCHANGE, root, DEPTH)).body).toBe('{"try":3}')
    expect(statuses).toEqual([503, 503, 200])
    expect(http.usage(EXCHANGE)['weight']?.used).toBe(60)
  })

  it('is given up after the third failure, with what it said', async () => {
    const { root, seen } = await serve(answering(502, '<html>\n<b>Bad\u001b[31m Gateway</b>'))
    const error = await failure(client().send(EXCHANGE, root, DEPTH))
    expect(error).toMatchObject({
      code: 'API_CONNECTION',
      source: 'demo',
      message: expect.stringContaining('demo /fapi/v1/depth: HTTP 502'),
    })
    expect((error as Error).message).toContain('<html> <b>Bad [31m Gateway</b>')
    expect(seen.requests).toBe(3)
  })

  it('is not asked again when it wants a longer pause than is worth waiting for', async () => {
    const { root, seen } = await serve(answering(503, '', { 'retry-after': '120' }))
    expect(await failure(client().send(EXCHANGE, root, DEPTH))).toMatchObject({ code: 'API_CONNECTION' })
    expect(seen.requests).toBe(1)
  })

  it('is asked again after a backend timeout (408) and after a cut connection', async () => {
    let tries = 0
    const { root } = await serve((request, response) => {
      tries += 1
      if (tries === 1) answering(408, '')(request, response)
      else if (tries === 2) request.socket.destroy()
      else answering(200)(request, response)
    })
    expect((await client().send(EXCHANGE, root, DEPTH)).status).toBe(200)
    expect(tries).toBe(3)
  })

  it('spreads its clients: pauses are random and grow', async () => {
    const { root } = await serve(answering(500))
    const pauses: number[] = []
    const system = systemClock()
    const clock = {
      ...system,
      after: (ms: number, run: () => void) => {
        if (ms < 5_000) pauses.push(ms)
        return system.after(ms < 5_000 ? 0 : ms, run)
      },
    }
    await failure(
      client({ clock, retry: { times: 4, baseMs: 100, capMs: 400 }, random: () => 0.5 }).send(EXCHANGE, root, {
        ...DEPTH,
        weight: 1,
      }),
    )
    expect(pauses).toEqual([50, 100, 200, 200])
  })

  it.each([
    ['speaks no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n', 'no HTTP'],
    ['answers with a status of its own', 'HTTP/1.1 999 What\r\ncontent-length: 2\r\n\r\n{}', 'HTTP 999'],
    ['hangs up in mid-answer', 'HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{"bids":[', 'connection was cut'],
    ['damages its gzip', 'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nabcd', 'gzip'],
  ])('is told apart when it %s', async (_, bytes, expected) => {
    const error = await failure(client().send(EXCHANGE, await serveBytes(bytes), DEPTH))
    expect(error).toMatchObject({ code: 'API_CONNECTION', message: expect.stringContaining(expected) })
  })

  it('cannot fill our memory with a small answer that unpacks to a huge one', async () => {
    const bomb = gzipSync(Buffer.alloc(65 * 2 ** 20))
    const { root } = await serve((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb))
    const error = await failure(client({ retry: { times: 0, baseMs: 1, capMs: 1 } }).send(EXCHANGE, root, DEPTH))
    expect(error).toMatchObject({ code: 'API_CONNECTION', message: expect.stringContaining('too large') })
  })
})

describe('a network in trouble', () => {
  const once = { retry: { times: 0, baseMs: 1, capMs: 1 } }

  it('is named with exchange, endpoint and host when nobody listens', async () => {
    const server = createTcpServer()
    const root = await listening(server)
    await new Promise((resolve) => server.close(resolve))
    const error = await failure(client().send(EXCHANGE, root, DEPTH))
    expect(error).toMatchObject({
      code: 'API_CONNECTION',
      exitCode: 69,
      message: expect.stringMatching(/demo \/fapi\/v1\/depth: nobody listens there/),
    })
    expect((error as { suggestions: string[] }).suggestions.join()).toContain('mts config')
  })

  it('ends the wait for headers', async () => {
    const { root } = await serve(() => undefined)
    const error = await failure(client({ ...once, requestTimeoutMs: 60 }).send(EXCHANGE, root, DEPTH))
    expect(error).toMatchObject({ code: 'API_TIMEOUT', message: 'demo /fapi/v1/depth: no complete answer within 60 ms' })
  })

  it('ends the wait for a body that trickles for ever', async () => {
    const { root } = await serve((request, response) => {
      response.writeHead(200)
      const drip = setInterval(() => response.write(' '), 5)
      request.socket.on('close', () => clearInterval(drip))
    })
    const error = await failure(client({ ...once, requestTimeoutMs: 60 }).send(EXCHANGE, root, DEPTH))
    expect(error).toMatchObject({ code: 'API_TIMEOUT' })
  })

  it('lets a stopped caller go at once, with the reason and without listeners left behind', async () => {
    const controller = new AbortController()
    const reason = new Error('stopped by the user')
    const { root } = await serve(() => controller.abort(reason))
    const http = client()
    expect(await failure(http.send(EXCHANGE, root, DEPTH, { signal: controller.signal }))).toBe(reason)
    expect(await failure(http.send(EXCHANGE, root, DEPTH, { signal: controller.signal }))).toBe(reason)
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
  })

  it('leaves no listener on a signal that lives for the whole run', async () => {
    const { root } = await serve(answering(500))
    const { signal } = new AbortController()
    await failure(client().send(EXCHANGE, root, DEPTH, { signal }))
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('ends what is under way when the program closes, without another try', async () => {
    const closing: (() => void)[] = []
    const { root, seen } = await serve(() => {
      for (const close of closing) close()
    })
    const http = client()
    const closed = new Promise<void>((resolve) => closing.push(() => resolve(http.close())))
    expect(await failure(http.send(EXCHANGE, root, DEPTH))).toMatchObject({ code: 'API_CONNECTION' })
    await closed
    expect(await failure(http.send(EXCHANGE, root, DEPTH))).toMatchObject({ code: 'API_CONNECTION' })
    expect(seen.requests).toBe(1)
  })
})

describe('a ban', () => {
  const bans: [string, Handler, number][] = [
    ['in seconds', answering(418, '', { 'retry-after': '90' }), 90_000],
    ['as a date', answering(429, '', { 'retry-after': new Date(NOON + 30_000).toUTCString() }), 30_000],
    ['as nothing, by our rule for the status', answering(403, 'access too frequent'), 300_000],
    ['as nothing, for a 429 without a rule', answering(429, ''), 60_000],
    [
      'in its text',
      answering(418, `{"code":-1003,"msg":"Way too many requests; IP(1.2.3.4) banned until ${NOON + 7_000_000}."}`),
      7_000_000,
    ],
    ['as a moment that is over', answering(429, '', { 'retry-after': '-5' }), 1_000],
  ]

  it.each(bans)('is kept for as long as the exchange says %s, without one request to it', async (_, handler, expectedMs) => {
    const { root, seen } = await serve(handler)
    const clock = new VirtualClock(NOON)
    const http = client({ clock })
    const error = await failure(http.send(EXCHANGE, root, DEPTH))
    expect(error).toMatchObject({ code: 'API_RATE_LIMIT', source: 'demo' })
    expect(Math.abs((error as { retryAfterMs: number }).retryAfterMs - expectedMs)).toBeLessThanOrEqual(1)
    clock.advanceTo((NOON + expectedMs - 500) * 1000)
    const during = await failure(http.send(EXCHANGE, root, { ...DEPTH, budget: 'funding', weight: 1 }))
    expect(during).toMatchObject({ code: 'API_RATE_LIMIT', message: expect.stringContaining('1 s') })
    expect(seen.requests).toBe(1)
    clock.advanceTo((NOON + expectedMs + 1_000) * 1000)
    await failure(http.send(EXCHANGE, root, { ...DEPTH, budget: 'funding', weight: 1 }))
    expect(seen.requests).toBe(2)
  })

  it('says what the exchange said, so that a region block can be told from a ban', async () => {
    const { root } = await serve(answering(403, `<p>The service is not available in your country</p>${'x'.repeat(1_000)}`))
    const { message } = (await failure(client().send(EXCHANGE, root, DEPTH))) as Error
    expect(message).toContain('HTTP 403 for /fapi/v1/depth: <p>The service is not available in your country</p>')
    expect(message.length).toBeLessThan(320)
  })

  it('stops those who wait for a free connection', async () => {
    const held: ServerResponse[] = []
    const { root, seen } = await serve((_, response) => {
      held.push(response)
      if (held.length === 6) held[0]?.writeHead(418, { 'retry-after': '60' }).end()
    })
    const http = client()
    const results = Array.from({ length: 20 }, () => failure(http.send(EXCHANGE, root, { ...DEPTH, weight: 1 })))
    const refused = await Promise.all(results.slice(6))
    expect(refused.every((error) => (error as { code: string }).code === 'API_RATE_LIMIT')).toBe(true)
    expect(seen.requests).toBe(6)
  })
})
