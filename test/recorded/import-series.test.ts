import { readFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openImport } from '../support/import.js'
import { needsFiles } from '../support/require.js'

const SERIES = path.resolve(import.meta.dirname, '../../../shared/recorded/series')
const FRED = path.resolve(import.meta.dirname, '../../../shared/recorded/fred')
const HOUR = 3_600_000
const DAY = 24 * HOUR
const NO_LIMIT = { limit: Number.POSITIVE_INFINITY }

/** Cells of a recorded file, by the plainest way there is: none of them has a comma inside quotes. */
function cellsOf(file: string, headLines: number): string[][] {
  const bytes = readFileSync(file)
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').replace(/^\ufeff/, '')
  const lines = text.split(/\r?\n/).filter((line) => line !== '')
  return lines.slice(headLines).map((line) => line.split(',').map((cell) => cell.replaceAll('"', '')))
}

const msOf = (unix: string) => (Number(unix) < 1e11 ? Number(unix) * 1000 : Number(unix))

let place: Awaited<ReturnType<typeof openImport>>
beforeAll(async () => {
  place = await openImport()
})
afterAll(() => place.close())

needsFiles(SERIES)('candles that were published', () => {
  const dirty = path.join(SERIES, 'binance-spot_BTCUSDT_1h_20170817-20201230_cdd.csv.gz')

  it('are each hour of the dirty file once, holes and conflicts counted', async () => {
    const report = await place.file(dirty)
    const [series] = report.series
    expect(report).toMatchObject({ kinds: ['ohlcv'], rowsRead: 32_181, refused: 0, quarantined: 2649 })
    // The publisher's own count: 2649 hours twice, 1442 of them with other prices, gaps of 4, 1, 3 and 1 hours.
    expect(series).toMatchObject({
      series: 'binance-spot bitcoin 1h',
      stored: 29_532,
      duplicates: 2649,
      otherPrices: 1442,
      holes: 9,
    })
    expect(series?.holeRanges.map(({ rows }) => rows)).toEqual([4, 1, 3, 1])
    expect(report.decisions.map(({ about, decided }) => `${about}: ${decided}`)).toEqual(
      expect.arrayContaining(['first lines: 1 left out', 'time: unix, counted in ms and s', 'order: newest first', 'interval: 1h']),
    )
    expect(report.warnings.join('\n')).toMatch(/91 rows tell two different times, the first in line 31213/)
    expect(report.warnings.join('\n')).toMatch(/line 32183 goes from 4261\.32 to 16199\.91/)
  })

  it('have of two rows of one hour the one with the count of trades, figure by figure', () => {
    const best = new Map<number, string[]>()
    for (const cells of cellsOf(dirty, 2)) {
      const before = best.get(msOf(cells[0] ?? ''))
      if (before === undefined || before[9] === 'NULL') best.set(msOf(cells[0] ?? ''), cells)
    }
    const stored = place.read((reader) => reader.candles({ sources: ['binance-spot'], intervals: ['1h'], ...NO_LIMIT }))
    expect(stored).toHaveLength(best.size)
    const wrong = stored.filter(({ timestamp, open, high, low, close, volume }) => {
      const cells = best.get(timestamp)?.slice(3, 8).map(Number)
      return JSON.stringify(cells) !== JSON.stringify([open, high, low, close, volume])
    })
    expect(wrong).toEqual([])
  })

  it('name in the quarantine the line and the row that counts instead', () => {
    const lines = readFileSync(dirty)
    const text = gunzipSync(lines).toString('utf8').split('\n')
    expect(place.refused).toHaveLength(2649)
    for (const { line, raw, reason } of place.refused.slice(0, 50)) {
      expect(raw).toBe(text[line - 1]?.trim())
      expect(reason).toMatch(/^line \d+ has the same time with other .*, and counts: it tells more$/)
    }
  })

  it.each([
    ['binance-spot_BTCUSDT_1d_20170817-20240808_cdd.csv', 'binance-spot bitcoin 1d', 2549, 0, 0],
    ['binance-spot_ETHUSDT_1d_20170817-20201230_cdd.csv', 'binance-spot ethereum 1d', 1232, 1, 0],
    ['binance-usdm_BTCUSDT_1d_20200101-20240808_cdd.csv', 'binance bitcoin 1d', 1680, 0, 2],
    ['binance-usdm_BTCUSDT_1h_20200802-20201230_cdd.csv', 'binance bitcoin 1h', 3599, 0, 0],
    ['binance-usdm_ETHUSDT_1h_20200802-20201230_cdd.csv', 'binance ethereum 1h', 3599, 0, 0],
    // Holes of 21, 6, 5 and 2 days from row to row, and four more of 2.
    ['coinbase_BTCUSD_1d_20141201-20180813_lean.csv', 'coinbase bitcoin 1d', 1318, 0, 20 + 5 + 4 + 1 + 4],
  ])('of %s are all there', async (name, series, stored, duplicates, holes) => {
    const report = await place.file(path.join(SERIES, name))
    expect(report.series).toMatchObject([{ series, stored, duplicates, holes }])
    const again = await place.file(path.join(SERIES, name))
    expect(again.series).toMatchObject([{ stored: 0, updated: 0, unchanged: stored }])
  })

  it('count coins, not money, whatever the heading says', () => {
    const [last] = place.read((reader) =>
      reader.candles({ sources: ['binance'], cryptocurrencies: ['bitcoin'], intervals: ['1d'], limit: 1 }),
    )
    expect([last?.timestamp, last?.volume]).toEqual([Date.UTC(2024, 7, 8), 470_117.508])
  })

  it('are not stored where nothing says whose they are', async () => {
    const nameless = path.join(SERIES, 'btc-perp_1m_20211231-20220201.csv.gz')
    await expect(place.file(nameless)).rejects.toMatchObject({ code: 'DATA_IMPORT_IDENTITY' })
    const report = await place.file(nameless, { source: 'somewhere', map: ['volume=none'] })
    expect(report.series).toMatchObject([{ series: 'somewhere bitcoin 1m', stored: 45_031, holes: 0 }])
    const [bar] = place.read((reader) => reader.candles({ sources: ['somewhere'], limit: 1 }))
    expect(bar?.volume).toBeNull()
  })
})

