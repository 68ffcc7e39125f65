/** Which setting a key means, and which key was probably meant. A key is the dotted path of the configuration file. */
import { nearest } from '../../errors.js'
import { EXCHANGE_IDS } from '../../exchanges/registry.js'
import { EXCHANGE_SETTINGS, LARGE_TRADE_SETTING, LARGE_TRADES, SETTINGS, type Setting, SOCKET_SETTING } from './settings.js'

export interface Found {
  /** As it is written in the configuration file: `exchanges.binance-spot.rest_url`. */
  readonly key: string
  readonly setting: Setting
}

const STATIC: ReadonlyMap<string, Setting> = new Map(flatten())
const SOCKET_URL = /^[a-z][a-z0-9]*_url$/

/** Every key that has a default, in the order of the settings file. */
export function defaultSettings(): Found[] {
  const fixed = [...STATIC].map(([key, setting]) => ({ key, setting }))
  const large = Object.entries(LARGE_TRADES).map(([asset, fallback]) => ({
    key: `large_trades.${asset}`,
    setting: { ...LARGE_TRADE_SETTING, fallback },
  }))
  const exchanges = EXCHANGE_IDS.flatMap((id) =>
    Object.entries(EXCHANGE_SETTINGS).map(([name, setting]) => ({ key: `exchanges.${id}.${name}`, setting })),
  )
  return [...fixed, ...large, ...exchanges]
}

/** The setting at a path, in any case and with `_` for `-`; `undefined` when there is none. */
export function findSetting(path: readonly string[]): Found | undefined {
  const wanted = path.join('.').toLowerCase()
  const fixed = STATIC.get(wanted)
  if (fixed !== undefined) return { key: wanted, setting: fixed }
  const [group, name = '', field] = path
  if (group?.toLowerCase() === 'large_trades' && path.length === 2 && name !== '') return largeTrade(name)
  if (group?.toLowerCase() !== 'exchanges' || path.length !== 3) return undefined
  const id = EXCHANGE_IDS.find((known) => sameId(known, name))
  return id === undefined || field === undefined ? undefined : exchangeSetting(id, field.toLowerCase())
}

/** Is this the path of a group, so that settings may follow below it? */
export function isGroup(path: readonly string[]): boolean {
  const prefix = path.join('.').toLowerCase()
  if (prefix === 'exchanges' || prefix === 'large_trades') return true
  if (path.length === 2 && path[0] === 'exchanges') return EXCHANGE_IDS.includes(path[1] ?? '')
  return [...STATIC.keys()].some((key) => key.startsWith(`${prefix}.`))
}

/** The known key nearest to an unknown one. */
export function nearestKey(key: string): string | undefined {
  const known = defaultSettings().map((entry) => entry.key)
  const lastDot = key.lastIndexOf('.') + 1
  const prefix = key.slice(0, lastDot)
  const siblings = known.filter((other) => other.startsWith(prefix)).map((other) => other.slice(lastDot).split('.')[0] ?? '')
  const sibling = nearest(key.slice(lastDot), new Set(siblings), 1)[0]
  return sibling === undefined ? nearest(key, known, 1)[0] : prefix + sibling
}

/** The environment's name of a key: `MTS_EXCHANGES__BINANCE_SPOT__REST_URL`. */
export function environmentName(key: string): string {
  return `MTS_${key.toUpperCase().replaceAll('.', '__').replaceAll('-', '_')}`
}

function flatten(): [string, Setting][] {
  return Object.entries(SETTINGS).flatMap(([name, entry]): [string, Setting][] => {
    if (isSetting(entry)) return [[name, entry]]
    return Object.entries(entry).map(([child, setting]): [string, Setting] => [`${name}.${child}`, setting as Setting])
  })
}

function isSetting(entry: object): entry is Setting {
  return 'check' in entry
}

function largeTrade(asset: string): Found {
  const name = asset.toLowerCase() === 'default' ? 'default' : asset.toUpperCase()
  return { key: `large_trades.${name}`, setting: LARGE_TRADE_SETTING }
}

function exchangeSetting(id: string, field: string): Found | undefined {
  const key = `exchanges.${id}.${field}`
  const fixed = Object.entries(EXCHANGE_SETTINGS).find(([name]) => name === field)?.[1]
  if (fixed !== undefined) return { key, setting: fixed as Setting }
  return SOCKET_URL.test(field) ? { key, setting: SOCKET_SETTING as Setting } : undefined
}

function sameId(known: string, given: string): boolean {
  return known.replaceAll('-', '_') === given.toLowerCase().replaceAll('-', '_')
}
