import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { defaultSettings, environmentName, findSetting } from '../../src/core/cli/config/keys.js'
import { type Inputs, resolveConfig } from '../../src/core/cli/config/resolve.js'
import { configRows } from '../../src/core/cli/config/view.js'
import { configuredEndpoints } from '../../src/core/cli/world.js'
import { ConfigError } from '../../src/core/errors.js'

function folder(files: Readonly<Record<string, string>> = {}): string {
  const made = mkdtempSync(path.join(tmpdir(), 'mts-config-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(made, name), text)
  return made
}

async function refusal(inputs: Partial<Inputs>): Promise<ConfigError> {
  try {
    await resolveConfig({ env: {}, cwd: folder(), ...inputs })
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('defaults', () => {
  it('are the documented ones, with durations in milliseconds', async () => {
    const cwd = folder()
    const { values } = await resolveConfig({ env: {}, cwd })
    expect(values).toMatchObject({
      profile: 'development',
      symbols: ['BTC', 'ETH'],
      connectionTimeout: 10_000,
      reconnectDelay: 1000,
      maxReconnectDelay: 60_000,
      requestTimeout: 10_000,
      bufferSize: 10_000,
      dbBatchSize: 100,
      alignmentTolerance: 100,
      openInterestInterval: 15_000,
      largeTrades: { BTC: 100_000, ETH: 50_000, default: 20_000 },
      storage: { csvBackup: false },
      dataDir: path.join(cwd, 'data'),
      db: path.join(cwd, 'data/crypto_data.db'),
    })
    expect(values.exchanges['binance']).toStrictEqual({ enabled: true, restUrl: undefined, socketUrls: {} })
  })

  it('pass their own checks when they are written out', async () => {
    const env = Object.fromEntries(
      defaultSettings()
        .filter(({ setting }) => setting.fallback !== undefined)
        .map(({ key, setting }) => [
          environmentName(key),
          `${String(setting.fallback)}${setting.unit === 'ms' && !key.endsWith('_ms') ? 'ms' : ''}`,
        ]),
    )
    const cwd = folder()
    const [written, plain] = await Promise.all([resolveConfig({ env, cwd }), resolveConfig({ env: {}, cwd })])
    expect({ ...written.values, budgetShare: 0, log: 0 }).toStrictEqual({ ...plain.values, budgetShare: 0, log: 0 })
  })
})

describe('precedence', () => {
  const files = {
    'mts.config.json': JSON.stringify({ buffer_size: 1, db_batch_size: 1, symbols: ['A'], retry: { attempts: 1 } }),
    '.env': 'MTS_DB_BATCH_SIZE=2\nMTS_SYMBOLS=B\nMTS_RETRY__ATTEMPTS=2\n',
  }

  it('is flag, environment, .env, file, profile, default; each value knows its source', async () => {
    const env = { MTS_SYMBOLS: 'C', MTS_RETRY__ATTEMPTS: '3', MTS_ENV: 'production' }
    const flags = [{ key: 'retry.attempts', raw: 4, flag: '--attempts' }]
    const { values, sources } = await resolveConfig({ env, cwd: folder(files), flags })
    const seen = ['buffer_size', 'db_batch_size', 'symbols', 'retry.attempts', 'log.format', 'retry.base'].map((key) => [
      key,
      sources.get(key),
    ])
    expect(seen).toStrictEqual([
      ['buffer_size', 'mts.config.json'],
      ['db_batch_size', 'MTS_DB_BATCH_SIZE in .env'],
      ['symbols', 'MTS_SYMBOLS in the environment'],
      ['retry.attempts', '--attempts'],
      ['log.format', 'profile production'],
      ['retry.base', 'default'],
    ])
    expect(values).toMatchObject({ bufferSize: 1, dbBatchSize: 2, symbols: ['C'], retry: { attempts: 4 }, log: { format: 'json' } })
  })

  it('takes an empty variable for one that is not set', async () => {
    const { sources } = await resolveConfig({ env: { MTS_SYMBOLS: '', MTS_ENV: '', ENVIRONMENT: '' }, cwd: folder() })
    expect(sources.get('symbols')).toBe('default')
  })

  it('prefers our own name over the usual one, which counts bare seconds', async () => {
    const usual = await resolveConfig({ env: { REQUEST_TIMEOUT: '12' }, cwd: folder() })
    expect(usual.values.requestTimeout).toBe(12_000)
    const both = await resolveConfig({ env: { MTS_REQUEST_TIMEOUT: '3s', REQUEST_TIMEOUT: '12' }, cwd: folder() })
    expect(both.values.requestTimeout).toBe(3000)
  })
})

describe('exchanges', () => {
  it('take their URLs from the environment, also with a dash in their id', async () => {
    const env = { MTS_EXCHANGES__BINANCE_SPOT__REST_URL: 'http://127.0.0.1:1/x', MTS_EXCHANGES__BYBIT__ENABLED: 'false' }
    const { values } = await resolveConfig({ env, cwd: folder() })
    expect(values.exchanges['binance-spot']?.restUrl).toBe('http://127.0.0.1:1/x')
    expect(values.exchanges['bybit']?.enabled).toBe(false)
    const own = { rest: 'https://a', sockets: { public: 'wss://a' } }
    expect(configuredEndpoints({ id: 'binance-spot', endpoints: own }, values)).toStrictEqual({
      ...own,
      rest: 'http://127.0.0.1:1/x',
    })
    expect(configuredEndpoints({ id: 'bybit', endpoints: own }, values)).toStrictEqual(own)
  })

  it('refuse the URL of a class of socket that they do not have', async () => {
    const file = JSON.stringify({ exchanges: { bybit: { linaer_url: 'ws://127.0.0.1:1' } } })
    const error = await refusal({ cwd: folder({ 'mts.config.json': file }) })
    expect(error.code).toBe('CONFIG_UNKNOWN_KEY')
    expect(error.suggestions).toStrictEqual(['Did you mean exchanges.bybit.linear_url?'])
  })

  it('are known by any spelling of a key in the environment', () => {
    expect(findSetting(['exchanges', 'binance_spot', 'rest_url'])?.key).toBe('exchanges.binance-spot.rest_url')
    expect(findSetting(['large_trades', 'sol'])?.key).toBe('large_trades.SOL')
    expect(findSetting(['exchanges', 'nowhere', 'rest_url'])).toBeUndefined()
  })
})

describe('what is refused', () => {
  it.each([
    [{ 'mts.config.json': '{"symbls":["BTC"]}' }, {}, 'Unknown setting symbls in mts.config.json', 'Did you mean symbols?'],
    [{ 'mts.config.json': '{"retry":{"atempts":1}}' }, {}, 'Unknown setting retry.atempts', 'Did you mean retry.attempts?'],
    [
      { 'mts.config.json': '{"exchanges":{"binnance":{}}}' },
      {},
      'Unknown setting exchanges.binnance',
      'Did you mean exchanges.binance?',
    ],
    [
      {},
      { MTS_EXCHANGES__BINANCE__RST_URL: 'x' },
      'MTS_EXCHANGES__BINANCE__RST_URL',
      'Did you mean MTS_EXCHANGES__BINANCE__REST_URL?',
    ],
    [{ '.env': 'MTS_BUFER_SIZE=1' }, {}, 'Unknown setting MTS_BUFER_SIZE in .env', 'Did you mean MTS_BUFFER_SIZE?'],
  ])('is an unknown key, with the nearest one: %j %j', async (files, env, message, hint) => {
    const error = await refusal({ cwd: folder(files as Record<string, string>), env: env as Record<string, string> })
    expect([error.code, error.exitCode]).toStrictEqual(['CONFIG_UNKNOWN_KEY', 78])
    expect(error.message).toContain(message)
    expect(error.suggestions.join(' ')).toContain(hint)
  })

  it.each([
    ['MTS_BUFFER_SIZE', '0', 'buffer_size is "0" (from MTS_BUFFER_SIZE in the environment)'],
    ['MTS_BUFFER_SIZE', 'many', 'expected a whole number from 1 to 10000000'],
    ['MTS_REQUEST_TIMEOUT', '30', 'expected a duration such as 250ms, 10s or 5m'],
    ['MTS_LOG__LEVEL', 'loud', 'expected one of debug, info, warn, error, silent'],
    ['MTS_STORAGE__CSV_BACKUP', 'perhaps', 'expected true or false'],
    ['MTS_EXCHANGES__BINANCE__REST_URL', 'wss://x', 'expected a URL that begins with http:// or https://'],
    ['MTS_ENV', 'prod', 'MTS_ENV is prod: it must be one of development, staging, production'],
  ])('is the value %s=%s, naming key, value, source and what is allowed', async (name, value, message) => {
    const error = await refusal({ env: { [name]: value } })
    expect([error.code, error.exitCode]).toStrictEqual(['CONFIG_BAD_VALUE', 78])
    expect(error.message).toContain(message)
  })

  it('is a secret in the file, and its value is told nowhere', async () => {
    for (const text of ['{"providers":{"fred_api_key":"s3cret"}}', '{"redis":{"url":"redis://u:s3cret@h"}}', '{"a":"s3cret",,}']) {
      const error = await refusal({ cwd: folder({ 'mts.config.json': text }) })
      expect(['CONFIG_SECRET_IN_FILE', 'CONFIG_FILE_INVALID']).toContain(error.code)
      expect([error.message, ...error.suggestions].join(' ')).not.toContain('s3cret')
    }
  })

  it.each([
    ['{ "symbols": ["BTC",, ] }', 'look at line 1, column 21'],
    ['{\n  "symbols": ["BTC"],\n}', 'look at line 3, column 1'],
    ["{ 'symbols': 1 }", 'look at line 1, column 3'],
    ['{ "a": 1 } x', 'look at line 1, column 12'],
    ['{ "a": 01 }', 'look at line 1, column 9'],
    ['{ "a": "b" ', 'it ends too early'],
    ['', 'it is empty'],
  ])('is a file that is no JSON, with the place: %j', async (text, place) => {
    const { code, message } = await refusal({ cwd: folder({ 'mts.config.json': text }) })
    expect([code, message.endsWith(`mts.config.json is no valid JSON: ${place}`)]).toEqual(['CONFIG_FILE_INVALID', true])
  })

  it('is a value in the place of a group of settings', async () => {
    const { code, message } = await refusal({ cwd: folder({ 'mts.config.json': '{"retry": 3}' }) })
    expect([code, message]).toEqual(['CONFIG_BAD_VALUE', 'retry in mts.config.json has to be an object: it holds settings'])
  })

  it('is a file that was asked for and is not there', async () => {
    expect((await refusal({ configFile: 'elsewhere.json' })).code).toBe('CONFIG_FILE_MISSING')
    expect((await refusal({ env: { MTS_CONFIG: 'elsewhere.json' } })).code).toBe('CONFIG_FILE_MISSING')
  })
})

it('shows no secret in the rows of `mts config` and lists every secret for the redaction of logs', async () => {
  const env = { COINGECKO_API_KEY: 'key-1', REDIS_URL: 'rediss://me:pass%20word@h:1' }
  const resolved = await resolveConfig({ env, cwd: folder() })
  expect(JSON.stringify(configRows(resolved))).not.toMatch(/key-1|pass%20word/)
  expect(resolved.secrets).toStrictEqual(['pass%20word', 'pass word', 'key-1'])
  expect(resolved.values.redis.url).toBe('rediss://me:pass%20word@h:1')
})
