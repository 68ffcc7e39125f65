import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { UsageError } from '../../src/core/errors.js'
import { type ExportQuery, exportParquet, exportRows } from '../../src/core/storage/archive/export.js'
import { archive, ask, inDatabase, type Place, prune, store } from '../support/archive.js'
import { bar, history, largeTrade, START, sample, spread, temporaryFolder } from '../support/storage.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const folder = temporaryFolder()
const place: Place = { database: folder.file('data/crypto_data.db'), directory: folder.file('data/archive') }
const signal = new AbortController().signal

/** Two days of spreads of two symbols: the first day is in the archive only, the second in both. */
beforeAll(async () => {
  const symbols = ['BTCUSDT', 'ETHUSDT']
  const rows = symbols.flatMap((symbol) =>
    [0, 1, 86_400, 86_401].map((second) => spread(second, { symbol, bidPrice: second / 10 })),
  )
  store(place, 'bid_ask_spreads', rows)
  store(place, 'order_book_samples', [sample(86_400, 2), sample(86_401, 2)])
  store(place, 'large_trades', [largeTrade(1, { isLiquidation: true }), largeTrade(2)])
  await archive(place, START + 3 * DAY)
  await prune(place, START + DAY)
  store(place, 'bid_ask_spreads', [spread(86_402)])

  const writer = history(place.database)
  writer.upsertCandles(Array.from({ length: 72 }, (_, hour) => bar(hour * 60, { interval: '1h' })))
  writer.upsertCandles([bar(0, { interval: '1M', cryptocurrency: 'ethereum' })])
  const day = (offset: number): string => new Date(START + offset * DAY).toISOString().slice(0, 10)
  const macro = { isInterpolated: false, isForwardFilled: false, quality: '' }
  writer.upsertMacro([
    { indicator: 'VIX', date: day(-1), value: 20, availableAt: START + 5 * HOUR, ...macro },
    { indicator: 'VIX', date: day(0), value: 21, availableAt: START + 30 * HOUR, ...macro },
    { indicator: 'VIX', date: day(1), value: null, availableAt: START + 40 * HOUR, ...macro },
    { indicator: 'CPI', date: day(-9), value: 3, availableAt: START - HOUR, ...macro },
  ])
  writer.upsertVintages([
    { indicator: 'CPI', date: day(-9), availableAt: START - HOUR, value: 3 },
    { indicator: 'CPI', date: day(-9), availableAt: START + 20 * HOUR, value: 3.5 },
    // A revision of an older day, after the newer one came.
    { indicator: 'CPI', date: day(-40), availableAt: START + 25 * HOUR, value: 9 },
  ])
  writer.close()
})
afterAll(() => folder.remove())

