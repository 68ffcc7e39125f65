import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/core/net/system-clock.js'
import { createFaults } from '../../src/core/sandbox/faults/index.js'
import { openGate } from '../../src/core/sandbox/gate.js'
import { type JobLock, takeJobLock } from '../../src/core/storage/job-lock.js'
import { type JobMarket, rewriting, startJobMarket, storedBars } from '../support/history-job.js'
import { cleanEnvironment, RUN, runMts, temporaryFolder } from '../support/run-mts.js'

let market: JobMarket
beforeAll(async () => {
  market = await startJobMarket()
})
afterAll(() => market.close())

const WEEK = ['--from', '2026-06-01', '--to', '2026-06-08']

function run(cwd: string, args: readonly string[], extra: Readonly<Record<string, string>> = {}) {
  return runMts(['collect', ...args], { cwd, env: environment(extra) })
}

function environment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return cleanEnvironment({
    MTS_EXCHANGES__BINANCE__REST_URL: `http://127.0.0.1:${market.sandbox.port}/binance`,
    MTS_PROVIDERS__COINGECKO_URL: market.sandbox.providerUrls['coingecko']?.['public'] ?? '',
    MTS_RETRY__BASE: '1ms',
    MTS_RETRY__MAX: '5ms',
    ...extra,
  })
}

