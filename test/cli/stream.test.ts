import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { events, type Market, startMarket } from '../support/market.js'
import { RUN, runMts, runShell, temporaryFolder } from '../support/run-mts.js'
import { smallDisk } from '../support/small-disk.js'
import { serveAnswer, serveProxy, serveSilence } from '../support/stubborn-server.js'

let market: Market
beforeAll(async () => {
  market = await startMarket()
})
afterAll(() => market.close())

/** Nothing can ever listen there. */
const NOWHERE = 'http://127.0.0.1:1'
const BINANCE_DOWN = {
  MTS_EXCHANGES__BINANCE__REST_URL: NOWHERE,
  MTS_EXCHANGES__BINANCE__PUBLIC_URL: 'ws://127.0.0.1:1',
  MTS_EXCHANGES__BINANCE__MARKET_URL: 'ws://127.0.0.1:1',
  MTS_RETRY__ATTEMPTS: '1',
}

function stream(args: readonly string[], extra: Readonly<Record<string, string>> = {}, cwd = temporaryFolder()) {
  return runMts(['stream', ...args], { cwd, env: market.env(extra) })
}

describe.concurrent('names that do not exist', () => {
  it.each([
    [['--exchanges', 'binanec'], 'Unknown exchange: binanec\n  Did you mean binance?', 2],
    [['--symbols', 'BTCUSDX'], 'Unknown symbol on binance: BTCUSDX\n  Did you mean BTCUSDT', 2],
    [['--symbols', ''], '--symbols: An empty list', 2],
    [['--channels', 'boook'], 'Unknown channel: boook\n  Did you mean book?', 2],
    [['--fields', 'exchnge'], 'Unknown field: exchnge\n  Did you mean exchange?', 2],
    [['--exchanges', 'binance-spot', '--channels', 'funding'], 'None of these exchanges has the channel funding', 2],
  ])('are refused with the nearest ones: %j', async (args, message, exit) => {
    const { stdout, stderr, code } = await stream(args)
    expect({ stdout, code }).toStrictEqual({ stdout: '', code: exit })
    expect(stderr).toContain(message)
  })

  it('are refused in settings too, by the exchange itself', async () => {
    const { stderr, code } = await stream([], { MTS_EXCHANGES__BINANCE__PUBLC_URL: 'ws://127.0.0.1:1' })
    expect(code).toBe(78)
    expect(stderr).toContain('Did you mean MTS_EXCHANGES__BINANCE__PUBLIC_URL?')
  })
})

it.concurrent('plans without opening a socket or a file, and ends', async () => {
  const cwd = temporaryFolder()
  const { stdout, code } = await stream(['--dry-run', '--json'], { MTS_EXCHANGES__BYBIT__LINEAR_URL: 'ws://127.0.0.1:1' }, cwd)
  const { data } = JSON.parse(stdout)
  expect(code).toBe(0)
  expect(data.seconds_to_books).toBeGreaterThan(0)
  expect(data.exchanges[0]).toMatchObject({ exchange: 'binance', snapshots: 2, snapshot_weight: 40 })
  expect(readdirSync(cwd)).toStrictEqual([])
})

