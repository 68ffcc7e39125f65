/**
 * Replay: a recording of BTCUSDT (every change of the book, best prices, trades) imported into a journal and played through the
 * live path, beside tardis-dev's mappers and order book on the same gzipped frames. Each run is a process of its own, in turn.
 * Ours checks each record, keeps statistics and samples books each second; events are hashed as `mts replay` hashes them.
 */
import { fork, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { createGunzip, gzipSync } from 'node:zlib'
import {
  built,
  expectEqual,
  expectRatio,
  median,
  printMachine,
  printTable,
  RECORDED,
  recordedFrames,
  recordedJson,
  versionOf,
} from './lib.mjs'

const RECORDING = 'binance-usdm/btcusdt_depth0ms_bookTicker_trade_20240808.jsonl.gz'
const ROUNDS = Number(process.env['ROUNDS'] ?? 5)
/** The recording is short: so many times in each process, of which the first is for the compilers. */
const PASSES = 10

async function ours(journal) {
  const { findJournalFiles } = await built('core/feed/journal/reader.js')
  const { Outputs } = await built('core/feed/outputs.js')
  const { Replay } = await built('core/feed/replay.js')
  const { DEFAULT_LIMITS: limits } = await built('core/feed/validation.js')
  const { loadExchange } = await built('core/exchanges/registry.js')
  const { toJson } = await built('core/cli/output/keys.js')
  const outputs = new Outputs()
  const hash = createHash('sha256')
  const onError = (error) => {
    throw error
  }
  const handle = (event) => {
    if (event.type !== 'status') hash.update(`${toJson(event)}\n`)
  }
  outputs.bus.subscribe({ name: 'output', filter: {}, policy: 'wait', maxBytes: Number.POSITIVE_INFINITY, handle, onError })
  outputs.sample({ intervalMs: 1_000, depth: 10, limits })
  let updates = 0
  let checksum = 0
  outputs.watch(({ sync: { book } }, kind) => {
    if (kind !== 'book' || book === undefined) return
    updates += 1
    checksum += book.bids.price(0) + book.asks.price(0)
  })
  const replay = new Replay(new Map([['binance', await loadExchange('binance')]]), outputs, limits)
  const { records } = await replay.play(await findJournalFiles(journal), { onDamage: onError })
  return { records, updates, checksum, hash: hash.digest('hex') }
}

async function tardis(_journal, frames) {
  const { normalizeBookChanges, normalizeBookTickers, normalizeTrades, OrderBook } = createRequire(import.meta.url)('tardis-dev')
  const now = new Date()
  const mappers = [normalizeBookChanges, normalizeBookTickers, normalizeTrades].map((make) => make('binance-futures', now))
  const book = new OrderBook()
  let records = 0
  let updates = 0
  let checksum = 0
  for await (const line of createInterface({ input: createReadStream(frames).pipe(createGunzip()) })) {
    const parsed = JSON.parse(line)
    // The REST answer lies among the frames: in tardis' own recordings it has this name.
    const message = parsed.stream === undefined ? { stream: 'btcusdt@depthSnapshot', data: parsed } : parsed
    records += 1
    for (const mapper of mappers) {
      if (!mapper.canHandle(message)) continue
      for (const change of mapper.map(message, now)) {
        if (change.type !== 'book_change') continue
        book.update(change)
        updates += 1
        checksum += book.bestBid().price + book.bestAsk().price
      }
    }
  }
  return { records, updates, checksum }
}

const RUNS = { ours, tardis }

async function child(name, ...files) {
  const run = RUNS[name]
  await run(...files)
  const start = process.cpuUsage()
  const begin = process.hrtime.bigint()
  let result
  for (let pass = 1; pass < PASSES; pass++) result = await run(...files)
  const { user, system } = process.cpuUsage(start)
  const passes = PASSES - 1
  const seconds = Number(process.hrtime.bigint() - begin) / 1e9 / passes
  process.send({ ...result, cpu: (user + system) / 1e6 / passes, seconds })
}

/** The journal of a recording, in a folder of its own. */
function importRecording(frames, folder) {
  const args = [path.resolve(import.meta.dirname, '../bin/run.js'), 'journal', 'import', frames, '--exchange', 'binance', '--quiet']
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, env: { ...process.env, MTS_DATA_DIR: folder } })
  if (status !== 0) throw new Error(`the import failed: ${stderr}`)
  return path.join(folder, 'journal')
}

