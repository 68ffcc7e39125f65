/** The border between TypeScript's names and the contract's: keys become snake_case here and nowhere else. */

const SNAKE = new Map<string, string>()
const KEY_JSON = new Map<string, string>()
/** Keys are names of the program, not of the data; the bound is for the one caller who forgets that. */
const KEYS_KEPT = 10_000
const CAMEL_KEY = /^[a-z][a-z0-9]*[A-Z0-9][A-Za-z0-9]*$/

/** `bidPrice` → `bid_price`, `volume24h` → `volume_24h`. Names that are data (`BTC`, `BTC/USDT`) stay. */
export function camelToSnake(key: string): string {
  const known = SNAKE.get(key)
  if (known !== undefined) return known
  const snake = CAMEL_KEY.test(key)
    ? key
        .replace(/([a-z])(\d+[a-z])/g, '$1_$2')
        .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
        .toLowerCase()
    : key
  if (SNAKE.size < KEYS_KEPT) SNAKE.set(key, snake)
  return snake
}

export function snakeToCamel(key: string): string {
  return key.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

/** The JSON text of `toPlain(value)` without the copy: what a running command prints for each event. */
export function toJson(value: unknown): string {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'null'
  if (typeof value === 'string') return JSON.stringify(value)
  if (value === null) return 'null'
  if (Array.isArray(value)) return arrayJson(value)
  if (typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return JSON.stringify(toPlain(value))
  let text = ''
  const record = value as Record<string, unknown>
  for (const key of Object.keys(record)) text += `${text === '' ? '{' : ','}${keyJson(key)}:${toJson(record[key])}`
  return text === '' ? '{}' : `${text}}`
}

/** The key in snake_case and within quotes. */
function keyJson(key: string): string {
  const known = KEY_JSON.get(key)
  if (known !== undefined) return known
  const text = JSON.stringify(camelToSnake(key))
  if (KEY_JSON.size < KEYS_KEPT) KEY_JSON.set(key, text)
  return text
}

function arrayJson(values: readonly unknown[]): string {
  let text = '['
  for (let i = 0; i < values.length; i++) text += `${i === 0 ? '' : ','}${toJson(values[i])}`
  return `${text}]`
}

export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain }

/** A value as it may leave: keys in snake_case, `NaN`, `Infinity` and missing values as `null`. */
export function toPlain(value: unknown): Plain {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (value === null || value === undefined) return null
  if (Array.isArray(value)) return value.map(toPlain)
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof Map) return toPlain(Object.fromEntries(value))
  if (value instanceof Set || ArrayBuffer.isView(value)) return Array.from(value as Iterable<unknown>, toPlain)
  if (typeof value !== 'object') return null
  const plain: Record<string, Plain> = {}
  for (const key of Object.keys(value)) plain[camelToSnake(key)] = toPlain((value as Record<string, unknown>)[key])
  return plain
}
