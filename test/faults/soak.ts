/**
 * A simulated day: 300 instruments at one message a second each, and a connection that ends every 86 s, through the real decoders,
 * connections and pipelines on a virtual clock. After each hour the garbage is collected and everything that could grow is counted;
 * what grows from the third hour on fails. `npm run soak -- [HOURS [INSTRUMENTS]]`.
 */
import { getEventListeners } from 'node:events'
import type { Exchange } from '../../src/core/exchanges/contract.js'
import { loadExchange } from '../../src/core/exchanges/registry.js'
import { JournalWriter } from '../../src/core/feed/journal/writer.js'
import { LiveFeed } from '../../src/core/feed/live-feed.js'
import { Outputs } from '../../src/core/feed/outputs.js'
import { DEFAULT_LIMITS } from '../../src/core/feed/validation.js'
import { createHttp } from '../../src/core/net/http.js'
import { createFaults } from '../../src/core/sandbox/faults/index.js'
import type { FaultRule } from '../../src/core/sandbox/faults/rule.js'
import { startSandbox } from '../../src/core/sandbox/index.js'
import type { MarketInstrument } from '../../src/core/sandbox/market/instrument.js'
import { BLOCK_MINUTES } from '../../src/core/sandbox/market/path.js'
import { randomStream } from '../../src/core/sandbox/market/random.js'
import { createVirtualNet, type VirtualNet } from '../support/virtual-net.js'

/** A tenth more than 300: for the seconds in which a book did not change, or was out of reach. */
const COUNT = Number(process.argv[3] ?? 330)
const INSTRUMENTS: Readonly<Record<string, number>> = { binance: Math.round(COUNT / 5), bybit: COUNT - Math.round(COUNT / 5) }
/** Of the frames that would come if every book changed each second and no connection ever ended. */
const LEAST_SHARE = 0.9
const SECOND_MS = 1_000
const HOUR_MS = 3_600 * SECOND_MS
const HOURS = Number(process.argv[2] ?? 24)
/** The simulated market fills its own memories until then. */
const WARM_UP_HOURS = 2
const LEAST_HOURS = 6
/** Of a whole day. */
const MOST_GROWTH_BYTES = 8e6
const FAULTS: readonly FaultRule[] = [
  { kind: 'cut', every: 174 * SECOND_MS, exchange: 'binance' },
  { kind: 'cut', at: 87 * SECOND_MS, every: 174 * SECOND_MS, exchange: 'bybit' },
  { kind: 'close', at: 1_000 * SECOND_MS, every: HOUR_MS, exchange: 'binance' },
  // Rare: each frame that it swallows is remembered.
  { kind: 'half-open', at: 2_000 * SECOND_MS, every: 6 * HOUR_MS, exchange: 'bybit' },
  { kind: 'drop', chance: 0.00001 },
]

interface Soak {
  readonly net: VirtualNet
  readonly feed: LiveFeed
  readonly signal: AbortSignal
  readonly counts: { connected: number; gaps: number; events: number; rows: number }
}

interface Hour {
  readonly hour: number
  readonly frames: number
  readonly heap: number
  readonly buffers: number
  readonly timers: number
  readonly sockets: number
  readonly listeners: number
}

async function start(): Promise<Soak> {
  const net = createVirtualNet(Date.UTC(2026, 10, 21))
  const { clock } = net
  const faults = createFaults({ rules: FAULTS, seed: 1, clock })
  const most = Math.max(...Object.values(INSTRUMENTS))
  const market = { extraAssets: most, stepMs: SECOND_MS, keptChanges: 64 }
  const sandbox = await startSandbox({ clock, port: 0, seed: 42, speed: 1, gate: faults.gate, listen: net.listen, ...market })
  drawPaths(sandbox.market.instruments, clock.now())
  const random = randomStream(1)
  const http = createHttp({ clock, userAgent: 'mts/soak', requestTimeoutMs: 10_000, random, get: net.get })
  const { signal } = new AbortController()
  const outputs = new Outputs()
  const counts = follow(outputs)
  const samples = new JournalWriter({ directory: '/dev/null/never', clock, blockBytes: 1 << 16, flushMs: HOUR_MS })
  const exchangeSettings = (exchange: Exchange) => ({
    endpoints: sandbox.urls[exchange.id] ?? exchange.endpoints,
    backoff: { baseMs: SECOND_MS, maxMs: 60 * SECOND_MS },
  })
  const settings = { limits: DEFAULT_LIMITS, samples, exchange: exchangeSettings }
  const feed = new LiveFeed({ clock, http, sockets: net.sockets, random, signal }, settings, outputs)
  for (const [id, count] of Object.entries(INSTRUMENTS)) {
    const listed = sandbox.market.instruments.filter(({ exchange }) => exchange === id).slice(0, count)
    feed.add(
      await loadExchange(id),
      listed.map(({ symbol }) => ({ channel: 'book', symbol })),
    )
  }
  return { net, feed, signal, counts }
}

