/** What the name of a file says of its content: a clue, weaker than a flag and than the content itself. */
import path from 'node:path'
import { coinOf } from '../../market/coins.js'
import { EXCHANGE_NAMES, type Market, marketNamed, readInstrument } from './instrument-names.js'

export interface Clues {
  readonly source?: string | undefined
  readonly exchange?: string | undefined
  readonly coin?: string | undefined
  readonly symbol?: string | undefined
  readonly market?: Market | undefined
  readonly interval?: string | undefined
}

const WORDS: Readonly<Record<string, string>> = {
  daily: '1d',
  day: '1d',
  d: '1d',
  '24h': '1d',
  hourly: '1h',
  hour: '1h',
  h: '1h',
  minute: '1m',
  weekly: '1w',
}
/** Words of file names that are no names of series. */
const PLAIN_WORDS = new Set(['CSV', 'FRED', 'DATA', 'DAILY', 'SERIES', 'JSON', 'MACRO', 'OBSERVATIONS', 'TYPE', 'OUTPUT', 'EXPORT'])

export function cluesOfName(file: string): Clues {
  const name = bareName(file)
  const tokens = name.split(/[_\s.()]+/).flatMap((token) => [token, ...token.split('-')])
  const exchanges = EXCHANGE_NAMES.filter((id) => new RegExp(`(?<![a-z])${id}(?![a-z])`, 'i').test(name))
  const symbols = unique(tokens.filter((token) => coinOf(readInstrument(token)?.base ?? '') !== undefined))
  const coins = unique(tokens.flatMap((token) => coinOf(token)?.id ?? []))
  const intervals = unique(tokens.flatMap((token) => intervalNamed(token) ?? []))
  return {
    exchange: only(exchanges),
    symbol: only(symbols),
    coin: only(coins),
    market: marketNamed(name),
    interval: only(intervals),
  }
}

/** Words of the name that may be ids of macro series. */
export function idsOfName(file: string): readonly string[] {
  const tokens = bareName(file).split(/[_\s.()-]+/)
  return unique(tokens.filter((token) => /^[A-Z][A-Z0-9]{1,24}$/i.test(token) && !PLAIN_WORDS.has(token.toUpperCase())))
}

/** `1H`, `60`, `daily`, `1 hour` as mts names it; `undefined` for what is no interval. */
export function intervalNamed(text: string): string | undefined {
  const bare = text.trim().toLowerCase()
  const word = WORDS[bare]
  if (word !== undefined) return word
  const [, count = '', unit = ''] = /^(\d{1,4})\s?(m|min|mins|minutes?|h|hrs?|hours?|d|days?|w|weeks?)$/.exec(bare) ?? []
  if (count === '') return undefined
  const minutes = Number(count) * ({ m: 1, h: 60, d: 1440, w: 10_080 }[unit.charAt(0)] ?? 0)
  return intervalOfMs(minutes * 60_000)
}

/** The shortest name of a length: 86 400 000 is `1d`, not `24h`. */
export function intervalOfMs(ms: number): string | undefined {
  if (ms <= 0 || ms % 60_000 !== 0) return undefined
  if (ms % 604_800_000 === 0) return `${ms / 604_800_000}w`
  if (ms % 86_400_000 === 0) return `${ms / 86_400_000}d`
  return ms % 3_600_000 === 0 ? `${ms / 3_600_000}h` : `${ms / 60_000}m`
}

function bareName(file: string): string {
  return path.basename(file).replace(/(?:\.(?:csv|tsv|txt|json|ndjson|gz))+$/i, '')
}

function unique<Value>(values: readonly Value[]): readonly Value[] {
  return [...new Set(values)]
}

/** Several are no clue. */
function only<Value>(values: readonly Value[]): Value | undefined {
  return values.length === 1 ? values[0] : undefined
}
