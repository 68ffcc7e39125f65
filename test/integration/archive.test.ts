import {
  appendFileSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FundingRow, SpreadRow } from '../../src/core/storage/rows.js'
import { archive, ask, inDatabase, type Place, plainContentHash, prune, store } from '../support/archive.js'
import { bar, history, largeTrade, START, sample, spread, temporaryFolder } from '../support/storage.js'

const DAY = 86_400_000
/** Long after everything that is stored. */
const LATER = START + 400 * DAY

let folder = temporaryFolder()
let place: Place = { database: '', directory: '' }
beforeEach(() => {
  folder = temporaryFolder()
  place = { database: folder.file('data/crypto_data.db'), directory: folder.file('data/archive') }
})
afterEach(() => folder.remove())

const SPREADS = 'SELECT * FROM bid_ask_spreads ORDER BY exchange, symbol, timestamp'

/** Every file below the archive with its content's time. */
function files(): string[] {
  const names = existsSync(place.directory) ? readdirSync(place.directory, { recursive: true, encoding: 'utf8' }) : []
  return names
    .filter((name) => /\.\w+$/.test(name))
    .map((name) => `${name} ${statSync(path.join(place.directory, name)).mtimeMs}`)
    .sort()
}

function fileOf(table: string): string {
  const [name = ''] = files().filter((each) => each.startsWith(table) && each.includes('.parquet'))
  return path.join(place.directory, name.replace(/ [\d.]+$/, ''))
}

interface Listed {
  readonly partitions: readonly {
    readonly name: string
    readonly file: string
    readonly rows: number
    readonly version: number
    readonly hash: string
  }[]
}

function manifestOf(table: string): Listed['partitions'] {
  const folderOf = path.dirname(fileOf(table))
  return (JSON.parse(readFileSync(path.join(folderOf, 'manifest.json'), 'utf8')) as Listed).partitions
}

