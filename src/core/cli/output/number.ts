/** Numbers and times for people. Machine formats never pass through here. */
import { decimalsOf } from '../../market/decimal.js'

/** Fixed decimals, thousands apart, never an exponent: `formatNumber(86786.5, 2)` → `86,786.50`. */
export function formatNumber(value: number, decimals = decimalsOf(value)): string {
  if (!Number.isFinite(value)) return '–'
  const fixed = plainFixed(Math.abs(value), decimals)
  const [whole = '', fraction] = fixed.split('.')
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, ',')
  const sign = value < 0 && Number(fixed) !== 0 ? '-' : ''
  return sign + grouped + (fraction === undefined ? '' : `.${fraction}`)
}

/** ISO 8601 in UTC, to the millisecond: `2026-11-21 10:17:00.123`. */
export function formatTime(ms: number): string {
  if (!Number.isFinite(ms) || Math.abs(ms) > 8.64e15) return '–'
  return new Date(ms).toISOString().replace('T', ' ').replace('Z', '')
}

/** `2026-11-21 10:17` */
const TO_THE_MINUTE = 16
/** `2026-11-21 10:17:00` */
export const TO_THE_SECOND = 19
const TO_THE_MILLISECOND = 23

/** Characters of `formatTime` that tell each of the times exactly. */
export function timeDigits(times: readonly number[]): number {
  if (times.every((ms) => ms % 60_000 === 0)) return TO_THE_MINUTE
  return times.every((ms) => ms % 1000 === 0) ? TO_THE_SECOND : TO_THE_MILLISECOND
}

/** From 1e21 on `toFixed` writes an exponent. */
function plainFixed(value: number, decimals: number): string {
  return value < 1e21 ? value.toFixed(decimals) : BigInt(Math.round(value)).toString()
}

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** `77824` → `76.0 KiB`. */
export function formatBytes(bytes: number): string {
  const power = bytes < 1024 ? 0 : Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log2(bytes) / 10))
  return `${formatNumber(bytes / 1024 ** power, power === 0 ? 0 : 1)} ${BYTE_UNITS[power]}`
}
