import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, statSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { VirtualClock } from '../../src/core/clock.js'
import { openReader } from '../../src/core/storage/reader.js'
import type { CoverageRow, Rows, StreamStatsRow, StreamTable } from '../../src/core/storage/rows.js'
import { largeTrade, START, sample, spread, temporaryFolder, watchedStore } from '../support/storage.js'

let folder = temporaryFolder()
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => folder.remove())

const PATIENT = { timeout: 10_000 }

function count(file: string, table: string): number {
  const db = new Database(file, { readonly: true })
  const rows = db.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get()
  db.close()
  return rows ?? 0
}

const coverage: CoverageRow = {
  exchange: 'binance',
  symbol: 'BTCUSDT',
  channel: 'book',
  startedAt: START,
  endedAt: null,
  state: 'live',
  detail: '',
}

const stats: StreamStatsRow = {
  minute: START,
  exchange: 'binance',
  symbol: 'BTCUSDT',
  channel: 'book',
  messages: 600,
  errors: 1,
  validShare: 0.998,
  latencyMean: 12.5,
  latencyP50: 11,
  latencyP99: 40,
}

const ROWS: Pick<Rows, StreamTable> = {
  arbitrage_opportunities: {
    id: 'eeb109d613d99e83',
    timestamp: START,
    symbol: 'BTCUSDT',
    type: 'spread',
    exchangeA: 'bybit',
    exchangeB: 'binance',
    priceA: 101_233.1,
    priceB: 101_640.3,
    spreadPercentage: 0.402,
    potentialProfit: 29.47,
    confidence: 0.5,
    symbolB: 'BTCUSDT',
    quantity: 0.098,
    netBps: 29.7,
    closedAt: null,
    closedBy: null,
    lifeMs: null,
    isFeasible: null,
    isPhantom: false,
    metadata: { base: 'BTC' },
  },
  coverage_runs: { run: START * 1000, sealedAt: START + 1_000 },
  signals: {
    id: '9c1f0b7a5d2e4486',
    timestamp: START,
    strategy: 'momentum',
    asset: 'bitcoin',
    signal: 'long',
    strength: 'MODERATE',
    confidence: 0.62,
    positionSize: 0.0185,
    riskLevel: 'LOW',
    expiresAt: null,
    context: { reason: 'up 12 % in 30 bars', fate: 'changed' },
    createdAt: START + 5,
  },
  order_book_samples: { ...sample(1), metadata: { connection: 3 } },
  bid_ask_spreads: spread(1, { quality: 'resync,stale' }),
  funding_rates: {
    exchange: 'bybit',
    symbol: 'ETHUSDT',
    timestamp: START,
    kind: 'estimated',
    fundingRate: -0.0000125,
    predictedRate: null,
    fundingTime: START + 28_800_000,
    intervalHours: 8,
    metadata: null,
  },
  open_interest: {
    exchange: 'bybit',
    symbol: 'ETHUSDT',
    timestamp: START,
    openInterest: 123456.789,
    openInterestUsd: 4.2e8,
    metadata: null,
  },
  large_trades: largeTrade(1, { isLiquidation: true, side: 'sell', metadata: { liquidated: 'long' } }),
  coverage,
  stream_stats: stats,
}

