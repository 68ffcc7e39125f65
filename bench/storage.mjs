/**
 * Book samples into SQLite: the whole way from `store.write` to rows acknowledged by `flush`, beside the schema that keeps a
 * row per level (AUTOINCREMENT and UNIQUE over exchange, symbol, timestamp, side, level) in batches of as many samples; then
 * how long the event loop is held up, and how long queries over a million rows take.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { built, expectRatio, printMachine, printTable } from './lib.mjs'

const { openStore } = await built('core/storage/store.js')
const { migrate } = await built('core/storage/migrate.js')
const { openReader } = await built('core/storage/reader.js')
const { systemClock } = await built('core/net/system-clock.js')

const SAMPLES = Number(process.env['SAMPLES'] ?? 8000)
const INSTRUMENTS = 20
const LEVELS = 20
const BATCH = 100
const RUNS = 3
const MILLION = 1_000_000
const START = Date.UTC(2026, 0, 2)

const folder = mkdtempSync(path.join(os.tmpdir(), 'mts-bench-'))
const samples = makeSamples(SAMPLES)

try {
  printMachine()
  await compareWriting()
  await measureStalls()
  measureQueries()
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** Prices on a grid of 0.1 around 86 786, quantities in steps of 0.001: as a liquid perpetual has them. Seeded. */
function makeSamples(count) {
  let state = 42
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  const side = (mid, direction) =>
    Array.from({ length: LEVELS }, (_, level) => [
      Math.round((mid + direction * (level + random()) * 0.5) * 10) / 10,
      Math.round(random() ** 3 * 20_000) / 1000,
    ])
  return Array.from({ length: count }, (_, index) => {
    const mid = 86786 + (random() - 0.5) * 200
    return {
      exchange: 'binance',
      symbol: `COIN${index % INSTRUMENTS}USDT`,
      timestamp: START + Math.floor(index / INSTRUMENTS) * 1000,
      sequence: 9_000_000_000_000 + index,
      bids: side(mid, -1),
      asks: side(mid, 1),
      metadata: null,
    }
  })
}

async function compareWriting() {
  const rows = []
  const rates = { levels: [], mts: [] }
  let bytes = { levels: 0, mts: 0 }
  for (let run = 0; run < RUNS; run++) {
    const levels = writeLevels(path.join(folder, `levels-${run}.db`))
    const mts = await writeSamples(path.join(folder, `mts-${run}.db`))
    rates.levels.push(levels.rate)
    rates.mts.push(mts.rate)
    bytes = { levels: levels.bytes, mts: mts.bytes }
  }
  for (const name of ['levels', 'mts']) {
    rows.push([
      name === 'mts' ? 'mts' : 'row per level',
      Math.round(median(rates[name])).toLocaleString('en'),
      bytes[name].toFixed(0),
    ])
  }
  printTable([`${2 * LEVELS}-level samples, ${BATCH} a batch, median of ${RUNS}`, 'samples/s', 'bytes/sample'], rows)
  expectRatio('samples/s over a row per level', median(rates.mts) / median(rates.levels), 5)
  expectRatio('bytes of a row per level over ours', bytes.levels / bytes.mts, 4)
}

