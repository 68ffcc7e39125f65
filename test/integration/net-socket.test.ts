import { createHash } from 'node:crypto'
import { createServer as createHttpServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket as NetSocket, type Server as TcpServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { VirtualClock } from '../../src/core/clock.js'
import type { Socket } from '../../src/core/net/contract.js'
import { createSockets } from '../../src/core/net/socket.js'
import { systemClock } from '../../src/core/net/system-clock.js'
import { UpgradeRefusedError } from '../../src/core/net/upgrade-refused.js'

interface Closed {
  readonly code: number
  readonly reason: string
  readonly error: Error | undefined
}

/** What a socket told, in order, and promises for the first of each kind. */
interface Told {
  readonly socket: Socket
  readonly log: string[]
  readonly opened: Promise<void>
  readonly closed: Promise<Closed>
}

const cleanUps: (() => unknown)[] = []
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0).reverse()) cleanUp()
})

function open(
  url: string,
  { clock = systemClock(), connectionTimeoutMs = 5_000, onFrame = (_: Buffer) => undefined as unknown } = {},
): Told {
  const log: string[] = []
  const tell: { opened: () => void; closed: (closed: Closed) => void } = { opened: () => undefined, closed: () => undefined }
  const opened = new Promise<void>((resolve) => {
    tell.opened = resolve
  })
  const closed = new Promise<Closed>((resolve) => {
    tell.closed = resolve
  })
  const socket = createSockets({ clock, connectionTimeoutMs, userAgent: 'mts/1.2.3' }).open(url, {
    onOpen() {
      log.push('open')
      tell.opened()
    },
    onFrame(frame, isText) {
      log.push(`${isText ? 'text' : 'binary'} ${frame.length > 20 ? frame.length : frame.toString()}`)
      onFrame(frame)
    },
    onClose(code, reason, error) {
      log.push('close')
      tell.closed({ code, reason, error })
    },
  })
  cleanUps.push(() => socket.terminate())
  return { socket, log, opened, closed }
}

function portOf(server: { address(): unknown }): number {
  return (server.address() as AddressInfo).port
}

/** An exchange: a real WebSocket server that does `greet` with each client. */
async function exchange(greet: (client: WebSocket, request: IncomingMessage) => void = () => undefined): Promise<string> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: true, skipUTF8Validation: true })
  server.on('connection', (client, request) => {
    client.on('error', () => undefined)
    greet(client, request)
  })
  await new Promise((resolve) => server.once('listening', resolve))
  cleanUps.push(() => {
    for (const client of server.clients) client.terminate()
    server.close()
  })
  return `ws://127.0.0.1:${portOf(server)}/ws`
}

/** A TCP server under full control: `serve` has the raw connection. */
async function wire(serve: (socket: NetSocket) => void): Promise<string> {
  const sockets: NetSocket[] = []
  const server: TcpServer = createTcpServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined)
    serve(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  cleanUps.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `ws://127.0.0.1:${portOf(server)}/ws`
}

/** The server's half of a handshake (RFC 6455 §4.2.2), then `after`. */
function handshake(socket: NetSocket, after: () => void): void {
  socket.once('data', (data) => {
    const key = /sec-websocket-key: (.*)\r\n/i.exec(data.toString())?.[1] ?? ''
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
    )
    after()
  })
}

/** A text or continuation frame of up to 125 bytes. */
function frame(text: string, { isFirst = true, isLast = true } = {}): Buffer {
  const payload = Buffer.from(text)
  return Buffer.concat([Buffer.from([(isLast ? 0x80 : 0) | (isFirst ? 1 : 0), payload.length]), payload])
}

