import type { Check } from './verify.js'

const FAULTS: Readonly<Record<Check['check'], string>> = {
  repeat:
    'says something else when it runs a second time over the same data: it keeps something between runs, or depends on chance',
  truncation: 'says something else where the data end earlier, so it knows the future',
  'warm-up': 'depends on bars before its warm-up: the warm-up is too short, or it never forgets',
}

/** What is wrong, and on which bar it first shows; for people. */
export function describeCheck({ check, at, difference }: Check): string {
  if (difference === null) return 'holds'
  const { asset, timestamp, bar, field, expected, found } = difference
  const where = `${asset === null ? 'the account' : asset}, bar ${bar} that closed on ${iso(timestamp)}`
  const how =
    check === 'truncation'
      ? ` with the data cut after ${iso(at ?? 0)}`
      : check === 'warm-up'
        ? ` with only the warm-up before ${iso(at ?? 0)}`
        : ''
  return `${FAULTS[check]}: ${where}: ${field} is ${shown(expected)}, and ${shown(found)}${how}`
}

function shown(value: number | string | null): string {
  return value === null ? 'none' : String(value)
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
