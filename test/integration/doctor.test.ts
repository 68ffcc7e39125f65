import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Endpoints, Exchange } from '../../src/core/exchanges/contract.js'
import { loadExchange } from '../../src/core/exchanges/registry.js'
import { addDrift, readDrift } from '../../src/core/feed/drift-log.js'
import { type Diagnosis, type DoctorOptions, diagnose, type Finding } from '../../src/core/live/doctor/index.js'
import { createHttp } from '../../src/core/net/http.js'
import { createSockets } from '../../src/core/net/socket.js'
import { systemClock } from '../../src/core/net/system-clock.js'
import { startSandbox } from '../../src/core/sandbox/index.js'
import { temporaryDirectory } from '../support/feed.js'
import { startRedis } from '../support/redis.js'
import { needs } from '../support/require.js'

interface Circumstances {
  readonly options?: Partial<DoctorOptions>
  /** Addresses in place of the simulated market's. */
  endpoints?(market: Endpoints): Endpoints
  readonly exchanges?: readonly string[]
}

const PROGRAM = { nodeVersion: '20.20.2', searchPath: [] }

async function visit({
  options = {},
  endpoints = (market) => market,
  exchanges = ['binance'],
}: Circumstances = {}): Promise<Diagnosis> {
  const clock = systemClock()
  const sandbox = await startSandbox({ clock, port: 0, seed: 42, speed: 1 })
  const http = createHttp({ clock, userAgent: 'mts/test', requestTimeoutMs: 2_000, retry: { times: 0, baseMs: 1, capMs: 1 } })
  const sockets = createSockets({ clock, connectionTimeoutMs: 2_000, userAgent: 'mts/test' })
  onTestFinished(async () => {
    await http.close()
    await sandbox.close()
  })
  const dataDirectory = await temporaryDirectory()
  const of = (exchange: Exchange) => endpoints(sandbox.urls[exchange.id] ?? exchange.endpoints)
  const world = { clock, http, sockets, random: () => 0, signal: new AbortController().signal, endpoints: of }
  return diagnose(world, {
    exchanges: await Promise.all(exchanges.map(loadExchange)),
    configured: (exchange) => exchange.endpoints,
    dataDirectory,
    databasePath: path.join(dataDirectory, 'none.db'),
    canaryMs: 5_000,
    program: PROGRAM,
    ...options,
  })
}

function of(findings: readonly Finding[], check: Finding['check']): Finding[] {
  return findings.filter((each) => each.check === check)
}

describe('the doctor', () => {
  it('finds nothing wrong where data comes, on every class of socket of every exchange', async () => {
    const exchanges = ['binance', 'binance-spot', 'bybit']
    const { findings, failures, warnings } = await visit({ exchanges })
    expect(findings.filter(({ status }) => status !== 'ok')).toEqual([])
    expect({ failures, warnings }).toEqual({ failures: 0, warnings: 0 })
    expect(of(findings, 'budget')[0]).toMatchObject({
      message: expect.stringContaining('; counted by this run alone'),
      figures: { reach: 'process' },
    })
    const sockets = of(findings, 'canary').map(({ exchange, figures }) => `${exchange} ${figures['socket']}`)
    const declared = await Promise.all(exchanges.map(loadExchange))
    const all = declared.flatMap((each) => Object.keys(each.endpoints.sockets).map((name) => `${each.id} ${name}`))
    expect(sockets.toSorted()).toEqual(all.toSorted())
    for (const { figures } of of(findings, 'clock')) expect(Math.abs(Number(figures['offsetMs']))).toBeLessThan(1_000)
  })

  it('believes data and not acknowledgements: a stream on the wrong route is a failure', async () => {
    const { findings } = await visit({
      options: { canaryMs: 2_500 },
      endpoints: ({ rest, sockets }) => ({ rest, sockets: { ...sockets, public: sockets['market'] ?? '' } }),
    })
    const [wrong, right] = of(findings, 'canary')
    expect(wrong).toMatchObject({ status: 'failure', message: 'public: acknowledged, but no book in 2.5 s' })
    expect(right?.status).toBe('ok')
  })

  it('says that nothing is reachable when no exchange answers', async () => {
    const nowhere = { rest: 'http://127.0.0.1:1', sockets: { public: 'ws://127.0.0.1:1', market: 'ws://127.0.0.1:1' } }
    const { isNothingReachable, findings } = await visit({ endpoints: () => nowhere })
    expect(isNothingReachable).toBe(true)
    expect(of(findings, 'rest')[0]).toMatchObject({ status: 'failure', advice: expect.any(String) })
  })

  it.each([
    ['wss://fstream.binance.com/ws', 'failure'],
    ['wss://fstream.binance.com/stream?streams=btcusdt@depth', 'failure'],
    ['wss://stream.binancefuture.com/ws', 'warning'],
    ['wss://fstream.binance.com/public/stream', 'ok'],
    ['wss://my-proxy.example/stream', 'ok'],
  ])('judges the configured address %s: %s', async (url, status) => {
    const { findings } = await visit({
      options: { configured: ({ endpoints }) => ({ ...endpoints, sockets: { ...endpoints.sockets, public: url } }) },
    })
    expect(of(findings, 'retired-endpoints').map((each) => each.status)).toEqual([status])
  })

  it('fails an old Node, a damaged database and torn files of the journal, each with what to do', async () => {
    const dataDirectory = await temporaryDirectory()
    const databasePath = path.join(dataDirectory, 'crypto_data.db')
    await writeFile(databasePath, 'this is no database, and it is long enough to be looked at'.repeat(20))
    await mkdir(path.join(dataDirectory, 'journal/binance/2026-11-21'), { recursive: true })
    await writeFile(path.join(dataDirectory, 'journal/binance/2026-11-21/x-1.frames.gz'), 'torn')
    const program = { nodeVersion: '18.4.0', searchPath: [] }
    const { findings } = await visit({ options: { dataDirectory, databasePath, program } })
    expect(of(findings, 'node')[0]).toMatchObject({ status: 'failure', advice: 'Install Node 20.19 or newer' })
    expect(of(findings, 'database')[0]).toMatchObject({ status: 'failure', advice: expect.any(String) })
    expect(of(findings, 'journal')[0]).toMatchObject({ status: 'warning', advice: 'Run: mts journal repair' })
  })

  it('tells what earlier runs met and did not know', async () => {
    const dataDirectory = await temporaryDirectory()
    const now = systemClock().now()
    const entry = {
      exchange: 'binance',
      reason: 'unknown-event',
      count: 3,
      firstAt: now - 1_000,
      lastAt: now,
      samples: ['{"e":"new"}'],
    }
    await addDrift(path.join(dataDirectory, 'logs/drift.json'), [entry], now)
    const { findings } = await visit({ options: { dataDirectory } })
    const [drift] = of(findings, 'drift')
    expect(drift).toMatchObject({ status: 'warning', figures: { count: 3, sample: '{"e":"new"}' } })
    expect(drift?.message).toContain('3 × unknown-event')
  })
})

