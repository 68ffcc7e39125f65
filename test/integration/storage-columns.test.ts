import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type CandleColumns, COLUMN_NAMES } from '../../src/core/storage/candle-columns.js'
import { columnFileOf } from '../../src/core/storage/column-cache.js'
import { openReader } from '../../src/core/storage/reader.js'
import { bar, bars, history, START, temporaryFolder } from '../support/storage.js'

const SERIES = { source: 'binance', cryptocurrency: 'bitcoin', interval: '1m' }
const COUNT = 120_000
const MINUTE = 60_000
const folder = temporaryFolder()
const file = folder.file('data/crypto_data.db')
const cache = columnFileOf(file, 1, SERIES)

beforeAll(() => {
  const writer = history(file)
  writer.upsertCandles(bars(COUNT))
  writer.upsertCandles([bar(COUNT - 1, { volume: null })])
  writer.close()
})
beforeEach(() => rmSync(path.dirname(cache), { recursive: true, force: true }))
afterAll(() => folder.remove())

/** Comparing arrays one by one takes seconds. */
function sameBytes(a: CandleColumns, b: CandleColumns): boolean {
  return COLUMN_NAMES.every((name) => Buffer.from(bytesOf(a[name])).equals(bytesOf(b[name])))
}

function bytesOf({ buffer, byteOffset, byteLength }: Float64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

function columns(from?: number, to?: number): CandleColumns {
  const reader = openReader(file)
  try {
    return reader.candleColumns(SERIES, from, to)
  } finally {
    reader.close()
  }
}

describe('a long series as columns', () => {
  it('holds every bar in order, an unknown volume as NaN, cold and warm alike', () => {
    const cold = columns()
    expect(existsSync(cache)).toBe(true)
    const warm = columns()
    expect(sameBytes(warm, cold)).toBe(true)
    expect(cold.timestamp).toHaveLength(COUNT)
    const { timestamp, open, high, low, close, volume } = bar(77_777)
    const at = 77_777
    expect([cold.timestamp[at], cold.open[at], cold.high[at], cold.low[at], cold.close[at], cold.volume[at]]).toEqual([
      timestamp,
      open,
      high,
      low,
      close,
      volume,
    ])
    expect(cold.volume.at(-1)).toBeNaN()
  })

  it('is cut half open, and a short span needs no file', () => {
    expect([...columns(START + 5 * MINUTE, START + 8 * MINUTE).timestamp]).toEqual([5, 6, 7].map((at) => START + at * MINUTE))
    expect(columns(START + 5 * MINUTE, START + 5 * MINUTE).close).toHaveLength(0)
    expect(existsSync(cache)).toBe(false)
    columns()
    expect([...columns(START - MINUTE, START + 110_000 * MINUTE).timestamp.subarray(-1)]).toEqual([START + 109_999 * MINUTE])
  })
})

describe('the file of columns is never believed for other bars than the stored ones', () => {
  it.each([
    ['a bar was written again with another close', () => change({ close: 86788 }), 86788],
    ['a bar was changed by hand', () => sql(`UPDATE candles SET close = 86789 WHERE timestamp = ${START}`), 86789],
    ['the first bar was deleted by hand', () => sql(`DELETE FROM candles WHERE timestamp = ${START}`), bar(1).close],
  ])('when %s', (_name, act, close) => {
    columns()
    act()
    expect(columns().close[0]).toBe(close)
  })

  it.each([
    ['damaged in the middle', (bytes: Buffer) => bytes.fill(0, 500_000, 500_008)],
    ['cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length - 8)],
    ['empty', () => Buffer.alloc(0)],
    ['of something else', (bytes: Buffer) => bytes.fill('x')],
  ])('when it is %s: the rows are read and the file is made anew', (_name, damage) => {
    const whole = columns()
    writeFileSync(cache, damage(readFileSync(cache)))
    expect(sameBytes(columns(), whole)).toBe(true)
    const { size } = statSync(cache)
    expect(size).toBe(64 + whole.timestamp.length * 48)
    expect(sameBytes(columns(), whole)).toBe(true)
  })

  it('cannot be written: the bars come all the same', () => {
    const folderOfCaches = path.dirname(path.dirname(cache))
    rmSync(folderOfCaches, { recursive: true, force: true })
    writeFileSync(folderOfCaches, 'a file where the folder should be')
    expect(columns().close.length).toBeGreaterThan(100_000)
    rmSync(folderOfCaches)
  })

  it('leaves nothing behind of a program that was killed while writing it', () => {
    columns()
    mkdirSync(`${cache}.killed`)
    writeFileSync(`${cache}.killed/new`, 'half')
    rmSync(cache)
    columns()
    expect(readdirSync(path.dirname(cache))).toEqual([path.basename(cache)])
  })
})

function change(changes: Parameters<typeof bar>[1]): void {
  const writer = history(file)
  writer.upsertCandles([bar(0, changes)])
  writer.close()
}

function sql(text: string): void {
  const db = new Database(file)
  db.exec(text)
  db.close()
}