describe('a query', () => {
  it('sees each row of database and archive once', async () => {
    expect((await ask(place, 'SELECT count(*), count(DISTINCT (symbol, timestamp)) FROM bid_ask_spreads')).rows).toEqual([[9, 9]])
    expect((await ask(place, 'SELECT count(*) FROM live.bid_ask_spreads')).rows).toEqual([[5]])
    expect((await ask(place, 'SELECT count(*) FROM archive.bid_ask_spreads')).rows).toEqual([[8]])
  })

  it.each([
    ['a common table expression', 'WITH a AS (FROM bid_ask_spreads) SELECT count(*) FROM a'],
    ['a subquery', 'SELECT (SELECT count(*) FROM bid_ask_spreads)'],
    ['a quoted name in capitals', 'SELECT count(*) FROM "BID_ASK_SPREADS"'],
    ['a table function', "SELECT count(*) FROM query_table('bid_ask_spreads')"],
    ['a pivot', 'SELECT max("99.5")::INT FROM (PIVOT bid_ask_spreads ON ask_price IN (100.5 AS "99.5") USING 9::DOUBLE + min(0))'],
  ])('finds the rows through %s', async (_, sql) => {
    expect((await ask(place, sql)).rows).toEqual([[9]])
  })

  it.each([
    'SELECT count(*) FROM order_book_samples',
    "SELECT symbol, max(bid_price) FROM live_spreads WHERE timestamp >= $DAY AND symbol <> 'x' GROUP BY symbol ORDER BY symbol",
    "SELECT timestamp FROM live_spreads WHERE symbol = 'BTCUSDT' AND timestamp > $DAY OR bid_price = 8640 ORDER BY timestamp",
    'SELECT a.timestamp FROM live_spreads a JOIN live_spreads b ON a.timestamp = b.timestamp WHERE a.timestamp < $DAY + 5 AND b.bid_price > 1 ORDER BY 1',
    'SELECT (SELECT count(*) FROM live_spreads WHERE timestamp = $DAY), (SELECT count(*) FROM live_spreads)',
    'SELECT exchange FROM live_spreads ORDER BY timestamp DESC LIMIT 1',
    "SELECT quality = '' AND mid_price IN (100, 1) FROM live_spreads WHERE timestamp BETWEEN $DAY AND $DAY + 1 LIMIT 1",
    "SELECT round(sum(close), 3), count(volume) FROM crypto_ohlcv WHERE interval = '1h' AND cryptocurrency = 'bitcoin' AND timestamp < $DAY",
    'SELECT indicator, count(*), sum(value) FROM macro_indicators WHERE is_interpolated = 0 GROUP BY indicator ORDER BY indicator',
    'WITH a AS (SELECT * FROM live_spreads) SELECT max(ask_price - bid_price) FROM a WHERE timestamp IN ($DAY, $DAY + 1000)',
  ])('brings in no more than it needs, and no less: %s', async (sql) => {
    const query = sql.replaceAll('$DAY', String(START + DAY))
    const expected = inDatabase(place, query.replaceAll('live_spreads', 'bid_ask_spreads'))
    const { rows } = await ask(place, query.replaceAll('live_spreads', 'live.bid_ask_spreads'))
    expect(rows.map((row) => row.map((cell) => (typeof cell === 'boolean' ? Number(cell) : cell)))).toEqual(expected)
    expect(expected.length).toBeGreaterThan(0)
  })

  it('reads a pivot over values that it has to find first', async () => {
    const { columns, rows } = await ask(place, 'PIVOT bid_ask_spreads ON symbol USING count(*) GROUP BY exchange')
    expect([columns, rows]).toEqual([['exchange', 'BTCUSDT', 'ETHUSDT'], [['binance', 5, 4]]])
  })

  it('fails rather than find a table empty that it reaches without naming it', async () => {
    await expect(ask(place, "FROM query_table('bid_ask_' || 'spreads')")).rejects.toThrow(UsageError)
  })

  it('has the views of the database, with the same content', async () => {
    for (const sql of [
      'SELECT exchange, symbol, timestamp, side, level, price, quantity FROM order_book ORDER BY timestamp, side, level',
      'SELECT * FROM macro_data ORDER BY indicator, date',
    ]) {
      const flags = (rows: readonly (readonly unknown[])[]) =>
        rows.map((row) => row.map((cell) => (typeof cell === 'boolean' ? Number(cell) : cell)))
      const { rows } = await ask(place, sql)
      expect(flags(rows)).toEqual(inDatabase(place, sql))
      expect(rows.length).toBeGreaterThan(0)
    }
  })

  it('knows of each candle what the database knows: macro values by the time of its close', async () => {
    const sql = 'SELECT cryptocurrency, timestamp, closed_at, macro FROM crypto_macro ORDER BY cryptocurrency, timestamp'
    const expected = inDatabase(place, sql).map(([coin, time, closed, macro]) => [coin, time, closed, JSON.parse(String(macro))])
    expect((await ask(place, sql)).rows).toEqual(expected)
    expect(new Set(expected.map(([, , , macro]) => JSON.stringify(macro))).size).toBe(4)
  })

  it('gives numbers as numbers while a float64 has their digits, and everything else as text', async () => {
    const sql = `SELECT 10::HUGEINT, 9007199254740993, 1.25, 12345678901234567890.5, TIMESTAMP '2026-01-02 03:04:05.678901',
      DATE '2026-01-02', [1, NULL], {'a': 1.5}, MAP {'k': [2]}, 'nan'::DOUBLE, 1e308 * 10, true, NULL, '{"a":[1]}'::JSON`
    expect((await ask(place, sql)).rows).toEqual([
      [10, '9007199254740993', 1.25, '12345678901234567890.5', '2026-01-02T03:04:05.678901Z', '2026-01-02', [1, null]].concat([
        { a: 1.5 },
        { k: [2] },
        null,
        null,
        true,
        null,
        { a: [1] },
      ] as never[]),
    ])
  })

  it.each([
    `COPY bid_ask_spreads TO '${place.directory}/stolen.parquet'`,
    `EXPLAIN ANALYZE COPY bid_ask_spreads TO '${place.directory}/stolen.parquet'`,
    `EXPLAIN /**/ ANALYZE COPY bid_ask_spreads TO '${place.directory}/stolen.parquet'`,
    `CREATE TABLE a AS SELECT 'pivot' AS x; COPY a TO '${place.directory}/stolen.parquet'`,
    `PIVOT bid_ask_spreads ON symbol USING count(*); COPY bid_ask_spreads TO '${place.directory}/stolen.parquet'`,
    `SELECT 1; COPY bid_ask_spreads TO '${place.directory}/stolen.parquet'`,
    `EXPORT DATABASE '${place.directory}/stolen'`,
    `ATTACH '${place.directory}/stolen.db'`,
    `SELECT * FROM read_text('${import.meta.filename}')`,
    `SELECT * FROM '${place.database}'`,
    `SELECT * FROM glob('/etc/*')`,
    'DELETE FROM store.bid_ask_spreads',
    'INSERT INTO store.bid_ask_spreads FROM store.bid_ask_spreads',
    "SET memory_limit = '10GB'",
    'INSTALL httpfs',
    '',
    ' ; -- nothing',
  ])('can neither write nor read elsewhere: %s', async (sql) => {
    const before = readdirSync(place.directory, { recursive: true }).length
    await expect(ask(place, sql)).rejects.toMatchObject({ code: 'USAGE_SQL', exitCode: 2 })
    expect(readdirSync(place.directory, { recursive: true }).length).toBe(before)
  })

  it('shows where it is wrong, and what would be right', async () => {
    await expect(ask(place, 'SELECT *\nFORM x')).rejects.toMatchObject({
      message: 'The query cannot be run: syntax error at or near "x" (line 2, column 6)',
      suggestions: ['FORM x', '     ^'],
    })
    await expect(ask(place, 'FROM bid_ask_spread')).rejects.toMatchObject({
      suggestions: [
        'FROM bid_ask_spread',
        '     ^',
        'Did you mean bid_ask_spreads?',
        expect.stringContaining('order_book_samples'),
      ],
    })
    await expect(ask(place, 'SELECT bidprice FROM bid_ask_spreads')).rejects.toMatchObject({
      suggestions: [expect.anything(), '       ^', expect.stringMatching(/^Columns: bid_price/)],
    })
    await expect(ask(place, 'SELECT quality::INT FROM bid_ask_spreads')).rejects.toMatchObject({ code: 'USAGE_SQL' })
  })
})