describe('the memory of what was not known', () => {
  const DAY = 86_400_000
  const met = (reason: string, at: number) => ({
    exchange: 'bybit',
    reason,
    count: 1,
    firstAt: at,
    lastAt: at,
    samples: [`s${at}`],
  })

  it('adds up over runs, keeps the first samples, forgets after a week and stays small', async () => {
    const file = path.join(await temporaryDirectory(), 'logs/drift.json')
    for (let run = 1; run <= 5; run++) await addDrift(file, [met('again', run)], run)
    expect(await readDrift(file)).toEqual([
      { exchange: 'bybit', reason: 'again', count: 5, firstAt: 1, lastAt: 5, samples: ['s1', 's2', 's3'] },
    ])
    const many = Array.from({ length: 500 }, (_, i) => met(`kind-${i}`, 8 * DAY))
    await addDrift(file, many, 8 * DAY)
    const entries = await readDrift(file)
    expect(entries).toHaveLength(200)
    expect(entries.some(({ reason }) => reason === 'again')).toBe(false)
  })

  it('begins anew where its file is no longer readable', async () => {
    const file = path.join(await temporaryDirectory(), 'drift.json')
    await writeFile(file, '{"entries": [1, {"exchange": 2}')
    await addDrift(file, [met('first', 1)], 1)
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ entries: [{ reason: 'first' }] })
  })
})

needs('redis-server')('the doctor at Redis', () => {
  it('looks at it only where it is used', async () => {
    expect(of((await visit()).findings, 'redis')).toEqual([])
  })

  it.each([
    ['noeviction', 'ok', expect.stringContaining('maxmemory-policy noeviction'), null],
    [
      'allkeys-lru',
      'warning',
      expect.stringContaining('allkeys-lru forgets keys in silence'),
      expect.stringContaining('noeviction'),
    ],
  ])('takes the policy %s for %s', async (policy, status, message, advice) => {
    const redis = await startRedis()
    await redis.client().config('SET', 'maxmemory-policy', policy)
    const { findings } = await visit({ options: { redisUrl: redis.url } })
    expect(of(findings, 'redis')).toMatchObject([{ status, message, advice }])
  })

  it('fails where it cannot be reached, and never shows the password', async () => {
    const { findings } = await visit({ options: { redisUrl: 'redis://me:hidden-word@127.0.0.1:1' } })
    expect(of(findings, 'redis')).toMatchObject([{ status: 'failure', message: expect.stringContaining('127.0.0.1:1') }])
    expect(JSON.stringify(findings)).not.toContain('hidden-word')
  })
})
