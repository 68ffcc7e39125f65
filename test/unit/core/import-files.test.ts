import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { NOW, openImport } from '../../support/import.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR

let place: Awaited<ReturnType<typeof openImport>>
beforeEach(async () => {
  place = await openImport()
})
afterEach(() => place.close())

const bars = () => place.read((reader) => reader.candles({ limit: 100 })).toReversed()
const first = () => {
  const [bar] = bars()
  return bar === undefined
    ? undefined
    : [bar.source, bar.cryptocurrency, bar.interval, bar.timestamp, bar.open, bar.high, bar.low, bar.close, bar.volume]
}

/** Days from 1 March 2021 on, which is read in two ways until the 13th. */
const days = (write: (day: number, price: number) => string, count = 20) =>
  Array.from({ length: count }, (_, at) => write(at + 1, 100 + at)).join('\n')
const pad = (day: number) => String(day).padStart(2, '0')
const MARCH = Date.UTC(2021, 2, 1)

describe('a file of candles', () => {
  it.each([
    [
      'semicolons, decimal commas, day first',
      'Datum;Open;High;Low;Close;Volume\n',
      (day: number, p: number) => `${pad(day)}.03.2021;"${p},5";${p + 2},25;${p - 1},0;${p},75;1.234,5`,
    ],
    [
      'quoted thousands and month names',
      'Date,Open,High,Low,Price,Vol.\n',
      (day: number, p: number) => `"Mar ${pad(day)}, 2021",${p}.50,${p + 2}.25,${p - 1},${p}.75,"1,234.5"`,
    ],
    [
      'month first, K for thousands',
      'Date,Price,Open,High,Low,Vol.,Change %\n',
      (day: number, p: number) => `03/${pad(day)}/2021,${p}.75,$${p}.50,${p + 2}.25,${p - 1},1.2345K,0.1%`,
    ],
    [
      'tabs and no separators in the date',
      'time\topen\thigh\tlow\tclose\tvolume\n',
      (day: number, p: number) => `202103${pad(day)}\t${p}.5\t${p + 2}.25\t${p - 1}\t${p}.75\t1234.5`,
    ],
    [
      'ISO with a zone',
      'timestamp,open,high,low,close,volume\n',
      (day: number, p: number) => `2021-03-${pad(day)}T02:00:00.000+02:00,${p}.5,${p + 2}.25,${p - 1},${p}.75,1234.5`,
    ],
    [
      'microseconds',
      'open_time,open,high,low,close,volume\n',
      (day: number, p: number) => `${(MARCH + (day - 1) * DAY) * 1000},${p}.5,${p + 2}.25,${p - 1},${p}.75,1234.5`,
    ],
    [
      'no heading, close before the extremes',
      '',
      (day: number, p: number) => `${MARCH + (day - 1) * DAY},${p}.5,${p}.75,${p + 2}.25,${p - 1},1234.5`,
    ],
    [
      'twelve columns of an archive',
      '',
      (day: number, p: number) =>
        `${MARCH + (day - 1) * DAY},${p}.5,${p + 2}.25,${p - 1},${p}.75,1234.5,${MARCH + day * DAY - 1},${p * 1234.5},77,600,60000,0`,
    ],
    [
      'stamps of the end',
      'close_time,open,high,low,close,volume\n',
      (day: number, p: number) => `${MARCH + day * DAY - 1},${p}.5,${p + 2}.25,${p - 1},${p}.75,1234.5`,
    ],
    [
      'money under the heading of coins',
      'date,open,high,low,close,Volume,Volume USD\n',
      (day: number, p: number) => `2021-03-${pad(day)},${p}.5,${p + 2}.25,${p - 1},${p}.75,${p * 1234.5},1234.5`,
    ],
    [
      'text before the heading, CR LF',
      'Exported by hand\r\n\r\n# prices, daily\r\nDate,Open,High,Low,Close,Volume\r\n',
      (day: number, p: number) => `2021-03-${pad(day)},${p}.5,${p + 2}.25,${p - 1},${p}.75,1234.5\r`,
    ],
  ])('is read: %s', async (_, heading, row) => {
    const report = await place.text('kraken_BTCUSD.csv', heading + days(row))
    expect(report.series).toMatchObject([
      { series: 'kraken bitcoin 1d', rows: 20, stored: 20, holes: 0, first: MARCH, last: MARCH + 19 * DAY },
    ])
    expect(first()).toEqual(['kraken', 'bitcoin', '1d', MARCH, 100.5, 102.25, 99, 100.75, 1234.5])
  })

  it('is read from gzip, from UTF-16 and from JSON to the same rows', async () => {
    const row = (day: number, p: number) => [`2021-03-${pad(day)}`, p, p + 2, p - 1, p + 1, 7]
    const table = [
      ['date', 'open', 'high', 'low', 'close', 'volume'],
      ...Array.from({ length: 5 }, (_, at) => row(at + 1, 100 + at)),
    ]
    const csv = table.map((cells) => cells.join(',')).join('\n')
    await place.text('kraken_BTCUSD.csv', csv)
    expect((await place.text('kraken_BTCUSD.csv.gz', gzipSync(csv))).series).toMatchObject([{ unchanged: 5 }])
    expect((await place.text('kraken_BTCUSD.csv', Buffer.from(`\ufeff${csv}`, 'utf16le'))).series).toMatchObject([{ unchanged: 5 }])
    const objects = table.slice(1).map((cells) => Object.fromEntries(cells.map((cell, at) => [table[0]?.[at], cell])))
    expect((await place.text('kraken_BTCUSD.json', JSON.stringify(objects))).series).toMatchObject([{ unchanged: 5 }])
    const lines = objects.map((each) => JSON.stringify(each)).join('\n')
    expect((await place.text('kraken_BTCUSD.ndjson', lines)).series).toMatchObject([{ unchanged: 5 }])
  })

  it('keeps every bad row with its line and its reason, and stores the others', async () => {
    const lines = [
      'timestamp,open,high,low,close,volume',
      '2021-03-01 00:00,10,11,9,10,1',
      '2021-03-01 01:00,10,9,11,10,1',
      '2021-03-01 02:00,-10,11,-10,10,1',
      '2021-03-01 03:00,10,11,9,,1',
      '2021-03-01 04:00,10,11,9,ten,1',
      '2021-03-01 05:30,10,11,9,10,1',
      '2021-02-30 06:00,10,11,9,10,1',
      '2021-03-01 07:00,10,11',
      '',
      ',,,,,',
      '2021-03-01 08:00,NaN,NaN,NaN,NaN,0',
      '2021-03-01 09:00,10,11,9,12,1',
      ...Array.from({ length: 12 }, (_, at) => `2021-03-01 ${10 + at}:00,10,11,9,10,1`),
    ]
    const report = await place.text('kraken_BTCUSD.csv', lines.join('\n'))
    expect(place.refused.map(({ line, reason }) => [line, reason])).toEqual([
      [3, 'the high is below the low'],
      [4, 'a price is zero or negative'],
      [5, 'the close is missing'],
      [6, 'the close is no number: ten'],
      [7, 'the time is off the grid of the interval'],
      [8, 'the time is no time: 2021-02-30 06:00'],
      [9, 'it has 3 of 6 columns'],
      [11, 'it has no time'],
      [13, 'the high is below open or close'],
    ])
    expect(place.refused.map(({ raw }) => raw)).toContain('2021-03-01 04:00,10,11,9,ten,1')
    expect(report).toMatchObject({ rowsRead: 23, refused: 9, series: [{ rows: 13, stored: 13, missing: 1, holes: 9 }] })
  })

  it('counts the lines of the file, also where a cell has several', async () => {
    const rows = ['2021-03-01,10,11,9,10,"two\nlines"', '2021-03-02,10,11,9,10,', '2021-03-03,10,9,11,10,']
    await place.text('kraken_BTCUSD.csv', ['date,open,high,low,close,note', ...rows].join('\n'))
    expect(place.refused).toMatchObject([{ line: 5, raw: '2021-03-03,10,9,11,10,' }])
  })

  it('has one row of a time: equal ones once, of unequal ones the one with more volume, then the later', async () => {
    const head = 'timestamp,open,high,low,close,volume\n'
    const hours = [
      '00:00,10,11,9,10,5',
      '01:00,10,11,9,10,5',
      '01:00,10,11,9,10,5',
      '02:00,10,11,9,10,9',
      '02:00,10,11,9,11,4',
      '03:00,10,11,9,10,5',
      '03:00,10,11,9,9,5',
    ]
    const report = await place.text('kraken_BTCUSD.csv', head + hours.map((row) => `2021-03-01 ${row}`).join('\n'))
    expect(report.series).toMatchObject([{ rows: 7, stored: 4, duplicates: 3, conflicts: 2, otherPrices: 2 }])
    expect(bars().map(({ close }) => close)).toEqual([10, 10, 10, 9])
    expect(place.refused.map(({ line, reason }) => [line, reason])).toEqual([
      [6, 'line 5 has the same time with other prices, and counts: it has more volume'],
      [7, 'line 8 has the same time with other prices, and counts: it is the later one'],
    ])
  })

  it('has no bar that is not over', async () => {
    const rows = [2, 1, 0].map((ago) => `${NOW - ago * HOUR},10,11,9,10,1`)
    const report = await place.text('kraken_BTCUSD.csv', ['timestamp,open,high,low,close,volume', ...rows].join('\n'))
    expect(report.series).toMatchObject([{ stored: 2, unfinished: 1, last: NOW - HOUR }])
  })

  it('has prices of one coin where the contract counts a thousand', async () => {
    const rows = [1, 2, 3].map((day) => `2024-03-0${day},7.5,8,7,7.1,1000`)
    await place.text('pepe.csv', ['date,open,high,low,close,volume', ...rows].join('\n'), {
      source: 'binance',
      symbol: '1000PEPEUSDT',
    })
    expect(first()).toEqual(['binance', 'pepe', '1d', Date.UTC(2024, 2, 1), 0.0075, 0.008, 0.007, 0.0071, 1_000_000])
  })
})

