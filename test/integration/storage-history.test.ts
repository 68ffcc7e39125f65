import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { VirtualClock } from '../../src/core/clock.js'
import { openReader } from '../../src/core/storage/reader.js'
import { needs } from '../support/require.js'
import { bar, bars, HISTORY_BATCH, history, START, temporaryFolder } from '../support/storage.js'

const SERIES = { source: 'binance', cryptocurrency: 'bitcoin', interval: '1m' }
const DAY = 86_400_000

let folder = temporaryFolder()
let file = ''
beforeEach(() => {
  folder = temporaryFolder()
  file = folder.file('data/crypto_data.db')
})
afterEach(() => folder.remove())

function rowsOf(sql: string): unknown[] {
  const db = new Database(file, { readonly: true })
  try {
    return db.prepare(sql).all()
  } finally {
    db.close()
  }
}

describe('bars written again', () => {
  it('are counted as inserted, updated and unchanged, also within one call', () => {
    const writer = history(file)
    expect(writer.upsertCandles(bars(120))).toEqual({ inserted: 120, updated: 0, unchanged: 0 })
    expect(writer.upsertCandles([...bars(119), bar(119, { close: 86790 }), bar(120)])).toEqual({
      inserted: 1,
      updated: 1,
      unchanged: 119,
    })
    expect(writer.upsertCandles([bar(200), bar(200, { volume: null }), bar(200, { volume: null })])).toEqual({
      inserted: 1,
      updated: 1,
      unchanged: 1,
    })
    expect(writer.candleSpan(SERIES)).toEqual({ first: START, last: START + 200 * 60_000, rows: 122 })
    writer.close()
  })

  it('keep the time of their storing while they stay the same', () => {
    const clock = new VirtualClock(START)
    const writer = history(file, { clock })
    writer.upsertCandles(bars(3))
    clock.advanceTo((START + 5000) * 1000)
    writer.upsertCandles([bar(0), bar(1, { quality: 'revised' })])
    writer.close()
    const stored = rowsOf('SELECT created_at, quality FROM crypto_ohlcv ORDER BY timestamp')
    expect(stored).toEqual([
      { created_at: START, quality: '' },
      { created_at: START + 5000, quality: 'revised' },
      { created_at: START, quality: '' },
    ])
  })

  it('are refused whole when one of them is no bar: nothing of the call is stored', () => {
    const writer = history(file)
    for (const wrong of [{ high: 1, low: 2 }, { close: Number.NaN }, { open: Number.POSITIVE_INFINITY }, { timestamp: 1.5 }]) {
      expect(() => writer.upsertCandles([bar(0), bar(1, wrong)])).toThrow(expect.objectContaining({ code: 'BUG' }))
    }
    expect(writer.candleSpan(SERIES).rows).toBe(0)
    writer.close()
  })
})

describe('a bar among what was known', () => {
  const hour = { interval: '1h', timestamp: START }
  const macro = { isInterpolated: false, isForwardFilled: false, quality: '' }

  it('sees the newest observation published by its close, in the wording of that time', () => {
    const writer = history(file)
    writer.upsertCandles([0, 1, 2, 3].map((at) => bar(0, { ...hour, timestamp: START + at * 3_600_000 })))
    writer.upsertMacro([
      { indicator: 'VIX', date: '2026-01-01', value: 17, ...macro, availableAt: START + 2 * 3_600_000 },
      { indicator: 'VIX', date: '2025-12-31', value: 16, ...macro, availableAt: START - DAY },
      { indicator: 'VIX', date: '2026-01-02', value: null, ...macro, availableAt: START },
      { indicator: 'GDP', date: '2025-10-01', value: 9, ...macro, availableAt: START - DAY },
      { indicator: 'DFF', date: '2026-01-02', value: 4, ...macro, availableAt: START + 9 * 3_600_000 },
    ])
    writer.upsertVintages([
      { indicator: 'GDP', date: '2025-10-01', availableAt: START, value: 1 },
      { indicator: 'GDP', date: '2025-10-01', availableAt: START + 3 * 3_600_000, value: 2 },
    ])
    writer.close()
    const seen = rowsOf('SELECT macro FROM crypto_macro ORDER BY timestamp') as { macro: string }[]
    expect(seen.map(({ macro: text }) => JSON.parse(text) as unknown)).toEqual([
      { DFF: null, GDP: 1, VIX: 16 },
      { DFF: null, GDP: 1, VIX: 17 },
      { DFF: null, GDP: 2, VIX: 17 },
      { DFF: null, GDP: 2, VIX: 17 },
    ])
  })
})