/** The simulated market keeps what it drew of each asset's path, 32 KiB for 17 hours: all of the run's at once, so that what grows in it is not the market. */
function drawPaths(instruments: readonly MarketInstrument[], from: number): void {
  const blockAt = (time: number) => Math.floor(time / (60 * SECOND_MS) / BLOCK_MINUTES)
  for (const { path } of instruments) for (let i = blockAt(from); i <= blockAt(from + HOURS * HOUR_MS); i++) path.block(i)
}

/** As `mts stream` has them: one sampler for what is printed, one for what is stored, here each minute. */
function follow(outputs: Outputs): Soak['counts'] {
  const counts = { connected: 0, gaps: 0, events: 0, rows: 0 }
  outputs.bus.subscribe({
    name: 'output',
    filter: {},
    policy: 'conflate',
    maxBytes: 8 << 20,
    handle(event) {
      counts.events += 1
      if (event.type === 'gap') counts.gaps += 1
      if (event.type === 'status' && event.status === 'connected') counts.connected += 1
    },
    onError: (error) => {
      throw error
    },
  })
  outputs.keepCoverage(() => {
    counts.rows += 1
  })
  for (const intervalMs of [SECOND_MS, 60 * SECOND_MS]) outputs.sample({ intervalMs, depth: 10, limits: DEFAULT_LIMITS })
  return counts
}

function look(hour: number, { net, feed, signal }: Soak): Hour {
  // The first leaves dead array buffers to a thread beside; the second waits for it.
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return {
    hour,
    frames: [...feed.exchanges].reduce((sum, { pipeline }) => sum + pipeline.frames, 0),
    heap: heapUsed,
    buffers: arrayBuffers,
    timers: net.clock.pending,
    sockets: net.openSockets,
    listeners: getEventListeners(signal, 'abort').length,
  }
}

function readable({ feed }: Soak): number {
  return [...feed.exchanges].flatMap(({ pipeline }) => [...pipeline.states]).filter(({ sync }) => sync.book !== undefined).length
}

function print(cells: readonly (string | number)[]): void {
  process.stdout.write(`${cells.map((cell) => String(cell).padStart(12)).join('')}\n`)
}

/** Least squares: units an hour. */
function slope(hours: readonly Hour[], pick: (hour: Hour) => number): number {
  const meanX = hours.reduce((sum, { hour }) => sum + hour, 0) / hours.length
  const meanY = hours.reduce((sum, each) => sum + pick(each), 0) / hours.length
  const covariance = hours.reduce((sum, each) => sum + (each.hour - meanX) * (pick(each) - meanY), 0)
  return covariance / hours.reduce((sum, { hour }) => sum + (hour - meanX) ** 2, 0)
}

function expectFlat(name: string, hours: readonly Hour[], pick: (hour: Hour) => number, mostADay: number): void {
  const aDay = slope(hours, pick) * 24
  const holds = aDay <= mostADay
  process.stdout.write(`${holds ? 'ok  ' : 'FAIL'} ${name}: ${aDay.toFixed(2)} more a day (at most ${mostADay})\n`)
  if (!holds) process.exitCode = 1
}

function expectSo(what: string, holds: boolean): void {
  process.stdout.write(`${holds ? 'ok  ' : 'FAIL'} ${what}\n`)
  if (!holds) process.exitCode = 1
}

if (globalThis.gc === undefined) throw new Error('needs node --expose-gc')
const soak = await start()
const began = performance.now()
const hours: Hour[] = []
print(['hour', 'frames', 'heap MB', 'buffers MB', 'timers', 'sockets', 'listeners', 'reconnects', 'gaps', 'readable', 'wall s'])
for (let hour = 1; hour <= HOURS; hour++) {
  await soak.net.pass(HOUR_MS)
  const seen = look(hour, soak)
  hours.push(seen)
  const { connected, gaps } = soak.counts
  const megabytes = [seen.heap, seen.buffers].map((bytes) => (bytes / 1e6).toFixed(1))
  const wall = ((performance.now() - began) / 1_000).toFixed(0)
  print([hour, seen.frames, ...megabytes, seen.timers, seen.sockets, seen.listeners, connected - 2, gaps, readable(soak), wall])
}
const { connected, gaps, events, rows } = soak.counts
process.stdout.write(`${events} events, ${gaps} gaps, ${rows} rows of coverage written\n`)
expectSo('every 87 s a connection ended, and came back', connected - 2 >= HOURS * 41)
expectSo('nine of ten seconds brought a frame of each book', (hours.at(-1)?.frames ?? 0) >= LEAST_SHARE * COUNT * 3_600 * HOURS)
if (HOURS >= LEAST_HOURS) {
  const settled = hours.slice(WARM_UP_HOURS)
  expectFlat('heap after collection, bytes', settled, ({ heap }) => heap, MOST_GROWTH_BYTES)
  expectFlat('array buffers, bytes', settled, ({ buffers }) => buffers, MOST_GROWTH_BYTES)
  for (const key of ['timers', 'sockets', 'listeners'] as const) expectFlat(key, settled, (hour) => hour[key], 1)
}
