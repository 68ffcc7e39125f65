/**
 * The detector of opportunities: what it adds to an update of a book with 20 pairs on 2 exchanges, where nothing pays and where every
 * update is walked; and from a frame to the opportunity that it opens, through decoder, checks, book and detector: recorded frames (spot
 * and perpetual of 2024-08-08, without fees, so that there is something to find), which open few, and generated ones, which open many.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { built, compare, expectAtMost, expectEqual, printMachine, printTable, RECORDED } from './lib.mjs'

const PAIRS = 20
const UPDATES = 20_000
const LEVELS = 50
const PASSES = Number(process.env['PASSES'] ?? 25)
/** Opportunities that the generated frames open; the first ones are for the compilers. */
const OPENINGS = Number(process.env['OPENINGS'] ?? 12_000)
const WARM_UP = 2_000
const PRICE = 100_000
const JUMP = 200
const RECORDINGS = [
  ['binance-spot', 'binance-spot/btcusdt_depth100ms_bookTicker_trade_20240808.jsonl.gz'],
  ['binance', 'binance-usdm/btcusdt_depth0ms_bookTicker_trade_20240808.jsonl.gz'],
]

const { ArbitrageDetector } = await built('core/analysis/arbitrage/detector.js')
const { DEFAULT_ARBITRAGE } = await built('core/analysis/arbitrage/contract.js')
const { OrderBook } = await built('core/book/order-book.js')
const { BookUpdate } = await built('core/market/book-update.js')
const { bareInstrument } = await built('core/market/instrument.js')
const { DEFAULT_FUNDING_ARBITRAGE: funding } = await built('core/analysis/arbitrage/funding.js')
const { loadExchange } = await built('core/exchanges/registry.js')
const { findJournalFiles } = await built('core/feed/journal/reader.js')
const { importRecording } = await built('core/feed/journal/import.js')
const { findRecordings } = await built('core/feed/journal/recording.js')
const { JournalWriter } = await built('core/feed/journal/writer.js')
const { Outputs } = await built('core/feed/outputs.js')
const { Replay } = await built('core/feed/replay.js')
const { DEFAULT_LIMITS: limits } = await built('core/feed/validation.js')
const { Scanner } = await built('core/live/arbitrage/scanner.js')
const { systemClock } = await built('core/net/system-clock.js')

printMachine()
perUpdate()
await fromFrames()
await fromGenerated()

function perUpdate() {
  const idle = candidate('book and detector, nothing pays', { takerFee: 0.0005 })
  const busy = candidate('book and detector, each update pays', { takerFee: -0.001 })
  const bare = candidate('book alone', undefined)
  const [alone, quiet, paying] = compare([bare, idle, busy], UPDATES)
  const row = ({ name, ns }) => [name, ns.toFixed(0), name === alone.name ? '–' : (ns - alone.ns).toFixed(0)]
  printTable(['an update of 4 levels, 20 pairs × 2 exchanges', 'ns', 'detector, ns'], [alone, quiet, paying].map(row))
  console.log()
  expectEqual(
    'checksums of the books',
    [alone, quiet, paying].map(({ checksum }) => checksum),
  )
  expectAtMost('detector per update where nothing pays, µs', (quiet.ns - alone.ns) / 1000, 1)
  console.log()
}

function candidate(name, options) {
  const detector = new ArbitrageDetector(DEFAULT_ARBITRAGE, { opened: () => undefined, closed: () => undefined })
  const markets = Array.from({ length: PAIRS * 2 }, (_, i) => market(i, options?.takerFee ?? 0))
  const legs = options === undefined ? [] : markets.map((each) => detector.add(each))
  const updates = markets.map((_, i) => Array.from({ length: 64 }, (_, n) => changeOf(i, n)))
  let now = 1_000
  return {
    name,
    run: () => {
      let checksum = 0
      for (let n = 0; n < UPDATES; n++) {
        const i = n % markets.length
        const { book, sync } = markets[i]
        now += 0.5
        sync.stamp = now * 1000
        sync.timestamp = Math.floor(now)
        book.apply(updates[i][(n / markets.length) & 63])
        if (options !== undefined) detector.changed(legs[i], now)
        checksum += book.bids.price(0)
      }
      return checksum
    },
  }
}

