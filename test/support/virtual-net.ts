/**
 * A network inside the process, on a virtual clock: the simulated exchanges are reached through the interfaces of `net`, each
 * message takes the same time, and nothing depends on how busy the machine is. The same seed gives the same run.
 */
import { VirtualClock } from '../../src/core/clock.js'
import type { Socket, SocketEvents, Sockets } from '../../src/core/net/contract.js'
import type { GetFailure, GetRequest, Got } from '../../src/core/net/http-get.js'
import type { Server, ServerHandlers, ServerOptions, ServerPeer, SocketHandlers } from '../../src/core/net/server.js'
import { UpgradeRefusedError } from '../../src/core/net/upgrade-refused.js'

/** One way, ms: the next city. */
export const LATENCY_MS = 2
const ABNORMAL = 1006

export interface VirtualNet {
  readonly clock: VirtualClock
  readonly sockets: Sockets
  /** Connections that the server holds open. */
  readonly openSockets: number
  get(request: GetRequest): Promise<Got | GetFailure>
  /** In the place of `startServer`. */
  listen(options: ServerOptions): Promise<Server>
  /** Lets so many ms pass, with everything that happens in them. */
  pass(ms: number): Promise<void>
  /** Lets time pass until it is so, looking each `everyMs` (10); false: not within `limitMs`. */
  passUntil(isSo: () => boolean, limitMs: number, everyMs?: number): Promise<boolean>
}

/** `latencyMs`: of each message, one way. */
export function createVirtualNet(startMs: number, latencyMs = LATENCY_MS): VirtualNet {
  const clock = new VirtualClock(startMs)
  const open = new Set<ServerPeer>()
  let handlers: ServerHandlers | undefined
  const served = (): ServerHandlers => {
    if (handlers === undefined) throw new Error('nobody listens')
    return handlers
  }
  const pass = async (ms: number): Promise<void> => {
    const end = clock.nanos() / 1000 + ms * 1000
    for (;;) {
      await settled()
      if (clock.nextDue > end) break
      clock.advanceTo(clock.nextDue)
    }
    clock.advanceTo(end)
    await settled()
  }
  return {
    clock,
    sockets: { open: (url, events) => openSocket(url, events, { clock, latencyMs }, served(), open) },
    get openSockets() {
      return open.size
    },
    get: (request) => ask(request, { clock, latencyMs }, served()),
    listen: (options) => {
      handlers = options.handlers
      return Promise.resolve({ port: 1, url: 'http://127.0.0.1:1', close: () => Promise.resolve() })
    },
    pass,
    async passUntil(isSo, limitMs, everyMs = 10) {
      const end = clock.now() + limitMs
      while (!isSo()) {
        if (clock.now() >= end) return false
        await pass(everyMs)
      }
      return true
    },
  }
}

/** Every promise that can go on without time has gone on. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

interface Line {
  readonly clock: VirtualClock
  readonly latencyMs: number
}

/** One direction of a connection: everything arrives in order, and as late. */
function createWire({ clock, latencyMs }: Line): (arrive: () => void) => void {
  let waiting: { readonly due: number; readonly arrive: () => void }[] = []
  const flush = (): void => {
    const now = clock.now()
    const due = waiting.filter((each) => each.due <= now)
    waiting = waiting.slice(due.length)
    const next = waiting[0]
    if (next !== undefined) clock.after(next.due - now, flush)
    for (const { arrive } of due) arrive()
  }
  return (arrive) => {
    waiting.push({ due: clock.now() + latencyMs, arrive })
    if (waiting.length === 1) clock.after(latencyMs, flush)
  }
}

function openSocket(url: string, events: SocketEvents, line: Line, handlers: ServerHandlers, open: Set<ServerPeer>): Socket {
  const { clock } = line
  const toServer = createWire(line)
  const toClient = createWire(line)
  let isMute = false
  let isOver = false
  let server: { readonly handlers: SocketHandlers; readonly peer: ServerPeer } | undefined

  const endClient = (code: number, reason: string, error: Error | undefined): void => {
    if (isOver) return
    isOver = true
    events.onClose(code, reason, error)
  }
  const endServer = (): void => {
    if (server === undefined || !open.delete(server.peer)) return
    server.handlers.closed()
  }
  const cut = (): void => endClient(ABNORMAL, '', new Error('the connection was cut without a close frame'))
  const peer: ServerPeer = {
    send(text) {
      if (!open.has(peer)) return
      toClient(() => {
        if (!isMute && !isOver) events.onFrame(Buffer.from(text), true)
      })
    },
    close(code, reason = '') {
      toClient(() => {
        endClient(code, reason, undefined)
        toServer(endServer)
      })
    },
    destroy() {
      toClient(cut)
      clock.after(0, endServer)
    },
    ping: () => undefined,
    bufferedAmount: 0,
  }
  toServer(() => {
    const accepted = handlers.upgrade(new URL(url))
    if (typeof accepted === 'number') {
      toClient(() => endClient(ABNORMAL, '', new UpgradeRefusedError(accepted, undefined, '')))
      return
    }
    server = { handlers: accepted, peer }
    open.add(peer)
    toClient(() => {
      if (!isOver) events.onOpen()
    })
    accepted.opened(peer)
  })
  return {
    send: (text) => toServer(() => open.has(peer) && server?.handlers.message(text)),
    close() {
      toServer(() => {
        endServer()
        toClient(() => endClient(1005, '', undefined))
      })
    },
    terminate() {
      isMute = true
      toServer(endServer)
      clock.after(0, () => endClient(ABNORMAL, '', undefined))
    },
  }
}

function ask(
  { url, timeoutMs, signal }: GetRequest,
  { clock, latencyMs }: Line,
  handlers: ServerHandlers,
): Promise<Got | GetFailure> {
  if (signal?.aborted) return Promise.resolve({ kind: 'aborted', reason: signal.reason })
  return new Promise((resolve) => {
    const end = (result: Got | GetFailure): void => {
      late.cancel()
      signal?.removeEventListener('abort', abort)
      resolve(result)
    }
    const abort = (): void => end({ kind: 'aborted', reason: signal?.reason })
    const late = clock.after(timeoutMs, () => end({ kind: 'timeout' }))
    signal?.addEventListener('abort', abort, { once: true })
    const answer = async (): Promise<void> => {
      const reply = await handlers.request('GET', url, {})
      const got: Got | GetFailure =
        reply === 'hang-up'
          ? { kind: 'connection', cause: new Error('the connection was cut') }
          : { status: reply.status, body: reply.body, headers: lowerCase(reply.headers ?? {}) }
      clock.after(latencyMs, () => end(got))
    }
    clock.after(latencyMs, () => void answer())
  })
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}
