import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { printRows } from '../../src/core/cli/output/rows.js'
import { MtsError } from '../../src/core/errors.js'
import { exportRows } from '../../src/core/storage/archive/export.js'
import { openHistory } from '../../src/core/storage/history.js'
import type { CandleRow, FundingRow, MacroRow, MacroVintageRow, TableName } from '../../src/core/storage/rows.js'
import { NOW, openImport } from '../support/import.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const signal = new AbortController().signal

const price = fc.double({ min: 1e-6, max: 1e6, noNaN: true, noDefaultInfinity: true }).map((value) => Number(value.toPrecision(12)))
const bar = fc
  .record({
    source: fc.constantFrom('binance', 'binance-spot', 'elsewhere'),
    cryptocurrency: fc.constantFrom('bitcoin', 'ethereum', 'some-other-coin'),
    interval: fc.constantFrom('1m', '1h', '8h', '1d', '1w'),
    week: fc.integer({ min: 1700, max: 2900 }),
    prices: fc.tuple(price, price, price, price),
    volume: fc.option(price),
    quality: fc.constantFrom('', 'sampled', 'sampled,synthetic', 'partial'),
  })
  .map(({ week, prices, ...rest }): CandleRow => {
    const [open = 1, close = 1] = prices
    return { ...rest, timestamp: week * 7 * DAY + 4 * DAY, open, high: Math.max(...prices), low: Math.min(...prices), close }
  })
const day = fc.integer({ min: -20_000, max: 20_700 }).map((days) => new Date(days * DAY).toISOString().slice(0, 10))
const value = fc.option(fc.double({ min: -1e9, max: 1e9, noNaN: true }))
const moment = fc.integer({ min: Date.UTC(1980, 0), max: NOW })
const macro: fc.Arbitrary<MacroRow> = fc.record({
  indicator: fc.constantFrom('VIX', 'DXY', 'CPI', 'MY_OWN'),
  date: day,
  value,
  isInterpolated: fc.boolean(),
  isForwardFilled: fc.boolean(),
  availableAt: moment,
  quality: fc.constant(''),
})
const vintage: fc.Arbitrary<MacroVintageRow> = fc.record({
  indicator: fc.constantFrom('CPI', 'MY_OWN'),
  date: day,
  availableAt: moment,
  value,
})
const rate = fc.double({ min: -0.9, max: 0.9, noNaN: true }).map((each) => each / 1000)
const funding: fc.Arbitrary<FundingRow> = fc.record({
  exchange: fc.constantFrom('binance', 'bybit', 'elsewhere'),
  symbol: fc.constantFrom('BTCUSDT', 'ETHUSDT', '1000PEPEUSDT'),
  timestamp: fc.integer({ min: 1600, max: 2500 }).map((week) => week * 7 * DAY),
  kind: fc.constantFrom('settled' as const, 'estimated' as const, 'special' as const),
  fundingRate: rate,
  predictedRate: fc.option(rate),
  fundingTime: fc.option(moment),
  intervalHours: fc.constantFrom(1, 4, 8),
  metadata: fc.option(fc.record({ mark_price: price, note: fc.constantFrom('a "quoted", one', 'plain', 'line\nbreak') })),
})

/** What the database has, keyed and ordered, without the time of writing. */
async function roundTrip(table: TableName, fill: (history: ReturnType<typeof openHistory>) => void, form: 'csv' | 'ndjson') {
  const [from, to] = [await openImport(), await openImport()]
  try {
    const database = from.path('own.db')
    const history = openHistory({ path: database, clock: { now: () => NOW }, programVersion: '1.2.3' })
    fill(history)
    history.close()
    const file = to.path(`rows.${form}`)
    const stream = createWriteStream(file)
    const settings = { command: '', format: form, fields: undefined, stdout: stream, note: () => undefined } as const
    const options = { database, directory: from.path('archive'), signal }
    const rows = await exportRows(options, { table }, (result) => printRows(result, settings, signal))
    stream.end()
    await finished(stream)
    const report = await to.file(file)
    expect([report.rowsRead, report.refused]).toEqual([rows, 0])
    expect(report.series.reduce((sum, { stored }) => sum + (stored ?? 0), 0)).toBe(rows)
    expect((await to.file(file)).series.every(({ stored, updated }) => stored === 0 && updated === 0)).toBe(true)
    return { before: await told(database, table), after: await told(to.path('crypto_data.db'), table) }
  } finally {
    from.close()
    to.close()
  }
}

