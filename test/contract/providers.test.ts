/** What every provider of the registry must hold, whatever it is. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ApiError, ConfigError } from '../../src/core/errors.js'
import type { Provider, ProviderSource } from '../../src/core/providers/contract.js'
import { checkedAccess, keyName, prepared, usualPlan } from '../../src/core/providers/prepare.js'
import {
  loadCoinProvider,
  loadMacroProvider,
  loadProvider,
  loadSandboxProvider,
  PROVIDER_IDS,
} from '../../src/core/providers/registry.js'
import type { ProviderSandboxAnswer } from '../../src/core/providers/sandbox-contract.js'
import type { Answer, PageToken } from '../../src/core/rest/contract.js'
import { NOW, PROVIDER_MARKET } from '../support/provider-market.js'

type AnySource = ProviderSource<object, unknown>
const DAY = 86_400_000
const coin = await loadCoinProvider()
const macro = await loadMacroProvider()

const QUERIES: Readonly<Record<string, object>> = {
  'coingecko coins': {},
  'coingecko ranks': { count: 3 },
  'coingecko chart': { coin: 'bitcoin', from: NOW - 5 * DAY, to: NOW },
  'coingecko candles': { coin: 'bitcoin', days: 30 },
  'fred observations': { series: 'VIXCLS', from: '2026-01-01' },
  'fred series': { series: 'UNRATE' },
  'fred releases': { series: 'UNRATE' },
  'fred graph': { series: 'DTWEXBGS', from: '2025-12-01' },
  'fred graphAsOf': { series: 'UNRATE', from: '2025-01-01', asOf: '2026-01-08' },
}
const SOURCES = [coin, macro].flatMap((provider) =>
  Object.entries(provider.rest).map(
    ([name, source]) => [`${provider.id} ${name}`, provider as Provider, source as unknown as AnySource] as const,
  ),
)
const PROVIDERS = await Promise.all(PROVIDER_IDS.map(async (id) => [id, await loadProvider(id)] as const))

/** The provider's own sandbox, asked as the network would ask it. */
async function ask(
  provider: Provider,
  source: AnySource,
  query: object,
  page?: PageToken,
): Promise<Answer & ProviderSandboxAnswer> {
  const sandbox = await loadSandboxProvider(provider.id as (typeof PROVIDER_IDS)[number])
  const { plan, key } = provider.sandbox
  const { root, request } = prepared(provider, { plan, key, endpoints: sandbox.endpoints }, source, query, page)
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries({ ...request.query, ...request.secrets?.query }))
    if (value !== undefined) params.set(name, String(value))
  const headers = { 'user-agent': 'mts/test', ...request.headers, ...request.secrets?.headers }
  return { headers: {}, ...sandbox.answer({ path: root + request.path, query: params, headers, recent: 1 }, PROVIDER_MARKET) }
}

function expectFinite(value: unknown): void {
  if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true)
  else if (typeof value === 'object' && value !== null) for (const each of Object.values(value)) expectFinite(each)
}

