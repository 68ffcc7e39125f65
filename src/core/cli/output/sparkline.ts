import type { Plain } from './keys.js'

const BARS = '▁▂▃▄▅▆▇█'

/** The text of a column of series; CSV and NDJSON keep the numbers. */
export function shapeText(value: Plain): string {
  return Array.isArray(value) ? sparkline(value.map((each) => (typeof each === 'number' ? each : null))) : ''
}

/** One character a value, from the lowest to the highest; a space where there is none. */
function sparkline(values: readonly (number | null)[]): string {
  const known = values.filter((value) => value !== null)
  const low = known.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const high = known.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  return values
    .map((value) => {
      if (value === null) return ' '
      const share = high > low ? (value - low) / (high - low) : 0
      return BARS[Math.min(BARS.length - 1, Math.floor(share * BARS.length))] ?? ' '
    })
    .join('')
}