async function exported(query: ExportQuery): Promise<readonly (readonly unknown[])[]> {
  return exportRows({ ...place, signal }, query, async ({ columns, batches }) => {
    const rows: (readonly unknown[])[] = [columns]
    for await (const batch of batches) rows.push(...batch)
    return rows
  })
}

describe('an export', () => {
  it('has the rows of database and archive in the order of time', async () => {
    const [columns, ...rows] = await exported({
      table: 'bid_ask_spreads',
      from: START + 1000,
      to: START + DAY + 1000,
      symbols: ['ETHUSDT'],
    })
    expect(columns?.slice(0, 3)).toEqual(['exchange', 'symbol', 'timestamp'])
    expect(rows.map(([, symbol, time]) => [symbol, time])).toEqual([
      ['ETHUSDT', START + 1000],
      ['ETHUSDT', START + DAY],
    ])
  })

  it('takes days of macro series by the day that they are about', async () => {
    const rows = await exported({ table: 'macro_indicators', from: START, to: START + DAY })
    expect(rows.slice(1).map(([indicator, date, value]) => [indicator, date, value])).toEqual([['VIX', '2026-01-02', 21]])
  })

  it('refuses a filter that the table does not have', async () => {
    await expect(exported({ table: 'open_interest', coins: ['bitcoin'] })).rejects.toMatchObject({ code: 'USAGE_BAD_FLAG' })
  })

  it('writes parquet that is whole or not there', async () => {
    const file = folder.file('books.parquet')
    const { rows } = await exportParquet({ ...place, signal }, { table: 'order_book_samples' }, file)
    expect(rows).toBe(2)
    expect(existsSync(path.join(path.dirname(file), 'books.parquet.tmp'))).toBe(false)
    await expect(
      exportParquet({ ...place, signal }, { table: 'coverage' }, folder.file('none/books.parquet')),
    ).rejects.toMatchObject({
      exitCode: 74,
    })
  })

  it('puts beside each candle the macro values that anybody could know when it closed', async () => {
    const [columns, ...rows] = await exported({ coins: ['bitcoin'] })
    expect(columns?.slice(-2)).toEqual(['CPI', 'VIX'])
    const macro = inDatabase(place, "SELECT macro FROM crypto_macro WHERE cryptocurrency = 'bitcoin' ORDER BY timestamp")
    const expected = macro.map(([text]) => JSON.parse(String(text)) as { CPI: number; VIX: number | null })
    expect(rows.map((row) => row.slice(-2))).toEqual(expected.map(({ CPI, VIX }) => [CPI, VIX]))
    // A bar that opened before the value was known and closed after it has it; the one before does not.
    expect(rows.slice(3, 5).map((row) => row.at(-1))).toEqual([null, 20])
  })
})