/** Of each pair two exchanges, with books of 50 levels half a basis point apart. */
function market(i, takerFee) {
  const exchange = i % 2 === 0 ? 'a' : 'b'
  const symbol = `P${i >> 1}USDT`
  const parts = { exchange, symbol, kind: 'perpetual', base: `P${i >> 1}`, quote: 'USDT', settle: 'USDT' }
  const book = new OrderBook()
  const update = new BookUpdate()
  update.isSnapshot = true
  update.depth = 1_000
  for (let n = 0; n < LEVELS; n++) {
    update.bids.push(priceOf(i, -1, n), 1 + n)
    update.asks.push(priceOf(i, 1, n), 1 + n)
  }
  book.apply(update)
  const sync = { book, stamp: 1_000_000, timestamp: 1_000 }
  return { book, sync, takerFee, offset: { ms: 0 }, state: { instrument: bareInstrument(parts), sync } }
}

function priceOf(i, side, n) {
  return 10_000 + (i % 2) * 0.5 + side * (0.1 + n * 0.1)
}

/** Quantities of four levels, the best one among them. */
function changeOf(i, n) {
  const update = new BookUpdate()
  for (const level of [0, 1 + (n % 5)]) {
    update.bids.push(priceOf(i, -1, level), 1 + ((n * 7 + level) % 13))
    update.asks.push(priceOf(i, 1, level), 1 + ((n * 5 + level) % 11))
  }
  return update
}

