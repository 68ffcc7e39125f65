/**
 * A million stored minutes into a backtest, whole: chosen, read, checked, hashed. Cold is without the column file, warm with it. Then the
 * run and its document, and the memory of five million bars in a process of their own.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { built, expectAtMost, median, printMachine, printTable } from './lib.mjs'

const { openHistory } = await built('core/storage/history.js')
const { openReader } = await built('core/storage/reader.js')
const { systemClock } = await built('core/net/system-clock.js')
const { loadMarket } = await built('core/backtest/load/market.js')
const { runReported } = await built('core/backtest/run.js')
const { DEFAULT_CONFIG } = await built('core/backtest/config.js')
const { smaCross } = await built('core/strategies/sma-cross.js')

const RUNS = 5
const BATCH = 10_000
const MINUTE = 60_000
const MIB = 2 ** 20
const BIG = Number(process.env['BIG'] ?? 5_000_000)

const [job, file] = process.argv.slice(2)
if (job === 'memory') await useOnce(file)
else await measure()

async function measure() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mts-bench-'))
  try {
    printMachine(RUNS)
    const database = fill(path.join(folder, 'million'), 1_000_000)
    const cache = path.join(path.dirname(database), 'cache')
    const cold = await timesOf(database, () => rmSync(cache, { recursive: true, force: true }))
    const warm = await timesOf(database, () => undefined)
    const market = await load(database)
    const run = median(Array.from({ length: 3 }, () => msOf(() => backtest(market))))
    printTable(
      ['1 M bars', 'CPU ms'],
      [
        ['into a backtest, cold', cold.toFixed(0)],
        ['into a backtest, warm', warm.toFixed(0)],
        ['run, benchmark, sample of verify, document, charts', run.toFixed(0)],
      ],
    )
    const own = fileURLToPath(import.meta.url)
    const big = fill(path.join(folder, 'big'), BIG)
    const [loaded, ran] = JSON.parse(execFileSync(process.execPath, [own, 'memory', big], { encoding: 'utf8' }))
    console.log()
    printTable(
      [`${BIG.toLocaleString('en')} bars`, 'resident MiB at most'],
      [
        ['loaded', loaded.toFixed(0)],
        ['run and reported', ran.toFixed(0)],
      ],
    )
    console.log(`The columns alone: ${((BIG * 48) / MIB).toFixed(0)} MiB`)
    expectAtMost('ms of a million bars into a backtest, warm', warm, 100)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function useOnce(database) {
  const market = await load(database)
  const loaded = process.resourceUsage().maxRSS / 1024
  backtest(market)
  console.log(JSON.stringify([loaded, process.resourceUsage().maxRSS / 1024]))
}

function fill(folder, bars) {
  const database = path.join(folder, 'crypto_data.db')
  const history = openHistory({ path: database, clock: systemClock(), programVersion: 'bench' })
  let state = 42
  let price = 100
  for (let from = 0; from < bars; from += BATCH) {
    const rows = Array.from({ length: BATCH }, (_, at) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      const open = price
      price *= Math.exp((state / 2 ** 32 - 0.5) * 0.002)
      const [high, low] = [Math.max(open, price) * 1.0005, Math.min(open, price) * 0.9995]
      const series = { source: 'binance', cryptocurrency: 'bitcoin', interval: '1m', quality: '' }
      return { ...series, timestamp: (from + at) * MINUTE, open, high, low, close: price, volume: 10 }
    })
    history.upsertCandles(rows)
  }
  history.close()
  return database
}

async function load(database) {
  const reader = openReader(database)
  try {
    return await loadMarket(reader, { symbols: ['BTC'], requirements: { warmup: 101, needs: {} } })
  } finally {
    reader.close()
  }
}

function backtest(market) {
  const parameters = { fast: 20, slow: 100 }
  const config = { ...DEFAULT_CONFIG, start: market.start, end: market.end, parameters }
  const named = { strategyName: 'sma-cross', strategyHash: null, hasBenchmark: true, version: 'bench' }
  return runReported({ strategy: smaCross, config, data: market.data, market, ...named })
}

async function timesOf(database, before) {
  const times = []
  for (let run = 0; run < RUNS; run++) {
    before()
    const start = process.cpuUsage()
    await load(database)
    const { user, system } = process.cpuUsage(start)
    times.push((user + system) / 1000)
  }
  return median(times)
}

function msOf(work) {
  const start = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000
}
