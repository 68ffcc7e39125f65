/**
 * Writes to a Redis server on loopback, started for it: our publisher (queued, pipelined, answers checked), beside a client that
 * awaits each SET, and beside the limit, ready-made bytes on a bare socket. All write the same keys with the same values, whose JSON is ready.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { built, expectRatio, median, printMachine, printTable } from './lib.mjs'

const { openPublisher } = await built('core/storage/redis/publisher.js')
const { systemClock } = await built('core/net/system-clock.js')
const { toJson } = await built('core/cli/output/keys.js')

const ROUNDS = Number(process.env['ROUNDS'] ?? 7)
const AWAITED = 3_000
const PIPELINED = 30_000
const SECONDS = 3_600
const BACKLOG_BYTES = 4 << 20
const clock = systemClock()

const TEXTS = Array.from({ length: 1_000 }, (_, n) => ({ text: Buffer.from(toJson(bookOf(n))).toString() }))
const folder = mkdtempSync(path.join(os.tmpdir(), 'mts-bench-'))
const port = await freePort()
const server = spawn('redis-server', ['--port', port, '--bind', '127.0.0.1', '--dir', folder, '--save', ''].map(String))
try {
  await untilReady()
  await compareWrites()
} finally {
  server.kill()
  rmSync(folder, { recursive: true, force: true })
}

async function compareWrites() {
  printMachine(ROUNDS, 'wall time')
  const url = `redis://127.0.0.1:${port}`
  const client = new Redis(url)
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const publisher = await openPublisher({
    url,
    clock,
    random: () => 0.5,
    streamLength: 50_000,
    render: ({ text }) => text,
    lossEvent: (lost) => ({ lost }),
    onLoss: (lost) => console.log(`FAIL ${lost} lost`),
    onChange: () => undefined,
  })
  const wire = Buffer.from(Array.from({ length: PIPELINED }, (_, n) => encoded(n)).join(''))
  const candidates = [
    { name: 'ioredis, each SET awaited', units: AWAITED, run: () => awaited(client) },
    {
      name: 'mts, keys',
      units: PIPELINED,
      run: () => published(publisher, (n) => publisher.keep(keyOf(n), TEXTS[n % 1_000], SECONDS)),
    },
    {
      name: 'mts, events (XADD and PUBLISH)',
      units: PIPELINED,
      run: () => published(publisher, (n) => publisher.publish('book', TEXTS[n % 1_000])),
    },
    { name: 'bare socket, bytes ready', units: PIPELINED, run: () => raw(socket, wire) },
  ].map((each) => ({ ...each, rates: [], costs: [] }))
  for (let round = 0; round < ROUNDS; round++) {
    for (const { run, units, rates, costs } of candidates) {
      const start = process.hrtime.bigint()
      const cpu = process.cpuUsage()
      await run()
      const { user, system } = process.cpuUsage(cpu)
      rates.push(units / (Number(process.hrtime.bigint() - start) / 1e9))
      costs.push((user + system) / units)
    }
  }
  const rates = candidates.map((each) => median(each.rates))
  // Awaiting is waking up: how fast that is depends on who else wants the cores. What a write costs our process does not.
  const costs = candidates.map((each) => median(each.costs))
  const row = ({ name }, i) => {
    const rate = [
      Math.round(rates[i]).toLocaleString('en'),
      `${(rates[i] / rates[0]).toFixed(1)}×`,
      (rates[i] / rates.at(-1)).toFixed(2),
    ]
    return [name, ...rate, costs[i].toFixed(1), `${(costs[0] / costs[i]).toFixed(1)}×`]
  }
  printTable(['writes of a 10-level book', '1/s', 'of awaited', 'of bare', 'CPU, µs each', 'less'], candidates.map(row))
  console.log()
  expectRatio('keys of mts beside awaited', rates[1] / rates[0], 20)
  if (publisher.counts.lost > 0) process.exitCode = 1
  await publisher.close()
  client.disconnect()
  socket.destroy()
}

async function awaited(client) {
  for (let n = 0; n < AWAITED; n++) await client.set(keyOf(n), TEXTS[n % 1_000].text, 'EX', SECONDS)
}

/** As a market comes, in small portions; until the server has acknowledged the last one. */
async function published(publisher, put) {
  const goal = publisher.counts.written + PIPELINED
  for (let n = 0; n < PIPELINED; n++) {
    put(n)
    while (publisher.counts.waitingBytes > BACKLOG_BYTES) await pause(1)
  }
  while (publisher.counts.written < goal) await pause(1)
}

function raw(socket, wire) {
  return new Promise((resolve) => {
    let missing = PIPELINED * '+OK\r\n'.length
    const read = (chunk) => {
      missing -= chunk.length
      if (missing > 0) return
      socket.off('data', read)
      resolve()
    }
    socket.on('data', read)
    socket.write(wire)
  })
}

function encoded(n) {
  const words = ['SET', keyOf(n), TEXTS[n % 1_000].text, 'EX', String(SECONDS)]
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`
}

function keyOf(n) {
  return `orderbook:binance:BTCUSDT:${1_795_274_254_000 + (n % 10_000)}`
}

function bookOf(n) {
  const side = (sign) =>
    Array.from({ length: 10 }, (_, level) => [100_000 + (sign * (level + 1 + (n % 50))) / 10, ((n + level) % 900) / 1000])
  const base = { exchange: 'binance', symbol: 'BTCUSDT', pair: 'BTC/USDT:USDT', timestamp: n, receivedAt: n }
  return { type: 'book', ...base, sequence: n, bids: side(-1), asks: side(1), quality: '' }
}

async function untilReady() {
  let text = ''
  for await (const chunk of server.stdout) {
    text += chunk
    if (text.includes('Ready to accept connections')) break
  }
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const found = probe.address().port
  probe.close()
  await once(probe, 'close')
  return found
}
