import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Scanner } from '../../src/core/exchanges/scanner.js'
import { LevelArray } from '../../src/core/market/book-update.js'

/** What a decoder reads of a depth frame, by either way. */
interface Read {
  readonly time: number
  readonly symbol: string
  readonly bids: readonly (readonly number[])[]
  readonly asks: readonly (readonly number[])[]
}

const HEAD = Buffer.from('{"e":"depthUpdate","E":')
const SYMBOL = Buffer.from(',"s":')
const BIDS = Buffer.from(',"b":')
const ASKS = Buffer.from(',"a":')
const END = Buffer.from('}')

const scanner = new Scanner()
const bids = new LevelArray()
const asks = new LevelArray()

function byScanner(frame: Buffer): Read | undefined {
  scanner.reset(frame)
  if (!scanner.literal(HEAD)) return undefined
  const time = scanner.integer()
  if (time < 0 || !scanner.literal(SYMBOL)) return undefined
  const symbol = scanner.symbol()
  if (symbol === undefined || !scanner.literal(BIDS) || !scanner.levels(bids)) return undefined
  if (!scanner.literal(ASKS) || !scanner.levels(asks) || !scanner.literal(END) || !scanner.atEnd()) return undefined
  return { time, symbol, bids: pairs(bids), asks: pairs(asks) }
}

function pairs(levels: LevelArray): number[][] {
  return Array.from({ length: levels.length }, (_, i) => [levels.prices[i] ?? Number.NaN, levels.quantities[i] ?? Number.NaN])
}

/** The slow path; throws where the frame is no JSON or of another form. */
function byJson(frame: Buffer): Read {
  const { e, E, s, b, a } = JSON.parse(frame.toString())
  const numbers = (side: string[][]) => side.map((level) => level.map(Number))
  expect(e).toBe('depthUpdate')
  return { time: E, symbol: s, bids: numbers(b), asks: numbers(a) }
}

function expectNeverWrong(frame: Buffer): void {
  const read = byScanner(frame)
  if (read !== undefined) expect(read).toStrictEqual(byJson(frame))
}

const plain = fc
  .tuple(fc.nat(10 ** 7), fc.integer({ min: 0, max: 8 }))
  .map(([mantissa, decimals]) => (mantissa / 10 ** Math.min(decimals, 7)).toFixed(decimals))
const long = fc
  .tuple(fc.bigInt({ min: 0n, max: 10n ** 24n }), fc.integer({ min: 1, max: 24 }), fc.nat(24))
  .map(([integer, length, decimals]) => {
    const digits = String(integer)
      .slice(0, length)
      .padStart(decimals + 1, '0')
    return decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
  })
const exponent = fc
  .tuple(plain, fc.constantFrom('e', 'E'), fc.constantFrom('', '+', '-'), fc.nat(330))
  .map((parts) => parts.join(''))
const float = fc.double({ noNaN: true, noDefaultInfinity: true }).map(String)
const strange = fc.constantFrom('', '-', '.', '00', '01', '-0', '.5', '5.', '1e', 'NaN', 'Infinity', '0x1', ' 1', '1 ', 'null')
const numberText = fc.oneof({ weight: 12, arbitrary: plain }, { weight: 2, arbitrary: long }, exponent, float, {
  weight: 1,
  arbitrary: strange,
})
const level = fc.tuple(plain, plain).map(([price, quantity]) => `["${price}","${quantity}"]`)
const side = fc.array(level, { maxLength: 12 }).map((levels) => `[${levels.join(',')}]`)
const symbolText = fc.oneof(
  fc.constantFrom('BTCUSDT', '1000SHIBUSDT', '币安人生USDT'),
  fc.string({ maxLength: 8 }).map((text) => JSON.stringify(text).slice(1, -1)),
)
const key = fc
  .tuple(fc.nat(Number.MAX_SAFE_INTEGER), symbolText, side, side)
  .map(([time, symbol, b, a]) => [`"e":"depthUpdate"`, `"E":${time}`, `"s":"${symbol}"`, `"b":${b}`, `"a":${a}`])
const frame = key.map((keys) => Buffer.from(`{${keys.join(',')}}`))