describe('the newest bar of a file', () => {
  it('is marked where it was cut off while it grew, and told', async () => {
    const rows = Array.from({ length: 25 }, (_, at) => `${MARCH + at * HOUR},10,11,9,10,${at === 24 ? 2 : 90 + at}`)
    const report = await place.text('kraken_BTCUSD.csv', ['timestamp,open,high,low,close,volume', ...rows].join('\n'))
    expect(bars().map(({ quality }) => quality)).toEqual([...Array.from({ length: 24 }, () => ''), 'partial'])
    expect(report.warnings).toEqual([expect.stringContaining('line 26')])
  })
})

describe('bars of the simulated market', () => {
  it('are never mixed with real ones', async () => {
    const text = (quality: string) =>
      ['timestamp,open,high,low,close,quality', ...[0, 1, 2].map((at) => `${MARCH + at * HOUR},10,11,9,10,${quality}`)].join('\n')
    await place.text('kraken_BTCUSD.csv', text('simulated'))
    await expect(place.text('kraken_BTCUSD.csv', text('').replaceAll(',10,11', ',9,11'))).rejects.toMatchObject({
      code: 'DATA_SIMULATED',
    })
    expect(bars().map(({ open }) => open)).toEqual([10, 10, 10])
  })
})

describe('what a file leaves open', () => {
  const hourly = (name: string, wish = {}) =>
    place.text(
      name,
      ['timestamp,open,high,low,close,volume', ...[0, 1, 2].map((at) => `${MARCH + at * HOUR},10,11,9,10,1`)].join('\n'),
      wish,
    )

  it('is asked for: whose data, which market, which coin', async () => {
    await expect(hourly('BTCUSD.csv')).rejects.toMatchObject({
      code: 'DATA_IMPORT_IDENTITY',
      suggestions: [expect.stringContaining('--source')],
    })
    await expect(hourly('Binance_BTCUSDT_1h.csv')).rejects.toMatchObject({
      suggestions: ['Say it: --source binance or binance-spot or binance-inverse'],
    })
    await expect(hourly('kraken.csv')).rejects.toMatchObject({ suggestions: ['Say it: --coin bitcoin'] })
    expect((await hourly('x.csv', { exchange: 'Kraken', coin: 'btc' })).series).toMatchObject([
      { series: 'kraken bitcoin 1h', stored: 3 },
    ])
  })

  it('is asked for: whether a day or a month comes first', async () => {
    const text = 'date,open,high,low,close,volume\n03/04/2021,10,11,9,10,1\n05/06/2021,10,11,9,10,1\n'
    await expect(place.text('kraken_BTC.csv', text)).rejects.toMatchObject({ code: 'DATA_IMPORT_AMBIGUOUS' })
    await place.text('kraken_BTC.csv', text, { dateOrder: 'dmy', interval: '1d' })
    expect(bars().map(({ dateStr }) => dateStr)).toEqual(['2021-04-03', '2021-06-05'])
  })

  it('is asked for: whether rates are percent', async () => {
    const text = ['time,symbol,funding_rate', ...[0, 8, 16].map((hour) => `2021-03-01 ${pad(hour)}:00,BTCUSDT,0.01`)].join('\n')
    await expect(place.text('bybit.csv', text)).rejects.toMatchObject({ code: 'DATA_IMPORT_AMBIGUOUS' })
    await place.text('bybit.csv', text, { map: ['funding_rate=funding_rate%'] })
    expect(place.read((reader) => reader.fundingRates())[0]).toMatchObject({
      exchange: 'bybit',
      symbol: 'BTCUSDT',
      fundingRate: 0.0001,
    })
  })

  it('is asked for: whose clock it is, when every time lies off the grid', async () => {
    const rows = [1, 5, 9, 13, 17, 21].map((hour) => `2021-03-01 ${pad(hour)}:00,10,11,9,10,1`)
    const text = ['time,open,high,low,close,volume', ...rows].join('\n')
    await expect(place.text('kraken_BTCUSD.csv', text)).rejects.toMatchObject({
      code: 'DATA_IMPORT_AMBIGUOUS',
      suggestions: [expect.stringContaining('--tz')],
    })
    await place.text('kraken_BTCUSD.csv', text, { zone: 'Europe/Berlin' })
    expect(first()?.[3]).toBe(MARCH)
    const named = await place.text('kraken_BTCUSD.csv', text.replace('time', 'Time (Europe/Berlin)'))
    expect(named.series).toMatchObject([{ unchanged: 6 }])
  })

  it('is not mixed: two contracts are not one series', async () => {
    const rows = (symbol: string) => [0, 1, 2].map((at) => `${MARCH + at * HOUR},${symbol},10,11,9,10,1`)
    const text = ['timestamp,symbol,open,high,low,close,volume', ...rows('BTCUSD'), ...rows('BTCEUR')].join('\n')
    await expect(place.text('kraken.csv', text)).rejects.toMatchObject({ code: 'DATA_IMPORT_MIXED' })
    const other = text.replaceAll('BTCUSD,', 'BTCUSDC,').replaceAll('BTCEUR', 'BTCUSDC')
    await expect(place.text('x.csv', other, { source: 'binance' })).rejects.toMatchObject({ code: 'DATA_IMPORT_MIXED' })
    expect(bars()).toEqual([])
  })
})

