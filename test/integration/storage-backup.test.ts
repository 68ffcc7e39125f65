import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import Database from 'better-sqlite3'
import { parse } from 'csv-parse/sync'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { backupDatabase } from '../../src/core/storage/backup.js'
import { openReader } from '../../src/core/storage/reader.js'
import { writeYearlyCsv } from '../../src/core/storage/yearly-csv.js'
import { bar, bars, HISTORY_BATCH, history, temporaryFolder } from '../support/storage.js'

let folder = temporaryFolder()
let file = ''
let target = ''
beforeEach(() => {
  folder = temporaryFolder()
  file = folder.file('crypto_data.db')
  target = folder.file('backup/crypto_data.db')
  const writer = history(file)
  writer.upsertCandles(bars(5000))
  writer.close()
})
afterEach(() => folder.remove())

function countIn(database: string): number {
  const reader = openReader(database)
  try {
    return reader.candleSeries().reduce((sum, { rows }) => sum + rows, 0)
  } finally {
    reader.close()
  }
}

describe('a backup', () => {
  it('is one sound file with everything that was stored, told step by step', async () => {
    const shares: number[] = []
    const report = await backupDatabase(file, { to: folder.file('backup/'), onProgress: (share) => shares.push(share) })
    expect(report.path).toBe(target)
    expect(readdirSync(path.dirname(target))).toEqual(['crypto_data.db'])
    expect(countIn(target)).toBe(5000)
    expect(shares.at(-1)).toBe(1)
  })

  it('takes the place of the one before', async () => {
    await backupDatabase(file, { to: target })
    const writer = history(file)
    writer.upsertCandles([bar(6000)])
    writer.close()
    await backupDatabase(file, { to: target })
    expect(countIn(target)).toBe(5001)
  })

  it('of a database that another program writes to all the time ends, and holds whole transactions', async () => {
    const script = path.resolve(import.meta.dirname, '../support/storage-child.ts')
    const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', script, 'history', file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      await once(child.stdout ?? child, 'data')
      await backupDatabase(file, { to: target })
    } finally {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    expect(countIn(target) % HISTORY_BATCH).toBe(0)
  })
})

describe('a backup leaves what is there alone', () => {
  it.each(['', '-wal'])('when it would overwrite the database itself (%s)', async (suffix) => {
    const other = new Database(file)
    other.exec('PRAGMA user_version = 1')
    const refusal = { code: 'USAGE_BACKUP_TARGET', exitCode: 2 }
    await expect(backupDatabase(file, { to: file + suffix })).rejects.toMatchObject(refusal)
    symlinkSync(file, folder.file('link.db'))
    await expect(backupDatabase(file, { to: folder.file('link.db') })).rejects.toMatchObject(refusal)
    await expect(backupDatabase(folder.file('link.db'), { to: file })).rejects.toMatchObject(refusal)
    other.close()
    expect(countIn(file)).toBe(5000)
  })

  it('when it would overwrite a file that is no copy of a database', async () => {
    await expect(backupDatabase(file, { to: path.join(file, 'inside.db') })).rejects.toMatchObject({ exitCode: 74 })
    mkdirSync(path.dirname(target))
    writeFileSync(target, 'my notes')
    await expect(backupDatabase(file, { to: target })).rejects.toMatchObject({ code: 'USAGE_BACKUP_TARGET' })
    expect(readFileSync(target, 'utf8')).toBe('my notes')
  })

  it('when the database is damaged: the copy before stays, and nothing half made', async () => {
    await backupDatabase(file, { to: target })
    const bytes = readFileSync(file)
    bytes.fill(0xff, Math.floor(bytes.length / 2), Math.floor(bytes.length / 2) + 4096)
    writeFileSync(file, bytes)
    await expect(backupDatabase(file, { to: target })).rejects.toMatchObject({ exitCode: 74 })
    expect(readdirSync(path.dirname(target))).toEqual(['crypto_data.db'])
    expect(countIn(target)).toBe(5000)
  })

  it('when it is stopped', async () => {
    const stop = new AbortController()
    const stopped = new Error('stopped')
    const run = backupDatabase(file, { to: target, signal: stop.signal, onProgress: () => stop.abort(stopped) })
    await expect(run).rejects.toBe(stopped)
    expect(readdirSync(path.dirname(target))).toEqual([])
  })
})

describe('yearly CSV files', () => {
  it('hold every bar of a coin and UTC year, all sources and intervals, as the database has them', async () => {
    const writer = history(file)
    const lastOf2025 = Date.UTC(2025, 11, 31, 23, 59)
    writer.upsertCandles([bar(0, { timestamp: lastOf2025, volume: null, quality: 'sampled,sparse' })])
    writer.upsertCandles([bar(0, { source: 'coingecko', interval: '1h' }), bar(0, { cryptocurrency: 'ethereum' })])
    writer.close()
    const written = await writeYearlyCsv(file, { directory: folder.file('backup') })
    expect(written.map(({ cryptocurrency, year, rows }) => [cryptocurrency, year, rows])).toEqual([
      ['bitcoin', 2025, 1],
      ['bitcoin', 2026, 5001],
      ['ethereum', 2026, 1],
    ])
    expect(readdirSync(folder.file('backup')).sort()).toEqual(['bitcoin_2025.csv', 'bitcoin_2026.csv', 'ethereum_2026.csv'])
    const db = new Database(file, { readonly: true })
    const stored = db.prepare("SELECT * FROM crypto_ohlcv WHERE cryptocurrency = 'bitcoin' AND date_str < '2026'").all()
    db.close()
    const text = readFileSync(folder.file('backup/bitcoin_2025.csv'), 'utf8')
    const rows = parse(text, { columns: true }) as Record<string, string>[]
    const asText = stored.map((row) =>
      Object.fromEntries(Object.entries(row as object).map(([key, value]) => [key, String(value ?? '')])),
    )
    expect(rows).toEqual(asText)
    expect(rows[0]).toMatchObject({ timestamp: String(lastOf2025), volume: '', quality: 'sampled,sparse' })
  })
})
