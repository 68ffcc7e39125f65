import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import Database from 'better-sqlite3'
import { expect, it } from 'vitest'
import { cleanEnvironment, RUN, runMts, temporaryFolder } from '../support/run-mts.js'

const BARS = 60_000
const MINUTE = 60_000
const START = Date.UTC(2021, 2, 1)

function query(file: string, sql: string): unknown[] {
  const db = new Database(file, { readonly: true })
  try {
    return db.prepare(sql).raw().all()
  } finally {
    db.close()
  }
}

function stored(file: string): number {
  if (!existsSync(file)) return 0
  try {
    return Number((query(file, 'SELECT count(*) FROM candles')[0] as number[])[0])
  } catch {
    // Not migrated yet.
    return 0
  }
}

it('an import that was killed while it stored is completed by the next, row for row', async () => {
  const cwd = temporaryFolder()
  const rows = Array.from({ length: BARS }, (_, at) => `${START + at * MINUTE},${100 + (at % 7)},110,90,${100 + (at % 5)},${at}`)
  writeFileSync(path.join(cwd, 'kraken_BTCUSD.csv'), ['timestamp,open,high,low,close,volume', ...rows].join('\n'))
  const file = path.join(cwd, 'data/crypto_data.db')
  const child = spawn(process.execPath, [RUN, 'db', 'import', 'kraken_BTCUSD.csv'], {
    cwd,
    env: cleanEnvironment(),
    stdio: 'ignore',
  })
  const ended = once(child, 'exit')
  while (child.exitCode === null && stored(file) === 0) await new Promise((resolve) => setImmediate(resolve))
  child.kill('SIGKILL')
  await ended
  const left = stored(file)
  expect(left).toBeGreaterThan(0)
  // Transactions are whole.
  expect(left % 10_000).toBe(0)
  const { code, stdout } = await runMts(['db', 'import', 'kraken_BTCUSD.csv', '--json'], { cwd })
  expect([code, JSON.parse(stdout).data[0].series[0].unchanged]).toEqual([0, left])
  const bars = query(file, 'SELECT timestamp, open, close, volume FROM crypto_ohlcv ORDER BY timestamp')
  expect(bars).toEqual(rows.map((row) => [0, 1, 4, 5].map((at) => Number(row.split(',')[at]))))
})
