/** Flags over environment over `.env` over file over profile over defaults: one value and one source for each key. */
import path from 'node:path'
import { ConfigError, nearest } from '../../errors.js'
import { loadExchange } from '../../exchanges/registry.js'
import { snakeToCamel } from '../output/keys.js'
import { defaultSettings, environmentName, findSetting } from './keys.js'
import { type Environment, environmentLayer, fileLayer, type Given, readDotEnv } from './layers.js'
import { type Config, type ExchangeConfig, PROFILE_DEFAULTS, PROFILES, type Profile, type Setting } from './settings.js'

export interface Entry {
  readonly key: string
  /** Checked: durations in ms, lists as arrays. */
  readonly value: unknown
  readonly source: string
  readonly setting: Setting
}

export interface ResolvedConfig {
  readonly values: Config
  readonly entries: readonly Entry[]
  /** Where the value of a key (`retry.attempts`) came from. */
  readonly sources: ReadonlyMap<string, string>
  /** Texts that may never be printed. */
  readonly secrets: readonly string[]
}

export interface Inputs {
  readonly env: Environment
  /** Folder of `mts.config.json`, `.env` and relative paths. */
  readonly cwd: string
  readonly configFile?: string | undefined
  /** By key; the source is shown as the flag's name. */
  readonly flags?: readonly { readonly key: string; readonly raw: unknown; readonly flag: string }[]
  /** By key: values of this kind of command in the place of the usual defaults. */
  readonly defaults?: Readonly<Record<string, unknown>> | undefined
}

/** Throws `ConfigError` for an unknown key or a value that is not allowed, naming the key, the value and its source. */
export async function resolveConfig(inputs: Inputs): Promise<ResolvedConfig> {
  const dotEnv = readDotEnv(inputs.cwd)
  const env = { ...dotEnv, ...inputs.env }
  const profile = profileOf(env)
  const given = [
    ...fileLayer(inputs.cwd, inputs.configFile ?? emptyAsMissing(env['MTS_CONFIG'])),
    ...environmentLayer(dotEnv, '.env'),
    ...environmentLayer(inputs.env, 'the environment'),
    ...flagLayer(inputs),
  ]
  const entries = new Map<string, Entry>()
  for (const { key, setting } of defaultSettings())
    entries.set(key, withProfile({ key, setting, value: inputs.defaults?.[key] ?? setting.fallback, source: 'default' }, profile))
  const chosen = new Map(given.map((one) => [one.key, one]))
  await checkSocketClasses([...chosen.values()])
  for (const entry of await check([...chosen.values()])) entries.set(entry.key, entry)
  const list = [...entries.values()]
  const values = build(list, profile, inputs.cwd)
  const located = list.map((entry) =>
    entry.key === 'db' || entry.key === 'data_dir' ? { ...entry, value: absolute(entry.key, values) } : entry,
  )
  return {
    values,
    entries: located,
    sources: new Map([['profile', profileSource(env)], ...list.map((entry) => [entry.key, entry.source] as const)]),
    secrets: secretsOf(list),
  }
}

function profileSource(env: Environment): string {
  const name = ['MTS_ENV', 'ENVIRONMENT'].find((each) => emptyAsMissing(env[each]) !== undefined)
  return name ?? 'default'
}

function profileOf(env: Environment): Profile {
  const name = profileSource(env)
  const text = emptyAsMissing(env[name])
  if (text === undefined) return 'development'
  const found = PROFILES.find((profile) => profile === text.toLowerCase())
  if (found !== undefined) return found
  throw new ConfigError('CONFIG_BAD_VALUE', `${name} is ${text}: it must be one of ${PROFILES.join(', ')}`, {
    suggestions: [`Correct ${name}`],
  })
}

function withProfile(entry: Entry, profile: Profile): Entry {
  const values = PROFILE_DEFAULTS[profile]
  return entry.key in values ? { ...entry, value: values[entry.key], source: `profile ${profile}` } : entry
}