describe('what is written', () => {
  it('comes back as it was, from every table', async () => {
    const file = folder.file('a.db')
    const { store, losses } = await watchedStore(file)
    for (const table of Object.keys(ROWS) as StreamTable[]) store.write(table, ROWS[table])
    await store.flush()
    const reader = openReader(file)
    const { coverage_runs: _, ...readable } = ROWS
    expect({
      order_book_samples: reader.orderBookSamples()[0],
      bid_ask_spreads: reader.spreads()[0],
      funding_rates: reader.fundingRates()[0],
      open_interest: reader.openInterest()[0],
      large_trades: reader.largeTrades()[0],
      arbitrage_opportunities: reader.opportunities()[0],
      signals: reader.signals()[0],
      coverage: reader.coverage()[0],
      stream_stats: reader.streamStats()[0],
    }).toEqual(readable)
    reader.close()
    await store.close()
    expect(losses.size).toBe(0)
  })

  it('twice is there once, and the first one stays', async () => {
    const file = folder.file('a.db')
    for (let run = 0; run < 2; run++) {
      const { store, losses } = await watchedStore(file)
      for (const table of Object.keys(ROWS) as StreamTable[]) {
        store.write(table, ROWS[table])
        store.write(table, ROWS[table])
      }
      store.write('bid_ask_spreads', spread(1, { bidPrice: 1 }))
      await store.close()
      expect(losses.size).toBe(0)
    }
    for (const table of Object.keys(ROWS)) expect(count(file, table)).toBe(1)
    const reader = openReader(file)
    expect(reader.spreads()[0]?.bidPrice).toBe(99.5)
    reader.close()
  })

  it('of coverage and statistics is brought up to date', async () => {
    const file = folder.file('a.db')
    const { store } = await watchedStore(file)
    store.write('coverage', coverage)
    store.write('coverage', { ...coverage, endedAt: START + 5000, state: 'gap', detail: 'ids 7..9' })
    store.write('stream_stats', stats)
    store.write('stream_stats', { ...stats, messages: 700, latencyP99: null })
    await store.close()
    const reader = openReader(file)
    expect(reader.coverage()).toEqual([{ ...coverage, endedAt: START + 5000, state: 'gap', detail: 'ids 7..9' }])
    expect(reader.streamStats()).toEqual([{ ...stats, messages: 700, latencyP99: null }])
    reader.close()
  })

  it('of coverage and left open by a crash reaches as far as its run told, not into the next row, and the next run ends it', async () => {
    const file = folder.file('a.db')
    const now = Date.now()
    const at = (second: number) => now + second * 1000
    const row = (startedAt: number, run: number | null, rest: Partial<CoverageRow> = {}) =>
      ({ ...coverage, startedAt, endedAt: startedAt, run, ...rest }) satisfies CoverageRow
    const { store } = await watchedStore(file)
    const rows = [
      row(at(-900), 1, { state: 'gap' }),
      row(at(-800), 1),
      row(at(-700), 2, { channel: 'trades' }),
      row(at(-600), null, { channel: 'ticker', endedAt: at(-500) }),
    ]
    for (const each of rows) store.write('coverage', each)
    store.write('coverage_runs', { run: 1, sealedAt: at(-300) })
    store.write('coverage_runs', { run: 2, sealedAt: at(-10) })
    await store.close()
    const told = () => {
      const reader = openReader(file)
      const found = reader.coverage({ since: at(-1000) }).map(({ startedAt, endedAt }) => [startedAt, endedAt])
      const series = reader.coverageSeries().map(({ channel, lastAt }) => [channel, lastAt])
      reader.close()
      return { found, series }
    }
    const expected = {
      found: [
        [at(-600), at(-500)],
        [at(-700), at(-10)],
        [at(-800), at(-300)],
        [at(-900), at(-800)],
      ],
      series: [
        ['book', at(-300)],
        ['ticker', at(-500)],
        ['trades', at(-10)],
      ],
    }
    expect(told()).toEqual(expected)
    await (await watchedStore(file)).store.close()
    expect(told()).toEqual(expected)
    const db = new Database(file, { readonly: true })
    expect(db.prepare('SELECT started_at, ended_at, run FROM coverage ORDER BY started_at').raw().all()).toEqual([
      [at(-900), at(-800), null],
      [at(-800), at(-300), null],
      // Of a run that may still go on.
      [at(-700), at(-700), 2],
      [at(-600), at(-500), null],
    ])
    db.close()
  })

  it('keeps the best 100 levels of a deeper book', async () => {
    const file = folder.file('a.db')
    const { store } = await watchedStore(file)
    store.write('order_book_samples', sample(1, 250))
    await store.close()
    const reader = openReader(file)
    const [row] = reader.orderBookSamples()
    expect(row?.bids).toEqual(sample(1, 250).bids.slice(0, 100))
    expect(row?.asks).toHaveLength(100)
    reader.close()
  })

  it('leaves no WAL behind once closed', async () => {
    const file = folder.file('a.db')
    const { store } = await watchedStore(file)
    for (let row = 0; row < 500; row++) store.write('order_book_samples', sample(row))
    await store.flush()
    expect(existsSync(`${file}-wal`)).toBe(true)
    await store.close()
    expect(existsSync(`${file}-wal`)).toBe(false)
    expect(count(file, 'order_book_samples')).toBe(500)
  })

  it('is stored when a batch is full, or when its time has come', async () => {
    const clock = new VirtualClock(START)
    const { store } = await watchedStore(folder.file('a.db'), { clock, batchSize: 10, batchMs: 250 })
    for (let row = 0; row < 10; row++) store.write('bid_ask_spreads', spread(row))
    await vi.waitFor(() => expect(store.counts.stored).toBe(10), PATIENT)
    for (let row = 10; row < 13; row++) store.write('bid_ask_spreads', spread(row))
    expect(store.counts.bytesInFlight).toBeGreaterThan(0)
    clock.advanceTo((START + 250) * 1000)
    await vi.waitFor(() => expect(store.counts).toMatchObject({ stored: 13, bytesInFlight: 0 }), PATIENT)
    await store.close()
  })
})