describe('the archive', () => {
  it('gives back every bit of every table, once the database has the rows no more', async () => {
    const number = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer({ min: -1e9, max: 1e9 }).map((value) => value / 10 ** (Math.abs(value) % 9)),
    )
    const numbers = fc.sample(number, { numRuns: 400, seed: 7 })
    const at = (i: number): number => numbers[i % numbers.length] ?? 0
    store(
      place,
      'bid_ask_spreads',
      Array.from({ length: 300 }, (_, i) =>
        spread(i * 1000, { bidPrice: at(i), askPrice: at(i + 1), midPrice: (at(i) + at(i + 1)) / 2 }),
      ),
    )
    store(place, 'order_book_samples', [
      ...Array.from({ length: 50 }, (_, i) => sample(i, 20)),
      { ...sample(60), symbol: 'A/B', bids: [], asks: [[1e-7, 123456789012345]], metadata: { note: "it's", list: [1, null] } },
    ])
    const funding = (i: number): FundingRow => ({
      exchange: 'bybit',
      symbol: 'BTCUSDT',
      timestamp: START + i * 8 * 3_600_000,
      kind: i % 2 === 0 ? 'settled' : 'estimated',
      fundingRate: at(i) / 1e12,
      predictedRate: i % 3 === 0 ? null : 0.0001,
      fundingTime: null,
      intervalHours: 8,
      metadata: null,
    })
    store(
      place,
      'funding_rates',
      Array.from({ length: 200 }, (_, i) => funding(i)),
    )
    store(
      place,
      'large_trades',
      Array.from({ length: 30 }, (_, i) => largeTrade(i, { isLiquidation: i % 2 === 0 })),
    )
    // As somebody else may have written it: not the text that JSON.stringify would give.
    inDatabase(place, `INSERT INTO order_book_samples VALUES ('x', 'y', ${START}, NULL, '[[1.0, 2]]', 'no levels', '{ }')`)

    const shown = {
      bid_ask_spreads: 'SELECT * FROM bid_ask_spreads ORDER BY exchange, symbol, timestamp',
      funding_rates: 'SELECT * FROM funding_rates ORDER BY exchange, symbol, timestamp, kind',
    }
    const before = Object.values(shown).map((sql) => inDatabase(place, sql))
    const books = (await ask(place, 'FROM order_book_samples ORDER BY ALL')).rows
    const trades = (await ask(place, 'FROM large_trades ORDER BY ALL')).rows
    expect((await archive(place, LATER)).failures).toEqual([])
    await prune(place, LATER)
    inDatabase(place, "DELETE FROM funding_rates WHERE kind = 'settled'")
    for (const table of ['bid_ask_spreads', 'funding_rates', 'order_book_samples', 'large_trades'])
      expect(inDatabase(place, `SELECT count(*) FROM ${table}`)).toEqual([[0]])

    expect(await Promise.all(Object.values(shown).map(async (sql) => (await ask(place, sql)).rows))).toEqual(before)
    expect((await ask(place, 'FROM order_book_samples ORDER BY ALL')).rows).toEqual(books)
    expect((await ask(place, 'FROM large_trades ORDER BY ALL')).rows).toEqual(trades)
    expect((await archive(place, LATER, { isVerifying: true })).failures).toEqual([])
  })

  it('lists each file with a hash that anybody can compute from the database', async () => {
    store(
      place,
      'bid_ask_spreads',
      [0, 1, 2].map((i) => spread(i, { midPrice: 100.1 + i / 3 })),
    )
    const expected = plainContentHash(place, 'bid_ask_spreads', 'true')
    await archive(place, LATER)
    expect(manifestOf('bid_ask_spreads')).toMatchObject([{ name: '2026-01-02', rows: 3, version: 1, hash: expected }])
  })

  it('changes nothing when it runs again', async () => {
    store(
      place,
      'bid_ask_spreads',
      [0, 1, 2].map((i) => spread(i)),
    )
    await archive(place, LATER)
    const first = files()
    expect(first.length).toBe(2)
    const again = await archive(place, LATER)
    expect(again.written).toEqual([])
    expect(files()).toEqual(first)
  })

  it('leaves a day alone until it is over, unless asked for what there is', async () => {
    store(place, 'bid_ask_spreads', [spread(0)])
    const early = await archive(place, START + DAY)
    expect(early.tables.find(({ table }) => table === 'bid_ask_spreads')).toMatchObject({ files: 0, open: 1 })
    await archive(place, START + DAY, { isPartial: true })
    expect(manifestOf('bid_ask_spreads')).toMatchObject([{ rows: 1, version: 1 }])
    store(place, 'bid_ask_spreads', [spread(1)])
    await archive(place, START + DAY + 3_600_000)
    expect(manifestOf('bid_ask_spreads')).toMatchObject([{ rows: 2, version: 2 }])
  })

  it('puts rows that came late, or changed, into a new version that has the old ones too', async () => {
    store(
      place,
      'bid_ask_spreads',
      [0, 1, 2].map((i) => spread(i)),
    )
    await archive(place, LATER)
    await prune(place, LATER)
    store(place, 'bid_ask_spreads', [spread(1, { bidPrice: 42 }), spread(7)])
    expect((await ask(place, SPREADS)).rows.map(([, , time, bid]) => [time, bid])).toEqual([
      [START, 99.5],
      [START + 1000, 42],
      [START + 2000, 99.5],
      [START + 7000, 99.5],
    ])
    await archive(place, LATER)
    expect(manifestOf('bid_ask_spreads')).toMatchObject([{ rows: 4, version: 2 }])
    await prune(place, LATER)
    expect((await ask(place, SPREADS)).rows.map(([, , , bid]) => bid)).toEqual([99.5, 42, 99.5, 99.5])
  })

  it('takes away what a killed run left, and never lists it', async () => {
    store(place, 'bid_ask_spreads', [spread(0)])
    await archive(place, LATER)
    const folderOf = path.dirname(fileOf('bid_ask_spreads'))
    for (const name of ['2026-01-03-abc.parquet.tmp', '2026-01-03-abc.parquet'])
      writeFileSync(path.join(folderOf, name), 'PAR1 half')
    expect((await ask(place, 'SELECT count(*) FROM bid_ask_spreads')).rows).toEqual([[1]])
    await archive(place, LATER)
    expect(readdirSync(folderOf).length).toBe(2)
  })
})

