/** Age of a book beyond which a strategy does not read it; `usual` in ms. */
export function maxBookAge(usual: number) {
  return {
    kind: 'integer',
    unit: 'ms',
    min: 50,
    max: 60_000,
    default: usual,
    description: 'age of a book beyond which it is not read',
  } as const
}

export const MAX_SKEW = {
  kind: 'integer',
  unit: 'ms',
  min: 10,
  max: 60_000,
  default: 100,
  description: 'most by which the moments of two books differ',
} as const