describe.each(PROVIDERS)('%s declares itself', (id, provider) => {
  it('with plans on its own endpoints and budgets', () => {
    expect(provider.id).toBe(id)
    for (const { endpoint, budget, key } of Object.values(provider.plans)) {
      expect(provider.endpoints[endpoint]).toMatch(/^https:\/\//)
      expect(provider.budgets[budget]?.limit).toBeGreaterThan(0)
      if (key !== undefined) expect(key.from).toMatch(/^https:\/\//)
    }
    expect(provider.plans[provider.usualPlan.withoutKey]).not.toHaveProperty('key')
    expect(provider.plans[provider.usualPlan.withKey]).toHaveProperty('key')
    expect(provider.bans.statuses[429]).toBeGreaterThan(0)
    expect(provider.bans.longestMs).toBeLessThanOrEqual(300_000)
  })

  it('with a sandbox that stands in for each endpoint', async () => {
    const sandbox = await loadSandboxProvider(id)
    expect(Object.keys(sandbox.endpoints)).toEqual(Object.keys(provider.endpoints))
  })

  it.each(['', ' ', 'short', 'CG-', '💥', 'CG-with a space in it', 'UPPER'.repeat(8), "'quoted-key-0123456789abcdefghij'"])(
    'and refuses %j as a key before anybody is asked',
    (key) => {
      const wanted = { plan: provider.usualPlan.withKey, endpoints: provider.endpoints, key }
      expect(() => checkedAccess(provider, wanted)).toThrow(
        expect.objectContaining({ code: 'CONFIG_BAD_KEY', exitCode: 78, message: expect.stringContaining(keyName(provider)) }),
      )
    },
  )

  it('and says where to get the key that is missing', () => {
    expect(usualPlan(provider, undefined)).toBe(provider.usualPlan.withoutKey)
    const wanted = { plan: provider.usualPlan.withKey, endpoints: provider.endpoints, key: undefined }
    expect(() => checkedAccess(provider, wanted)).toThrow(
      expect.objectContaining({
        code: 'CONFIG_KEY_MISSING',
        suggestions: expect.arrayContaining([expect.stringContaining('https://')]),
      }),
    )
    expect(() => checkedAccess(provider, { ...wanted, plan: 'gold' })).toThrow(expect.objectContaining({ exitCode: 78 }))
  })
})

describe.each(SOURCES)('%s', (name, provider, source) => {
  const query = QUERIES[name] ?? {}

  it('is paid from a declared budget, and keeps the key apart', () => {
    for (const [plan, { key }] of Object.entries(provider.plans)) {
      if (source.needsKey === true && key === undefined) continue
      const secret = 'CG-0123456789abcdef0123456789'
      const { root, request } = prepared(provider, { plan, key: secret, endpoints: provider.endpoints }, source, query)
      expect(Object.values(provider.endpoints)).toContain(root)
      expect(provider.budgets[request.budget]?.limit).toBeGreaterThanOrEqual(request.weight)
      expect(JSON.stringify({ ...request, secrets: undefined })).not.toContain(secret)
      const isSent = request.secrets !== undefined
      if (isSent) expect(root).toBe(provider.endpoints[provider.plans[plan]?.endpoint ?? ''])
    }
  })

  it('is not asked for without the key that it needs', () => {
    if (source.needsKey !== true) return
    const access = { plan: provider.usualPlan.withoutKey, key: undefined, endpoints: provider.endpoints }
    expect(() => prepared(provider, access, source, query)).toThrow(expect.objectContaining({ code: 'CONFIG_KEY_MISSING' }))
  })

  it('reads its own sandbox, oldest first', async () => {
    const answer = await ask(provider, source, query)
    expect(answer.status, answer.body.slice(0, 200)).toBe(200)
    const { rows } = source.parse(answer, query)
    expect(rows.length).toBeGreaterThan(0)
    expectFinite(rows)
    const times = rows.flatMap((row) => {
      const { timestamp, date } = row as { timestamp?: number; date?: string }
      return timestamp ?? date ?? []
    })
    expect(times).toEqual(times.toSorted((a, b) => (a < b ? -1 : 1)))
  })

  it.each([
    [200, '<!DOCTYPE html><html><body>Just a moment…</body></html>'],
    [403, '<html><title>Access Denied</title></html>'],
    [404, ''],
    [429, ''],
    [500, 'Internal Server Error'],
    [503, '{}'],
    [200, ''],
    [200, 'null'],
    [200, '42'],
    [200, '{"foo":1}'],
    [200, '{"status":{"error_code":429,"error_message":"Throttled"}}'],
    [200, '{"error_code":400,"error_message":"Bad Request.  The series does not exist."}'],
  ])('makes no rows of HTTP %i %j', (status, body) => {
    expect(() => source.parse({ status, headers: {}, body }, query)).toThrow(ApiError)
  })

  it('never makes numbers that are none of a damaged body', async () => {
    const good = await ask(provider, source, query)
    fc.assert(
      fc.property(
        fc.nat(),
        fc.nat(40),
        fc.oneof(fc.constantFrom('', '.', 'NaN', '-', '1e999', '"', '}', ',,', '\n', '0x1F'), fc.string()),
        (at, length, text) => {
          const place = at % good.body.length
          const body = good.body.slice(0, place) + text + good.body.slice(place + length)
          try {
            expectFinite(source.parse({ ...good, body }, query).rows)
          } catch (error) {
            expect(error instanceof ApiError || error instanceof ConfigError, String(error)).toBe(true)
          }
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('the sandbox of CoinGecko', () => {
  const chart = coin.rest.chart as unknown as AnySource

  it('gives samples that lie on no grid, a live point, and hours of which bars can be made', async () => {
    const { rows } = coin.rest.chart.parse(await ask(coin, chart, QUERIES['coingecko chart'] ?? {}), {
      coin: 'bitcoin',
      from: 0,
      to: NOW,
    })
    expect(rows.filter(({ timestamp }) => timestamp % 60_000 === 0).length).toBeLessThan(rows.length / 10)
    expect(rows.at(-1)?.timestamp).toBe(Math.floor(NOW / 1000) * 1000)
    const bars = coin.sampled(rows, { interval: '4h', from: NOW - 4 * DAY, to: NOW, now: NOW })
    expect(bars.length).toBeGreaterThanOrEqual(23)
    expect(bars.at(-1)?.quality).toContain('partial')
  })

  it('refuses what is older than 365 days, and mts never asks for it', async () => {
    const old = await ask(coin, chart, { coin: 'bitcoin', from: NOW - 366 * DAY, to: NOW })
    expect([old.status, old.body.includes('10012')]).toEqual([401, true])
    const range = { coin: 'bitcoin', interval: '1d', from: NOW - 900 * DAY, to: NOW, now: NOW, plan: 'keyless' }
    for (const { query } of coin.plan(range).pieces) expect((await ask(coin, chart, query)).status).toBe(200)
  })
})

describe('the sandbox of FRED', () => {
  it('tells by key and by file the same of every series, missing days included', async () => {
    for (const { id } of macro.table) {
      const query = { series: id, from: '2025-06-01' }
      const byKey = macro.rest.observations.parse(
        await ask(macro, macro.rest.observations as unknown as AnySource, query),
        query,
      ).rows
      const byFile = macro.rest.graph.parse(await ask(macro, macro.rest.graph as unknown as AnySource, query), query).rows
      expect(byFile).toEqual(byKey)
      expect(byKey.length).toBeGreaterThan(5)
    }
  })

  it('never had a value before mts says that it could be known, by lag or by vintage', async () => {
    for (const series of macro.table) {
      const query = { series: series.id, from: '2026-01-01', isFirstRelease: true }
      const { rows } = macro.rest.observations.parse(
        await ask(macro, macro.rest.observations as unknown as AnySource, query),
        query,
      )
      for (const { date, knownFrom = '' } of rows) {
        expect(macro.availableAt(series, date), `${series.id} ${date}`).toBeGreaterThanOrEqual(Date.parse(`${knownFrom}T00:00:00Z`))
      }
    }
  })

  it('has revisions that the windows of mts bring together whole', async () => {
    const series = { series: 'UNRATE' }
    const releases = macro.rest.releases.parse(await ask(macro, macro.rest.releases as unknown as AnySource, series), series).rows
    const unrate = macro.find('UNRATE')
    if (unrate === undefined) throw new Error('no UNRATE')
    const inOne = await told(macro.windows(releases))
    const third = releases[Math.floor(releases.length / 3)] ?? ''
    const inTwo = await told([
      { first: releases[0] ?? '', last: new Date(Date.parse(third) - DAY).toISOString().slice(0, 10) },
      { first: third, last: '9999-12-31' },
    ])
    expect(inTwo).toEqual(inOne)
    expect(inOne.length).toBeGreaterThan(new Set(inOne.map(({ date }) => date)).size)

    async function told(windows: ReturnType<typeof macro.windows>) {
      const rows = []
      for (const known of windows) {
        const query = { ...series, known }
        rows.push(
          ...macro.rest.observations.parse(await ask(macro, macro.rest.observations as unknown as AnySource, query), query).rows,
        )
      }
      return unrate === undefined ? [] : macro.vintages(unrate, rows, windows)
    }
  })
})
