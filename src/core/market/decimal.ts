const MOST_DECIMALS = 12

/** Digits after the point of a number's shortest text, also where that text has an exponent: 1e-7 → 7. Of a tick: what shows each step. */
export function decimalsOf(value: number): number {
  if (!Number.isFinite(value)) return 0
  const [mantissa = '', exponent = '0'] = String(value).split('e')
  const fraction = mantissa.split('.')[1]?.length ?? 0
  return Math.min(MOST_DECIMALS, Math.max(0, fraction - Number(exponent)))
}

/** a − b of two decimals without the dust of binary fractions: 102003.1 − 102003 = 0.1. */
export function difference(a: number, b: number): number {
  return Number((a - b).toFixed(Math.max(decimalsOf(a), decimalsOf(b))))
}
