/**
 * A strict byte scanner for frames whose key order is known: the decoders' fast path. Each method either reads exactly what
 * it names at `position` and moves on, or reports a surprise; after a surprise the frame goes to JSON.parse as a whole. So a
 * change of the exchange's format costs speed, never correctness. Apart from a new symbol and a number of unusual form
 * nothing is allocated.
 */
import type { LevelArray } from '../market/book-update.js'
import { SymbolCache } from './symbol-cache.js'

const QUOTE = 0x22
const PLUS = 0x2b
const COMMA = 0x2c
const MINUS = 0x2d
const DOT = 0x2e
const ZERO = 0x30
const OPEN = 0x5b
const CLOSE = 0x5d
const LOWER_E = 0x65
const END_OF_OBJECT = 0x7d
/** Turns `E` into `e`. */
const LOWER_CASE = 0x20

/** An int32 holds every number of nine digits. */
const INT32_DIGITS = 9
/** Longest integer that can be below 2^53. */
const SAFE_DIGITS = 16
/** Any decimal of so many significant digits survives text → float64 → text. */
const EXACT_DIGITS = 15
const EXACT_LIMIT = 1e15
/** Parsed from text, since `10 ** n` is not promised to be exact. */
const POWERS_OF_TEN = Float64Array.from({ length: SAFE_DIGITS }, (_, exponent) => Number(`1e${exponent}`))

/** No byte of a frame is there, so that whatever is expected at it is a surprise. */
const NO_PLACE = -1
const NO_FRAME: Buffer = Buffer.alloc(0)

export class Scanner {
  /** Where the next read begins. A method that reports a surprise may leave it anywhere within the frame. */
  position = 0
  /** Since `reset`, a number had more than 15 significant digits: it may not print as it was sent. */
  isInexact = false
  #frame: Buffer = NO_FRAME
  /** −1 when the frame is refused as a whole. */
  #end = -1
  /** The last decimal read: a float64 that a call gives back is garbage wherever the call is not inlined. */
  readonly #value = new Float64Array(1)
  readonly #symbols = new SymbolCache()

  /**
   * Starts a frame. One that is no JSON object to its last byte is refused: every read of it is a surprise. The closing `}`
   * also is the sentinel that ends every loop below, which therefore need not look at the frame's length.
   */
  reset(frame: Buffer): void {
    const isObject = frame.length > 0 && frame[frame.length - 1] === END_OF_OBJECT
    this.#frame = isObject ? frame : NO_FRAME
    this.#end = isObject ? frame.length : -1
    this.position = 0
    this.isInexact = false
  }