describe('a socket', () => {
  it('opens, says who we are, carries frames as they came, and closes in order', async () => {
    const received: unknown[] = []
    const url = await exchange((client, request) => {
      received.push(request.url, request.headers['user-agent'], request.headers['sec-websocket-extensions'])
      client.on('message', (data) => {
        received.push(data.toString())
        client.send('{"result":null}')
        client.send(Buffer.from([1, 2, 3]))
      })
    })
    const told = open(url)
    await told.opened
    told.socket.send('{"op":"subscribe"}')
    while (told.log.length < 3) await new Promise((resolve) => setImmediate(resolve))
    told.socket.close()
    expect(await told.closed).toEqual({ code: 1005, reason: '', error: undefined })
    expect(received).toEqual(['/ws', 'mts/1.2.3', undefined, '{"op":"subscribe"}'])
    expect(told.log).toEqual(['open', 'text {"result":null}', 'binary \u0001\u0002\u0003', 'close'])
  })

  it('gives large frames and frames in fragments whole', async () => {
    const large = Buffer.alloc(5 * 2 ** 20, 'x')
    const url = await exchange((client) => {
      client.send(large, { binary: false })
      client.send('{"a":', { fin: false })
      client.send('1}', { fin: true })
      client.close(1000)
    })
    const frames: Buffer[] = []
    const told = open(url, { onFrame: (bytes) => frames.push(Buffer.from(bytes)) })
    await told.closed
    expect(frames.map((bytes) => bytes.length)).toEqual([large.length, 7])
    expect(frames[0]?.equals(large)).toBe(true)
    expect(frames[1]?.toString()).toBe('{"a":1}')
  })

  it('gives a frame that arrives byte by byte and fragments that a ping interrupts', async () => {
    const url = await wire((socket) => {
      handshake(socket, () => {
        const ping = Buffer.from([0x89, 0])
        const first = frame('{"b":', { isLast: false })
        const bytes = Buffer.concat([frame('{"a":1}'), first, ping, frame('2}', { isFirst: false }), Buffer.from([0x88, 0])])
        for (const byte of bytes) socket.write(Buffer.from([byte]))
      })
    })
    const told = open(url)
    expect(await told.closed).toMatchObject({ code: 1005, error: undefined })
    expect(told.log).toEqual(['open', 'text {"a":1}', 'text {"b":2}', 'close'])
  })

  it('answers the pings of the exchange', async () => {
    const pongs: string[] = []
    const url = await exchange((client) => {
      client.on('pong', (data) => {
        pongs.push(data.toString())
        client.close(1000)
      })
      client.ping('1791354000')
    })
    await open(url).closed
    expect(pongs).toEqual(['1791354000'])
  })

  it('does not judge the text of a frame: that is the decoder’s work', async () => {
    const url = await exchange((client) => {
      client.send(Buffer.from([0x22, 0xff, 0x22]), { binary: false })
      client.close(1000)
    })
    const frames: Buffer[] = []
    const told = open(url, { onFrame: (bytes) => frames.push(Buffer.from(bytes)) })
    expect((await told.closed).error).toBeUndefined()
    expect(frames).toEqual([Buffer.from([0x22, 0xff, 0x22])])
  })
})

describe('the end of a socket', () => {
  it('is told with the code and the reason of the exchange, as no error', async () => {
    const url = await exchange((client) => client.close(1008, 'Too many requests'))
    expect(await open(url).closed).toEqual({ code: 1008, reason: 'Too many requests', error: undefined })
  })

  it('is an error when the connection is cut without a word', async () => {
    const url = await exchange((client) => client.terminate())
    const { code, error } = await open(url).closed
    expect([code, error?.message]).toEqual([1006, 'the connection was cut without a close frame'])
  })

  it('is an error when a frame is larger than anything an exchange sends', async () => {
    const url = await wire((socket) => {
      handshake(socket, () => {
        const header = Buffer.alloc(10)
        header[0] = 0x81
        header[1] = 127
        header.writeBigUInt64BE(33n * 2n ** 20n, 2)
        socket.write(header)
      })
    })
    expect((await open(url).closed).error?.message).toMatch(/max payload size exceeded/i)
  })

  it('is an error when the bytes are no frames', async () => {
    const url = await wire((socket) => handshake(socket, () => socket.write('HTTP/1.1 200 OK\r\n\r\n')))
    const told = open(url)
    expect((await told.closed).error).toBeInstanceOf(Error)
    expect(told.log).toEqual(['open', 'close'])
  })

  it('comes a second after a close that the exchange does not answer', async () => {
    const url = await wire((socket) => handshake(socket, () => undefined))
    const told = open(url)
    await told.opened
    const startedAt = performance.now()
    told.socket.close()
    told.socket.close()
    expect(await told.closed).toEqual({ code: 1006, reason: '', error: undefined })
    expect(performance.now() - startedAt).toBeGreaterThan(950)
    expect(told.log).toEqual(['open', 'close'])
  })

  it('comes at once when we terminate, and what was received already is not told any more', async () => {
    const url = await wire((socket) => handshake(socket, () => socket.write(Buffer.concat([frame('1'), frame('2'), frame('3')]))))
    const told: Told = open(url, { onFrame: () => told.socket.terminate() })
    expect(await told.closed).toEqual({ code: 1006, reason: '', error: undefined })
    expect(told.log).toEqual(['open', 'text 1', 'close'])
  })

  it('is told once, and sending after it does nothing', async () => {
    const url = await exchange((client) => client.close(1000))
    const told = open(url)
    await told.closed
    told.socket.send('late')
    told.socket.close()
    told.socket.terminate()
    await new Promise((resolve) => setImmediate(resolve))
    expect(told.log).toEqual(['open', 'close'])
  })
})

