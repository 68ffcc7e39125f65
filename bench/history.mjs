/**
 * Bars into SQLite and out of it: `upsertCandles` beside the schema with text keys (AUTOINCREMENT, UNIQUE over source, coin,
 * interval, timestamp, INSERT OR REPLACE) in batches of as many rows; then a million bars as columns, and a month of them.
 */
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import Database from 'better-sqlite3'
import { built, expectAtMost, expectRatio, median, printMachine, printTable } from './lib.mjs'

const { openHistory } = await built('core/storage/history.js')
const { openReader } = await built('core/storage/reader.js')
const { systemClock } = await built('core/net/system-clock.js')

const BARS = Number(process.env['BARS'] ?? 200_000)
const MILLION = 1_000_000
const BATCH = 1000
const RUNS = 5
const START = Date.UTC(2024, 0, 1)
const MINUTE = 60_000
const SERIES = { source: 'binance', cryptocurrency: 'bitcoin', interval: '1m' }
const KINDS = ['new', 'unchanged', 'changed']

const folder = mkdtempSync(path.join(os.tmpdir(), 'mts-bench-'))
try {
  printMachine(RUNS)
  compareWriting()
  measureReading()
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function bar(index, shift = 0) {
  const open = 86786 + (index % 4999) / 10
  const prices = { open, high: open + 10.1, low: open - 10.3, close: open + 1.7 + shift }
  return { ...SERIES, timestamp: START + index * MINUTE, ...prices, volume: (index % 977) / 10, quality: '' }
}

function compareWriting() {
  const rows = [0, 0, 0.1].map((shift) => Array.from({ length: BARS }, (_, index) => bar(index, shift)))
  const rates = { seed: [[], [], []], mts: [[], [], []] }
  const bytes = {}
  for (let run = 0; run < RUNS; run++) {
    for (const [name, open] of Object.entries({ seed: openSeed, mts: openMts })) {
      const file = path.join(folder, name, `${run}.db`)
      mkdirSync(path.dirname(file), { recursive: true })
      const { write, close } = open(file)
      for (const [kind, bars] of rows.entries()) rates[name][kind].push(BARS / seconds(() => inBatches(bars, write)))
      close()
      bytes[name] = statSync(file).size / BARS
    }
  }
  const rate = (name, kind) => median(rates[name][kind])
  const line = (name, title) => [
    title,
    ...KINDS.map((_, kind) => Math.round(rate(name, kind)).toLocaleString('en')),
    bytes[name].toFixed(0),
  ]
  printTable(
    [`bars/s, ${BATCH} a batch`, ...KINDS, 'bytes/bar'],
    [line('seed', 'text keys, INSERT OR REPLACE'), line('mts', 'mts, counted exactly')],
  )
  for (const [kind, name] of KINDS.entries())
    expectRatio(`${name} bars over text keys`, rate('mts', kind) / rate('seed', kind), 1.5)
}

function inBatches(rows, write) {
  for (let from = 0; from < rows.length; from += BATCH) write(rows.slice(from, from + BATCH))
}

function openSeed(file) {
  const db = new Database(file)
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = NORMAL')
  db.exec(`CREATE TABLE crypto_ohlcv (id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, cryptocurrency TEXT NOT NULL,
    interval TEXT NOT NULL, timestamp INTEGER NOT NULL, date_str TEXT NOT NULL, open REAL NOT NULL, high REAL NOT NULL,
    low REAL NOT NULL, close REAL NOT NULL, volume REAL, created_at INTEGER, UNIQUE (source, cryptocurrency, interval, timestamp))`)
  const insert = db.prepare(`INSERT OR REPLACE INTO crypto_ohlcv
    (source, cryptocurrency, interval, timestamp, date_str, open, high, low, close, volume, created_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
  const write = (rows) => {
    db.exec('BEGIN')
    for (const { source, cryptocurrency, interval, timestamp, open, high, low, close, volume } of rows)
      insert.run(source, cryptocurrency, interval, timestamp, '2024-01-01', open, high, low, close, volume, START)
    db.exec('COMMIT')
  }
  return { write, close: () => db.close() }
}

function openMts(file) {
  const history = openHistory({ path: file, clock: systemClock(), programVersion: 'bench' })
  return { write: (rows) => history.upsertCandles(rows), close: () => history.close() }
}

function measureReading() {
  const file = path.join(folder, 'million', 'crypto_data.db')
  const { write, close } = openMts(file)
  for (let from = 0; from < MILLION; from += BATCH) write(Array.from({ length: BATCH }, (_, at) => bar(from + at)))
  close()
  const reader = openReader(file)
  const cache = path.join(folder, 'million', 'cache')
  const month = [START + 500_000 * MINUTE, START + 543_200 * MINUTE]
  const times = {
    'a million bars as columns, cold': timesOf(() => {
      rmSync(cache, { recursive: true, force: true })
      return reader.candleColumns(SERIES)
    }),
    'a million bars as columns, warm': timesOf(() => reader.candleColumns(SERIES)),
    'a month of them as columns': timesOf(() => reader.candleColumns(SERIES, ...month)),
    'a month of them as objects': timesOf(() => reader.candles({ since: month[0], until: month[1], limit: Infinity })),
    'the newest 100 as objects': timesOf(() => reader.candles()),
    'first, last, rows, holes of all': timesOf(() => reader.candleFacts()),
  }
  reader.close()
  console.log()
  printTable(
    ['1 M bars of one series', 'CPU ms'],
    Object.entries(times).map(([name, ms]) => [name, ms.toFixed(1)]),
  )
  expectAtMost('ms of a million bars, warm', times['a million bars as columns, warm'], 100)
  expectAtMost('ms of a month of them', times['a month of them as columns'], 50)
}

function timesOf(run) {
  return median(Array.from({ length: RUNS }, () => seconds(run) * 1000))
}

/** CPU time, so that other work on the machine does not count. */
function seconds(run) {
  const start = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1e6
}