describe('what is lost is counted', () => {
  it('when more waits than may: the oldest go, in bytes, and told once a table', async () => {
    const file = folder.file('a.db')
    const { store, losses, failures } = await watchedStore(file, { batchSize: 1_000_000, batchMs: 1e9, maxBytesInFlight: 20_000 })
    for (let row = 0; row < 1000; row++) store.write('order_book_samples', sample(row))
    expect(store.counts.bytesInFlight).toBeLessThanOrEqual(20_000)
    await store.close()
    const kept = count(file, 'order_book_samples')
    expect(kept).toBeGreaterThan(10)
    expect(losses).toEqual(new Map([['order_book_samples overflow', 1000 - kept]]))
    expect(store.counts).toMatchObject({ written: 1000, stored: kept, lost: 1000 - kept })
    const reader = openReader(file)
    expect(reader.orderBookSamples({ limit: 1 })[0]?.timestamp).toBe(sample(999).timestamp)
    reader.close()
    expect(failures).toEqual([])
  })

  it('when the writer is behind: flush still waits for what was handed over', async () => {
    const file = folder.file('a.db')
    const { store, losses } = await watchedStore(file, { batchSize: 100, maxBytesInFlight: 60_000 })
    for (let row = 0; row < 2000; row++) store.write('order_book_samples', sample(row))
    const flushed = store.flush()
    for (let row = 2000; row < 4000; row++) store.write('order_book_samples', sample(row))
    await flushed
    const lost = losses.get('order_book_samples overflow') ?? 0
    expect(lost).toBeGreaterThan(0)
    expect(count(file, 'order_book_samples')).toBeGreaterThanOrEqual(100)
    await store.close()
    const { written, stored, lost: all } = store.counts
    expect(stored + all).toBe(written)
    expect(count(file, 'order_book_samples')).toBe(stored)
  })

  it('when a row breaks a rule: only this row', async () => {
    const file = folder.file('a.db')
    const { store, losses, failures } = await watchedStore(file)
    store.write('bid_ask_spreads', spread(1))
    store.write('bid_ask_spreads', spread(2, { midPrice: Number.NaN }))
    store.write('large_trades', { ...largeTrade(1), side: 'up' as 'buy' })
    store.write('bid_ask_spreads', spread(3))
    await store.close()
    expect(losses).toEqual(
      new Map([
        ['bid_ask_spreads rejected', 1],
        ['large_trades rejected', 1],
      ]),
    )
    expect(count(file, 'bid_ask_spreads')).toBe(2)
    expect(failures).toEqual([])
  })

  it('when it is written after the end', async () => {
    const { store, losses } = await watchedStore(folder.file('a.db'))
    await store.close()
    store.write('bid_ask_spreads', spread(1))
    expect(losses).toEqual(new Map([['bid_ask_spreads closed', 1]]))
    await store.close()
  })
})