describe('a damaged archive', () => {
  beforeEach(async () => {
    store(
      place,
      'bid_ask_spreads',
      Array.from({ length: 2000 }, (_, i) => spread(i, { midPrice: Math.sqrt(i) })),
    )
    store(place, 'bid_ask_spreads', [spread(0, { symbol: 'ETHUSDT' })])
    await archive(place, LATER)
  })

  it('is named by a query, which gives the rest', async () => {
    await prune(place, LATER)
    rmSync(fileOf('bid_ask_spreads'))
    const { rows, failures } = await ask(place, 'SELECT symbol, count(*) FROM bid_ask_spreads GROUP BY ALL')
    expect(rows).toEqual([['ETHUSDT', 1]])
    expect(failures).toEqual([expect.stringMatching(/2026-01-02-\w+\.parquet .* is missing: its 2000 rows are not in the result/)])
  })

  it('is noticed also where a file was only cut off or made longer', async () => {
    for (const spoil of [
      () => truncateSync(fileOf('bid_ask_spreads'), 100),
      () => appendFileSync(fileOf('bid_ask_spreads'), 'x'),
    ]) {
      spoil()
      expect((await ask(place, 'SELECT 1 FROM bid_ask_spreads LIMIT 1')).failures.length).toBe(1)
    }
  })

  /** Flips bits in the middle: size and both ends stay. */
  const flip = (): void => {
    const file = fileOf('bid_ask_spreads')
    const bytes = readFileSync(file)
    for (let i = 400; i < 460; i++) bytes[i] = (bytes[i] ?? 0) ^ 0xff
    writeFileSync(file, bytes)
  }

  it('keeps its rows in the database', async () => {
    flip()
    const report = await prune(place, LATER)
    expect(report.failures.map(({ code }) => code)).toEqual(['STORAGE_ARCHIVE_DAMAGED'])
    expect(inDatabase(place, 'SELECT symbol, count(*) FROM bid_ask_spreads GROUP BY symbol')).toEqual([['BTCUSDT', 2000]])
    expect(report.lines).toMatchObject([
      { outcome: 'kept', why: 'its archived file is damaged', rows: 2000 },
      { outcome: 'deleted', rows: 1 },
    ])
  })

  it('is found by --verify and made again while the database has all of it', async () => {
    flip()
    const report = await archive(place, LATER, { isVerifying: true })
    expect(report).toMatchObject({ failures: [], verified: 1, written: [{ rows: 2000, version: 2 }] })
    expect(await archive(place, LATER, { isVerifying: true })).toMatchObject({ failures: [], verified: 2, written: [] })
  })

  it('is told by --verify where the database has it no more', async () => {
    await prune(place, LATER)
    flip()
    const report = await archive(place, LATER, { isVerifying: true })
    expect(report.failures).toMatchObject([
      { code: 'STORAGE_ARCHIVE_DAMAGED', series: 'bid_ask_spreads binance BTCUSDT 2026-01-02' },
    ])
  })

  it('gives its rows no new hash when late rows come to a file that can be read and is another one', async () => {
    const older = fileOf('bid_ask_spreads')
    store(place, 'bid_ask_spreads', [spread(2000)])
    await archive(place, LATER)
    await prune(place, LATER)
    const newer = path.join(path.dirname(older), manifestOf('bid_ask_spreads')[0]?.file ?? '')
    copyFileSync(older, newer)
    store(place, 'bid_ask_spreads', [spread(2001)])
    const report = await archive(place, LATER)
    expect(report).toMatchObject({ failures: [{ code: 'STORAGE_ARCHIVE_DAMAGED' }], written: [] })
    expect(manifestOf('bid_ask_spreads')).toMatchObject([{ rows: 2001, version: 2 }])
  })

  it('keeps the files of a series whose list is gone, and says so instead of answering without them', async () => {
    await prune(place, LATER)
    rmSync(path.join(path.dirname(fileOf('bid_ask_spreads')), 'manifest.json'))
    const kept = files().filter((name) => name.startsWith('bid_ask_spreads'))
    store(place, 'bid_ask_spreads', [spread(5000)])
    const gone = { code: 'STORAGE_ARCHIVE_MANIFEST', message: expect.stringMatching(/list of the 1 archived files .* is missing/) }
    await expect(archive(place, LATER)).rejects.toMatchObject(gone)
    await expect(prune(place, LATER)).rejects.toMatchObject(gone)
    await expect(ask(place, 'SELECT count(*) FROM bid_ask_spreads')).rejects.toMatchObject(gone)
    expect(files().filter((name) => name.startsWith('bid_ask_spreads'))).toEqual(kept)
  })
})

