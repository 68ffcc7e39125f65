/** A loopback server, HTTP and WebSocket on one port: what the simulated exchanges are served by. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse as NodeResponse } from 'node:http'
import type { AddressInfo, Socket as NetSocket } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Clock } from '../clock.js'
import { UsageError } from '../errors.js'

const HOST = '127.0.0.1'
/** As Binance does: a ping frame each 3 min; the client's library answers it. */
const PING_EVERY_MS = 180_000
/** How long a peer may take to answer our close frame. */
const CLOSE_TIMEOUT_MS = 1_000
/** Clients send subscriptions only. */
const MAX_MESSAGE_BYTES = 1 << 20

export interface ServerResponse {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

export interface ServerHandlers {
  /** `hang-up` cuts the connection without an answer. A rejection becomes HTTP 500 with its message. */
  request(method: string, url: URL, headers: IncomingHttpHeaders): ServerResponse | 'hang-up' | Promise<ServerResponse | 'hang-up'>
  /** A number is the HTTP status with which the socket is refused. */
  upgrade(url: URL): SocketHandlers | number
}

export interface SocketHandlers {
  opened(peer: ServerPeer): void
  message(text: string): void
  /** Once, however the connection ended; nothing is called after it. */
  closed(): void
}

export interface ServerPeer {
  send(text: string): void
  close(code: number, reason?: string): void
  /** Cuts the TCP connection without a close frame. */
  destroy(): void
  ping(): void
  /** Bytes that the client has not taken yet. */
  readonly bufferedAmount: number
}

export interface ServerOptions {
  /** 0 picks a free one. */
  readonly port: number
  readonly handlers: ServerHandlers
  readonly clock: Clock
}

export interface Server {
  readonly port: number
  /** `http://127.0.0.1:<port>`; sockets are on the same port with `ws:`. */
  readonly url: string
  /** Stops listening, says goodbye (1001) to every socket and resolves when all connections are gone, within 1 s. */
  close(): Promise<void>
}

/** Listens on loopback only; throws `UsageError` when the port is taken. */
export async function startServer({ port, handlers, clock }: ServerOptions): Promise<Server> {
  const options = {
    noServer: true,
    clientTracking: true,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
    closeTimeout: CLOSE_TIMEOUT_MS,
  }
  const sockets = new WebSocketServer(options)
  const server = createServer((request, response) => {
    answer(handlers, request, response).catch(() => response.destroy())
  })
  server.on('upgrade', (request, socket: NetSocket, head) => {
    // Between here and the hand-over nobody else listens; an unheard 'error' would end the process.
    socket.on('error', () => socket.destroy())
    const accepted = decideUpgrade(handlers, request)
    if (typeof accepted === 'number') return refuse(socket, accepted)
    sockets.handleUpgrade(request, socket, head, (client) => attach(client, accepted))
  })
  await listen(server, port)
  const pings = clock.every(PING_EVERY_MS, () => {
    for (const client of sockets.clients) client.ping()
  })
  const actualPort = (server.address() as AddressInfo).port
  let closing: Promise<void> | undefined
  return {
    port: actualPort,
    url: `http://${HOST}:${actualPort}`,
    close() {
      pings.cancel()
      closing ??= new Promise((resolve) => {
        server.close(() => resolve())
        for (const client of sockets.clients) client.close(1001, 'server is stopping')
        // Requests without an answer would hold the server open for ever; upgraded sockets are not among these.
        server.closeAllConnections()
      })
      return closing
    },
  }
}

function listen(server: ReturnType<typeof createServer>, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => {
      const why = LISTEN_FAILURES[error.code ?? ''] ?? error.message
      const suggestions = ['Choose another with --port, or --port 0 for any free one']
      reject(new UsageError('USAGE_PORT', `Cannot listen on ${HOST}:${port}: ${why}`, { cause: error, suggestions }))
    }
    server.once('error', failed)
    server.listen(port, HOST, () => {
      server.off('error', failed)
      resolve()
    })
  })
}

const LISTEN_FAILURES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is taken',
  EACCES: 'the port is reserved for the system',
}

async function answer(handlers: ServerHandlers, request: IncomingMessage, response: NodeResponse): Promise<void> {
  request.resume()
  const url = requestUrl(request)
  const reply = url === undefined ? BAD_REQUEST : await ask(handlers, request, url)
  if (response.destroyed) return
  if (reply === 'hang-up') {
    request.socket.destroy()
    return
  }
  const length = String(Buffer.byteLength(reply.body))
  response.writeHead(reply.status, { 'content-type': 'application/json', 'content-length': length, ...reply.headers })
  response.end(reply.body)
}

const BAD_REQUEST: ServerResponse = { status: 400, body: '{"error":"bad request"}' }

async function ask(handlers: ServerHandlers, request: IncomingMessage, url: URL): Promise<ServerResponse | 'hang-up'> {
  try {
    return await handlers.request(request.method ?? 'GET', url, request.headers)
  } catch (error) {
    return { status: 500, body: JSON.stringify({ error: error instanceof Error ? error.message : String(error) }) }
  }
}

function requestUrl(request: IncomingMessage): URL | undefined {
  const text = `http://${HOST}${request.url ?? '/'}`
  return URL.canParse(text) ? new URL(text) : undefined
}

function decideUpgrade(handlers: ServerHandlers, request: IncomingMessage): SocketHandlers | number {
  const url = requestUrl(request)
  if (url === undefined) return 400
  try {
    return handlers.upgrade(url)
  } catch {
    return 500
  }
}

function refuse(socket: NetSocket, status: number): void {
  // An HTTP socket may stay half open: without this a client that does not hang up would keep the server alive.
  socket.once('finish', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status} Refused\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
}

function attach(client: WebSocket, handlers: SocketHandlers): void {
  let isClosed = false
  client.on('message', (data, isBinary) => {
    if (isClosed) return
    if (isBinary) client.close(1003, 'text only')
    else handlers.message(data.toString())
  })
  // What a client breaks (frame form, reset) ends its connection; 'close' follows and tells the handlers.
  client.on('error', () => client.terminate())
  client.on('close', () => {
    if (isClosed) return
    isClosed = true
    handlers.closed()
  })
  handlers.opened(peerOf(client))
}

function peerOf(client: WebSocket): ServerPeer {
  const isOpen = () => client.readyState === client.OPEN
  return {
    send(text) {
      if (isOpen()) client.send(text)
    },
    close(code, reason) {
      client.close(code, reason)
    },
    destroy() {
      client.terminate()
    },
    ping() {
      if (isOpen()) client.ping()
    },
    get bufferedAmount() {
      return client.bufferedAmount
    },
  }
}
