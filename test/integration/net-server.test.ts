import { get } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { VirtualClock } from '../../src/core/clock.js'
import { type Server, type ServerHandlers, type ServerPeer, type SocketHandlers, startServer } from '../../src/core/net/server.js'

const clock = new VirtualClock()
const running: Server[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()))
})

async function start(handlers: Partial<ServerHandlers>): Promise<Server> {
  const complete: ServerHandlers = { request: () => ({ status: 404, body: '' }), upgrade: () => 404, ...handlers }
  const server = await startServer({ port: 0, handlers: complete, clock })
  running.push(server)
  return server
}

/** A session that tells what happened to it. */
function session(events: unknown[], opened: (peer: ServerPeer) => void = () => undefined): SocketHandlers {
  return { opened, message: (text) => events.push(text), closed: () => events.push('closed') }
}

const closeOf = (socket: WebSocket) =>
  new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }))
  })

describe('a simulated exchange over HTTP', () => {
  it('gets method, path, query and headers, and its status, headers and body reach the client', async () => {
    const asked: unknown[] = []
    const server = await start({
      request: (method, url, headers) => {
        asked.push(method, url.pathname, url.searchParams.get('symbol'), headers['x-test'])
        return { status: 418, headers: { 'retry-after': '7' }, body: '{"é":1}' }
      },
    })
    const response = await fetch(`${server.url}/fapi/v1/depth?symbol=BTCUSDT`, { headers: { 'x-test': 'yes' } })
    expect(asked).toEqual(['GET', '/fapi/v1/depth', 'BTCUSDT', 'yes'])
    expect([response.status, response.headers.get('retry-after'), await response.text()]).toEqual([418, '7', '{"é":1}'])
  })

  it('turns a defect of a handler into HTTP 500 with its message and goes on serving', async () => {
    const server = await start({ request: (_, url) => Promise.reject(new Error(`no ${url.pathname}`)) })
    for (const path of ['/a', '/b']) {
      const response = await fetch(server.url + path)
      expect([response.status, await response.text()]).toEqual([500, `{"error":"no ${path}"}`])
    }
  })

  it('can cut a connection instead of answering', async () => {
    const server = await start({ request: () => 'hang-up' })
    const error = await new Promise<NodeJS.ErrnoException>((resolve) => get(server.url).on('error', resolve))
    expect(error.code).toBe('ECONNRESET')
  })

  it('stops although a request never gets its answer', async () => {
    const asked: (() => void)[] = []
    const server = await start({
      request: () => {
        for (const tell of asked) tell()
        return new Promise(() => undefined)
      },
    })
    const arrived = new Promise<void>((resolve) => asked.push(resolve))
    const cut = fetch(server.url).catch((error: unknown) => error)
    await arrived
    await server.close()
    expect(await cut).toBeInstanceOf(Error)
  })

  it('names the port that is taken', async () => {
    const server = await start({})
    const second = startServer({ port: server.port, handlers: { request: () => 'hang-up', upgrade: () => 404 }, clock })
    await expect(second).rejects.toMatchObject({
      code: 'USAGE_PORT',
      exitCode: 2,
      message: expect.stringContaining(`${server.port}`),
    })
  })
})

describe('a simulated exchange over WebSocket', () => {
  it('carries text both ways and tells the handlers once that the client left', async () => {
    const events: unknown[] = []
    const left: (() => void)[] = []
    const server = await start({
      upgrade: (url) => ({
        opened: (peer) => peer.send(url.pathname),
        message: (text) => events.push(text),
        closed: () => {
          events.push('closed')
          for (const tell of left) tell()
        },
      }),
    })
    const leaving = new Promise<void>((resolve) => left.push(resolve))
    const client = new WebSocket(`${server.url}/v5/public/linear`)
    const greeting = await new Promise<string>((resolve) => client.on('message', (data) => resolve(data.toString())))
    client.send('{"op":"subscribe"}')
    client.close()
    await leaving
    expect(greeting).toBe('/v5/public/linear')
    expect(events).toEqual(['{"op":"subscribe"}', 'closed'])
  })

  it('refuses an unknown path with the status that the exchange would give', async () => {
    const server = await start({ upgrade: () => 403 })
    const client = new WebSocket(server.url)
    const error = await new Promise<Error>((resolve) => client.on('error', resolve))
    expect(error.message).toContain('403')
  })

  it('closes with a code and a reason', async () => {
    const server = await start({ upgrade: () => session([], (peer) => peer.close(1008, 'Too many requests')) })
    expect(await closeOf(new WebSocket(server.url))).toEqual({ code: 1008, reason: 'Too many requests' })
  })

  it('cuts without a close frame', async () => {
    const server = await start({ upgrade: () => session([], (peer) => peer.destroy()) })
    const client = new WebSocket(server.url)
    client.on('error', () => undefined)
    expect((await closeOf(client)).code).toBe(1006)
  })

  it('pings every three minutes, as Binance does', async () => {
    const server = await start({ upgrade: () => session([], (peer) => peer.send('ready')) })
    const client = new WebSocket(server.url)
    const pinged = new Promise((resolve) => client.on('ping', resolve))
    await new Promise((resolve) => client.on('message', resolve))
    clock.advanceTo(clock.stamp() + 180_000_000)
    await pinged
  })

  it('shows how much a slow client has not taken', async () => {
    const peers: ServerPeer[] = []
    const server = await start({ upgrade: () => session([], (peer) => peers.push(peer)) })
    const client = new WebSocket(server.url)
    await new Promise((resolve) => client.on('open', resolve))
    client.pause()
    const frame = 'x'.repeat(1 << 20)
    for (let i = 0; i < 32; i++) peers[0]?.send(frame)
    expect(peers[0]?.bufferedAmount).toBeGreaterThan(1 << 20)
    client.terminate()
  })

  it('says goodbye to its clients when it stops', async () => {
    const server = await start({ upgrade: () => session([]) })
    const client = new WebSocket(server.url)
    const closed = closeOf(client)
    await new Promise((resolve) => client.on('open', resolve))
    await server.close()
    expect(await closed).toEqual({ code: 1001, reason: 'server is stopping' })
  })
})