describe('when storing becomes impossible', () => {
  it('because the disk is full: it says so once, counts what is lost, and earlier rows stay readable', async () => {
    const file = folder.file('a.db')
    const { store, losses, failures } = await watchedStore(file, { maxFileBytes: 400_000 })
    let acknowledged = 0
    const fill = async (): Promise<void> => {
      for (let row = 0; ; row += 100) {
        for (let each = row; each < row + 100; each++) store.write('order_book_samples', sample(each, 20))
        await store.flush()
        acknowledged = row + 100
      }
    }
    const full = expect.objectContaining({ code: 'STORAGE_FULL', exitCode: 74 })
    await expect(fill()).rejects.toEqual(full)
    store.write('order_book_samples', sample(1_000_000))
    await expect(store.flush()).rejects.toEqual(full)
    await store.close()
    expect(failures).toEqual([full])
    expect(store.failure).toEqual(full)
    expect(acknowledged).toBeGreaterThan(0)
    expect(count(file, 'order_book_samples')).toBe(acknowledged)
    expect(losses).toEqual(new Map([['order_book_samples failure', 101]]))
    const db = new Database(file)
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
    db.close()
  })

  it('because another program keeps it locked: the same', async () => {
    const file = folder.file('a.db')
    const { store, losses, failures } = await watchedStore(file, { busyTimeoutMs: 20 })
    const other = new Database(file)
    other.exec('BEGIN IMMEDIATE')
    store.write('bid_ask_spreads', spread(1))
    await expect(store.flush()).rejects.toMatchObject({ code: 'STORAGE_LOCKED' })
    await store.close()
    other.close()
    expect(failures).toHaveLength(1)
    expect(losses).toEqual(new Map([['bid_ask_spreads failure', 1]]))
  })
})

describe('under load', () => {
  it('a reader that never ends keeps the WAL growing only as long as it reads', async () => {
    const file = folder.file('a.db')
    const { store } = await watchedStore(file, { walLimitBytes: 100_000 })
    const write = async (from: number): Promise<void> => {
      for (let row = from; row < from + 1000; row++) store.write('order_book_samples', sample(row, 20))
      await store.flush()
    }
    await write(0)
    const reader = new Database(file, { readonly: true })
    reader.exec('BEGIN')
    reader.prepare('SELECT count(*) FROM order_book_samples').get()
    await write(1000)
    const held = statSync(`${file}-wal`).size
    reader.exec('COMMIT')
    await write(2000)
    // Emptying follows the answer to the last batch: one more makes sure that it has happened.
    store.write('order_book_samples', sample(3000))
    await store.flush()
    const after = statSync(`${file}-wal`).size
    expect(held).toBeGreaterThan(500_000)
    expect(after).toBeLessThan(100_000)
    reader.close()
    await store.close()
  })

  it('the main thread goes on while the writer waits for a lock, and nothing is lost', async () => {
    const file = folder.file('a.db')
    const { store, losses, failures } = await watchedStore(file, { busyTimeoutMs: 10_000 })
    const other = new Database(file)
    other.exec('BEGIN IMMEDIATE')
    for (let row = 0; row < 1000; row++) {
      store.write('order_book_samples', sample(row))
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(store.counts).toMatchObject({ written: 1000, stored: 0 })
    // A writer on this thread would never have let us come here: the lock is ours.
    other.exec('COMMIT')
    other.close()
    await store.flush()
    expect(store.counts).toMatchObject({ stored: 1000, lost: 0, bytesInFlight: 0 })
    await store.close()
    expect(losses.size + failures.length).toBe(0)
  })

  it('kill -9 leaves a sound database with every row that was acknowledged', async () => {
    const file = folder.file('a.db')
    const script = path.resolve(import.meta.dirname, '../support/storage-child.ts')
    const child = spawn(process.execPath, ['--import', 'tsx', script, 'write', file], { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(child, 'exit')
    let acknowledged = 0
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged = Number(line)
      if (acknowledged >= 1000) child.kill('SIGKILL')
    }
    await ended
    expect(acknowledged).toBeGreaterThanOrEqual(1000)
    const db = new Database(file)
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
    const numbers = db.prepare<[], number>('SELECT timestamp FROM order_book_samples ORDER BY timestamp LIMIT ?').pluck()
    expect(numbers.all(...([acknowledged] as unknown as []))).toEqual(
      Array.from({ length: acknowledged }, (_, row) => sample(row).timestamp),
    )
    db.close()
  })
})
