// Refuses every TCP connection that would leave the machine. Loaded into each test worker and, by NODE_OPTIONS, into every
// Node process that a test starts.
import net from 'node:net'

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|::ffff:127(\.\d{1,3}){3}|0\.0\.0\.0|::)$/i

const connect = net.Socket.prototype.connect

net.Socket.prototype.connect = function guarded(...args) {
  const host = hostOf(args)
  if (host === undefined || LOOPBACK.test(host)) return connect.apply(this, args)
  const error = Object.assign(new Error(`a test tried to reach ${host}: tests stay on loopback`), { code: 'ENETUNREACH' })
  process.nextTick(() => this.destroy(error))
  return this
}

/** `connect(options)`, `connect(port, host)`, `connect(path)`, or net's own array of normalised arguments. */
function hostOf([first, second]) {
  const target = Array.isArray(first) ? first[0] : first
  if (typeof target === 'object' && target !== null) return target.path === undefined ? (target.host ?? 'localhost') : undefined
  if (typeof target === 'string' && Number.isNaN(Number(target))) return undefined
  return typeof second === 'string' ? second : 'localhost'
}
