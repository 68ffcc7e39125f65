/**
 * Every setting of mts: default, unit, meaning and what is allowed. Keys are the configuration file's; the environment has
 * the same ones in upper case (`MTS_RETRY__ATTEMPTS`). zod is handed in, so that a run without any setting never loads it.
 */
import type { z as Zod } from 'zod'
import type { UserSeries } from '../../collect/macro-series.js'
import { DEFAULT_LIMITS } from '../../feed/validation.js'
import { DAY_MS } from '../../market/time.js'
import { durationMs } from '../duration.js'

export type ZodModule = typeof Zod

export interface Setting<Value = unknown> {
  readonly fallback: Value
  readonly unit?: string
  readonly description: string
  /** Taken from the environment or `.env` only, and never shown. */
  readonly isSecret?: boolean
  readonly check: (z: ZodModule) => Zod.ZodType<Value>
}

type Extra = Pick<Setting, 'unit' | 'isSecret'>

function count(fallback: number, min: number, max: number, description: string, extra: Extra = {}): Setting<number> {
  const check = (z: ZodModule) => z.preprocess(numberText, z.int(`a whole number from ${min} to ${max}`).min(min).max(max))
  return { fallback, description, check, ...extra }
}

function amount(fallback: number, min: number, max: number, description: string, extra: Extra = {}): Setting<number> {
  const check = (z: ZodModule) => z.preprocess(numberText, z.number(`a number from ${min} to ${max}`).min(min).max(max))
  return { fallback, description, check, ...extra }
}

function span(fallback: string, description: string): Setting<number> {
  const wanted = 'a duration such as 250ms, 10s or 5m'
  const check = (z: ZodModule) =>
    z.union([z.string(), z.literal(0)], wanted).transform((value, context) => {
      const ms = durationMs(String(value))
      if (ms !== undefined) return ms
      context.addIssue(wanted)
      return z.NEVER
    })
  return { fallback: durationMs(fallback) ?? 0, unit: 'ms', description, check }
}

function choice<const Name extends string>(fallback: Name, names: readonly Name[], description: string): Setting<Name> {
  return { fallback, description, check: (z) => z.enum(names, `one of ${names.join(', ')}`) }
}

/** Macro series of the user's own; in the environment as JSON. */
function macroSeries(description: string): Setting<readonly UserSeries[]> {
  const fromText = (value: unknown) => {
    if (typeof value !== 'string') return value
    try {
      return JSON.parse(value) as unknown
    } catch {
      // The check below says what is wanted.
      return value
    }
  }
  const wanted = 'a list such as [{"id": "MORTGAGE30US", "frequency": "weekly", "lag": 3}]'
  const check = (z: ZodModule): Zod.ZodType<readonly UserSeries[]> => {
    const series = z.strictObject(
      {
        id: z.string().regex(/^\w{1,40}$/),
        name: z.string().min(1).optional(),
        frequency: z.enum(['daily', 'weekly', 'monthly', 'quarterly']).optional(),
        units: z.string().min(1).optional(),
        lag: z.int().min(0).max(400).optional(),
      },
      wanted,
    )
    return z.preprocess(fromText, z.array(series, wanted))
  }
  return { fallback: [], description, check }
}

function toggle(fallback: boolean, description: string): Setting<boolean> {
  const words: Readonly<Record<string, boolean>> = { true: true, 1: true, yes: true, false: false, 0: false, no: false }
  const fromText = (value: unknown) => (typeof value === 'string' ? (words[value.trim().toLowerCase()] ?? value) : value)
  return { fallback, description, check: (z) => z.preprocess(fromText, z.boolean('true or false')) }
}

function names(fallback: readonly string[], description: string): Setting<readonly string[]> {
  const fromText = (value: unknown) => (typeof value === 'string' ? splitList(value) : value)
  const check = (z: ZodModule) => z.preprocess(fromText, z.array(z.string().min(1), 'a list such as BTC,ETH').min(1))
  return { fallback, description, check }
}

function text(fallback: string, description: string): Setting<string> {
  return { fallback, description, check: (z) => z.string('a text').min(1, 'a text that is not empty') }
}

function optional(description: string, extra: Extra = {}): Setting<string | undefined> {
  return { fallback: undefined, description, check: (z) => z.string('a text').min(1, 'a text that is not empty'), ...extra }
}

function plan(names: readonly string[], description: string): Setting<string | undefined> {
  return { fallback: undefined, description, check: (z) => z.enum(names, `one of ${names.join(', ')}`) }
}