describe('mts collect', () => {
  it('prints nothing without a terminal when all is well; as a table it says what came, and then that nothing is new', async () => {
    const cwd = temporaryFolder()
    const args = ['--source', 'binance', '--coins', 'BTC', ...WEEK]
    expect(await run(cwd, args)).toStrictEqual({ code: 0, stdout: '', stderr: '' })
    const { stdout } = await run(cwd, [...args, '-o', 'table'])
    expect(stdout).toMatch(/^binance, 1h \(auto\) bars, 2026-06-01 00:00 to 2026-06-08 00:00: nothing new$/m)
    expect(stdout).toMatch(/^bitcoin +BTCUSDT +168 +0 +0 +0 +2026-06-01 00:00 +2026-06-07 23:00$/m)
  })

  it('changes nothing the second time it collects a year, and says so', async () => {
    const cwd = temporaryFolder()
    const args = ['--source', 'binance', '--coins', 'BTC', '--interval', '4h', '--days', '365']
    const first = JSON.parse((await run(cwd, [...args, '--json'])).stdout)
    expect(first.data).toMatchObject([{ stored: 6 * 365, updated: 0, holes: 0 }])
    const bars = storedBars(path.join(cwd, 'data/crypto_data.db'))
    const second = await run(cwd, [...args, '-o', 'table'])
    expect(second.stdout).toMatch(/^binance, 4h bars, .*: nothing new$/m)
    expect(storedBars(path.join(cwd, 'data/crypto_data.db'))).toStrictEqual(bars)
  })

  it('gives one document with the counts, the holes and what failed', async () => {
    const { code, stdout, stderr } = await run(temporaryFolder(), [
      '--source',
      'binance',
      '--coins',
      'BTC,ETH',
      ...WEEK,
      '--interval',
      '4h',
      '--json',
    ])
    expect({ code, stderr }).toStrictEqual({ code: 0, stderr: '' })
    expect(JSON.parse(stdout)).toMatchObject({
      command: 'collect',
      data: [
        {
          cryptocurrency: 'bitcoin',
          source: 'binance',
          interval: '4h',
          requested: 42,
          stored: 42,
          holes: 0,
          hole_ranges: [],
          is_complete: true,
        },
        { cryptocurrency: 'ethereum', stored: 42 },
      ],
      failures: [],
    })
  })

  it('exits 3 when one coin failed, with one line on stderr, and keeps the others', async () => {
    const cwd = temporaryFolder()
    market.gate = (outgoing) => {
      const isEther = outgoing.kind === 'response' && outgoing.query.get('symbol') === 'ETHUSDT'
      return isEther ? outgoing.respond('hang-up') : openGate(outgoing)
    }
    const args = ['--source', 'binance', '--coins', 'BTC,ETH', ...WEEK]
    const quiet = await run(cwd, args)
    expect(quiet).toMatchObject({ code: 3, stdout: '' })
    expect(quiet.stderr).toMatch(/^Failed: binance ethereum: .*the connection was cut.*\(API_CONNECTION\)\n$/)
    const { stdout, code } = await run(cwd, [...args, '--json'])
    market.gate = openGate
    expect(code).toBe(3)
    expect(JSON.parse(stdout)).toMatchObject({
      data: [
        { cryptocurrency: 'bitcoin', holes: 0 },
        { cryptocurrency: 'ethereum', holes: null, is_complete: false },
      ],
      failures: [{ source: 'binance', series: 'ethereum', category: 'network', code: 'API_CONNECTION' }],
    })
    expect(storedBars(path.join(cwd, 'data/crypto_data.db'))).toHaveLength(168)
  })

  it('exits 69 when nothing can be reached, 65 when there is nothing to be had', async () => {
    const gone = { MTS_EXCHANGES__BINANCE__REST_URL: 'http://127.0.0.1:1' }
    expect(await run(temporaryFolder(), ['--source', 'binance', '--coins', 'BTC', ...WEEK], gone)).toMatchObject({
      code: 69,
      stderr: expect.stringContaining('API_CONNECTION'),
    })
    const never = ['--source', 'binance', '--coins', 'BTC', '--from', '2010-01-01', '--to', '2010-02-01', '--interval', '1d']
    expect(await run(temporaryFolder(), never)).toMatchObject({ code: 65, stderr: expect.stringContaining('DATA_NO_BARS') })
  })

  it('gives up when another run of the job is at work, says whose, and waits for it when asked to', async () => {
    const cwd = temporaryFolder()
    const lockFile = path.join(cwd, 'data/locks/collect-binance-1h.lock')
    const lock = takeJobLock(lockFile, 'process 4711, since now') as JobLock
    const args = ['--source', 'binance', '--coins', 'BTC', ...WEEK, '--interval', '1h']
    const refused = await run(cwd, args)
    expect(refused).toMatchObject({ code: 75, stdout: '' })
    expect(refused.stderr).toContain('Another run of collect binance-1h is at work (process 4711, since now)')
    const waiting = spawn(process.execPath, [RUN, 'collect', ...args, '--wait'], { cwd, env: environment() })
    const [line] = await once(waiting.stderr, 'data')
    expect(String(line)).toBe('Waiting for another run of collect binance-1h (process 4711, since now)\n')
    expect(existsSync(path.join(cwd, 'data/crypto_data.db'))).toBe(false)
    lock.release()
    expect(await once(waiting, 'close')).toStrictEqual([0, null])
    expect(storedBars(path.join(cwd, 'data/crypto_data.db'))).toHaveLength(168)
  })

  it('keeps bars that cannot be in the quarantine file with the reason, and says so', async () => {
    const cwd = temporaryFolder()
    const bad = Date.UTC(2026, 5, 3)
    market.gate = rewriting('/fapi/v1/klines', (body) =>
      (body as [number, ...string[]][]).map(([time, ...rest]) =>
        time === bad ? [time, `-${rest[0]}`, ...rest.slice(1)] : [time, ...rest],
      ),
    )
    const { code, stderr, stdout } = await run(cwd, ['--source', 'binance', '--coins', 'BTC', ...WEEK, '-o', 'table'])
    market.gate = openGate
    expect(code).toBe(0)
    expect(stderr).toContain('bitcoin: 1 bars were refused; each is in data/quarantine/collect.csv with its reason')
    expect(stdout).toMatch(/^bitcoin +BTCUSDT +168 +167 +0 +1 +1 /m)
    const [heading, row, ...rest] = readFileSync(path.join(cwd, 'data/quarantine/collect.csv'), 'utf8').trim().split('\r\n')
    expect(heading).toBe('refused_at,reason,source,cryptocurrency,interval,timestamp,open,high,low,close,volume')
    expect(row).toMatch(new RegExp(`,a price is zero or negative,binance,bitcoin,1h,${bad},-`))
    expect(rest).toStrictEqual([])
  })

  it('makes bars of CoinGecko’s samples, which say that they are, and tells what its plan cuts off', async () => {
    const cwd = temporaryFolder()
    const { stdout, stderr, code } = await run(cwd, ['--sandbox', '--coins', 'bitcoin', '--days', '400', '--json'])
    expect({ code, stderr }).toStrictEqual({ code: 0, stderr: '' })
    const { data, warnings } = JSON.parse(stdout)
    expect(data).toMatchObject([{ source: 'coingecko', cryptocurrency: 'bitcoin', interval: '1d', holes: 0 }])
    expect(data[0].stored).toBeGreaterThan(360)
    expect(data[0].stored).toBeLessThan(366)
    expect(warnings.join()).toContain('365 days')
    for (const { quality } of storedBars(path.join(cwd, 'data/crypto_data.db'))) expect(quality).toMatch(/^sampled\b/)
  })

  it('gets the same bars of CoinGecko through refusals, pauses and cut answers', async () => {
    const args = ['--coins', 'bitcoin,ethereum', '--from', '2026-06-01', '--to', '2026-10-01', '--interval', '1d']
    const plan = { MTS_PROVIDERS__COINGECKO_REQUESTS: '1000', MTS_RETRY__ATTEMPTS: '8' }
    const [calm, rough] = [temporaryFolder(), temporaryFolder()]
    expect(await run(calm, args, plan)).toMatchObject({ code: 0 })
    const rules = [
      { kind: 'error-body', path: '*market_chart*', chance: 0.3 },
      { kind: 'truncate', path: '*market_chart*', chance: 0.3 },
    ] as const
    const faults = createFaults({ rules, seed: 5, clock: systemClock() })
    market.gate = faults.gate
    const ended = await run(rough, args, plan)
    market.gate = openGate
    expect(ended).toStrictEqual({ code: 0, stdout: '', stderr: '' })
    expect(faults.truths().length).toBeGreaterThan(0)
    const bars = storedBars(path.join(calm, 'data/crypto_data.db'))
    expect(bars).toHaveLength(2 * 122)
    expect(storedBars(path.join(rough, 'data/crypto_data.db'))).toStrictEqual(bars)
  })

  it('never mixes simulated bars with real ones in one series', async () => {
    const cwd = temporaryFolder()
    const args = ['--source', 'binance', '--coins', 'BTC', ...WEEK]
    expect(await run(cwd, [...args, '--sandbox'])).toMatchObject({ code: 0 })
    expect(new Set(storedBars(path.join(cwd, 'data/crypto_data.db')).map(({ quality }) => quality))).toStrictEqual(
      new Set(['simulated']),
    )
    const real = await run(cwd, args)
    expect(real).toMatchObject({ code: 65, stderr: expect.stringContaining('DATA_SIMULATED') })
    expect(await run(cwd, [...args, '--db', 'real.db'])).toMatchObject({ code: 0 })
    expect(await run(cwd, [...args, '--db', 'real.db', '--sandbox'])).toMatchObject({ code: 65 })
  })

  it.each([
    [['--source', 'binanse'], 'Did you mean binance'],
    [['--source', 'binance', '--coins', 'bitcoinn', ...WEEK], 'Did you mean bitcoin'],
    [['--source', 'binance', '--interval', '7m'], 'Unknown interval: 7m'],
    [['--coins', 'BTC', '--interval', '1h', '--days', '7', '--sandbox'], 'no samples for bars of 1h'],
    [['--from', 'soon'], 'not a time: soon'],
    [['--days', '7', '--from', '2026-01-01'], 'exclude each other'],
    [['--top', '0'], 'from 1 to 250'],
  ])('refuses %j with exit code 2', async (args, message) => {
    const { stdout, stderr, code } = await run(temporaryFolder(), args)
    expect({ stdout, code }).toStrictEqual({ stdout: '', code: 2 })
    expect(stderr).toContain(message)
  })
})