async function told(database: string, table: TableName): Promise<unknown[]> {
  const { default: Database } = await import('better-sqlite3')
  const db = new Database(database, { readonly: true })
  const rows = db.prepare(`SELECT * FROM ${table}`).all() as Record<string, unknown>[]
  db.close()
  return rows.map(({ created_at: _, ...row }) => JSON.stringify(row)).sort()
}

describe('what is exported and imported again', () => {
  const form = fc.constantFrom('csv' as const, 'ndjson' as const)
  const check = <Row>(
    table: TableName,
    row: fc.Arbitrary<Row>,
    fill: (history: ReturnType<typeof openHistory>, rows: Row[]) => void,
  ) =>
    fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 40 }), form, async (rows, as) => {
        const { before, after } = await roundTrip(table, (history) => fill(history, rows), as)
        expect(after).toEqual(before)
      }),
      { numRuns: 6 },
    )

  it('is the same: candles', () => check('crypto_ohlcv', bar, (history, rows) => history.upsertCandles(rows)))
  it('is the same: macro series', () => check('macro_indicators', macro, (history, rows) => history.upsertMacro(rows)))
  it('is the same: vintages', () => check('macro_vintages', vintage, (history, rows) => history.upsertVintages(rows)))
  it('is the same: funding rates', () => check('funding_rates', funding, (history, rows) => history.upsertFunding(rows)))
})

describe('any file', () => {
  const cell = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom(
        'open',
        'High',
        'LOW',
        'close',
        'Volume BTC',
        'date',
        'unix',
        'symbol',
        'value',
        'funding rate',
        'VIXCLS',
      ),
    },
    {
      weight: 4,
      arbitrary: fc.constantFrom(
        '2021-03-01',
        '03/04/2021',
        '1609286400000',
        '1609286400.0',
        '20210301 00:00',
        'Mar 1, 2021',
        '24:61',
      ),
    },
    { weight: 4, arbitrary: fc.constantFrom('1', '1,5', '1.234,5', '-3', '0.01%', 'NaN', '.', '', '1e400', '45K', 'BTC/USDT') },
    fc.string({ maxLength: 8, unit: 'binary' }),
    fc.constantFrom('"', '""', '"a', 'a"b', '\u0000', '{', '[', ','),
  )
  const text = fc.oneof(
    fc
      .tuple(
        fc.array(fc.array(cell, { minLength: 1, maxLength: 7 }), { maxLength: 30 }),
        fc.constantFrom(',', ';', '\t', '|'),
        fc.constantFrom('\n', '\r\n', '\r'),
      )
      .map(([rows, delimiter, end]) => rows.map((cells) => cells.join(delimiter)).join(end)),
    fc.json(),
    fc.string({ maxLength: 300, unit: 'binary' }),
  )

  it('is imported or refused with a reason that the user can act on, and never half', async () => {
    const place = await openImport()
    await fc.assert(
      fc.asyncProperty(text, fc.constantFrom('kraken_BTCUSD.csv', 'x.csv', 'VIX.json'), async (content, name) => {
        const seen = place.refused.length
        try {
          const report = await place.text(name, content, { source: 'kraken', coin: 'btc' })
          const kept = report.series.reduce((sum, { rows, missing, kind }) => sum + rows + (kind === 'macro' ? 0 : missing), 0)
          expect(report.series.length > 1 || report.kinds.length > 1 || report.refused + kept === report.rowsRead).toBe(true)
          expect(place.refused.length - seen).toBe(report.quarantined)
        } catch (error) {
          if (!(error instanceof MtsError)) throw error
          expect([error.code, error.exitCode, error.suggestions.length]).toEqual([error.code, 65, expect.any(Number)])
          expect(error.suggestions.length).toBeGreaterThan(0)
        }
      }),
      { numRuns: 400 },
    )
    place.close()
  })
})
