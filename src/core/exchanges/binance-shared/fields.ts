/** Fields of Binance's parsed frames. */

export type Fields = Readonly<Record<string, unknown>>

const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/** Number text in JSON's grammar, as the strict scanner reads it; NaN for all else. */
export function decimalOf(value: unknown): number {
  if (typeof value !== 'string' || !JSON_NUMBER.test(value)) return Number.NaN
  const number = Number(value)
  return Number.isFinite(number) ? number : Number.NaN
}

/** A bare whole number from 0 that float64 keeps exactly: an id, a time in ms, a count. −1 for all else. */
export function idOf(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : -1
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const MAY_BE_LONG = /"-?[\d.]{16}/
const LONG_NUMBER = /"-?([\d.]{16,})(?:[eE][+-]?\d+)?"/g

/** Some number text has more than 15 significant digits: float64 may not print it as it was sent. */
export function hasLongNumber(text: string): boolean {
  if (!MAY_BE_LONG.test(text)) return false
  for (const [, digits = ''] of text.matchAll(LONG_NUMBER)) {
    if (digits.replace('.', '').replace(/^0+|0+$/g, '').length > 15) return true
  }
  return false
}

const COIN_MARGINED = 2

/** Another market's: coin-margined frames come in the all-market streams since 2026-06-30. */
export function isCoinMargined({ st }: Fields): boolean {
  return st === COIN_MARGINED
}

/** The named number texts that are there: `''` says no value. `undefined` when one is malformed. */
export function numbersOf<Key extends string>(
  wanted: Readonly<Record<Key, unknown>>,
): Partial<Record<Key, number | null>> | undefined {
  const found: Partial<Record<Key, number | null>> = {}
  for (const key of Object.keys(wanted) as Key[]) {
    if (wanted[key] === undefined) continue
    const value = wanted[key] === '' ? null : decimalOf(wanted[key])
    if (Number.isNaN(value)) return undefined
    found[key] = value
  }
  return found
}
