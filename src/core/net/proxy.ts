import { Agent as HttpAgent, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import type { Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'

/** Proxies by the protocol of what is asked for, and the hosts that are asked directly. */
export interface Proxies {
  readonly http: URL | undefined
  readonly https: URL | undefined
  /** As in `NO_PROXY`: `example.com` and all below it, with a port or without; `*`: everything. */
  readonly direct: readonly string[]
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/

/** Reads `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, in lower case too. What is no http:// or https:// URL is passed over. */
export function proxiesOf(environment: Readonly<Record<string, string | undefined>>): Proxies {
  const read = (name: string) => environment[name.toLowerCase()] ?? environment[name] ?? ''
  const address = (text: string) => (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) ? new URL(text) : undefined)
  const direct = read('NO_PROXY')
    .split(/[\s,]+/)
    .filter((each) => each !== '')
  return { http: address(read('HTTP_PROXY')), https: address(read('HTTPS_PROXY')), direct }
}

/** The proxy on the way to a URL; `undefined`: it is asked directly, as this machine itself always is. */
export function proxyFor(url: URL, { http, https, direct }: Proxies): URL | undefined {
  if (LOOPBACK.test(url.hostname)) return undefined
  const isSecure = url.protocol === 'https:' || url.protocol === 'wss:'
  const port = url.port || (isSecure ? '443' : '80')
  const isDirect = direct.some((each) => {
    const [, host = '', onPort] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(each) ?? []
    const isHost = each === '*' || url.hostname === host || (host !== '' && url.hostname.endsWith(`.${host}`))
    return isHost && (onPort === undefined || onPort === port)
  })
  return isDirect ? undefined : isSecure ? https : http
}

/** Reaches a WebSocket through a proxy's `CONNECT`. */
export function tunnelAgent(url: URL, proxy: URL): HttpAgent {
  const isSecure = url.protocol === 'wss:'
  const agent = isSecure ? new HttpsAgent() : new HttpAgent()
  agent.createConnection = (options: ConnectionOptions, callback) => {
    const give = callback ?? (() => undefined)
    const fail = (error: Error) => give(error, undefined as never)
    const connecting = (proxy.protocol === 'https:' ? requestHttps : requestHttp)(proxy, {
      method: 'CONNECT',
      path: `${options.host}:${options.port}`,
      headers: { host: `${options.host}:${options.port}`, ...credentialsOf(proxy) },
      agent: false,
    })
    connecting.once('connect', ({ statusCode }, socket: Socket) => {
      if (statusCode === 200) give(null, isSecure ? connectTls({ ...options, socket }) : socket)
      else {
        socket.destroy()
        fail(new Error(`the proxy ${proxy.host} answers HTTP ${statusCode}`))
      }
    })
    connecting.once('error', (cause) => fail(new Error(`the proxy ${proxy.host} cannot be reached: ${cause.message}`, { cause })))
    connecting.end()
    return undefined
  }
  return agent
}

function credentialsOf({ username, password }: URL): Record<string, string> {
  if (username === '') return {}
  const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(text).toString('base64')}` }
}