function ceiling(max: number, description: string): Setting<number | undefined> {
  const check = (z: ZodModule) => z.preprocess(numberText, z.int(`a whole number from 1 to ${max}`).min(1).max(max))
  return { fallback: undefined, unit: 'requests', description, check }
}

function address(protocols: readonly string[], description: string, extra: Extra = {}): Setting<string | undefined> {
  const wanted = `a URL that begins with ${protocols.map((name) => `${name}://`).join(' or ')}`
  const check = (z: ZodModule) =>
    z.string(wanted).refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol.slice(0, -1)), wanted)
  return { fallback: undefined, description, check, ...extra }
}

function numberText(value: unknown): unknown {
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : value
}

/** `BTC, ETH` → `['BTC', 'ETH']`; empty parts fall out. */
export function splitList(value: string): string[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

const HTTP = ['http', 'https']

export const SETTINGS = {
  data_dir: text('data', 'Folder of the database, the recordings and the reports'),
  db: optional('The SQLite file; <data_dir>/crypto_data.db when not set'),
  symbols: names(['BTC', 'ETH'], 'Instruments when a command names none'),
  strategy_paths: names(['strategies'], 'Folders and files of strategies of your own'),
  connection_timeout: span('10s', 'Longest wait for a socket to open'),
  reconnect_delay: span('1s', 'First pause before a lost socket is opened again; it doubles'),
  max_reconnect_delay: span('60s', 'Longest pause between two attempts'),
  request_timeout: span('10s', 'Longest wait for the answer to a REST request'),
  buffer_size: count(10_000, 1, 10_000_000, 'Messages that a slow consumer may lag behind', { unit: 'messages' }),
  db_batch_size: count(100, 1, 100_000, 'Rows written to the database in one transaction', { unit: 'rows' }),
  budget_share: amount(0.9, 0.01, 1, "Share of each exchange's request budget that may be used", { unit: 'fraction' }),
  alignment_tolerance: span('100ms', 'Longest distance in time between books that are compared with each other'),
  open_interest_interval: span('15s', 'Pause between two requests where open interest is not pushed'),
  retry: {
    attempts: count(3, 1, 20, 'Times a REST request is sent at most', { unit: 'attempts' }),
    base: span('500ms', 'Upper end of the first random pause between attempts; it doubles'),
    max: span('30s', 'Longest pause between attempts'),
  },
  validation: {
    max_spread_bps: amount(DEFAULT_LIMITS.maxSpreadBps, 0, 1_000_000, 'A wider spread marks the row as an outlier', {
      unit: 'bps',
    }),
    outlier_mads: amount(
      DEFAULT_LIMITS.outlierMads,
      1,
      1000,
      'Distance from the rolling median, in median absolute deviations, that marks an outlier',
      { unit: 'deviations' },
    ),
    max_future_ms: count(DEFAULT_LIMITS.maxFutureMs, 0, DAY_MS, "An exchange's time this far ahead of ours is a clock fault", {
      unit: 'ms',
    }),
    max_age_ms: count(DEFAULT_LIMITS.maxAgeMs, 1, DAY_MS, "An exchange's time this far behind ours is stale", { unit: 'ms' }),
  },
  status: {
    max_intervals: amount(2, 0, 1000, 'Older than so many of its intervals, and its usual delay, a series is stale', {
      unit: 'intervals',
    }),
  },
  funding: {
    collection_interval: span('5m', 'Funding that does not change is stored again after this time'),
    min_rate_diff: amount(0.0001, 0, 1, 'Difference of two rates, over eight hours, that is worth a look', { unit: 'fraction' }),
    min_profit_bps: amount(5, -10_000, 10_000, 'Profit after the fees of four fills that is worth a look', { unit: 'bps' }),
  },
  arbitrage: {
    min_profit_bps: amount(5, 0, 10_000, 'Net profit over the bought notional that makes an opportunity', { unit: 'bps' }),
    size: amount(10_000, 1, 1e12, 'Largest notional of the bought leg', { unit: 'quote currency' }),
    max_age: span('500ms', 'Oldest book of an opportunity'),
    max_skew: span('100ms', 'Longest time between its two books'),
    max_deviation_bps: amount(200, 0, 1e6, 'Furthest mid from the median of the exchanges', { unit: 'bps' }),
    latency: span('50ms', 'Time that an order takes'),
    hold: span('7d', 'Time for which positions are held for their funding'),
  },
  storage: { csv_backup: toggle(false, 'Write the derived rows as CSV too') },
  journal: {
    block_bytes: count(262_144, 4096, 67_108_864, 'Raw frames gathered before a block is sealed', { unit: 'bytes' }),
    flush_interval: span('1s', 'Longest time that a frame waits for its block to be sealed'),
  },
  log: {
    level: choice('warn', ['debug', 'info', 'warn', 'error', 'silent'], 'Least serious message that is logged to stderr'),
    format: choice('readable', ['readable', 'json'], 'Lines for people or for machines'),
  },
  redis: {
    url: address(['redis', 'rediss'], 'Where streams are published and request budgets shared; nowhere when not set'),
    address: text('default', 'Name of the public IP address: machines with the same one share their request budgets'),
    stream_length: count(50_000, 100, 100_000_000, 'Events of each type that a follower may lag behind, about', { unit: 'events' }),
  },
  macro_indicators: macroSeries('Series of FRED beyond those that mts knows: id, name, frequency, units, lag in days'),
  providers: {
    coingecko_url: address(HTTP, 'Root of the CoinGecko interface'),
    coingecko_api_key: optional('Key for CoinGecko', { isSecret: true }),
    coingecko_plan: plan(['keyless', 'demo', 'pro'], 'Plan at CoinGecko; demo with a key and keyless without one when not set'),
    coingecko_requests: ceiling(100_000, 'Requests a minute to CoinGecko, where the account allows others than usual'),
    fred_url: address(HTTP, 'Root of the FRED interface'),
    fred_graph_url: address(HTTP, "Root of FRED's graphs, which need no key"),
    fred_vintage_graph_url: address(HTTP, "Root of ALFRED's graphs, which need no key"),
    fred_api_key: optional('Key for FRED', { isSecret: true }),
    fred_requests: ceiling(100_000, 'Requests a minute to FRED, where it allows others than usual'),
  },
} as const

/** Settings of one exchange, below `exchanges.<id>`; `<class>_url` has one for each of its classes of socket. */
export const EXCHANGE_SETTINGS = {
  enabled: toggle(true, 'Used when a command names no exchange'),
  rest_url: address(HTTP, 'Root of the REST interface'),
} as const
export const SOCKET_SETTING = address(['ws', 'wss'], 'Root of this class of socket')

/** Below `large_trades.<asset>`. */
export const LARGE_TRADE_SETTING = amount(20_000, 0, 1e12, 'A trade worth this much is a large trade', { unit: 'quote currency' })
export const LARGE_TRADES: Readonly<Record<string, number>> = { BTC: 100_000, ETH: 50_000, default: 20_000 }

export const PROFILES = ['development', 'staging', 'production'] as const
export type Profile = (typeof PROFILES)[number]

/** What `MTS_ENV` changes of the defaults. */
export const PROFILE_DEFAULTS: Readonly<Record<Profile, Readonly<Record<string, unknown>>>> = {
  development: { budget_share: 0.5, 'log.format': 'readable' },
  staging: { budget_share: 0.5, 'log.format': 'json' },
  production: { budget_share: 0.9, 'log.format': 'json' },
}

/** What jobs that fetch history take instead of a default: nobody waits at a screen for a single answer. */
export const HISTORY_DEFAULTS: Readonly<Record<string, unknown>> = {
  request_timeout: 30_000,
  'retry.attempts': 4,
  'retry.base': 1_000,
  'retry.max': 60_000,
}

/** Names that other tools use too. A bare `REQUEST_TIMEOUT` counts seconds, as it does there. */
export const USUAL_NAMES: Readonly<Record<string, string>> = {
  COINGECKO_API_KEY: 'providers.coingecko_api_key',
  COINGECKO_BASE_URL: 'providers.coingecko_url',
  FRED_API_KEY: 'providers.fred_api_key',
  REDIS_URL: 'redis.url',
  REQUEST_TIMEOUT: 'request_timeout',
}

type Camel<Key> = Key extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : Key
type Values<Tree> = {
  readonly [Key in keyof Tree as Camel<Key>]: Tree[Key] extends Setting<infer Value> ? Value : Values<Tree[Key]>
}

export interface ExchangeConfig {
  readonly enabled: boolean
  /** Stands in for the exchange's own root. */
  readonly restUrl: string | undefined
  /** By class of socket. */
  readonly socketUrls: Readonly<Record<string, string>>
}

/** All settings as the program reads them: durations in ms, `db` an absolute path. */
export type Config = Omit<Values<typeof SETTINGS>, 'db'> & {
  readonly db: string
  readonly profile: Profile
  readonly exchanges: Readonly<Record<string, ExchangeConfig>>
  /** Threshold in quote currency by asset, and `default`. */
  readonly largeTrades: Readonly<Record<string, number>>
}
