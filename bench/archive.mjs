/**
 * Trades in the archive, beside the same rows as gzipped CSV and in SQLite: bytes a row, and one scan (VWAP of all) of each by
 * its own means. Prices, sizes, sides and pauses are drawn in blocks from a recording of a real exchange. `ROWS=10000000` for more.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import Database from 'better-sqlite3'
import { built, expectAtMost, expectEqual, expectRatio, median, printMachine, printTable, recordedFrames } from './lib.mjs'

const { migrate } = await built('core/storage/migrate.js')
const { archiveHistory } = await built('core/storage/archive/archive.js')
const { pruneHistory } = await built('core/storage/archive/prune.js')
const { queryHistory } = await built('core/storage/archive/query.js')

const ROWS = Number(process.env['ROWS'] ?? 1_000_000)
const RUNS = 3
const START = Date.UTC(2026, 0, 2)
const DAY = 86_400_000
const BLOCK = 50
const TRADES = 'binance-usdm/btcusdt_depth0ms_bookTicker_trade_20240808.jsonl.gz'

const folder = mkdtempSync(path.join(os.tmpdir(), 'mts-bench-'))
const database = path.join(folder, 'crypto_data.db')
const directory = path.join(folder, 'archive')
const signal = new AbortController().signal
try {
  printMachine(RUNS)
  await compareSizes()
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function compareSizes() {
  const stored = seconds(() => store())
  const sqliteBytes = statSync(database).size
  const options = { database, directory, now: START + 400 * DAY, programVersion: 'bench', signal, onProgress: () => undefined }
  const archived = await secondsOf(() => archiveHistory({ ...options, isPartial: false, isVerifying: false }))
  const archiveBytes = bytesBelow(directory)
  const duck = await (await DuckDBInstance.create(':memory:')).connect()
  const csv = path.join(folder, 'trades.csv.gz')
  const written = await secondsOf(() => writeCsv(duck, csv))
  const csvBytes = statSync(csv).size

  const vwap = 'round(sum(price * size) / sum(size), 2) AS vwap, count(*) AS n'
  const scans = {
    csv: await scan(() => values(duck, `SELECT symbol, ${vwap} FROM read_csv('${csv}') GROUP BY ALL`)),
    sqlite: await scan(async () => {
      const db = new Database(database, { readonly: true })
      const rows = db.prepare(`SELECT symbol, ${vwap} FROM large_trades GROUP BY symbol`).raw().all()
      db.close()
      return rows
    }),
  }
  const pruned = await secondsOf(() => pruneHistory({ ...options, olderThan: options.now, isDryRun: false, isVacuum: false }))
  scans.archive = await scan(() => query(`SELECT symbol, ${vwap} FROM large_trades GROUP BY ALL`))
  // The others begin with an open connection; mts opens the database, DuckDB and the list of files for each query.
  const opening = await scan(() => query('SELECT symbol, 0, 0 FROM large_trades WHERE false'))
  const alone = Math.max(1, scans.archive.ms - opening.ms)

  printTable(
    [`${ROWS.toLocaleString('en')} trades`, 'bytes/row', 'written rows/s', 'VWAP of all, ms'],
    [
      ['CSV.gz', ...line(csvBytes, written, scans.csv)],
      ['SQLite', ...line(sqliteBytes, stored, scans.sqlite)],
      ['mts archive', ...line(archiveBytes, archived, { ms: alone })],
    ],
  )
  console.log(`\na query that reads nothing takes ${opening.ms.toFixed(0)} ms`)
  console.log(`archived: hashed from SQLite, written, read back; compared again and deleted: ${rate(pruned)} rows/s`)
  expectEqual(
    'VWAPs of the three',
    Object.values(scans).map(({ hash }) => hash),
  )
  expectAtMost('bytes of the archive / CSV.gz', archiveBytes / csvBytes, 0.35)
  expectRatio('scan of CSV.gz over archive', scans.csv.ms / alone, 10)
}

function line(bytes, time, { ms }) {
  return [(bytes / ROWS).toFixed(2), rate(time), ms.toFixed(0)]
}

function rate(time) {
  return Math.round(ROWS / time).toLocaleString('en')
}

/** A tenth of the rows a day. */
function store() {
  migrate(database, { appliedAt: START, programVersion: 'bench' })
  const db = new Database(database)
  const insert =
    db.prepare(`INSERT INTO large_trades (exchange, symbol, trade_id, side, price, size, value_usd, timestamp, is_liquidation)
    VALUES ('binance', 'BTCUSDT', ?, ?, ?, ?, ?, ?, 0)`)
  db.exec('BEGIN')
  let row = 0
  for (const { time, price, size, side } of trades())
    insert.run(String(5_300_000_000 + row++), side, price, size, price * size, time)
  db.exec('COMMIT')
  db.pragma('wal_checkpoint(TRUNCATE)')
  db.close()
}

