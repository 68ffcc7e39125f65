/** Where settings come from: the configuration file, `.env` and the environment, each brought to the same form. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parseEnv } from 'node:util'
import { ConfigError } from '../../errors.js'
import { jsonFault } from './json-fault.js'
import { environmentName, findSetting, isGroup, nearestKey } from './keys.js'
import { type Setting, USUAL_NAMES } from './settings.js'

export interface Given {
  readonly key: string
  readonly setting: Setting
  readonly raw: unknown
  /** As the user would name it: `MTS_SYMBOLS in the environment`, `mts.config.json`. */
  readonly source: string
}

export type Environment = Readonly<Record<string, string | undefined>>

const FILE_NAME = 'mts.config.json'

/** Names with our prefix that are no settings: the profile, the file's own path, and what oclif and its completion set. */
const RESERVED = /^MTS_(?:ENV|CONFIG|AC_[A-Z_]+|REDIRECTED|BINPATH|CACHE_DIR|CONFIG_DIR|VERSION)$/
const PASSWORD_IN_URL = /^[a-z]+:\/\/[^/@]*:[^/@]+@/i

/** Settings of the environment. Throws `ConfigError` for a name with our prefix that means nothing. */
export function environmentLayer(env: Environment, where: string): Given[] {
  const given: Given[] = []
  for (const [name, raw] of Object.entries(env)) {
    if (raw === undefined || raw === '') continue
    const usual = USUAL_NAMES[name]
    const source = `${name} in ${where}`
    if (usual !== undefined) given.push({ ...known(usual), raw: usualValue(name, raw), source })
    else if (name.startsWith('MTS_') && !RESERVED.test(name)) given.push({ ...environmentSetting(name, where), raw, source })
  }
  // Our own names win over the usual ones.
  return given.sort((a, b) => Number(a.source.startsWith('MTS_')) - Number(b.source.startsWith('MTS_')))
}

/** Reads `.env` of a folder; a missing file is an empty one. */
export function readDotEnv(folder: string): Environment {
  const text = readText(path.join(folder, '.env'))
  return text === undefined ? {} : parseEnv(text)
}

/** Settings of the configuration file. Without `explicit`, `mts.config.json` of the folder may be missing. */
export function fileLayer(folder: string, explicit: string | undefined): Given[] {
  const file = path.resolve(folder, explicit ?? FILE_NAME)
  const source = explicit ?? FILE_NAME
  const text = readText(file)
  if (text === undefined && explicit === undefined) return []
  if (text === undefined) {
    throw new ConfigError('CONFIG_FILE_MISSING', `Configuration file not found: ${file}`, { suggestions: ['Check --config'] })
  }
  const tree = parseJson(text, file)
  const given: Given[] = []
  walk(tree, [], source, given)
  return given
}

function walk(tree: Readonly<Record<string, unknown>>, above: readonly string[], source: string, given: Given[]): void {
  for (const [name, raw] of Object.entries(tree)) {
    const at = [...above, name]
    const found = findSetting(at)
    if (found?.setting.isSecret || (typeof raw === 'string' && PASSWORD_IN_URL.test(raw))) throw secretInFile(at.join('.'), source)
    if (found !== undefined) given.push({ ...found, raw, source })
    else if (isObject(raw) && isGroup(at)) walk(raw, at, source, given)
    else if (isGroup(at)) throw notAGroup(at.join('.'), source)
    else throw unknownKey(at.join('.'), source, nearestKey(at.join('.')))
  }
}

function environmentSetting(name: string, where: string): { key: string; setting: Setting } {
  const key = name.slice('MTS_'.length).toLowerCase().split('__')
  const found = findSetting(key)
  if (found !== undefined) return found
  const near = nearestKey(key.join('.'))
  throw unknownKey(name, where, near === undefined ? undefined : environmentName(near))
}

function known(key: string): { key: string; setting: Setting } {
  const found = findSetting(key.split('.'))
  if (found === undefined) throw unknownKey(key, 'mts itself', undefined)
  return found
}

function usualValue(name: string, raw: string): string {
  return name === 'REQUEST_TIMEOUT' && /^\d+(\.\d+)?$/.test(raw) ? `${raw}s` : raw
}

function unknownKey(key: string, source: string, near: string | undefined): ConfigError {
  return new ConfigError('CONFIG_UNKNOWN_KEY', `Unknown setting ${key} in ${source}`, {
    suggestions: [
      near === undefined ? 'See `mts config` for all settings' : `Did you mean ${near}? See \`mts config\` for all settings`,
    ],
  })
}

function notAGroup(key: string, source: string): ConfigError {
  return new ConfigError('CONFIG_BAD_VALUE', `${key} in ${source} has to be an object: it holds settings`, {
    suggestions: [`\`mts config\` shows those that begin with ${key}.`],
  })
}

function secretInFile(key: string, source: string): ConfigError {
  return new ConfigError('CONFIG_SECRET_IN_FILE', `${key} holds a secret and may not stand in ${source}`, {
    suggestions: [`Remove it there and set ${environmentName(key)} in the environment or in .env`],
  })
}

function parseJson(text: string, file: string): Readonly<Record<string, unknown>> {
  let tree: unknown
  try {
    tree = JSON.parse(text)
  } catch {
    throw new ConfigError('CONFIG_FILE_INVALID', `${file} is no valid JSON: ${jsonFault(text)}`, {
      suggestions: ['Correct the file; JSON has double quotes, no comments and no comma after the last item'],
    })
  }
  if (isObject(tree)) return tree
  throw new ConfigError('CONFIG_FILE_INVALID', `${file} must hold one JSON object`, { suggestions: ['Write {"symbols": ["BTC"]}'] })
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')) return undefined
    throw new ConfigError('CONFIG_FILE_UNREADABLE', `Cannot read ${file}`, { cause, suggestions: ['Check its permissions'] })
  }
}
