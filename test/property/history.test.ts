import Database from 'better-sqlite3'
import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import { openReader } from '../../src/core/storage/reader.js'
import type { CandleRow, MacroRow } from '../../src/core/storage/rows.js'
import { bar, history, temporaryFolder } from '../support/storage.js'

const folder = temporaryFolder()
afterAll(() => folder.remove())
let runs = 0

const SOURCES = ['binance', 'coingecko'] as const
/** Few keys and few contents, so that most writes meet a row. */
const candle = fc
  .record({
    source: fc.constantFrom(...SOURCES),
    minute: fc.integer({ min: 0, max: 30 }),
    close: fc.constantFrom(86787, 86788),
    volume: fc.constantFrom(null, 0, 1.5),
    quality: fc.constantFrom('', 'sampled'),
  })
  .map(
    ({ minute, source, close, volume, quality }): CandleRow =>
      bar(minute, { source, open: 86787, close, high: 86800, low: 86700, volume, quality }),
  )
/** Longer than the rows of one statement, at times. */
const calls = fc.array(fc.array(candle, { maxLength: 120 }), { maxLength: 8 })

function keyOf({ source, timestamp }: CandleRow): string {
  return `${source} ${timestamp}`
}

/** What a map would count: rows one after the other. */
function writeTo(model: Map<string, string>, rows: readonly { key: string; content: string }[]) {
  const counts = { inserted: 0, updated: 0, unchanged: 0 }
  for (const { key, content } of rows) {
    const before = model.get(key)
    counts[before === undefined ? 'inserted' : before === content ? 'unchanged' : 'updated'] += 1
    model.set(key, content)
  }
  return counts
}

it('bars written in any order, any number of times, are counted and kept as a map would', () => {
  fc.assert(
    fc.property(calls, (batches) => {
      runs += 1
      const file = folder.file(`${runs}.db`)
      const writer = history(file)
      const model = new Map<string, string>()
      for (const rows of batches) {
        const expected = writeTo(
          model,
          rows.map((row) => ({ key: keyOf(row), content: JSON.stringify(row) })),
        )
        expect(writer.upsertCandles(rows)).toEqual(expected)
      }
      writer.close()
      const reader = openReader(file)
      const stored = reader.candles({ limit: Number.POSITIVE_INFINITY })
      const contents = stored.map(({ dateStr: _date, createdAt: _at, ...row }): [string, string] => [
        keyOf(row),
        JSON.stringify({ ...bar(0), ...row }),
      ])
      expect(new Map(contents)).toEqual(model)
      for (const source of SOURCES)
        checkSeries(
          reader,
          source,
          stored.filter((row) => row.source === source),
        )
      reader.close()
    }),
    { numRuns: 60 },
  )
})

function checkSeries(reader: ReturnType<typeof openReader>, source: string, rows: readonly CandleRow[]): void {
  const times = rows.map(({ timestamp }) => timestamp).sort((a, b) => a - b)
  const series = { source, cryptocurrency: 'bitcoin', interval: '1m' }
  const columns = reader.candleColumns(series)
  expect([...columns.timestamp]).toEqual(times)
  expect([...columns.volume].map((value) => (Number.isNaN(value) ? null : value))).toEqual(
    times.map((time) => rows.find(({ timestamp }) => timestamp === time)?.volume),
  )
  const steps = times.slice(1).map((time, at) => Math.round((time - (times[at] ?? time)) / 60_000) - 1)
  const holes = { holes: steps.filter((step) => step > 0).length, missing: steps.reduce((sum, step) => sum + step, 0) }
  const [facts] = reader.candleFacts({ sources: [source] })
  if (rows.length > 0) expect(facts).toMatchObject({ rows: rows.length, first: times[0], last: times.at(-1), ...holes })
  else expect(facts).toBeUndefined()
}

const observation = fc
  .record({ day: fc.integer({ min: 1, max: 9 }), value: fc.constantFrom(null, 1, 2), late: fc.integer({ min: 0, max: 3 }) })
  .map(({ day, value, late }): MacroRow => {
    const date = `2026-01-0${day}`
    const availableAt = Date.parse(date) + late * 86_400_000
    return { indicator: 'VIX', date, value, isInterpolated: false, isForwardFilled: value === 2, availableAt, quality: '' }
  })

it('a bar never sees a macro value before its time, and always the newest one of that time', () => {
  fc.assert(
    fc.property(fc.array(observation, { maxLength: 30 }), fc.integer({ min: 0, max: 240 }), (rows, hour) => {
      runs += 1
      const file = folder.file(`${runs}.db`)
      const writer = history(file)
      const close = Date.parse('2026-01-01') + hour * 3_600_000
      writer.upsertCandles([bar(0, { interval: '1h', timestamp: close - 3_600_000 })])
      const model = new Map<string, string>()
      const keyed = rows.map((row) => ({ key: row.date, content: JSON.stringify(row) }))
      expect(writer.upsertMacro(rows)).toEqual(writeTo(model, keyed))
      writer.close()
      const known = [...model.values()]
        .map((text) => JSON.parse(text) as MacroRow)
        .filter(({ availableAt, value, date }) => availableAt <= close && value !== null && Date.parse(date) <= close)
        .sort((a, b) => (a.date < b.date ? 1 : -1))
      expect(macroOf(file)).toEqual(rows.length === 0 ? {} : { VIX: known[0]?.value ?? null })
    }),
    { numRuns: 60 },
  )
})

function macroOf(file: string): unknown {
  const db = new Database(file, { readonly: true })
  try {
    return JSON.parse(String(db.prepare('SELECT macro FROM crypto_macro').pluck().get()))
  } finally {
    db.close()
  }
}