describe('a socket that never opens', () => {
  const refusing = async (status: number, headers: Record<string, string>, body: string): Promise<string> => {
    const server = createHttpServer()
    server.on('upgrade', (_, socket) => {
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
      socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: ${body.length}\r\n${lines.join('')}\r\n${body}`)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
    cleanUps.push(() => server.close())
    return `ws://127.0.0.1:${portOf(server)}/ws`
  }

  it.each([403, 429])('tells with which status the exchange refused it: %i', async (status) => {
    const url = await refusing(status, { 'retry-after': '30' }, 'restricted location')
    const told = open(url)
    const { code, error } = await told.closed
    expect(code).toBe(1006)
    expect(error).toBeInstanceOf(UpgradeRefusedError)
    expect(error).toMatchObject({
      status,
      retryAfterMs: 30_000,
      message: expect.stringContaining(`HTTP ${status}: restricted location`),
    })
    expect(told.log).toEqual(['close'])
  })

  it('tells the status also when the refusal has no body, or one that never ends', async () => {
    expect((await open(await refusing(418, {}, '')).closed).error).toMatchObject({ status: 418, retryAfterMs: undefined })
    const endless = await wire((socket) => socket.once('data', () => socket.write('HTTP/1.1 403 No\r\ncontent-length: 9\r\n\r\n')))
    expect((await open(endless, { connectionTimeoutMs: 100 }).closed).error).toMatchObject({ status: 403 })
  })

  it('tells that nobody listens', async () => {
    const server = createTcpServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
    const port = portOf(server)
    await new Promise((resolve) => server.close(resolve))
    const told = open(`ws://127.0.0.1:${port}`)
    expect((await told.closed).error).toMatchObject({ code: 'ECONNREFUSED' })
    expect(told.log).toEqual(['close'])
  })

  it('ends when the handshake is not over in time, also while bytes trickle in', async () => {
    const url = await wire((socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\n')
      const drip = setInterval(() => socket.write('x-pad: 1\r\n'), 5)
      socket.on('close', () => clearInterval(drip))
    })
    const told = open(url, { connectionTimeoutMs: 80 })
    expect((await told.closed).error?.message).toBe('no WebSocket connection within 80 ms')
    expect(told.log).toEqual(['close'])
  })

  it('can be given up while it connects', async () => {
    for (const way of ['close', 'terminate'] as const) {
      const told = open(await wire(() => undefined))
      told.socket[way]()
      expect(await told.closed).toEqual({ code: 1006, reason: '', error: undefined })
      expect(told.log).toEqual(['close'])
    }
  })

  it('tells a URL that is none like any other failure', async () => {
    for (const url of ['fstream.binance.com', 'https://fstream.binance.com']) {
      expect((await open(url).closed).error?.message).toContain(`'${url}' is no ws:// or wss:// URL`)
    }
  })

  it('leaves no timer behind', async () => {
    const clock = new VirtualClock()
    let timers = 0
    const after = clock.after.bind(clock)
    clock.after = (ms, run) => {
      timers += 1
      const timer = after(ms, run)
      return {
        cancel() {
          timers -= 1
          timer.cancel()
        },
      }
    }
    await open(await refusing(403, {}, ''), { clock }).closed
    expect(timers).toBe(0)
  })
})
