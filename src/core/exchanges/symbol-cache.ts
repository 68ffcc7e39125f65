const SLOTS = 1024
const FIRST_PRINTABLE = 0x20
const BACKSLASH = 0x5c
const UNUSED: Buffer = Buffer.alloc(0)

/** The strings of symbols seen before: direct-mapped, so it has a bound, and compared byte by byte, so a hash may collide. */
export class SymbolCache {
  readonly #bytes: Buffer[] = Array.from({ length: SLOTS }, () => UNUSED)
  readonly #texts: string[] = Array.from({ length: SLOTS }, () => '')

  /** `undefined` for a text with escapes, or with characters that JSON does not allow in it. */
  get(frame: Buffer, start: number, end: number, hash: number): string | undefined {
    const slot = (hash ^ (hash >>> 10)) & (SLOTS - 1)
    const known = this.#bytes[slot] as Buffer
    if (isSame(known, frame, start, end)) return this.#texts[slot] as string
    if (!isPlain(frame, start, end)) return undefined
    const text = frame.toString('utf8', start, end)
    this.#bytes[slot] = Buffer.from(frame.subarray(start, end))
    this.#texts[slot] = text
    return text
  }
}

function isSame(known: Buffer, frame: Buffer, start: number, end: number): boolean {
  if (known.length !== end - start) return false
  for (let i = 0; i < known.length; i++) {
    if (known[i] !== frame[start + i]) return false
  }
  return true
}

function isPlain(frame: Buffer, start: number, end: number): boolean {
  for (let p = start; p < end; p++) {
    const byte = frame[p] as number
    if (byte < FIRST_PRINTABLE || byte === BACKSLASH) return false
  }
  return true
}
