import { formatNumber } from './number.js'

/** `1 row`, `2 rows`, `12,000 rows`: `noun` in the singular, of those whose plural ends in s. */
export function counted(count: number, noun: string): string {
  return `${formatNumber(count, 0)} ${noun}${count === 1 ? '' : 's'}`
}