needsFiles(SERIES)('funding that was published', () => {
  it('is of London time, which its own summer time shows, and of percent', async () => {
    const file = path.join(SERIES, 'binance-usdm_BTCUSDT_funding_20190910-20240809.csv')
    const report = await place.file(file)
    expect(report.series).toMatchObject([{ kind: 'funding', series: 'binance BTCUSDT', stored: 5386, duplicates: 0, holes: 0 }])
    expect(report.decisions).toContainEqual(expect.objectContaining({ about: 'time zone', decided: 'Europe/London' }))
    const rows = place.read((reader) => reader.fundingRates({ exchanges: ['binance'], ...NO_LIMIT }))
    expect(rows).toHaveLength(5386)
    expect(rows.filter(({ timestamp }) => timestamp % (8 * HOUR) !== 0)).toEqual([])
    expect(rows[0]).toMatchObject({
      timestamp: Date.UTC(2024, 7, 9, 8),
      fundingRate: 0.00002184,
      kind: 'settled',
      intervalHours: 8,
    })
    expect(rows.at(-1)).toMatchObject({ timestamp: Date.UTC(2019, 8, 10, 8), fundingRate: 0.0001 })
  })

  it('stands beside bars of 18 sets in one file, each in its own series', async () => {
    const own = await openImport()
    const report = await own.file(path.join(SERIES, 'binance-okx-bybit_btc-eth_8h_ohlcv-funding_20230101-20240701.csv.gz'))
    const bars = report.series.filter(({ kind }) => kind === 'ohlcv')
    const rates = report.series.filter(({ kind }) => kind === 'funding')
    // Spot has no funding: 12 of the 18.
    expect([report.rowsRead, bars.length, rates.length]).toEqual([29_556, 18, 12])
    expect(report.series.every(({ stored, holes, duplicates }) => stored === 1642 && holes === 0 && duplicates === 0)).toBe(true)
    expect(new Set(bars.map(({ series }) => series)).size).toBe(18)
    expect(bars.map(({ first, last }) => [first, last])).toEqual(
      Array.from(bars, () => [Date.UTC(2023, 0, 1), Date.UTC(2024, 6, 1)]),
    )
    own.close()
  })
})

needsFiles(SERIES, FRED)('macro series that were published', () => {
  it.each([
    [path.join(FRED, 'csv/DGS10_19620102-20240208.csv'), 'DGS10', 16_203, 691],
    [path.join(FRED, 'csv/DFF_19540701-20240709.csv'), 'DFF', 25_577, 0],
    [path.join(FRED, 'csv/DTWEXBGS_20060102-20251226.csv'), 'DXY', 5215, 205],
    [path.join(FRED, 'observations_GDP_20241030.json'), 'GDP', 315, 4],
    [path.join(FRED, 'observations_WGS10YR_20241028.json.gz'), 'WGS10YR', 3278, 0],
    [path.join(SERIES, 'vix-daily_19900102-20260723.csv'), 'VIX', 9235, 0],
  ])('keep the missing days of %s missing', async (file, indicator, rows, missing) => {
    const report = await place.file(file)
    expect(report.series).toMatchObject([{ kind: 'macro', series: indicator, stored: rows, missing, duplicates: 0 }])
    const stored = place.read((reader) => reader.macro({ indicators: [indicator], ...NO_LIMIT }))
    expect([stored.length, stored.filter(({ value }) => value === null).length]).toEqual([rows, missing])
    expect(stored.filter(({ date, availableAt }) => availableAt <= Date.parse(date) + DAY)).toEqual([])
    expect((await place.file(file)).series).toMatchObject([{ stored: 0, updated: 0, unchanged: rows }])
  })

  it('have the closes of VIX, and no day on which it was not told', () => {
    const stored = place.read((reader) => reader.macro({ indicators: ['VIX'], ...NO_LIMIT }))
    const told = new Map(
      cellsOf(path.join(SERIES, 'vix-daily_19900102-20260723.csv'), 1).map(([day = '', , , , close]) => [day, Number(close)]),
    )
    expect(stored.filter(({ date, value }) => told.get(date) !== value)).toEqual([])
    expect(stored).toHaveLength(told.size)
  })

  it('know of first releases when each was told', async () => {
    const file = path.join(FRED, 'observations_GDP_output_type_4_20241030.json')
    expect((await place.file(file)).series).toMatchObject([{ series: 'GDP', rows: 132, stored: 132 }])
    const body = JSON.parse(readFileSync(file, 'utf8')) as { observations: { realtime_start: string; date: string }[] }
    const stored = place.read((reader) => reader.macro({ indicators: ['GDP'], ...NO_LIMIT }))
    const byDay = new Map(stored.map(({ date, availableAt }) => [date, availableAt]))
    for (const { date, realtime_start: told } of body.observations) {
      const late = (byDay.get(date) ?? 0) - Date.parse(told)
      expect(late).toBeGreaterThanOrEqual(DAY)
      expect(late).toBeLessThanOrEqual(DAY + 6 * HOUR)
    }
    expect((await place.file(file)).series).toMatchObject([{ stored: 0, updated: 0, unchanged: 132 }])
  })
})