describe('the scanner, against JSON.parse and Number', () => {
  it('reads every frame of the known form, and the same from it', () => {
    const simple = key.filter((keys) => !keys[2]?.includes('\\')).map((keys) => Buffer.from(`{${keys.join(',')}}`))
    fc.assert(
      fc.property(simple, (bytes) => {
        expect(byScanner(bytes)).toStrictEqual(byJson(bytes))
      }),
      { numRuns: 1000 },
    )
  })

  it('gives every number the bits that Number gives, or none', () => {
    fc.assert(
      fc.property(numberText, (text) => {
        scanner.reset(Buffer.from(`"${text}"}`))
        const quoted = scanner.quotedNumber()
        scanner.reset(Buffer.from(`${text}}`))
        const bare = scanner.number()
        const isBareRead = !Number.isNaN(bare) && scanner.literal(END)
        const isJson = /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/.test(text) && Number.isFinite(Number(text))
        expect(Number.isNaN(quoted)).toBe(!isJson)
        expect(isBareRead).toBe(isJson)
        if (!isJson) return
        expect(quoted).toBe(Number(text))
        expect(bare).toBe(JSON.parse(text))
      }),
      { numRuns: 20_000 },
    )
  })

  it('calls a number inexact exactly when it has more than 15 significant digits', () => {
    fc.assert(
      fc.property(fc.oneof(plain, long), (text) => {
        scanner.reset(Buffer.from(`"${text}"}`))
        if (Number.isNaN(scanner.quotedNumber())) return
        const significant = text.replace('.', '').replace(/^0+/, '').replace(/0+$/, '').length
        expect(scanner.isInexact).toBe(significant > 15)
      }),
      { numRuns: 5000 },
    )
  })

  it('never reads a wrong value from bytes that were changed, dropped, added or cut', () => {
    const change = fc.record({ kind: fc.constantFrom('set', 'drop', 'add', 'cut', 'swap'), at: fc.nat(2000), byte: fc.nat(255) })
    fc.assert(
      fc.property(frame, fc.array(change, { minLength: 1, maxLength: 3 }), (bytes, changes) => {
        expectNeverWrong(changes.reduce(mutate, bytes))
      }),
      { numRuns: 20_000 },
    )
  })

  it('never reads a wrong value from numbers of any form within the levels', () => {
    const odd = fc.tuple(numberText, numberText).map(([price, quantity]) => `["${price}","${quantity}"]`)
    fc.assert(
      fc.property(fc.array(odd, { minLength: 1, maxLength: 4 }), (levels) => {
        expectNeverWrong(Buffer.from(`{"e":"depthUpdate","E":1,"s":"A","b":[${levels.join(',')}],"a":[]}`))
      }),
      { numRuns: 5000 },
    )
  })

  it('leaves frames with other, more or swapped keys to the slow path', () => {
    fc.assert(
      fc.property(key, fc.nat(5), fc.nat(4), (keys, at, other) => {
        const added = keys.toSpliced(at, 0, '"x":1')
        expect(byScanner(Buffer.from(`{${added.join(',')}}`))).toBeUndefined()
        const [moved] = keys.slice(other)
        const swapped = keys.toSpliced(other, 1).toSpliced(other === 4 ? 0 : 4, 0, moved ?? '')
        expect(byScanner(Buffer.from(`{${swapped.join(',')}}`))).toBeUndefined()
      }),
      { numRuns: 1000 },
    )
  })

  it('reads no byte beyond the end of a cut frame, though the rest lies there in memory', () => {
    fc.assert(
      fc.property(frame, fc.nat(), (bytes, at) => {
        const cut = at % bytes.length
        expect(byScanner(bytes.subarray(0, cut))).toBeUndefined()
        const sealed = Buffer.from(bytes)
        sealed[cut] = 0x7d
        expectNeverWrong(sealed.subarray(0, cut + 1))
        expect(scanner.position).toBeLessThanOrEqual(cut + 1)
      }),
      { numRuns: 3000 },
    )
  })
})

function mutate(bytes: Buffer, { kind, at, byte }: { kind: string; at: number; byte: number }): Buffer {
  const place = at % Math.max(1, bytes.length)
  const before = bytes.subarray(0, place)
  const after = bytes.subarray(place + 1)
  if (kind === 'drop') return Buffer.concat([before, after])
  if (kind === 'add') return Buffer.concat([before, Buffer.from([byte]), bytes.subarray(place)])
  if (kind === 'cut') return Buffer.from(before)
  if (kind === 'swap') return Buffer.concat([before, after.subarray(0, 1), bytes.subarray(place, place + 1), after.subarray(1)])
  return Buffer.concat([before, Buffer.from([byte]), after])
}