describe.concurrent('an exchange that cannot be asked', () => {
  const one = ['--exchanges', 'bybit', '--duration', '1s', '--no-store']
  it.each([
    ['HTML', 200, '<html>Log in</html>', {}, 76, 'API_PROTOCOL'],
    ['half a document', 200, '{"retCode":0,"result":{"li', {}, 76, 'API_PROTOCOL'],
    ['a refusal of this country', 451, 'not where you are', {}, 69, 'API_REJECTED'],
    ['trouble of its own', 500, 'oops', {}, 69, 'API_CONNECTION'],
  ])('ends the run in one line: %s', async (_, status, body, headers, exit, name) => {
    const server = await serveAnswer(status, body, headers)
    const { stdout, stderr, code } = await stream(one, {
      MTS_EXCHANGES__BYBIT__REST_URL: `http://127.0.0.1:${server.port}`,
      MTS_RETRY__ATTEMPTS: '1',
    })
    await server.close()
    expect({ stdout, code }).toStrictEqual({ stdout: '', code: exit })
    expect(stderr).toMatch(new RegExp(`^Error: bybit\\b.*\n(?:  .*\n)*  Code: ${name}\n$`))
  })

  it('is told in the coverage, so that a check of it does not pass over what was never seen', async () => {
    const server = await serveAnswer(500, 'oops', {})
    const folder = temporaryFolder()
    const env = { MTS_EXCHANGES__BYBIT__REST_URL: `http://127.0.0.1:${server.port}`, MTS_RETRY__ATTEMPTS: '1' }
    const run = ['stream', '--exchanges', 'bybit', '--symbols', 'BTC', '--channels', 'book,trades']
    expect(await runMts([...run, '--dry-run'], { cwd: folder, env })).toMatchObject({ code: 69 })
    expect(readdirSync(folder)).toStrictEqual([])
    expect(await runMts(run, { cwd: folder, env })).toMatchObject({ code: 69, stdout: '' })
    await server.close()
    const { stdout, code } = await runMts(['coverage', '--json', '--min', '1'], { cwd: folder })
    const { data } = JSON.parse(stdout)
    expect(code).toBe(4)
    expect(data.channels.map((each: { channel: string }) => each.channel)).toStrictEqual(['book', 'trades'])
    // A millisecond may pass between asking and hearing that nobody is there.
    const gaps = data.unseen.filter(({ state }: { state: string }) => state === 'gap')
    expect(gaps).toMatchObject([{ detail: expect.stringMatching(/bybit.*oops|HTTP 500/) }, { channel: 'trades' }])
  })

  it('costs the time of one request when it accepts and never answers, not of all tries', async () => {
    const server = await serveSilence()
    const started = performance.now()
    const { stderr, code } = await stream(one, {
      MTS_EXCHANGES__BYBIT__REST_URL: `http://127.0.0.1:${server.port}`,
      MTS_REQUEST_TIMEOUT: '1s',
      MTS_RETRY__ATTEMPTS: '20',
    })
    await server.close()
    expect(code).toBe(69)
    expect(stderr).toContain('no complete answer within 1000 ms')
    expect(performance.now() - started).toBeLessThan(10_000)
  })

  it('leaves the others streaming, says so in status lines, and exits 3', async () => {
    const { stdout, stderr, code } = await stream(['--duration', '3s', '--no-store'], BINANCE_DOWN)
    const lines = events(stdout)
    expect(code).toBe(3)
    expect(lines.filter((line) => line.type === 'book' && line['exchange'] === 'bybit').length).toBeGreaterThan(0)
    expect(lines.some((line) => line.type === 'status' && line['exchange'] === 'binance' && line['status'] === 'error')).toBe(true)
    expect(lines.at(-1)).toMatchObject({ type: 'summary', failures: [{ exchange: 'binance', code: 'API_CONNECTION' }] })
    expect(stderr).toMatch(/^Failed: binance: .*nobody listens there/m)
  })
})

describe.concurrent('a connection that is cut in mid-stream', () => {
  const run = (port: number, cwd: string) =>
    stream(['--exchanges', 'bybit', '--duration', '2s'], { MTS_EXCHANGES__BYBIT__LINEAR_URL: `ws://127.0.0.1:${port}` }, cwd)

  it('is done when it came back: exit 0, with each gap told and stored', async () => {
    const cwd = temporaryFolder()
    const proxy = await serveProxy(market.urls.linear, { cutAfter: 60 })
    const { stdout, code } = await stream(
      ['--exchanges', 'bybit', '--duration', '2s'],
      { MTS_EXCHANGES__BYBIT__LINEAR_URL: `ws://127.0.0.1:${proxy.port}`, MTS_RECONNECT_DELAY: '100ms' },
      cwd,
    )
    await proxy.close()
    const lines = events(stdout)
    expect(code).toBe(0)
    expect(lines.filter((line) => line.type === 'gap').map((line) => line['symbol'])).toStrictEqual(['BTCUSDT', 'ETHUSDT'])
    expect(lines.at(-1)).toMatchObject({ exchanges: [{ gaps: 2, books_readable: 2 }], failures: [] })
    const database = new Database(path.join(cwd, 'data/crypto_data.db'), { readonly: true })
    const ofBook = "SELECT state FROM coverage WHERE symbol = 'BTCUSDT' AND channel = 'book' ORDER BY started_at"
    const states = database.prepare(ofBook).pluck().all()
    database.close()
    expect(states).toStrictEqual(['resync', 'contiguous', 'gap', 'contiguous'])
  })

  it('is a failure when it did not: exit 3, with the reason', async () => {
    const proxy = await serveProxy(market.urls.linear, { cutAfter: 60, isForGood: true })
    const { stdout, stderr, code } = await run(proxy.port, temporaryFolder())
    await proxy.close()
    expect(code).toBe(3)
    expect(stderr).toMatch(/^Failed: bybit: connection 1 was down at the end: .*ECONNREFUSED/m)
    expect(events(stdout).at(-1)).toMatchObject({ exchanges: [{ books_readable: 0 }] })
  })
})

