/** Chance from a seed: the same seed gives the same numbers on any machine. */

export interface Random {
  /** Uniform in [0, 1), of 53 bits. */
  next(): number
  /** Uniform whole number from 0 to `count - 1`. */
  below(count: number): number
}

const WARM_UP_STEPS = 12

/** sfc32 (Chris Doty-Humphrey, PractRand): 128 bits of state, no known failure. */
export function seededRandom(seed: number): Random {
  let a = seed >>> 0
  let b = Math.floor(seed / 2 ** 32) >>> 0
  let c = 0x9e3779b9
  let counter = 1
  const draw = (): number => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return sum >>> 0
  }
  for (let i = 0; i < WARM_UP_STEPS; i++) draw()
  const next = (): number => ((draw() >>> 5) * 2 ** 26 + (draw() >>> 6)) / 2 ** 53
  return { next, below: (count) => Math.floor(next() * count) }
}