/**
 * Only what the book is made of: the changes, and the REST answer. One level short of what was asked for, it counts as the whole
 * book: a live run would replace a partial one when the market leaves it, but the recording has no second one.
 */
function booksOnly(folder) {
  const { bids, asks, ...rest } = recordedJson(RECORDING.replace('.jsonl.gz', '.depth_snapshot.json'))
  const snapshot = JSON.stringify({ ...rest, bids: bids.slice(0, 999), asks: asks.slice(0, 999) })
  const lines = recordedFrames(RECORDING).flatMap((frame) => {
    if (frame.includes('"e":"depthUpdate"')) return [frame]
    return frame.includes('"stream"') ? [] : [snapshot]
  })
  const file = path.join(folder, 'btcusdt.jsonl.gz')
  writeFileSync(path.join(folder, 'btcusdt.depth_snapshot.json'), snapshot)
  writeFileSync(file, gzipSync(`${lines.join('\n')}\n`))
  return file
}

function runOnce(...args) {
  return new Promise((resolve, reject) => {
    const child_ = fork(import.meta.filename, args)
    child_.once('message', resolve)
    child_.once('exit', (code) => reject(new Error(`${args[0]} ended with code ${code}`)))
  })
}

async function measure(frames, folder) {
  const journal = importRecording(frames, folder)
  const results = { ours: [], tardis: [] }
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of Object.keys(RUNS)) results[name].push(await runOnce(name, journal, frames))
  }
  return results
}

async function main() {
  const folders = [0, 1].map(() => mkdtempSync(path.join(os.tmpdir(), 'mts-replay-')))
  try {
    printMachine(ROUNDS)
    const books = report('books only', await measure(booksOnly(folders[0]), folders[0]))
    const all = report('all channels', await measure(path.join(RECORDED, RECORDING), folders[1]))
    expectRatio('replay of books against tardis-dev', books, 5)
    console.log(`     replay of all channels against tardis-dev, ours also printing and hashing each trade: ${all.toFixed(1)}×`)
  } finally {
    for (const folder of folders) rmSync(folder, { recursive: true })
  }
}

/** Prints a table and gives how many times faster ours is. */
function report(heading, results) {
  const titles = { ours: 'mts replay, all of it', tardis: `tardis-dev ${versionOf('tardis-dev')}: mappers, OrderBook` }
  const rates = Object.entries(results).map(([name, runs]) => ({
    name,
    records: runs[0].records,
    updates: runs[0].updates,
    cpu: median(runs.map(({ cpu, records }) => (cpu / records) * 1e6)),
    rate: median(runs.map(({ seconds, records }) => records / seconds / 1000)),
  }))
  const [first, second] = rates
  printTable(
    [heading, 'records', 'book updates', 'CPU µs/record', 'k records/CPU s', 'k records/s', 'ours is faster by'],
    rates.map(({ name, records, updates, cpu, rate }) => [
      titles[name],
      String(records),
      String(updates),
      cpu.toFixed(2),
      (1000 / cpu).toFixed(1),
      rate.toFixed(1),
      `${(cpu / first.cpu).toFixed(1)}×`,
    ]),
  )
  console.log()
  expectEqual(
    'hashes of the events',
    results.ours.map(({ hash }) => hash),
  )
  const [a, b] = [results.ours[0], results.tardis[0]]
  expectEqual(
    'mean tops of book',
    [a, b].map(({ checksum, updates }) => (checksum / updates / 2).toFixed(0)),
  )
  return second.cpu / first.cpu
}

const [, , name, ...files] = process.argv
if (name === undefined) await main()
else await child(name, ...files)
