/** Servers that answer in all the ways in which an exchange should not. */
import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'

export interface Served {
  readonly port: number
  close(): Promise<void>
}

export function serveAnswer(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Promise<Served> {
  return listening(http.createServer((_, response) => response.writeHead(status, headers).end(body)))
}

/** Takes connections and never says a word. */
export function serveSilence(): Promise<Served> {
  return listening(net.createServer())
}

/** Stands before a WebSocket: sends `first` to whoever connects, and cuts the `cutAt`-th of all frames' connection, for good or not. */
export async function serveProxy(
  target: string,
  { first = [], cutAfter, isForGood = false }: { first?: readonly (string | Buffer)[]; cutAfter?: number; isForGood?: boolean },
): Promise<Served> {
  const server = http.createServer()
  const sockets = new WebSocketServer({ server })
  let frames = 0
  sockets.on('connection', (client) => {
    for (const frame of first) client.send(frame)
    const upstream = new WebSocket(target)
    const early: string[] = []
    upstream.on('open', () => {
      for (const text of early) upstream.send(text)
    })
    client.on('message', (text) => {
      if (upstream.readyState === WebSocket.OPEN) upstream.send(String(text))
      else early.push(String(text))
    })
    upstream.on('message', (text) => {
      client.send(String(text))
      frames += 1
      if (frames !== cutAfter) return
      client.terminate()
      if (isForGood) server.close()
    })
    upstream.on('error', () => client.terminate())
    client.on('close', () => upstream.terminate())
  })
  return listening(server)
}

async function listening(server: net.Server): Promise<Served> {
  const open = new Set<net.Socket>()
  server.on('connection', (socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy()
        server.close(() => resolve())
      }),
  }
}