describe('prune', () => {
  const rows = (): readonly SpreadRow[] => [0, 1, 2].map((day) => spread(day * 86_400))
  const left = (): unknown => inDatabase(place, 'SELECT timestamp FROM bid_ask_spreads ORDER BY timestamp').flat()

  it('deletes only days that ended before the time given and are archived to the last row', async () => {
    store(place, 'bid_ask_spreads', rows())
    await archive(place, START + DAY + 3_600_000)
    await prune(place, START + 2 * DAY)
    expect(left()).toEqual([START + DAY, START + 2 * DAY])
    await archive(place, LATER)
    store(place, 'bid_ask_spreads', [spread(86_400 + 1)])
    const report = await prune(place, START + 2 * DAY)
    expect(report.lines).toMatchObject([
      { outcome: 'kept', why: 'came or changed after it was archived: run mts db archive', rows: 2 },
    ])
    expect(left()).toEqual([START + DAY, START + DAY + 1000, START + 2 * DAY])
  })

  it('changes nothing in a dry run, and says what it would do', async () => {
    store(place, 'bid_ask_spreads', rows())
    await archive(place, LATER)
    expect((await prune(place, LATER, { isDryRun: true })).lines).toMatchObject([
      { outcome: 'would be deleted', rows: 3, partitions: 3 },
    ])
    expect(left()).toHaveLength(3)
  })

  it('keeps candles and coverage, which commands read from the database', async () => {
    store(place, 'coverage', [
      { exchange: 'binance', symbol: 'BTCUSDT', channel: 'book', startedAt: START, endedAt: START + 1, state: 'gap', detail: '' },
    ])
    await archive(place, LATER)
    expect((await prune(place, LATER)).lines).toMatchObject([
      { outcome: 'kept', why: 'commands read it from the database', rows: 1 },
    ])
  })

  it('keeps settled funding rates, which every backtest pays, and lets the estimated ones go', async () => {
    const rate = (i: number, kind: FundingRow['kind']): FundingRow => {
      const none = { predictedRate: null, fundingTime: null, intervalHours: null, metadata: null }
      return { exchange: 'binance', symbol: 'BTCUSDT', timestamp: START + i * 3_600_000, kind, fundingRate: i / 1e6, ...none }
    }
    const all = [rate(0, 'settled'), rate(1, 'estimated'), rate(2, 'estimated'), rate(8, 'settled'), rate(8, 'special')]
    store(place, 'funding_rates', all)
    await archive(place, LATER)
    const { lines } = await prune(place, LATER)
    expect(lines).toMatchObject([
      { table: 'funding_rates', outcome: 'kept', rows: 3 },
      { table: 'funding_rates', outcome: 'deleted', rows: 2 },
    ])
    expect(inDatabase(place, 'SELECT kind FROM funding_rates ORDER BY timestamp, kind').flat()).toEqual([
      'settled',
      'settled',
      'special',
    ])
    expect((await ask(place, 'SELECT count(*), count(DISTINCT (timestamp, kind)) FROM funding_rates')).rows).toEqual([[5, 5]])
    expect((await archive(place, LATER)).written).toEqual([])
    expect((await prune(place, LATER)).lines).toMatchObject([{ outcome: 'kept', rows: 3 }])
  })

  it('gives the space back to the disk when asked', async () => {
    store(
      place,
      'order_book_samples',
      Array.from({ length: 2000 }, (_, i) => sample(i, 20)),
    )
    await archive(place, LATER)
    const { fileBytes, freeBytes } = await prune(place, LATER)
    expect(freeBytes).toBeGreaterThan(fileBytes / 2)
    const after = await prune(place, LATER, { isVacuum: true })
    expect(after.freeBytes).toBe(0)
    expect(after.fileBytes).toBeLessThan(fileBytes / 2)
  })
})

describe('candles', () => {
  it('are archived by month, or by year from an hour on, and each is seen once', async () => {
    const writer = history(place.database)
    writer.upsertCandles([0, 30, 31].map((day) => bar(day * 1440)))
    writer.upsertCandles([0, 30, 31].map((day) => bar(day * 1440, { interval: '1h', source: 'bybit' })))
    writer.close()
    const sql = 'SELECT * FROM crypto_ohlcv ORDER BY source, timestamp'
    const before = inDatabase(place, sql)
    const { written } = await archive(place, LATER)
    expect(written.map(({ series, period, rows }) => [series, period, rows])).toEqual([
      ['binance bitcoin 1m', '2026-01', 1],
      ['binance bitcoin 1m', '2026-02', 2],
      ['bybit bitcoin 1h', '2026', 3],
    ])
    expect((await ask(place, sql)).rows).toEqual(before)
    expect((await ask(place, 'SELECT * FROM archive.crypto_ohlcv ORDER BY source, timestamp')).rows).toEqual(before)
  })
})