function flagLayer(inputs: Inputs): Given[] {
  return (inputs.flags ?? []).flatMap(({ key, raw, flag }) => {
    const found = findSetting(key.split('.'))
    return found === undefined || raw === undefined ? [] : [{ ...found, raw, source: flag }]
  })
}

async function check(given: readonly Given[]): Promise<Entry[]> {
  if (given.length === 0) return []
  const { z } = await import('zod')
  return given.map(({ key, setting, raw, source }) => {
    const result = setting.check(z).safeParse(raw)
    if (result.success) return { key, setting, source, value: result.data }
    const shown = setting.isSecret ? 'not shown' : JSON.stringify(raw)
    const wanted = result.error.issues[0]?.message ?? 'another value'
    throw new ConfigError('CONFIG_BAD_VALUE', `${key} is ${redactUrl(shown)} (from ${source}): expected ${wanted}`, {
      cause: result.error,
      suggestions: [`Correct ${/^--| in /.test(source) ? source : `${key} in ${source}`}`],
    })
  })
}

/** `public_url` means something only to an exchange that has a class of socket named `public`. */
async function checkSocketClasses(given: readonly Given[]): Promise<void> {
  for (const { key, source } of given) {
    const [, id = '', name = ''] = key.match(/^exchanges\.([^.]+)\.([a-z0-9]+)_url$/) ?? []
    if (id === '' || name === 'rest') continue
    const classes = Object.keys((await loadExchange(id)).endpoints.sockets)
    if (classes.includes(name)) continue
    const names = ['rest', ...classes].map((one) => `exchanges.${id}.${one}_url`)
    const near = nearest(key, names, 1)[0]
    const named = (known: string): string => (source.startsWith('MTS_') ? environmentName(known) : known)
    throw new ConfigError('CONFIG_UNKNOWN_KEY', `Unknown setting ${key} in ${source}`, {
      suggestions: [near === undefined ? `There is ${names.map(named).join(', ')}` : `Did you mean ${named(near)}?`],
    })
  }
}

type Tree = { [key: string]: unknown }

function build(entries: readonly Entry[], profile: Profile, cwd: string): Config {
  const tree: Tree = { profile, exchanges: {} }
  const exchanges: Record<string, ExchangeConfig> = {}
  for (const { key, value } of entries) {
    const [group = '', name, field] = key.split('.')
    if (field !== undefined && name !== undefined) exchanges[name] = withField(exchanges[name], field, value)
    else if (name === undefined) tree[snakeToCamel(group)] = value
    else tree[snakeToCamel(group)] = { ...(tree[snakeToCamel(group)] as Tree), [snakeToCamel(name)]: value }
  }
  const dataDir = path.resolve(cwd, String(tree['dataDir']))
  const db = tree['db'] === undefined ? path.join(dataDir, 'crypto_data.db') : path.resolve(cwd, String(tree['db']))
  // The one place where keyed text becomes the typed shape: both are made from the same settings.
  return { ...tree, dataDir, db, exchanges } as unknown as Config
}

function withField(
  known: ExchangeConfig = { enabled: true, restUrl: undefined, socketUrls: {} },
  field: string,
  value: unknown,
): ExchangeConfig {
  if (field === 'enabled') return { ...known, enabled: value === true }
  if (field === 'rest_url') return { ...known, restUrl: typeof value === 'string' ? value : undefined }
  return { ...known, socketUrls: { ...known.socketUrls, [field.replace(/_url$/, '')]: String(value) } }
}

function absolute(key: string, values: Config): string {
  return key === 'db' ? values.db : values.dataDir
}

function secretsOf(entries: readonly Entry[]): string[] {
  return entries.flatMap(({ value, setting }) => {
    if (typeof value !== 'string') return []
    if (setting.isSecret) return [value]
    const password = URL.canParse(value) ? new URL(value).password : ''
    return password === '' ? [] : [password, decodeURIComponent(password)]
  })
}

/** `redis://user:secret@host` → `redis://user:***@host`. */
export function redactUrl(text: string): string {
  return text.replaceAll(/([a-z]+:\/\/[^\s/@:]*):[^\s/@]+@/gi, '$1:***@')
}

function emptyAsMissing(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}