it.concurrent('refuses to record where nothing can be written, before it asks anybody for anything, and says why', async () => {
  const cwd = temporaryFolder()
  mkdirSync(path.join(cwd, 'data'))
  writeFileSync(path.join(cwd, 'data/journal'), 'a file where the folder should be')
  const { stdout, stderr, code } = await stream(['--record', '--no-store'], BINANCE_DOWN, cwd)
  expect({ stdout, code }).toStrictEqual({ stdout: '', code: 74 })
  expect(stderr).toContain('data/journal is no folder\n  Make it a directory that you may write to')
  expect(stderr).toContain('STORAGE_JOURNAL')
})

it.concurrent('survives garbage, a crossed book and a huge frame: counted, and sampled to the journal', async () => {
  const cwd = temporaryFolder()
  const crossed = { s: 'BTCUSDT', b: [['2', '1']], a: [['1', '1']], u: 1, seq: 1 }
  const first = [
    '{"hello":',
    Buffer.from([0, 255, 1, 10, 13]),
    '',
    'x'.repeat(5_000_000),
    JSON.stringify({ topic: 'orderbook.50.BTCUSDT', type: 'snapshot', ts: 1, data: crossed, cts: 1 }),
    JSON.stringify({ topic: 'orderbook.50.BTCUSDT', ts: 1, zzz: 3 }),
  ]
  const proxy = await serveProxy(market.urls.linear, { first })
  const env = { MTS_EXCHANGES__BYBIT__LINEAR_URL: `ws://127.0.0.1:${proxy.port}` }
  const { stdout, code } = await stream(['--exchanges', 'bybit', '--duration', '3s', '--no-store'], env, cwd)
  await proxy.close()
  expect(code).toBe(0)
  const lines = events(stdout)
  expect(lines.at(-1)).toMatchObject({
    exchanges: [{ unknown: 5, unknown_reasons: { 'not-json': 4, book: 1 }, crossed: 1, books_readable: 2 }],
  })
  for (const line of lines.filter((each) => each.type === 'spread')) expect(line['spread_bps']).toBeGreaterThan(0)
  const journal = path.join(cwd, 'data/journal')
  const [file] = readdirSync(journal, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.gz'))
  const samples = gunzipSync(readFileSync(path.join(journal, file ?? '')))
    .toString()
    .trimEnd()
    .split('\n')
  expect(samples[0]).toMatch(/^\d{16} 0 ws \{"hello":$/)
  expect(samples[1]).toMatch(/^\d{16} 0 ws-base64 AP8BCg0=$/)
  expect(samples.at(-1)).toContain('"zzz":3')
})

describe.concurrent('storage that cannot be used ends the run with 74', () => {
  const run = (db: string, cwd: string, args: readonly string[] = []) => stream(['--duration', '3s', '--db', db, ...args], {}, cwd)

  it('at once where the file is no database, and leaves the file alone', async () => {
    const cwd = temporaryFolder()
    const text = 'my only copy of something else entirely'
    writeFileSync(path.join(cwd, 'x.db'), text)
    const { stdout, stderr, code } = await run('x.db', cwd)
    expect({ stdout, code }).toStrictEqual({ stdout: '', code: 74 })
    expect(stderr).toContain('Code: STORAGE_NOT_A_DATABASE')
    expect(readFileSync(path.join(cwd, 'x.db'), 'utf8')).toBe(text)
  })

  it('at once where the path is a directory', async () => {
    const cwd = temporaryFolder()
    mkdirSync(path.join(cwd, 'x.db'))
    const { stderr, code } = await run('x.db', cwd)
    expect(code).toBe(74)
    expect(stderr).toContain('Code: STORAGE_OPEN')
  })

  it('at once where the database is newer than the program', async () => {
    const cwd = temporaryFolder()
    await runMts(['db', 'migrate', '--db', 'x.db'], { cwd })
    const database = new Database(path.join(cwd, 'x.db'))
    database.prepare('UPDATE migrations SET number = 99 WHERE number = (SELECT MAX(number) FROM migrations)').run()
    database.pragma('user_version = 99')
    database.close()
    const { stderr, code } = await run('x.db', cwd)
    expect(code).toBe(74)
    expect(stderr).toMatch(/Code: STORAGE_(?:NEWER|CHECKSUM)/)
  })

  const disk = smallDisk(600)
  it.skipIf(disk === undefined)('when the disk is full: what was stored stays readable, and the lines end in order', async () => {
    const db = path.join(disk ?? '', 'x.db')
    const { stdout, stderr, code } = await stream(['--duration', '15s', '--store-interval', '100ms', '--db', db])
    expect(code).toBe(74)
    expect(stderr).toContain('Code: STORAGE_FULL')
    const lines = events(stdout)
    expect(lines.at(-1)).toMatchObject({ type: 'summary' })
    expect(lines.some((line) => line.type === 'status' && line['status'] === 'error' && line['exchange'] === '')).toBe(true)
    const database = new Database(db, { readonly: true })
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok')
    expect(database.prepare('SELECT COUNT(*) FROM order_book_samples').pluck().get()).toBeGreaterThan(0)
    database.close()
  })
})

describe.concurrent('an end in order', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('on %s: summary last, journal whole, no WAL left, exit %i', async (signal, exit) => {
    const cwd = temporaryFolder()
    const child = spawn(process.execPath, [RUN, 'stream', '--record'], { cwd, env: market.env(), stdio: 'pipe' })
    let stdout = ''
    let stderr = ''
    let isStopped = false
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk
    })
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk
      // Once: the second signal ends it at once.
      if (!isStopped && stdout.split('"status":"synced"').length > 4) isStopped = child.kill(signal)
    })
    const [code] = await once(child, 'close')
    expect({ code, stderr }).toStrictEqual({ code: exit, stderr: '' })
    expect(events(stdout).at(-1)).toMatchObject({ type: 'summary' })
    expect(readdirSync(path.join(cwd, 'data')).sort()).toStrictEqual(['crypto_data.db', 'journal'])
    const replayed = await runMts(['replay', 'data/journal', '--no-store'], { cwd })
    expect(replayed.code).toBe(0)
    expect(events(replayed.stdout).at(-1)).toMatchObject({ damages: [], exchanges: [{ gaps: 0 }, { gaps: 0 }] })
  })

  it.each(['stream', 'orderbook BTC --watch'])('when the reader of `%s` has gone: quietly, exit 0', async (command) => {
    const line = `set -o pipefail; ${process.execPath} ${RUN} ${command} | head -1`
    const { stdout, stderr, code } = await runShell(line, { cwd: temporaryFolder(), env: market.env() })
    expect({ stderr, code }).toStrictEqual({ stderr: '', code: 0 })
    expect(events(stdout)).toHaveLength(1)
  })
})