  /** True, and moves on, when exactly these bytes are next. */
  literal(bytes: Buffer): boolean {
    const frame = this.#frame
    const start = this.position
    const length = bytes.length
    if (start + length > this.#end) return false
    for (let i = 0; i < length; i++) {
      if (frame[start + i] !== bytes[i]) return false
    }
    this.position = start + length
    return true
  }

  /** A bare unsigned integer of at most 2^53 − 1 without leading zeros; −1 on surprise. */
  integer(): number {
    const frame = this.#frame
    const start = this.position
    const limit = start + INT32_DIGITS
    let p = start
    let high = 0
    let digit = (frame[p] as number) ^ ZERO
    while (digit <= 9 && p < limit) {
      high = (high * 10 + digit) | 0
      p += 1
      digit = (frame[p] as number) ^ ZERO
    }
    if (p === start || (p > start + 1 && frame[start] === ZERO)) return -1
    const split = p
    let low = 0
    while (digit <= 9) {
      low = (low * 10 + digit) | 0
      p += 1
      digit = (frame[p] as number) ^ ZERO
    }
    if (p - start > SAFE_DIGITS) return -1
    const value = high * (POWERS_OF_TEN[p - split] as number) + low
    if (value > Number.MAX_SAFE_INTEGER) return -1
    this.position = p
    return value
  }

  /** A bare JSON number, the same float64 as `Number(text)`; NaN on surprise. */
  number(): number {
    const end = this.decimal(this.#frame, this.position)
    if (end === NO_PLACE) return Number.NaN
    this.position = end
    return this.#value[0] as number
  }

  /** A JSON number within quotes, the same float64 as `Number(text)`; NaN on surprise. */
  quotedNumber(): number {
    const frame = this.#frame
    if (frame[this.position] !== QUOTE) return Number.NaN
    const end = this.decimal(frame, this.position + 1)
    if (frame[end] !== QUOTE) return Number.NaN
    this.position = end + 1
    return this.#value[0] as number
  }

  /**
   * `[["price","quantity"],…]`, possibly empty, in place of what `into` held. False, and `into` empty, on surprise: also when
   * a price or a quantity is negative or too large for a float64.
   */
  levels(into: LevelArray): boolean {
    into.length = 0
    const frame = this.#frame
    const start = this.position
    if (frame[start] !== OPEN) return false
    if (frame[start + 1] === CLOSE) {
      this.position = start + 2
      return true
    }
    const count = this.fill(into, start + 1)
    into.length = Math.max(0, count)
    return count > 0
  }

  /** A quoted text without escapes: a symbol or a topic. The same string object each time; `undefined` on surprise. */
  symbol(): string | undefined {
    const frame = this.#frame
    if (frame[this.position] !== QUOTE) return undefined
    const start = this.position + 1
    let p = start
    let hash = 0
    let byte = frame[p] as number
    while (byte !== QUOTE) {
      if (p >= this.#end) return undefined
      hash = (Math.imul(hash, 31) + byte) | 0
      p += 1
      byte = frame[p] as number
    }
    this.position = p + 1
    return this.#symbols.get(frame, start, p, hash)
  }

  /** Nothing is left of the frame. */
  atEnd(): boolean {
    return this.position === this.#end
  }

  // Methods are `private`, not `#`: those check at each call whose object it is, which costs 15 % of a whole frame.

  /** At least one level and the bracket behind the last; gives their number, −1 on surprise. */
  private fill(into: LevelArray, start: number): number {
    const frame = this.#frame
    const value = this.#value
    let { prices, quantities } = into
    let count = 0
    let p = start
    while (frame[p] === OPEN && frame[p + 1] === QUOTE) {
      p = this.decimal(frame, p + 2)
      if (frame[p] !== QUOTE || frame[p + 1] !== COMMA || frame[p + 2] !== QUOTE) return -1
      const price = value[0] as number
      p = this.decimal(frame, p + 3)
      const quantity = value[0] as number
      if (frame[p] !== QUOTE || frame[p + 1] !== CLOSE || !(price >= 0 && quantity >= 0)) return -1
      if (count < prices.length) {
        prices[count] = price
        quantities[count] = quantity
      } else {
        into.length = count
        into.push(price, quantity)
        ;({ prices, quantities } = into)
      }
      count += 1
      p += 3
      if (frame[p - 1] === COMMA) continue
      this.position = p
      return frame[p - 1] === CLOSE ? count : -1
    }
    return -1
  }

  /**
   * Reads the decimal that begins at `start` into `#value` and gives the place behind it; on surprise −1, where no byte is.
   * Digits as integers and one division: both operands are exact, so the quotient is correctly rounded (Clinger 1990, "How to
   * read floating point numbers accurately", the fast path).
   */
  private decimal(frame: Buffer, start: number): number {
    let p = start
    let whole = 0
    let digit = (frame[p] as number) ^ ZERO
    while (digit <= 9) {
      whole = (whole * 10 + digit) | 0
      p += 1
      digit = (frame[p] as number) ^ ZERO
    }
    const digits = p - start
    if (digits === 0 || digits > INT32_DIGITS || (digits > 1 && frame[start] === ZERO)) return this.unusual(frame, start)
    let value = whole
    if (frame[p] === DOT) {
      p += 1
      const point = p
      let fraction = 0
      digit = (frame[p] as number) ^ ZERO
      while (digit <= 9) {
        fraction = (fraction * 10 + digit) | 0
        p += 1
        digit = (frame[p] as number) ^ ZERO
      }
      const decimals = p - point
      if (decimals === 0 || decimals > INT32_DIGITS) return this.unusual(frame, start)
      const scale = POWERS_OF_TEN[decimals] as number
      const mantissa = whole * scale + fraction
      if (mantissa >= EXACT_LIMIT) return this.unusual(frame, start)
      value = mantissa / scale
    }
    if (((frame[p] as number) | LOWER_CASE) === LOWER_E) return this.unusual(frame, start)
    this.#value[0] = value
    return p
  }

  /** Signs, exponents and long numbers: JSON's grammar, then `Number`. What is no number, or none that is finite, is a surprise. */
  private unusual(frame: Buffer, start: number): number {
    const first = frame[start] === MINUS ? start + 1 : start
    let p = endOfDigits(frame, first)
    if (p === first || (p > first + 1 && frame[first] === ZERO)) return NO_PLACE
    if (frame[p] === DOT) {
      const point = p + 1
      p = endOfDigits(frame, point)
      if (p === point) return NO_PLACE
    }
    const mantissaEnd = p
    if (((frame[p] as number) | LOWER_CASE) === LOWER_E) {
      const sign = frame[p + 1]
      const exponent = sign === PLUS || sign === MINUS ? p + 2 : p + 1
      p = endOfDigits(frame, exponent)
      if (p === exponent) return NO_PLACE
    }
    const value = Number(frame.toString('latin1', start, p))
    if (!Number.isFinite(value)) return NO_PLACE
    if (significantDigits(frame, first, mantissaEnd) > EXACT_DIGITS) this.isInexact = true
    this.#value[0] = value
    return p
  }
}

function endOfDigits(frame: Buffer, start: number): number {
  let p = start
  while (((frame[p] as number) ^ ZERO) <= 9) p += 1
  return p
}

/** Digits from the first to the last that is not 0. */
function significantDigits(frame: Buffer, start: number, end: number): number {
  let count = 0
  let untilLast = 0
  for (let p = start; p < end; p++) {
    const digit = (frame[p] as number) ^ ZERO
    if (digit > 9 || (count === 0 && digit === 0)) continue
    count += 1
    if (digit !== 0) untilLast = count
  }
  return untilLast
}
