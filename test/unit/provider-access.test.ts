/** From the environment to how a provider is asked. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { resolveConfig } from '../../src/core/cli/config/resolve.js'
import { configuredAccess, configuredBudgets } from '../../src/core/cli/provider-access.js'
import { loadCoinProvider, loadMacroProvider } from '../../src/core/providers/registry.js'

const COIN_KEY = 'CG-abcdefABCDEF0123456789ab'
const FRED_KEY = '0123456789abcdef0123456789abcdef'
const coin = await loadCoinProvider()
const macro = await loadMacroProvider()

async function configured(env: Record<string, string>) {
  const { values } = await resolveConfig({ env, cwd: mkdtempSync(path.join(tmpdir(), 'mts-access-')) })
  return values
}

describe('a provider of the configuration', () => {
  it('is asked without a key at its own addresses when nothing is set', async () => {
    const config = await configured({})
    expect(configuredAccess(coin, config)).toEqual({ plan: 'keyless', endpoints: coin.endpoints, key: undefined })
    expect(configuredAccess(macro, config)).toEqual({ plan: 'keyless', endpoints: macro.endpoints, key: undefined })
    expect(configuredBudgets(coin, config)).toBe(coin)
  })

  it('takes a key for a demo key of CoinGecko unless the plan is named', async () => {
    expect(configuredAccess(coin, await configured({ COINGECKO_API_KEY: COIN_KEY }))).toMatchObject({ plan: 'demo', key: COIN_KEY })
    const pro = await configured({ COINGECKO_API_KEY: COIN_KEY, MTS_PROVIDERS__COINGECKO_PLAN: 'pro' })
    expect(configuredAccess(coin, pro)).toMatchObject({ plan: 'pro', key: COIN_KEY })
  })

  it('sends no key under a plan that has none', async () => {
    const config = await configured({ COINGECKO_API_KEY: COIN_KEY, MTS_PROVIDERS__COINGECKO_PLAN: 'keyless' })
    expect(configuredAccess(coin, config).key).toBeUndefined()
  })

  it('forgives spaces around a key, and nothing else', async () => {
    expect(configuredAccess(macro, await configured({ FRED_API_KEY: ` ${FRED_KEY}\n` })).key).toBe(FRED_KEY)
    const upper = await configured({ FRED_API_KEY: FRED_KEY.toUpperCase() })
    expect(() => configuredAccess(macro, upper)).toThrow(expect.objectContaining({ code: 'CONFIG_BAD_KEY', exitCode: 78 }))
  })

  it('is asked where the user says, by every plan', async () => {
    const own = 'http://127.0.0.1:4600/coingecko/api/v3'
    const { endpoints } = configuredAccess(coin, await configured({ COINGECKO_BASE_URL: own }))
    expect(endpoints).toEqual({ public: own, pro: own })
  })

  it('has an address of its own for what needs no key', async () => {
    const env = { MTS_PROVIDERS__FRED_URL: 'http://a.test/fred', MTS_PROVIDERS__FRED_VINTAGE_GRAPH_URL: 'http://b.test/graph' }
    const { endpoints } = configuredAccess(macro, await configured(env))
    expect(endpoints).toEqual({ api: 'http://a.test/fred', graph: macro.endpoints['graph'], vintageGraph: 'http://b.test/graph' })
  })

  it('has the budget that the account allows', async () => {
    const { budgets } = configuredBudgets(coin, await configured({ MTS_PROVIDERS__COINGECKO_REQUESTS: '100' }))
    expect(budgets['demo']).toEqual({ limit: 100, windowMs: 60_000, isAligned: false })
  })

  it('is refused with a plan or a budget that is none', async () => {
    await expect(configured({ MTS_PROVIDERS__COINGECKO_PLAN: 'gold' })).rejects.toThrow(expect.objectContaining({ exitCode: 78 }))
    await expect(configured({ MTS_PROVIDERS__FRED_REQUESTS: '0' })).rejects.toThrow(expect.objectContaining({ exitCode: 78 }))
  })
})
