/**
 * Chance as a function: the same key always gives the same number, so that any moment of the simulated market can be asked
 * for without walking through the time before it.
 */

/** A new 32-bit key from a key and a number (the finaliser of MurmurHash3, public domain). */
export function mix(key: number, value: number): number {
  let h = key ^ Math.imul(value, 0x9e3779b1)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/** A key from a key and a name. */
export function mixText(key: number, text: string): number {
  let h = key
  for (let i = 0; i < text.length; i++) h = mix(h, text.charCodeAt(i))
  return mix(h, text.length)
}

/** Uniform in (0, 1). */
export function unit(key: number): number {
  return ((key >>> 0) + 0.5) / 0x1_0000_0000
}

/** Bell-shaped with mean 0, variance 1 and bounds ±3: a sum of three uniforms (Irwin-Hall), exact on every machine. */
export function bell(key: number): number {
  return (((key & 1023) + ((key >>> 10) & 1023) + ((key >>> 20) & 1023)) / 1023) * 2 - 3
}

/** A running source for what needs no random access (mulberry32, public domain): uniform in [0, 1). */
export function randomStream(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let h = Math.imul(state ^ (state >>> 15), 1 | state)
    h = (h + Math.imul(h ^ (h >>> 7), 61 | h)) ^ h
    return ((h ^ (h >>> 14)) >>> 0) / 0x1_0000_0000
  }
}

/** Keeps the newest `limit` results of `make` by their number. */
export function remember<Value>(limit: number, make: (index: number) => Value): (index: number) => Value {
  const kept = new Map<number, Value>()
  return (index) => {
    const found = kept.get(index)
    if (found !== undefined) return found
    const made = make(index)
    if (kept.size >= limit) kept.delete(kept.keys().next().value as number)
    kept.set(index, made)
    return made
  }
}
