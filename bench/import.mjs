/**
 * A file of 1 M one-minute bars into the database, and the same file again: the whole command, from start to end. Beside it the
 * limit: csv-parse alone over the same bytes.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parse } from 'csv-parse/sync'
import { printMachine, printTable } from './lib.mjs'

const BARS = Number(process.env['BARS'] ?? 1_000_000)
const MTS = path.resolve(import.meta.dirname, '../bin/run.js')
const folder = mkdtempSync(path.join(os.tmpdir(), 'mts-import-'))
const file = path.join(folder, 'kraken_BTCUSD_1m.csv')
const START = Date.UTC(2023, 0, 1)

const lines = ['timestamp,open,high,low,close,volume']
for (let i = 0; i < BARS; i++) {
  const price = 20_000 + (i % 997)
  lines.push(`${START + i * 60_000},${price},${price + 5},${price - 5},${price + 1},${(i % 89) / 8}`)
}
writeFileSync(file, lines.join('\n'))

function timed(work) {
  const started = performance.now()
  work()
  return (performance.now() - started) / 1000
}

function importFile() {
  const { status, stderr } = spawnSync(process.execPath, [MTS, 'db', 'import', file, '--quiet'], { cwd: folder, encoding: 'utf8' })
  if (status !== 0) throw new Error(`db import ended with ${status}: ${stderr}`)
}

printMachine(1, 'wall time')
const rows = [
  ['csv-parse alone', timed(() => parse(readFileSync(file)))],
  ['mts db import, new bars', timed(importFile)],
  ['mts db import, the same again', timed(importFile)],
].map(([name, seconds]) => [name, seconds.toFixed(1), Math.round(BARS / seconds).toLocaleString('en-US')])
printTable(['', 's', 'rows/s'], rows)
rmSync(folder, { recursive: true, force: true })
