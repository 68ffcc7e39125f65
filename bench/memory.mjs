/**
 * Resident memory of `mts stream` with 300 books: 150 instruments, each on Binance and on Bybit, at the pace of the simulated exchanges,
 * which are another process. Once with nothing stored, once with the database. Binance's budget lets the last books in after a minute.
 */
import { execFileSync, fork, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expectAtMost, printMachine, printTable } from './lib.mjs'

const ASSETS = 150
const BOOKS = 2 * ASSETS
const SECONDS = Number(process.env['SECONDS'] ?? 120)
const EVERY_S = 10
const MOST_MB = 200
const RUN = path.resolve(import.meta.dirname, '../bin/run.js')

const market = fork(new URL('pipeline/market.mjs', import.meta.url), [String(ASSETS)])
const urls = await new Promise((resolve, reject) => {
  market.once('message', resolve)
  market.once('exit', (code) => reject(new Error(`the simulated exchanges ended with code ${code}`)))
})

function residentMb(pid) {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024
}

const SYMBOLS = Array.from({ length: ASSETS }, (_, i) => `SIM${String(i + 1).padStart(3, '0')}`).join(',')

async function measure(flags) {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'mts-memory-'))
  const args = [
    RUN,
    'stream',
    '--exchanges',
    'binance,bybit',
    '--symbols',
    SYMBOLS,
    '--channels',
    'book',
    '--duration',
    `${SECONDS}s`,
  ]
  const { MTS_DIST: _, ...own } = process.env
  const env = { ...own, ...urls, MTS_DATA_DIR: directory, XDG_STATE_HOME: directory }
  const child = spawn(process.execPath, [...args, ...flags], { env, cwd: directory, stdio: 'pipe' })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said = (said + chunk).slice(-2_000)
  })
  let events = 0
  let tail = ''
  child.stdout.on('data', (chunk) => {
    const lines = (tail + chunk).split('\n')
    tail = lines.pop()
    events += lines.length
    if (lines.at(-1)?.includes('"type":"summary"')) tail = `${lines.at(-1)}\n`
  })
  const resident = []
  const timer = setInterval(() => resident.push(residentMb(child.pid)), EVERY_S * 1_000)
  const code = await new Promise((resolve) => child.once('close', resolve))
  clearInterval(timer)
  rmSync(directory, { recursive: true, force: true })
  // 3: the time was too short for every book; the table says how many were right.
  if (code !== 0 && code !== 3) throw new Error(`mts ended with code ${code}: ${said}`)
  return { resident, events, summary: JSON.parse(tail) }
}

printMachine(1, 'resident memory')
const runs = [
  ['nothing stored', await measure(['--no-store'])],
  ['stored', await measure([])],
]
market.disconnect()
printTable(
  ['MB after', ...runs[0][1].resident.map((_, i) => `${(i + 1) * EVERY_S} s`), 'frames', 'books right'],
  runs.map(([name, { resident, summary }]) => [
    name,
    ...resident.map((each) => each.toFixed(0)),
    String(summary.exchanges.reduce((sum, { frames }) => sum + frames, 0)),
    String(summary.exchanges.reduce((sum, each) => sum + each.books_readable, 0)),
  ]),
)
console.log()
for (const [name, { resident }] of runs) expectAtMost(`MB at ${BOOKS} books, ${name}`, Math.max(...resident), MOST_MB)