needs('sqlite3')('a plain sqlite3 client', () => {
  it('reads bars and what was known of them', () => {
    const writer = history(file)
    writer.upsertCandles(bars(2))
    writer.close()
    const { stdout } = spawnSync('sqlite3', [
      file,
      'SELECT source, cryptocurrency, date_str, close, macro FROM crypto_macro LIMIT 1',
    ])
    expect(String(stdout)).toBe('binance|bitcoin|2026-01-02|86787.1|{}\n')
  })
})

describe('holes that the source confirmed', () => {
  it('stay until a bar is stored there, and are told apart in what is missing', () => {
    const writer = history(file)
    writer.upsertCandles(bars(100).filter((_, at) => at < 10 || (at >= 20 && at < 30) || at >= 35))
    const hole = { from: START + 10 * 60_000, to: START + 20 * 60_000 }
    writer.confirmHoles(SERIES, [hole])
    expect(writer.confirmedHoles(SERIES, START, START + DAY)).toEqual([hole])
    const reader = openReader(file)
    expect(reader.candleFacts()).toMatchObject([{ rows: 85, holes: 2, missing: 15, confirmed: 10 }])
    writer.upsertCandles(bars(12))
    expect(writer.confirmedHoles(SERIES, START, START + DAY)).toEqual([])
    expect(reader.candleFacts()).toMatchObject([{ rows: 87, holes: 2, missing: 13, confirmed: 0 }])
    reader.close()
    writer.close()
  })

  it('are found where bars stand off the grid as well, and a bar that comes a little late leaves none', () => {
    const writer = history(file)
    const minutes = [0, 1.2, 2, 2.5, 4, 7]
    writer.upsertCandles(minutes.map((at) => bar(0, { timestamp: START + at * 60_000 })))
    writer.close()
    const reader = openReader(file)
    expect(reader.candleFacts()).toMatchObject([{ rows: 6, holes: 2, missing: 3 }])
    reader.close()
  })
})

describe('when it ends in the middle', () => {
  it('kill -9 leaves whole transactions, and every one that was acknowledged', async () => {
    const script = path.resolve(import.meta.dirname, '../support/storage-child.ts')
    const child = spawn(process.execPath, ['--import', 'tsx', script, 'history', file], { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(child, 'exit')
    let acknowledged = 0
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged = Number(line)
      if (acknowledged >= 20 * HISTORY_BATCH) child.kill('SIGKILL')
    }
    await ended
    const writer = history(file)
    const { rows } = writer.candleSpan(SERIES)
    expect(rows).toBeGreaterThanOrEqual(acknowledged)
    expect(rows % HISTORY_BATCH).toBe(0)
    expect(writer.upsertCandles(bars(rows))).toEqual({ inserted: 0, updated: 0, unchanged: rows })
    writer.close()
    expect(rowsOf('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
  })

  it('a full disk undoes the call that met it, says so, and what was stored stays', () => {
    const writer = history(file, { maxFileBytes: 400_000 })
    let stored = 0
    const fill = (): void => {
      for (;;) {
        writer.upsertCandles(Array.from({ length: HISTORY_BATCH }, (_, at) => bar(stored + at)))
        stored += HISTORY_BATCH
      }
    }
    expect(fill).toThrow(expect.objectContaining({ code: 'STORAGE_FULL', exitCode: 74 }))
    expect(stored).toBeGreaterThan(0)
    expect(writer.candleSpan(SERIES).rows).toBe(stored)
    writer.close()
    expect(rowsOf('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }])
  })
})
