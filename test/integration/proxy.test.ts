import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { loadExchange } from '../../src/core/exchanges/registry.js'
import { createHttp } from '../../src/core/net/http.js'
import { proxiesOf, proxyFor } from '../../src/core/net/proxy.js'
import { createSockets } from '../../src/core/net/socket.js'
import { systemClock } from '../../src/core/net/system-clock.js'
import { startSandbox } from '../../src/core/sandbox/index.js'

const clock = systemClock()

/** Knows one host, `exchange.test`, which is the sandbox; asks for a password. */
async function startProxy(port: number) {
  const asked: string[] = []
  const server = createServer()
  server.on('connect', ({ url = '', headers }, socket) => {
    asked.push(`${url} ${headers['proxy-authorization'] ?? ''}`)
    if (!url.startsWith('exchange.test:')) {
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
      return
    }
    const upstream = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      upstream.pipe(socket).pipe(upstream)
    })
    for (const each of [upstream, socket]) each.on('error', () => undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { asked, url: `http://me:secret@127.0.0.1:${(server.address() as AddressInfo).port}` }
}

function firstFrame(url: string, proxies: ReturnType<typeof proxiesOf>): Promise<string> {
  const sockets = createSockets({ clock, connectionTimeoutMs: 5_000, userAgent: 'mts/test', proxies })
  return new Promise((resolve) => {
    const socket = sockets.open(url, {
      onOpen: () => socket.send('{"method":"SUBSCRIBE","params":["btcusdt@depth@100ms"],"id":1}'),
      onFrame: (frame) => {
        resolve(frame.toString())
        socket.terminate()
      },
      onClose: (_code, _reason, error) => resolve(`closed: ${error?.message}`),
    })
  })
}

it('stands between mts and an exchange for requests and sockets alike, with its password', async () => {
  const sandbox = await startSandbox({ clock, port: 0, seed: 42, speed: 1 })
  onTestFinished(() => sandbox.close())
  const { port, pathname } = new URL(sandbox.urls['binance']?.rest ?? '')
  const proxy = await startProxy(Number(port))
  const proxies = proxiesOf({ HTTP_PROXY: proxy.url })
  const exchange = await loadExchange('binance')
  const http = createHttp({
    clock,
    userAgent: 'mts/test',
    requestTimeoutMs: 5_000,
    retry: { times: 0, baseMs: 1, capMs: 1 },
    budgetShare: 1,
    proxies,
  })
  onTestFinished(() => http.close())
  const { status } = await http.send(exchange, `http://exchange.test:${port}${pathname}`, exchange.rest.serverTime.request({}))
  expect(status).toBe(200)
  expect(await firstFrame(`ws://exchange.test:${port}${pathname}/public/stream`, proxies)).toContain('"id":1')
  const credentials = `Basic ${Buffer.from('me:secret').toString('base64')}`
  expect(proxy.asked).toEqual([`exchange.test:${port} ${credentials}`, `exchange.test:${port} ${credentials}`])
  expect(await firstFrame('ws://elsewhere.test/x', proxies)).toMatch(/^closed: the proxy 127\.0\.0\.1:\d+ answers HTTP 403$/)
})

it.each([
  ['https://api.bybit.com/v5', 'http://s:1', 'the proxy for https'],
  ['wss://stream.bybit.com/v5', 'http://s:1', 'sockets with TLS too'],
  ['http://plain.example/', 'http://p:1', 'the other for plain requests'],
  ['http://127.0.0.1:80/', undefined, 'never for this machine'],
  ['wss://fstream.binance.com/x', undefined, 'what NO_PROXY names, and below it'],
  ['https://binance.com.example/x', 'http://s:1', 'not what only ends alike'],
  ['https://fred.test:8443/', undefined, 'a host with this port'],
  ['https://fred.test/', 'http://s:1', 'but not with another'],
])('%s goes through %s: %s', (url, expected, _why) => {
  const proxies = proxiesOf({ HTTP_PROXY: 'http://p:1', https_proxy: 'http://s:1', NO_PROXY: '.binance.com, fred.test:8443' })
  expect(proxyFor(new URL(url), proxies)?.origin).toBe(expected)
})
