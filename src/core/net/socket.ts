import { WebSocket } from 'ws'
import type { Clock } from '../clock.js'
import { excerpt } from '../rest/excerpt.js'
import { retryAfterMs } from '../rest/retry-after.js'
import type { Socket, SocketEvents, Sockets } from './contract.js'
import { type Proxies, proxyFor, tunnelAgent } from './proxy.js'
import { UpgradeRefusedError } from './upgrade-refused.js'

/** The largest known frame, an order book of 10 000 levels, is below 1 MiB. */
const MAX_FRAME_BYTES = 32 * 2 ** 20
/** How long the other side may take to answer a close frame. */
const CLOSE_TIMEOUT_MS = 1_000
/** The code of a connection that ended without a close frame (RFC 6455 §7.4.1). */
const ABNORMAL = 1006

export interface SocketOptions {
  readonly clock: Clock
  /** From the name's resolution to the end of the WebSocket handshake. */
  readonly connectionTimeoutMs: number
  /** `mts/<version>`. */
  readonly userAgent: string
  /** On the way to what is not on this machine. */
  readonly proxies?: Proxies
}

export function createSockets(options: SocketOptions): Sockets {
  return { open: (url, events) => openSocket(url, events, options) }
}

function openSocket(url: string, events: SocketEvents, options: SocketOptions): Socket {
  const { clock, connectionTimeoutMs } = options
  if (!/^wss?:$/.test(URL.canParse(url) ? new URL(url).protocol : '')) return neverOpened(url, events)
  const socket = new WebSocket(url, clientOptions(new URL(url), options))
  /** The first thing that went wrong: what follows it is a consequence. */
  let failure: Error | undefined
  /** We asked for the end: it is no failure, and after `terminate` what was received already is not told any more. */
  let isEnding = false
  let isMute = false

  const handshake = clock.after(connectionTimeoutMs, () => {
    failure ??= new Error(`no WebSocket connection within ${connectionTimeoutMs} ms`)
    socket.terminate()
  })
  socket.on('open', () => {
    handshake.cancel()
    events.onOpen()
  })
  socket.on('message', (frame, isBinary) => {
    // `nodebuffer` makes every frame one Buffer, also one that came in fragments.
    if (!isMute) events.onFrame(frame as Buffer, !isBinary)
  })
  socket.on('unexpected-response', (_request, response) => {
    const { statusCode = 0, headers } = response
    const refused = (body: string): void => {
      failure = new UpgradeRefusedError(statusCode, retryAfterMs(headers['retry-after'], clock.now()), body)
    }
    refused('')
    response.once('data', (chunk: Buffer) => refused(excerpt(chunk.toString())))
    for (const event of ['data', 'end', 'error']) response.once(event, () => socket.terminate())
  })
  socket.on('error', (error) => {
    failure ??= error
  })
  socket.on('close', (code, reason) => {
    handshake.cancel()
    if (code === ABNORMAL) failure ??= new Error('the connection was cut without a close frame')
    events.onClose(code, reason.toString(), isEnding ? undefined : failure)
  })

  return {
    send: (text) => socket.send(text),
    close() {
      isEnding = true
      socket.close()
    },
    terminate() {
      isEnding = true
      isMute = true
      socket.terminate()
    },
  }
}

function clientOptions(url: URL, { userAgent, proxies }: SocketOptions) {
  const proxy = proxies === undefined ? undefined : proxyFor(url, proxies)
  return {
    ...(proxy === undefined ? {} : { agent: tunnelAgent(url, proxy) }),
    headers: { 'user-agent': userAgent },
    // Accepted, it would cut the throughput 75-fold.
    perMessageDeflate: false,
    // The decoder reads bytes and checks what it reads.
    skipUTF8Validation: true,
    maxPayload: MAX_FRAME_BYTES,
    closeTimeout: CLOSE_TIMEOUT_MS,
  }
}

/** A URL that nothing can connect to is told like any other failure, so that callers have one path. */
function neverOpened(url: string, events: SocketEvents): Socket {
  queueMicrotask(() => events.onClose(ABNORMAL, '', new Error(`'${url}' is no ws:// or wss:// URL`)))
  return { send: () => undefined, close: () => undefined, terminate: () => undefined }
}
