/**
 * A grid of two crossing averages over many bars, on one thread and on two: the same trials, columns shared, every trial on disk, the same
 * winner. Threads are measured by real time. On a machine with other work two threads get no more of it than one, so that real time says
 * nothing: CPU time then tells what the second thread costs, and so what it would bring on cores of its own.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { barColumns } from './bars.mjs'
import { built, expectAtMost, expectEqual, expectRatio, printMachine, printTable } from './lib.mjs'

const { optimise } = await built('core/backtest/optimise/optimise.js')
const { gridOf, readSpace } = await built('core/backtest/optimise/space.js')
const { createMarketData } = await built('core/backtest/data.js')
const { DEFAULT_CONFIG } = await built('core/backtest/config.js')
const { smaCross } = await built('core/strategies/sma-cross.js')

const BARS = Number(process.env['BARS'] ?? 1_000_000)
const SETS = Number(process.env['SETS'] ?? 1000)
const MINUTE_MS = 60_000

const data = createMarketData({ traded: [{ asset: 'bitcoin', interval: '1m', intervalMs: MINUTE_MS, columns: barColumns(BARS) }] })
const space = readSpace(smaCross, { fast: '10:200:5', slow: '210:1200:38' })
const sets = gridOf(smaCross, space).sets.slice(0, SETS)

async function grid(threads) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mts-grid-'))
  const setup = { data, config: DEFAULT_CONFIG, strategy: smaCross, version: 'bench', intervalMs: MINUTE_MS, warmup: 1201 }
  const started = process.hrtime.bigint()
  const before = process.cpuUsage()
  const { winner } = await optimise({
    setup,
    source: { name: 'sma-cross', folder: '.' },
    strategyHash: undefined,
    folder,
    holder: 'bench',
    threads,
    sets,
    names: ['fast', 'slow'],
    target: 'sharpe',
    periods: 365,
  })
  const seconds = Number(process.hrtime.bigint() - started) / 1e9
  const { user, system } = process.cpuUsage(before)
  rmSync(folder, { recursive: true })
  return { threads, seconds, cpu: (user + system) / 1e6, winner: winner.configHash }
}

printMachine(1, 'real time')
const [one, two] = [await grid(1), await grid(2)]
printTable(
  [`${sets.length} sets × ${BARS.toLocaleString('en-US')} bars`, 'real s', 'CPU s', 'M bars/s of CPU'],
  [one, two].map(({ threads, seconds, cpu }) => [
    `threads ${threads}`,
    seconds.toFixed(1),
    cpu.toFixed(1),
    ((sets.length * BARS) / cpu / 1e6).toFixed(1),
  ]),
)
const [load = 0] = os.loadavg()
const isBusy = load > os.cpus().length + 1
console.log(`load average ${load.toFixed(1)}, peak memory ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`)
console.log(`judged by ${isBusy ? 'CPU time: the machine is busy' : 'real time'}\n`)
expectEqual('winners', [one.winner, two.winner])
expectRatio('two threads over one', isBusy ? (2 * one.cpu) / two.cpu : one.seconds / two.seconds, 1.7)
const seconds = isBusy ? two.cpu / 2 : two.seconds
expectAtMost('seconds for 1000 sets × 1 M bars on two threads', (seconds * 1e9) / (sets.length * BARS), 60)