function* trades() {
  const recorded = recordedTrades()
  let seed = 7
  const random = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return seed / 2 ** 32
  }
  let price = recorded[0].price
  let time = START
  for (let row = 0; row < ROWS; ) {
    const from = Math.floor(random() * (recorded.length - BLOCK - 1))
    for (let i = from + 1; i <= from + BLOCK && row < ROWS; i++, row++) {
      const [before, trade] = [recorded[i - 1], recorded[i]]
      price = Math.round((price + trade.price - before.price) * 10) / 10
      // Recorded pauses, stretched to ten days.
      time = Math.max(time + trade.time - before.time, START + Math.floor((row / ROWS) * 10 * DAY))
      yield { time, price, size: trade.size, side: trade.side }
    }
  }
}

function recordedTrades() {
  const found = []
  for (const frame of recordedFrames(TRADES)) {
    const { data = {} } = JSON.parse(frame.toString())
    if (data.e === 'trade' && Number(data.p) > 0)
      found.push({ time: data.T, price: Number(data.p), size: Number(data.q), side: data.m ? 'sell' : 'buy' })
  }
  return found
}

/** The columns that trades are published with. */
async function writeCsv(duck, file) {
  const rows = []
  await duck.run(
    'CREATE TABLE trades (exchange VARCHAR, symbol VARCHAR, timestamp BIGINT, id VARCHAR, side VARCHAR, price DOUBLE, size DOUBLE)',
  )
  const appender = await duck.createAppender('trades')
  const db = new Database(database, { readonly: true })
  for (const row of db
    .prepare('SELECT timestamp, trade_id, side, price, size FROM large_trades ORDER BY timestamp')
    .raw()
    .iterate()) {
    const [time, id, side, price, size] = row
    appender.appendVarchar('binance')
    appender.appendVarchar('BTCUSDT')
    appender.appendBigInt(BigInt(time))
    appender.appendVarchar(id)
    appender.appendVarchar(side)
    appender.appendDouble(price)
    appender.appendDouble(size)
    appender.endRow()
  }
  appender.closeSync()
  db.close()
  await duck.run(`COPY trades TO '${file}' (HEADER, COMPRESSION gzip)`)
  await duck.run('DROP TABLE trades')
  return rows
}

async function values(duck, sql) {
  return (await duck.runAndReadAll(sql)).getRowsJson().map((row) => row.map((value, i) => (i === 0 ? value : Number(value))))
}

function query(sql) {
  return queryHistory({ database, directory, signal }, sql, async ({ batches }) => {
    const rows = []
    for await (const batch of batches) rows.push(...batch)
    return rows
  })
}

async function scan(run) {
  const times = []
  let rows = []
  for (let i = 0; i < RUNS; i++) times.push((await secondsOf(async () => (rows = await run()))) * 1000)
  return { ms: median(times), hash: `${rows.length} ${rows.reduce((sum, row) => sum + row[1] * 1000 + row[2], 0).toFixed(0)}` }
}

function bytesBelow(place) {
  mkdirSync(place, { recursive: true })
  const files = readdirSync(place, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return files.reduce((sum, { parentPath, name }) => sum + statSync(path.join(parentPath, name)).size, 0)
}

/** CPU time, so that other work on the machine does not count. */
async function secondsOf(run) {
  const start = process.cpuUsage()
  await run()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1e6
}

function seconds(run) {
  const start = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1e6
}
