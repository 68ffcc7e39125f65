/**
 * A raw server that writes WebSocket frames made beforehand, 64 KiB at a time, so that the receiver is what is measured. The
 * path names the exchange. On the client's first message it sends the first frame of each instrument, on `go` the rest. With RATE it
 * sends so many frames a second of all connections, each 1 ms those that are due, after WARM_UP of them at full speed.
 */
import { createHash } from 'node:crypto'
import { createServer } from 'node:net'
import { markets } from './frames.mjs'

const CHUNK = 64 * 1024
const FRAMES = Number(process.argv[2])
const PER_MS = 200
const RATE = Number(process.env['RATE'] ?? 0)
const WARM_UP = Number(process.env['WARM_UP'] ?? 0)

function framed(text) {
  const payload = Buffer.from(text)
  const { length } = payload
  if (length < 126) return Buffer.concat([Buffer.from([0x81, length]), payload])
  const head = Buffer.alloc(length < 65_536 ? 4 : 10)
  head[0] = 0x81
  head[1] = length < 65_536 ? 126 : 127
  if (length < 65_536) head.writeUInt16BE(length, 2)
  else head.writeBigUInt64BE(BigInt(length), 2)
  return Buffer.concat([head, payload])
}

function encode({ symbols, source }, startMs) {
  const sources = new Map(symbols.map((symbol) => [symbol, source(symbol)]))
  const first = [...sources.values()].map((next) => framed(next(startMs)))
  const rest = []
  for (let i = 0; i < FRAMES; i++) rest.push(framed(sources.get(symbols[i % symbols.length])(startMs + 1 + Math.floor(i / PER_MS))))
  let end = 0
  const ends = rest.map(({ length }) => (end += length))
  return { first: Buffer.concat(first), count: first.length + rest.length, rest: Buffer.concat(rest), ends }
}

const startMs = Date.now()
const streams = new Map(markets(process.env['LOAD'] ?? 'usual').map((market) => [market.exchange, encode(market, startMs)]))
let open = []

const server = createServer((socket) => {
  let isUpgraded = false
  let hasAsked = false
  let stream
  socket.setNoDelay(true)
  socket.on('error', () => socket.destroy())
  socket.on('data', (data) => {
    if (isUpgraded) {
      if (!hasAsked) socket.write(stream.first)
      hasAsked = true
      return
    }
    isUpgraded = true
    const request = data.toString()
    stream = streams.get(/^GET \/(\w+)/.exec(request)?.[1])
    const key = /sec-websocket-key: (.*)\r/i.exec(request)?.[1]
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
    socket.write(`HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`)
    open.push({ socket, ...stream })
  })
})

function pour({ socket, rest }) {
  let position = 0
  const write = () => {
    while (position < rest.length) {
      const chunk = rest.subarray(position, position + CHUNK)
      position += CHUNK
      if (!socket.write(chunk)) {
        socket.once('drain', write)
        return
      }
    }
  }
  write()
}

/** After the warm-up, which the receiver may take its time for, `rate` frames a second. */
function pace({ socket, rest, ends }, rate, warmUp) {
  const warmEnd = warmUp === 0 ? 0 : ends[warmUp - 1]
  socket.write(rest.subarray(0, warmEnd))
  let sent = warmUp
  let start
  const timer = setInterval(() => {
    if (socket.writableLength > 0 && start === undefined) return
    start ??= performance.now() + 1_000
    const due = Math.min(ends.length, warmUp + Math.floor(((performance.now() - start) * rate) / 1_000))
    if (due > sent) socket.write(rest.subarray(sent === 0 ? 0 : ends[sent - 1], ends[due - 1]))
    sent = Math.max(sent, due)
    if (sent === ends.length) clearInterval(timer)
  }, 1)
}

process.on('message', (message) => {
  if (message !== 'go') return
  for (const each of open) {
    if (RATE === 0) pour(each)
    else pace(each, RATE / open.length, Math.floor(WARM_UP / open.length))
  }
  open = []
})
process.on('disconnect', () => process.exit())
server.listen(0, '127.0.0.1', () => {
  const figures = [...streams].map(([exchange, { count, rest }]) => ({ exchange, frames: count, bytes: rest.length }))
  process.send({ port: server.address().port, figures })
})
