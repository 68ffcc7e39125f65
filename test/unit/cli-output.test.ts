import { PassThrough, Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { durationMs, formatDuration, parseDuration } from '../../src/core/cli/duration.js'
import { describeError, errorText } from '../../src/core/cli/errors/report.js'
import { wantsJson } from '../../src/core/cli/flags.js'
import { createLog } from '../../src/core/cli/log.js'
import { hasColor, PLAIN_PAINTER } from '../../src/core/cli/output/color.js'
import { camelToSnake, toJson, toPlain } from '../../src/core/cli/output/keys.js'
import { createLineWriter } from '../../src/core/cli/output/line-writer.js'
import { formatNumber, formatTime } from '../../src/core/cli/output/number.js'
import { createEventWriter, printResult, type Result, type Settings } from '../../src/core/cli/output/output.js'
import { VirtualClock } from '../../src/core/clock.js'
import { CancelledError, ConnectionError, UsageError } from '../../src/core/errors.js'
import { decimalsOf } from '../../src/core/market/decimal.js'
import { redactor } from '../../src/core/rest/redact.js'

async function printed(result: Result, settings: Partial<Settings> = {}): Promise<{ out: string; notes: string[] }> {
  const stdout = new PassThrough()
  const notes: string[] = []
  const note = (line: string) => notes.push(line)
  await printResult(result, {
    command: 'funding',
    format: 'json',
    fields: undefined,
    painter: PLAIN_PAINTER,
    stdout,
    note,
    ...settings,
  })
  return { out: String(stdout.read() ?? ''), notes }
}

describe('keys and values at the border', () => {
  it.each([
    ['bidPrice', 'bid_price'],
    ['volume24h', 'volume_24h'],
    ['quoteVolume24h', 'quote_volume_24h'],
    ['latencyP50', 'latency_p50'],
    ['sha256', 'sha256'],
    ['spread_bps', 'spread_bps'],
    ['BTC', 'BTC'],
    ['BTC/USDT:USDT', 'BTC/USDT:USDT'],
  ])('%s leaves as %s', (key, snake) => {
    expect(camelToSnake(key)).toBe(snake)
  })

  it.each([
    [
      { midPrice: Number.NaN, depth: Number.POSITIVE_INFINITY, rate: undefined, at: -0 },
      '{"mid_price":null,"depth":null,"rate":null,"at":0}',
    ],
    [{ bids: [[86786.5, 0.1]], side: 'a"\n', isLast: false }, '{"bids":[[86786.5,0.1]],"side":"a\\"\\n","is_last":false}'],
    [
      { levels: new Float64Array([1, Number.NaN]), byName: new Map([['binance', { markPrice: 1 }]]) },
      '{"levels":[1,null],"by_name":{"binance":{"mark_price":1}}}',
    ],
    [[], '[]'],
    [{}, '{}'],
  ])('%j is written as %s, the same by both ways', (value, text) => {
    expect(toJson(value)).toBe(text)
    expect(JSON.stringify(toPlain(value))).toBe(text)
  })
})

describe('numbers and times for people', () => {
  it.each([
    [86786.5, 2, '86,786.50'],
    [-1234567, 0, '-1,234,567'],
    [1e-7, undefined, '0.0000001'],
    [1.5e21, 0, '1,500,000,000,000,000,000,000'],
    [-0.001, 2, '0.00'],
    [999.999, 2, '1,000.00'],
    [Number.NaN, 2, '–'],
  ])('%d with %s decimals is %s', (value, decimals, text) => {
    expect(formatNumber(value, decimals)).toBe(text)
  })

  it('shows every step of a tick', () => {
    expect([0.05, 1e-8, 10, 1e21].map(decimalsOf)).toStrictEqual([2, 8, 0, 0])
  })

  it('writes times in UTC to the millisecond', () => {
    expect(formatTime(1_763_720_220_123)).toBe('2025-11-21 10:17:00.123')
  })
})

describe('durations', () => {
  it.each([
    ['90s', 90_000],
    ['15m', 900_000],
    ['7d', 604_800_000],
    ['250ms', 250],
    ['1h30m', 5_400_000],
    ['1.5s', 1500],
    ['0', 0],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
    expect(durationMs(formatDuration(ms))).toBe(ms)
  })

  it.each(['', '10', '-5s', 's', '5x', '5 s', '1e3s', '9999999999999w'])('%j is refused', (text) => {
    expect(() => parseDuration(text)).toThrow(UsageError)
  })

  it('says that the unit is missing when it is', () => {
    expect(() => parseDuration('10')).toThrow('A duration needs a unit: 10')
  })
})

describe('a result', () => {
  const data = [
    { symbol: 'BTCUSDT', fundingRate: 0.0001, mark: { price: 86786.5 } },
    { symbol: 'ETHUSDT', fundingRate: null, mark: { price: 3000 } },
  ]

  it('is one JSON document with every part of the envelope', async () => {
    const { out } = await printed({
      data,
      params: { symbols: ['BTC'] },
      failures: [{ exchange: 'bybit', code: 'API_TIMEOUT', message: 'late' }],
    })
    expect(JSON.parse(out)).toStrictEqual({
      schema_version: 1,
      command: 'funding',
      params: { symbols: ['BTC'] },
      data: [
        { symbol: 'BTCUSDT', funding_rate: 0.0001, mark: { price: 86786.5 } },
        { symbol: 'ETHUSDT', funding_rate: null, mark: { price: 3000 } },
      ],
      warnings: [],
      failures: [{ exchange: 'bybit', code: 'API_TIMEOUT', message: 'late' }],
    })
  })

  it('is cut to the fields in every format, in their order', async () => {
    const fields = ['mark.price', 'symbol']
    const json = await printed({ data }, { fields })
    expect(JSON.parse(json.out).data[0]).toStrictEqual({ mark: { price: 86786.5 }, symbol: 'BTCUSDT' })
    const lines = await printed({ data }, { fields, format: 'ndjson' })
    expect(lines.out).toBe('{"mark":{"price":86786.5},"symbol":"BTCUSDT"}\n{"mark":{"price":3000},"symbol":"ETHUSDT"}\n')
    const csv = await printed({ data }, { fields, format: 'csv' })
    expect(csv.out).toBe('mark.price,symbol\n86786.5,BTCUSDT\n3000,ETHUSDT\n')
    const table = await printed({ data }, { fields, format: 'table' })
    expect(table.out).toBe('mark.price  symbol\n  86,786.5  BTCUSDT\n   3,000.0  ETHUSDT\n')
  })

  it('refuses a field that no row has and lists those there are', async () => {
    await expect(printed({ data }, { fields: ['symbl'] })).rejects.toMatchObject({
      code: 'USAGE_UNKNOWN_FIELD',
      suggestions: ['Did you mean symbol?', 'Fields: symbol, funding_rate, mark, mark.price'],
    })
    await expect(printed({ data: [], columns: [{ key: 'symbol' }] }, { fields: ['x'] })).rejects.toMatchObject({
      code: 'USAGE_UNKNOWN_FIELD',
    })
  })

  it('has units in the heading of a table, numbers on the right and a dash for what is unknown', async () => {
    const columns = [{ key: 'symbol' }, { key: 'funding_rate', heading: 'funding', unit: '8 h' }]
    const { out, notes } = await printed({ data, columns, warnings: ['old'] }, { format: 'table' })
    expect(out).toBe('symbol   funding (8 h)\nBTCUSDT         0.0001\nETHUSDT              –\n')
    expect(notes).toStrictEqual(['Warning: old'])
  })

  it('quotes CSV as RFC 4180 demands', async () => {
    const { out } = await printed({ data: [{ a: 'x,"y"\nz', b: [[1, 2]], c: null }] }, { format: 'csv' })
    expect(out).toBe('a,b,c\n"x,""y""\nz","[[1,2]]",\n')
  })

  it('prints nothing but the JSON document when there are no rows', async () => {
    expect((await printed({ data: [] })).out).toContain('"data":[]')
    expect((await printed({ data: [] }, { format: 'table' })).out).toBe('')
    expect((await printed({ data: [] }, { format: 'ndjson' })).out).toBe('')
  })
})

/** A reader that takes a line only when it is told to. */
function slowReader(): { stream: Writable; lines: string[]; read: () => void } {
  const lines: string[] = []
  let waiting: (() => void) | undefined
  const stream = new Writable({
    highWaterMark: 1,
    write: (chunk: Buffer, _, done) => {
      lines.push(String(chunk).trimEnd())
      waiting = done
    },
  })
  return { stream, lines, read: () => waiting?.() }
}

async function readAll({ read, lines }: ReturnType<typeof slowReader>): Promise<string[]> {
  for (let before = -1; before !== lines.length; ) {
    before = lines.length
    read()
    await new Promise(setImmediate)
  }
  return lines
}

describe('lines to a slow reader', () => {
  it('all arrive, in order, while they fit', async () => {
    const reader = slowReader()
    const writer = createLineWriter({ stream: reader.stream, maxBytes: 1000, maxLines: 1000, lossLine: (lost) => `lost ${lost}` })
    for (let i = 0; i < 20; i++) writer.write(`line ${i}`, 'same')
    expect(await readAll(reader)).toStrictEqual(Array.from({ length: 20 }, (_, i) => `line ${i}`))
    await writer.drained()
  })

  it('beyond the bound only the newest state of each key stays, and the loss is told in band', async () => {
    const reader = slowReader()
    const writer = createLineWriter({ stream: reader.stream, maxBytes: 100, maxLines: 1000, lossLine: (lost) => `lost ${lost}` })
    for (let i = 0; i < 500; i++) {
      writer.write(`btc ${i}`, 'btc')
      if (i % 250 === 10) writer.write(`gap ${i}`)
    }
    const lines = await readAll(reader)
    expect(lines).toContain('gap 10')
    expect(lines).toContain('gap 260')
    expect(lines.at(-1)).toBe('btc 499')
    const lost = Number(lines.find((line) => line.startsWith('lost'))?.slice(5))
    const delivered = lines.filter((line) => !line.startsWith('lost')).length
    expect(delivered + lost).toBe(502)
  })

  it('without keys the oldest fall out, counted, and nothing grows without a bound', async () => {
    const reader = slowReader()
    const writer = createLineWriter({ stream: reader.stream, maxBytes: 200, maxLines: 1000, lossLine: (lost) => `lost ${lost}` })
    for (let i = 0; i < 10_000; i++) writer.write(`trade ${i}`)
    const lines = await readAll(reader)
    expect(lines.join('').length).toBeLessThan(400)
    expect(lines.at(-1)).toBe('trade 9999')
    const lost = Number(lines.find((line) => line.startsWith('lost'))?.slice(5))
    expect(lines.length - 1 + lost).toBe(10_000)
  })

  it('are bounded in number too', async () => {
    const reader = slowReader()
    const writer = createLineWriter({ stream: reader.stream, maxBytes: 1e6, maxLines: 20, lossLine: (lost) => `lost ${lost}` })
    for (let i = 0; i < 100; i++) writer.write(`trade ${i}`)
    const lines = await readAll(reader)
    expect(lines.length).toBeLessThanOrEqual(22)
    const lost = Number(lines.find((line) => line.startsWith('lost'))?.slice(5))
    expect(lines.length - 1 + lost).toBe(100)
  })

  it('nobody waits for a reader that has gone', async () => {
    const reader = slowReader()
    const writer = createLineWriter({ stream: reader.stream, maxBytes: 200, maxLines: 1000, lossLine: () => undefined })
    writer.write('one')
    writer.write('two')
    const drained = writer.drained()
    reader.stream.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
    await drained
    writer.write('three')
    expect(reader.lines).toStrictEqual(['one'])
  })
})

describe('events', () => {
  const clock = new VirtualClock(1000)
  const settings = (stdout: NodeJS.WritableStream, extra: Partial<Settings>): Settings => ({
    command: 'stream',
    format: 'ndjson',
    fields: undefined,
    painter: PLAIN_PAINTER,
    stdout,
    note: () => undefined,
    ...extra,
  })

  it('are cut to the fields, but what tells of a loss stays whole', async () => {
    const stdout = new PassThrough()
    const writer = await createEventWriter(settings(stdout, { fields: ['mid'] }), { clock, fields: ['type', 'mid'] })
    writer.write({ type: 'book', mid: 1, bids: [] })
    writer.write({ type: 'gap', lastId: 1, nextId: 5 })
    expect(String(stdout.read())).toBe('{"mid":1}\n{"type":"gap","last_id":1,"next_id":5}\n')
  })

  it('as CSV have a header and leave losses to stderr', async () => {
    const stdout = new PassThrough()
    const notes: string[] = []
    const writer = await createEventWriter(settings(stdout, { format: 'csv', note: (line) => notes.push(line) }), {
      clock,
      fields: ['type', 'mid'],
    })
    writer.write({ type: 'book', mid: 1, bids: [] })
    writer.write({ type: 'gap', lastId: 1 })
    expect(String(stdout.read())).toBe('type,mid\nbook,1\n')
    expect(notes).toStrictEqual(['{"type":"gap","last_id":1}'])
  })

  it('that a slow reader missed are told by a lag event of the contract', async () => {
    const reader = slowReader()
    const writer = await createEventWriter(settings(reader.stream, {}), { clock, fields: [], maxBytes: 300 })
    for (let i = 0; i < 50; i++) writer.write({ type: 'book', exchange: 'binance', symbol: 'BTCUSDT', sequence: i })
    const lines = (await readAll(reader)).map((line) => JSON.parse(line) as Record<string, unknown>)
    const lag = lines.find((line) => line['type'] === 'lag')
    expect(lag).toMatchObject({ exchange: '', symbol: '', pair: '', timestamp: null, received_at: 1000, consumer: 'stdout' })
    expect(lines.length - 1 + Number(lag?.['lost'])).toBe(50)
    expect(lines.at(-1)).toMatchObject({ sequence: 49 })
  })
})

describe('colour', () => {
  it.each([
    [{}, true, false, true],
    [{}, false, false, false],
    [{ NO_COLOR: '1' }, true, false, false],
    [{ NO_COLOR: '' }, true, false, true],
    [{ TERM: 'dumb' }, true, false, false],
    [{ FORCE_COLOR: '1' }, false, false, true],
    [{ FORCE_COLOR: '0' }, true, false, false],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, true, false, false],
    [{ FORCE_COLOR: '1' }, true, true, false],
  ])('with %j on a terminal: %s, refused: %s is %s', (env, isTerminal, isRefused, expected) => {
    expect(hasColor({ env, isTerminal, isRefused })).toBe(expected)
  })
})