describe('the clocks of a zone', () => {
  it('show an hour twice when summer ends, and never one when it begins', async () => {
    const autumn = ['00:00', '01:00', '01:00', '02:00', '03:00'].map((time) => `2023-10-29 ${time},10,11,9,10,1`)
    const spring = ['00:00', '01:00', '02:00'].map((time) => `2023-03-26 ${time},10,11,9,10,1`)
    const text = ['time,open,high,low,close,volume', ...spring, ...autumn].join('\n')
    await place.text('kraken_BTCUSD.csv', text, { zone: 'Europe/London' })
    expect(bars().map(({ timestamp }) => new Date(timestamp).toISOString().slice(5, 16))).toEqual([
      '03-26T00:00',
      '03-26T01:00',
      '10-28T23:00',
      '10-29T00:00',
      '10-29T01:00',
      '10-29T02:00',
      '10-29T03:00',
    ])
    expect(place.refused).toMatchObject([{ line: 3, reason: 'clocks in Europe/London never showed that time' }])
  })
})

describe('a file of macro series', () => {
  it('may have a column for each, and missing values stay missing', async () => {
    const text = 'observation_date,VIXCLS,DGS10\n2024-01-01,,.\n2024-01-02,13.2,3.95\n2024-01-03,14.04,3.91\n'
    const report = await place.text('fredgraph.csv', text)
    expect(report.series).toMatchObject([
      { series: 'VIX', stored: 3, missing: 1 },
      { series: 'DGS10', stored: 3, missing: 1 },
    ])
    expect(place.read((reader) => reader.macro({ indicators: ['DGS10'] })).map(({ value }) => value)).toEqual([3.91, 3.95, null])
  })

  it('is public after its lag, and a series of which none is known asks for it', async () => {
    const text = 'date,value\n2020-12-31,1\n2021-12-31,2\n2022-12-31,3\n'
    await expect(place.text('x.csv', text, { indicator: 'MYSERIES' })).rejects.toMatchObject({
      suggestions: ['Say after how many days: --lag 30'],
    })
    await place.text('x.csv', text, { indicator: 'MYSERIES', lagDays: 30 })
    const [newest] = place.read((reader) => reader.macro({ indicators: ['MYSERIES'] }))
    // The end of 30 January in New York, winter.
    expect(newest).toMatchObject({ date: '2022-12-31', availableAt: Date.UTC(2023, 0, 31, 5) })
  })
})