async function fromFrames() {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'mts-bench-'))
  try {
    await importAll(directory)
    const files = await findJournalFiles(directory)
    const plain = { frames: [], told: [] }
    const scanned = { frames: [], told: [] }
    for (let pass = 0; pass < PASSES; pass++) {
      // The first passes are for the compilers.
      const isWarm = pass >= 3
      await playOnce(files, false, isWarm ? plain : { frames: [], told: [] })
      await playOnce(files, true, isWarm ? scanned : { frames: [], told: [] })
    }
    printTable(
      ['recorded frame, µs', 'frames', 'p50', 'p99', 'p99.9'],
      [
        quantileRow('→ book and checks', plain.frames),
        quantileRow('→ book, checks and detector', scanned.frames),
        quantileRow('→ an opportunity that it opens', scanned.told),
      ],
    )
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function importAll(directory) {
  const journal = new JournalWriter({ directory, clock: systemClock(), blockBytes: 262_144, flushMs: 1_000 })
  for (const [id, name] of RECORDINGS) {
    const [recording] = await findRecordings(path.join(RECORDED, name))
    await importRecording(recording, await loadExchange(id), 1, journal)
  }
  await journal.close()
}

/**
 * One exchange stays where it is, the other jumps up by 20 bps and back, over and over: every second frame of it opens an opportunity, and
 * one of the first exchange lies between. Frames have 18 to 30 levels, as real ones.
 */
async function fromGenerated() {
  const start = 1_700_000_000_000
  const { pipelines, advance, told } = await generatedFeed()
  const [steady, jumping] = [pipelines.get('binance'), pipelines.get('bybit')]
  let now = start
  const timed = (pipeline, frame) => {
    now += 5
    advance(now)
    told.startedAt = process.hrtime.bigint()
    pipeline.frame(1, now * 1000, frame)
    return Number(process.hrtime.bigint() - told.startedAt) / 1000
  }
  for (const pipeline of pipelines.values()) pipeline.opened(1, start * 1000, 'generated')
  // A snapshot is joined to the update that reaches over its id.
  timed(steady, steadyFrame(0, now))
  const url = 'https://fapi.binance.com/fapi/v1/depth?symbol=BTCUSDT&limit=1000'
  steady.rest(now * 1000, url, 200, JSON.stringify({ lastUpdateId: 1, E: now, T: now, bids: band(-1, 0, 1), asks: band(1, 0, 1) }))
  timed(jumping, jumpingFrame('snapshot', 1, now, band(-1, 0, 1), band(1, 0, 1)))
  const plain = []
  for (let n = 1; n <= OPENINGS; n++) {
    plain.push(timed(steady, steadyFrame(n, now)))
    const isAsked = told.samples.length
    timed(jumping, jumpingFrame('delta', 2 * n, now, band(-1, JUMP, 1), [...band(1, 0, 0), ...band(1, JUMP, 1)]))
    if (told.samples.length !== isAsked + 1) throw new Error(`jump ${n} opened ${told.samples.length - isAsked} opportunities`)
    timed(jumping, jumpingFrame('delta', 2 * n + 1, now, band(-1, JUMP, 0), [...band(1, 0, 1), ...band(1, JUMP, 0)]))
  }
  console.log()
  printTable(
    ['generated frame, µs', 'frames', 'p50', 'p99', 'p99.9'],
    [
      quantileRow('→ book, checks and detector, nothing opens', plain.slice(WARM_UP)),
      quantileRow('→ an opportunity that it opens', told.samples.slice(WARM_UP)),
    ],
  )
}

/** Ten levels of one side around the price, a dollar apart; `scale` 0: they are taken away. */
function band(side, shift, scale) {
  return Array.from({ length: 10 }, (_, i) => [(PRICE + shift + side * (1 + i)).toFixed(1), (scale * (1 + i / 8)).toFixed(3)])
}

function steadyFrame(n, now) {
  const some = (side) => band(side, 0, 1 + (n % 5)).slice(1)
  const ids = { U: n + 1, u: n + 1, pu: n }
  const data = { e: 'depthUpdate', E: now, T: now, s: 'BTCUSDT', ...ids, b: some(-1), a: some(1) }
  return Buffer.from(JSON.stringify({ stream: 'btcusdt@depth@0ms', data }))
}

function jumpingFrame(type, u, now, b, a) {
  const data = { s: 'BTCUSDT', b, a, u, seq: u }
  return Buffer.from(JSON.stringify({ topic: 'orderbook.50.BTCUSDT', type, ts: now, data, cts: now }))
}

async function generatedFeed() {
  const ids = ['binance', 'bybit']
  const outputs = new Outputs()
  const { pipelines } = new Replay(await loadExchanges(ids), outputs, limits)
  const told = { startedAt: 0n, samples: [] }
  scan(outputs, pipelines, DEFAULT_ARBITRAGE, () => told.samples.push(Number(process.hrtime.bigint() - told.startedAt) / 1000))
  return { pipelines, told, advance: (ms) => outputs.advance(ms) }
}

async function loadExchanges(ids) {
  return new Map(await Promise.all(ids.map(async (id) => [id, await loadExchange(id)])))
}

/** Without fees, so that there is something to find. */
function scan(outputs, pipelines, settings, opened) {
  const fees = new Map([...pipelines.keys()].map((id) => [id, 0]))
  const none = () => undefined
  const host = { opened, closed: none, fundingOpened: none, fundingClosed: none }
  new Scanner(() => pipelines.values(), { kinds: new Set(['spread']), settings, funding, fees }, host).follow(outputs)
}

async function playOnce(files, isScanned, into) {
  const outputs = new Outputs()
  const replay = new Replay(await loadExchanges(RECORDINGS.map(([id]) => id)), outputs, limits)
  let startedAt = 0n
  const since = () => Number(process.hrtime.bigint() - startedAt) / 1000
  const settings = { ...DEFAULT_ARBITRAGE, minProfitBps: 0, isCrossKind: true }
  if (isScanned) scan(outputs, replay.pipelines, settings, () => into.told.push(since()))
  for (const pipeline of replay.pipelines.values()) {
    const frame = pipeline.frame.bind(pipeline)
    pipeline.frame = (...record) => {
      startedAt = process.hrtime.bigint()
      frame(...record)
      into.frames.push(since())
    }
    // A book that a snapshot seeds can open one too.
    const rest = pipeline.rest.bind(pipeline)
    pipeline.rest = (...record) => {
      startedAt = process.hrtime.bigint()
      rest(...record)
    }
  }
  await replay.play(files, { onDamage: (damage) => console.log(`FAIL ${damage.path}: ${damage.message}`) })
}

function quantileRow(name, values) {
  const sorted = Float64Array.from(values).sort()
  const at = (q) => sorted[Math.max(0, Math.ceil(sorted.length * q) - 1)] ?? Number.NaN
  return [name, String(values.length), ...[0.5, 0.99, 0.999].map((q) => at(q).toFixed(1))]
}
