/**
 * The whole command: every strategy that comes with mts, three assets, five years of daily bars, a VIX beside them; with what is kept
 * (rows, file). In this process: the use case alone.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { built, expectAtMost, median, printMachine, printTable } from './lib.mjs'

const { openHistory } = await built('core/storage/history.js')
const { systemClock } = await built('core/net/system-clock.js')
const { STRATEGIES } = await built('core/strategies/registry.js')

const RUNS = 9
const DAYS = 5 * 365
const DAY = 86_400_000
const ASSETS = ['bitcoin', 'ethereum', 'binancecoin']
const MTS = path.resolve(import.meta.dirname, '../bin/run.js')

const folder = mkdtempSync(path.join(os.tmpdir(), 'mts-bench-'))
try {
  printMachine(RUNS)
  fill(path.join(folder, 'data/crypto_data.db'))
  const names = STRATEGIES.map(({ name }) => name)
  const whole = timesOf(['signals', '--strategies', names.join(','), '--assets', ASSETS.join(','), '--json'])
  const bare = timesOf(['config', '--json'])
  printTable(
    [`${names.length} strategies, ${ASSETS.length} assets, ${DAYS} daily bars`, 'CPU ms'],
    [
      ['mts signals, from start to end', whole.toFixed(0)],
      ['of it, any command', bare.toFixed(0)],
    ],
  )
  expectAtMost('CPU ms of mts signals', whole, 1000)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** CPU ms of the whole process, start-up and all: on a machine that is busy with other things its time on the clock says nothing. */
function timesOf(args) {
  const runs = Array.from({ length: RUNS }, () => {
    const env = { ...process.env }
    delete env['MTS_DIST']
    const script = '"$0" "$@" > /dev/null || exit 1; times'
    const { status, stdout, stderr } = spawnSync('sh', ['-c', script, process.execPath, MTS, ...args], {
      cwd: folder,
      env,
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`mts ${args[0]} failed: ${stderr}`)
    const seconds = [...(stdout.split('\n')[1] ?? '').matchAll(/(\d+)m([\d.]+)s/g)].map(
      ([, minutes, rest]) => 60 * Number(minutes) + Number(rest),
    )
    return 1000 * seconds.reduce((sum, each) => sum + each, 0)
  })
  return median(runs)
}

/** A price that wanders, the same in every run, up to yesterday. */
function fill(file) {
  const history = openHistory({ path: file, clock: systemClock(), programVersion: 'bench' })
  const first = Math.floor(Date.now() / DAY) * DAY - DAYS * DAY
  for (const [place, cryptocurrency] of ASSETS.entries()) {
    const close = (day) => 100 * (place + 1) * Math.exp(0.4 * Math.sin((day + 40 * place) / 60) + 0.08 * Math.sin(day * 12.9898))
    history.upsertCandles(
      Array.from({ length: DAYS }, (_, day) => {
        const [open, end] = [close(day - 1), close(day)]
        const prices = { open, high: Math.max(open, end) * 1.01, low: Math.min(open, end) * 0.99, close: end }
        return {
          source: 'binance',
          cryptocurrency,
          interval: '1d',
          timestamp: first + day * DAY,
          ...prices,
          volume: 1000 + (day % 37 === 30 ? 4000 : day % 7),
          quality: '',
        }
      }),
    )
  }
  const days = Array.from({ length: DAYS }, (_, day) => day).filter(
    (day) => ![0, 6].includes(new Date(first + day * DAY).getUTCDay()),
  )
  history.upsertMacro(
    days.map((day) => ({
      indicator: 'VIX',
      date: new Date(first + day * DAY).toISOString().slice(0, 10),
      value: 20 + 8 * Math.sin(day / 50) + 2 * Math.sin(day * 78.233),
      isInterpolated: false,
      isForwardFilled: false,
      availableAt: first + (day + 1) * DAY,
      quality: '',
    })),
  )
  history.close()
}