describe('a file that is none', () => {
  it.each([
    ['empty', ''],
    ['one column', 'a\nb\nc\n'],
    ['binary', Uint8Array.from({ length: 500 }, (_, at) => (at * 37) % 256)],
    ['a zip archive', Uint8Array.from([0x50, 0x4b, 3, 4, 0, 0])],
    ['half of a gzip', gzipSync('timestamp,open,high,low,close,volume\n'.repeat(5000)).subarray(0, 60)],
    ['broken JSON', '{"observations":[{"date":"2024-01-01"'],
    [
      'a quote that never ends',
      `date,open,high,low,close,volume\n2021-03-01,"10,11,9,10,1\n${'2021-03-02,10,11,9,10,1\n'.repeat(5000)}`,
    ],
  ])('is refused with its reason: %s', async (_, text) => {
    await expect(place.text('kraken_BTCUSD.csv', text)).rejects.toMatchObject({ code: 'DATA_IMPORT_FILE', exitCode: 65 })
    expect(bars()).toEqual([])
  })

  it('is refused when most of its rows cannot be used, and nothing of it is stored', async () => {
    const rows = Array.from({ length: 30 }, (_, at) => `${MARCH + at * HOUR},10,${at < 10 ? 11 : 5},9,10,1`)
    const text = ['timestamp,open,high,low,close,volume', ...rows].join('\n')
    await expect(place.text('kraken_BTCUSD.csv', text)).rejects.toMatchObject({ code: 'DATA_IMPORT_REFUSED' })
    expect(bars()).toEqual([])
  })
})