it.concurrent('writes every kind of line with the fields that the contract promises, and stores what it printed', async () => {
  const cwd = temporaryFolder()
  const { stdout, stderr, code } = await stream(['--duration', '3s', '--csv'], {}, cwd)
  expect({ code, stderr }).toStrictEqual({ code: 0, stderr: '' })
  expect(stdout).not.toMatch(/NaN|Infinity|undefined/)
  const lines = events(stdout)
  for (const line of lines) {
    for (const key of ['type', 'exchange', 'symbol', 'pair', 'timestamp', 'received_at']) expect(line).toHaveProperty(key)
    expect(Object.keys(line).filter((key) => !/^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/.test(key))).toStrictEqual([])
  }
  const types = new Set(lines.map((line) => line.type))
  for (const type of ['book', 'spread', 'trade', 'funding', 'open_interest', 'status', 'summary']) expect(types).toContain(type)
  const database = new Database(path.join(cwd, 'data/crypto_data.db'), { readonly: true })
  for (const table of ['order_book', 'bid_ask_spreads', 'funding_rates', 'open_interest', 'coverage', 'stream_stats']) {
    const found = database.prepare(`SELECT DISTINCT exchange FROM ${table} ORDER BY 1`).pluck().all()
    expect({ table, found }).toStrictEqual({ table, found: ['binance', 'bybit'] })
  }
  const odd = database
    .prepare('SELECT COUNT(*) FROM bid_ask_spreads WHERE bid_price >= ask_price OR ABS(timestamp - ?) > 60000')
    .pluck()
    .get(Date.now())
  expect(odd).toBe(0)
  database.close()
  for (const exchange of ['binance', 'bybit']) {
    const folder = path.join(cwd, 'data/realtime', exchange)
    expect(readdirSync(folder).sort()).toStrictEqual(['funding', 'orderbooks', 'spreads'])
  }
})

it.concurrent('prints chosen fields as CSV with a heading, and notices apart', async () => {
  const { stdout, stderr, code } = await stream([
    '--duration',
    '1s',
    '--no-store',
    '-o',
    'csv',
    '--fields',
    'type,symbol,mid_price',
  ])
  expect(code).toBe(0)
  const [heading, ...rows] = stdout.trimEnd().split('\n')
  expect(heading).toBe('type,symbol,mid_price')
  expect(rows.length).toBeGreaterThan(0)
  for (const row of rows) expect(row.split(',')).toHaveLength(3)
  expect(events(stderr).at(-1)).toMatchObject({ type: 'summary' })
})