function writeLevels(file) {
  const db = new Database(file)
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = NORMAL')
  db.exec(`CREATE TABLE order_book (id INTEGER PRIMARY KEY AUTOINCREMENT, exchange TEXT NOT NULL, symbol TEXT NOT NULL,
    timestamp INTEGER NOT NULL, side TEXT NOT NULL, level INTEGER NOT NULL, price REAL NOT NULL, quantity REAL NOT NULL,
    UNIQUE (exchange, symbol, timestamp, side, level))`)
  const insert = db.prepare(
    'INSERT INTO order_book (exchange, symbol, timestamp, side, level, price, quantity) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  )
  const start = process.hrtime.bigint()
  for (let from = 0; from < samples.length; from += BATCH) {
    db.exec('BEGIN')
    for (const { exchange, symbol, timestamp, bids, asks } of samples.slice(from, from + BATCH)) {
      for (const [level, [price, quantity]] of bids.entries())
        insert.run(exchange, symbol, timestamp, 'bid', level, price, quantity)
      for (const [level, [price, quantity]] of asks.entries())
        insert.run(exchange, symbol, timestamp, 'ask', level, price, quantity)
    }
    db.exec('COMMIT')
  }
  const rate = rateSince(start)
  db.close()
  return { rate, bytes: statSync(file).size / samples.length }
}

async function writeSamples(file) {
  const store = await open(file, { batchSize: BATCH, maxBytesInFlight: 1e9 })
  const start = process.hrtime.bigint()
  for (let from = 0; from < samples.length; from += BATCH) {
    for (const sample of samples.slice(from, from + BATCH)) store.write('order_book_samples', sample)
    await new Promise((resolve) => setImmediate(resolve))
  }
  await store.flush()
  const rate = rateSince(start)
  await store.close()
  return { rate, bytes: statSync(file).size / samples.length }
}

function open(file, options) {
  return openStore({
    path: file,
    clock: systemClock(),
    programVersion: 'bench',
    onLoss: (table, lost) => {
      throw new Error(`lost ${lost} of ${table}`)
    },
    onFailure: (error) => {
      throw error
    },
    ...options,
  })
}

/** 1 000 samples a second as they come in live, twenty each 20 ms, beside the same without a store. */
async function measureStalls() {
  const store = await open(path.join(folder, 'stalls.db'), {})
  const [idle, busy] = [
    await longestDelay(() => undefined),
    await longestDelay((sample) => store.write('order_book_samples', sample)),
  ]
  await store.close()
  const row = (name, delay) => [name, (delay.percentile(99) / 1e6).toFixed(2), (delay.max / 1e6).toFixed(2)]
  console.log()
  printTable(['event loop delay, 1 000 samples/s', 'p99 ms', 'max ms'], [row('no store', idle), row('mts', busy)])
}

async function longestDelay(take) {
  await pause(200)
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  for (let at = 0; at < 3000; at += 20) {
    for (const sample of samples.slice(at, at + 20)) take(sample)
    await pause(20)
  }
  delay.disable()
  return delay
}

function measureQueries() {
  const file = path.join(folder, 'million.db')
  migrate(file, { appliedAt: 0, programVersion: 'bench' })
  fillMillions(file)
  const reader = openReader(file)
  const since = START + MILLION - 5000
  const one = { exchanges: ['binance'], symbols: ['COIN7USDT'] }
  const queries = {
    'newest 100 spreads of one symbol': () => reader.spreads(one),
    'newest 100 spreads of all': () => reader.spreads(),
    'spreads of the last seconds': () => reader.spreads({ since, limit: 1000 }),
    'newest 100 samples of one symbol': () => reader.orderBookSamples(one),
    'newest 100 funding rates of all': () => reader.fundingRates(),
    'newest 100 large trades of all': () => reader.largeTrades(),
    'large trades over a common value': () => reader.largeTrades({ ...one, minValueUsd: 500_000 }),
    'large trades over a rare value': () => reader.largeTrades({ minValueUsd: 995_000 }),
    'large trades over a value that this symbol never has': () =>
      reader.largeTrades({ symbols: ['COIN0USDT'], minValueUsd: 900_000 }),
    'newest 100 liquidations': () => reader.largeTrades({ onlyLiquidations: true }),
    'status, with the rows of all tables': () => reader.status(),
  }
  const times = Object.entries(queries).map(([name, run]) => ({ name, ms: timesOf(run) }))
  reader.close()
  console.log()
  printTable(
    ['1 M rows a table', 'first ms', 'median ms'],
    times.map(({ name, ms }) => [name, (ms[0] ?? 0).toFixed(2), median(ms).toFixed(2)]),
  )
  const filtered = times.filter(({ name }) => !name.startsWith('status'))
  expectRatio('50 ms over the slowest filtered query', 50 / Math.max(...filtered.map(({ ms }) => median(ms))), 1)
}

/** Twenty symbols take turns each ms; `COIN0USDT` has small trades only; one trade in fifty is a liquidation. */
function fillMillions(file) {
  const db = new Database(file)
  db.pragma('synchronous = OFF')
  const numbers = `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${MILLION - 1})`
  const key = `'binance', 'COIN' || (i % ${INSTRUMENTS}) || 'USDT'`
  const value = `CASE WHEN i % ${INSTRUMENTS} = 0 THEN 1000 + i % 997 ELSE (i * 7919) % 1000000 END`
  db.exec(`${numbers} INSERT INTO order_book_samples SELECT ${key}, ${START} + i, i, '[[99.5,1]]', '[[100.5,1]]', NULL FROM n`)
  db.exec(`${numbers} INSERT INTO bid_ask_spreads SELECT ${key}, ${START} + i, 99.5, 100.5, 1, 1, 100, '' FROM n`)
  db.exec(
    `${numbers} INSERT INTO funding_rates SELECT ${key}, ${START} + i, 'estimated', (i % 997) * 1e-6, NULL, NULL, 8, NULL FROM n`,
  )
  db.exec(`${numbers} INSERT INTO large_trades SELECT ${key}, i, 'buy', 100, 10, ${value}, ${START} + i, i % 50 = 1, NULL FROM n`)
  db.close()
}

function timesOf(run) {
  return Array.from({ length: 9 }, () => {
    const start = process.hrtime.bigint()
    run()
    return Number(process.hrtime.bigint() - start) / 1e6
  })
}

function rateSince(start) {
  return samples.length / (Number(process.hrtime.bigint() - start) / 1e9)
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0
}
