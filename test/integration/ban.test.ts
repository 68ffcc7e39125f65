import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocketServer } from 'ws'
import { loadExchange } from '../../src/core/exchanges/registry.js'
import { Connection, type ConnectionEvents } from '../../src/core/feed/connection.js'
import { createLedger } from '../../src/core/net/budget.js'
import type { Http } from '../../src/core/net/contract.js'
import { createHttp } from '../../src/core/net/http.js'
import { openSharedState } from '../../src/core/net/shared-state.js'
import { createSockets } from '../../src/core/net/socket.js'
import { systemClock } from '../../src/core/net/system-clock.js'
import type { Service } from '../../src/core/rest/contract.js'
import { temporaryDirectory } from '../support/feed.js'

const BINANCE = await loadExchange('binance')
const DEPTH = BINANCE.rest.orderBook.request({ symbol: 'BTCUSDT', depth: 20 })

type Answer = { status: number; headers?: Record<string, string> }

/** An exchange that counts whoever knocks, at either door. */
async function serve({ rest, upgrade }: { rest: Answer; upgrade: Answer | ((frames: (text: string) => void) => void) }) {
  const seen = { requests: 0, upgrades: 0 }
  const server = http.createServer((_, response) => {
    seen.requests += 1
    response.writeHead(rest.status, rest.headers).end('{}')
  })
  const sockets = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, socket, head) => {
    seen.upgrades += 1
    if (typeof upgrade === 'function') {
      sockets.handleUpgrade(request, socket, head, (client) => {
        upgrade((text) => client.send(text))
        setImmediate(() => client.terminate())
      })
      return
    }
    const headers = Object.entries(upgrade.headers ?? {}).map(([name, value]) => `${name}: ${value}\r\n`)
    socket.end(`HTTP/1.1 ${upgrade.status} No\r\ncontent-length: 0\r\n${headers.join('')}\r\n`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { seen, host: `127.0.0.1:${(server.address() as AddressInfo).port}` }
}

/** What one program has: its own network, and the machine's state. */
function program(directory: string): Http {
  const clock = systemClock()
  const openShared = openSharedState({ directory, clock, onProblem: (error) => expect.fail(String(error)) })
  const openLedger = (service: Service) => createLedger(service, clock, 0.9, { machine: openShared(`${service.id} there`) })
  const retry = { times: 0, baseMs: 1, capMs: 1 }
  const network = createHttp({ clock, requestTimeoutMs: 5_000, userAgent: 'mts/test', openLedger, retry })
  onTestFinished(() => network.close())
  return network
}

/** A connection of that program; resolves `ended` with the reason at its n-th end. */
function connect(network: Http, host: string, options: { endings: number; isData?: boolean }) {
  const clock = systemClock()
  const { endings, isData = false } = options
  const reasons: string[] = []
  const connectedAt: number[] = []
  let resolve: (reasons: string[]) => void = () => undefined
  const ended = new Promise<string[]>((done) => {
    resolve = done
  })
  const note = (reason: string) => {
    reasons.push(reason)
    if (reasons.length === endings) resolve(reasons)
  }
  const events: ConnectionEvents = {
    connecting: () => connectedAt.push(clock.now()),
    held: (_, why) => note(why),
    opened: () => undefined,
    frame: () => isData,
    sent: () => undefined,
    closed: (_connection, _stamp, detail) => note(detail),
    refused: () => undefined,
  }
  const sockets = createSockets({ clock, connectionTimeoutMs: 5_000, userAgent: 'mts/test' })
  const place = { number: 1, exchange: BINANCE, socketClass: 'public', url: `ws://${host}/public/stream` }
  const world = { clock, sockets, http: network, random: () => 1 }
  const connection = new Connection(place, world, events, { baseMs: 50, maxMs: 400 })
  onTestFinished(() => connection.stop())
  connection.start()
  return { ended, connectedAt }
}

async function refusal(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  )
}

describe('a ban of the address', () => {
  it.each([403, 418, 429])('that a WebSocket met as HTTP %i stops requests too, in every program', async (status) => {
    const directory = await temporaryDirectory()
    const { host, seen } = await serve({ rest: { status: 200 }, upgrade: { status, headers: { 'retry-after': '60' } } })
    const [first, second] = [program(directory), program(directory)]
    await connect(first, host, { endings: 1 }).ended
    for (const each of [first, second]) {
      const error = await refusal(each.send(BINANCE, `http://${host}`, DEPTH))
      expect(error).toMatchObject({ code: 'API_RATE_LIMIT', message: expect.stringContaining(`HTTP ${status}`) })
    }
    expect(seen).toEqual({ requests: 0, upgrades: 1 })
  })

  it('that a request met lets no WebSocket be tried, in any program', async () => {
    const directory = await temporaryDirectory()
    const { host, seen } = await serve({ rest: { status: 418, headers: { 'retry-after': '60' } }, upgrade: { status: 403 } })
    const [first, second] = [program(directory), program(directory)]
    await refusal(first.send(BINANCE, `http://${host}`, DEPTH))
    for (const each of [first, second]) {
      const [reason] = await connect(each, host, { endings: 1 }).ended
      expect(reason).toContain('binance asks for a pause: HTTP 418')
    }
    expect(seen).toEqual({ requests: 1, upgrades: 0 })
  })
})

describe('the pauses of a connection that is accepted and cut again and again', () => {
  const acknowledging = (send: (text: string) => void) => send('{"result":null,"id":1}')

  async function lastPauses(isData: boolean): Promise<number[]> {
    const { host } = await serve({ rest: { status: 200 }, upgrade: acknowledging })
    const { ended, connectedAt } = connect(program(await temporaryDirectory()), host, { endings: 7, isData })
    await ended
    return connectedAt
      .slice(1)
      .map((at, i) => at - (connectedAt[i] ?? 0))
      .slice(-2)
  }

  it('grow while nothing but answers to our own messages comes', async () => {
    // Each is a part of the outage so far; timers are never early.
    expect(Math.min(...(await lastPauses(false)))).toBeGreaterThanOrEqual(80)
  })

  it('stay short while data comes', async () => {
    expect(Math.min(...(await lastPauses(true)))).toBeLessThan(80)
  })
})