describe('errors for people', () => {
  it('are one line, advice and code, whatever the text was', () => {
    const error = new ConnectionError('binance:\n  no   route', 'binance', { suggestions: ['Is the network up?'] })
    expect(errorText(describeError(error))).toBe('Error: binance: no route\n  Is the network up?\n  Code: API_CONNECTION\n')
  })

  it.each([
    [new CancelledError('SIGTERM'), 'CANCELLED', 143],
    [new TypeError('x is undefined'), 'BUG', 70],
    [Object.assign(new Error('no space left'), { code: 'ENOSPC' }), 'STORAGE_FULL', 74],
    [new Error('odd'), 'UNEXPECTED', 1],
    ['thrown text', 'UNEXPECTED', 1],
  ])('%s has the code %s and the exit code %i', (error, code, exitCode) => {
    expect(describeError(error)).toMatchObject({ code, exitCode })
  })

  it.each([
    [['--json'], true],
    [['-o', 'json'], true],
    [['--output=json'], true],
    [['-o', 'csv'], false],
    [['--', '--json'], false],
  ])('%j asks for JSON: %s', (argv, expected) => {
    expect(wantsJson(argv)).toBe(expected)
  })
})

describe('the log', () => {
  it.each(['json', 'readable'] as const)('as %s never has a secret, by name or by value', async (format) => {
    const lines: string[] = []
    const write = (line: string) => lines.push(line)
    const log = await createLog({ level: 'debug', format, write, redact: redactor(['k&y', '']) })
    log.info('asked http://h/?api_key=k%26y', { apiKey: 'other', note: 'k&y', rows: 3 })
    log.debug('done')
    expect(lines.join('')).not.toMatch(/k&y|k%26y|other/)
    expect(lines).toHaveLength(2)
    expect(lines[0]).toContain('asked http://h/?api_key=[redacted]')
    expect(lines[0]).toMatch(format === 'json' ? /"rows":3/ : /^\d\d:\d\d:\d\d\.\d{3} INFO {2}asked .* rows=3\n$/)
  })

  it('leaves out what is less serious than its level', async () => {
    const lines: string[] = []
    const log = await createLog({ level: 'warn', format: 'json', write: (line) => lines.push(line), redact: (text) => text })
    log.info('no')
    log.warn('yes')
    expect(lines).toHaveLength(1)
  })
})
