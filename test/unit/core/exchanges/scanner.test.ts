import { describe, expect, it } from 'vitest'
import { Scanner } from '../../../../src/core/exchanges/scanner.js'
import { LevelArray } from '../../../../src/core/market/book-update.js'

function scan(text: string): Scanner {
  const scanner = new Scanner()
  scanner.reset(Buffer.from(text))
  return scanner
}

function levelsOf(text: string): [number, number][] | undefined {
  const into = new LevelArray(1)
  if (!scan(`${text}}`).levels(into)) return undefined
  return Array.from({ length: into.length }, (_, i) => [into.prices[i] ?? Number.NaN, into.quantities[i] ?? Number.NaN])
}

describe('a number in quotes', () => {
  it.each([
    '0',
    '0.00000000',
    '61800.20',
    '0.014',
    '61737.63000000',
    '123456789.123456',
    '0.123456789',
    '86786',
    '999999999.99999',
    '1234567.12345678',
    '123456789.123456789',
    '99999999.99999999',
    '90071992.54740993',
    '-0.00010000',
    '1e-8',
    '1.5E+3',
    '12345678901.00',
    '0.000000000012',
    '-0',
    '9007199254740993',
    '0.1234567890123456789',
  ])('reads %s as the float64 that Number gives', (text) => {
    const scanner = scan(`"${text}"}`)
    expect(scanner.quotedNumber()).toBe(Number(text))
    expect(scanner.literal(Buffer.from('}'))).toBe(true)
    expect(scanner.atEnd()).toBe(true)
  })

  it.each([
    '',
    '.',
    '.5',
    '5.',
    '-',
    '+1',
    '01',
    '00.5',
    '-01',
    '1e',
    '1e+',
    '0x10',
    'NaN',
    'Infinity',
    '1e999',
    ' 1',
    '1 ',
    '1_0',
    '--1',
    '1.2.3',
  ])('refuses %j', (text) => {
    expect(scan(`"${text}"}`).quotedNumber()).toBeNaN()
  })

  it.each([
    ['123456789012345', false],
    ['1234567890123456', true],
    ['12345678.12345678', true],
    ['123456789.123456789', true],
    ['0.001234567890123450000', false],
    ['12345678.10000000', false],
    ['123456789012345000000', false],
    ['1.234567890123456', true],
    ['1234567890123456e-3', true],
    ['12345e-30', false],
  ])('tells of %s whether float64 may not keep its digits: %s', (text, isInexact) => {
    const scanner = scan(`"${text}"}`)
    expect(scanner.quotedNumber()).toBe(Number(text))
    expect(scanner.isInexact).toBe(isInexact)
    scanner.reset(Buffer.from('"1"}'))
    expect(scanner.isInexact).toBe(false)
  })
})

describe('a bare number', () => {
  it.each(['0', '61800.5', '-1.5e-7', '12', '9007199254740992.0'])('reads %s', (text) => {
    expect(scan(`${text}}`).number()).toBe(Number(text))
  })

  it.each(['01', '1.', '.1', '-', 'e1', '1e', '"1"', ''])('refuses %j', (text) => {
    expect(scan(`${text}}`).number()).toBeNaN()
  })
})

describe('a bare integer', () => {
  it.each(['0', '7', '123456789', '1234567890', '1723161256299', '5123107832006', '9007199254740991'])('reads %s', (text) => {
    expect(scan(`${text}}`).integer()).toBe(Number(text))
  })

  it.each(['', '01', '00', '-1', '"1"', '9007199254740992', '9007199254740993', '12345678901234567', '99999999999999999999'])(
    'refuses %j, which JSON does not allow or float64 does not keep',
    (text) => {
      expect(scan(`${text}}`).integer()).toBe(-1)
    },
  )

  it('leaves a fraction for the next read to stumble on', () => {
    const scanner = scan('1.5}')
    expect(scanner.integer()).toBe(1)
    expect(scanner.literal(Buffer.from('}'))).toBe(false)
  })
})

describe('levels', () => {
  it('reads none, one and several, beyond the first capacity', () => {
    expect(levelsOf('[]')).toEqual([])
    expect(levelsOf('[["1.5","2"]]')).toEqual([[1.5, 2]])
    expect(levelsOf('[["1.5","2"],["1","0.000"],["0.5","3"]]')).toEqual([
      [1.5, 2],
      [1, 0],
      [0.5, 3],
    ])
  })

  it.each([
    '[',
    '[[]]',
    '[["1"]]',
    '[["1","2"],]',
    '[["1","2"]["3","4"]]',
    '[["1","2","3"]]',
    '[[1,2]]',
    '[["1", "2"]]',
    '[["1","-2"]]',
    '[["-1","2"]]',
    '[["1","1e999"]]',
    '[["1",""]]',
    '[["1","2"]',
    '[["1","2"],["3","4"',
    '{"1":"2"}',
  ])('refuses %s and hands over none of it', (text) => {
    const into = new LevelArray()
    into.push(9, 9)
    expect(scan(`${text}}`).levels(into)).toBe(false)
    expect(into.length).toBe(0)
  })
})

describe('a symbol', () => {
  it('is the text between the quotes, in any script', () => {
    expect(scan('"BTCUSDT"}').symbol()).toBe('BTCUSDT')
    expect(scan('"币安人生USDT"}').symbol()).toBe('币安人生USDT')
    expect(scan('""}').symbol()).toBe('')
  })

  it.each(['"BTC', 'BTC"', '"B\\u0054C"', '"BTC\n"', ''])('refuses %j', (text) => {
    expect(scan(`${text}}`).symbol()).toBeUndefined()
  })

  it('is right when many symbols compete for the same place', () => {
    const scanner = new Scanner()
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 5000; i++) {
        scanner.reset(Buffer.from(`"S${i}"}`))
        expect(scanner.symbol()).toBe(`S${i}`)
      }
    }
  })

  it('does not keep the frame that it came in', () => {
    const scanner = new Scanner()
    const frame = Buffer.from('"AAA"}')
    scanner.reset(frame)
    expect(scanner.symbol()).toBe('AAA')
    frame.write('"BBB"}')
    scanner.reset(frame)
    expect(scanner.symbol()).toBe('BBB')
    frame.write('"AAA"}')
    scanner.reset(frame)
    expect(scanner.symbol()).toBe('AAA')
  })
})

describe('a frame', () => {
  it.each(['', '[1]', '"1"', '1', '{"a":1}\n'])('that is no object to its last byte is refused whole: %j', (text) => {
    const scanner = scan(text)
    expect(scanner.literal(Buffer.from(text.slice(0, 1)))).toBe(false)
    expect(scanner.integer()).toBe(-1)
    expect(scanner.number()).toBeNaN()
    expect(scanner.quotedNumber()).toBeNaN()
    expect(scanner.symbol()).toBeUndefined()
    expect(scanner.levels(new LevelArray())).toBe(false)
    expect(scanner.atEnd()).toBe(false)
  })

  it('ends where its buffer ends, whatever lies behind it in memory', () => {
    const scanner = new Scanner()
    const chunk = Buffer.from('{"a":1}234567')
    scanner.reset(chunk.subarray(0, 7))
    expect(scanner.literal(Buffer.from('{"a":'))).toBe(true)
    expect(scanner.integer()).toBe(1)
    expect(scanner.literal(Buffer.from('}2'))).toBe(false)
    expect(scanner.literal(Buffer.from('}'))).toBe(true)
    expect(scanner.atEnd()).toBe(true)
    expect(scanner.integer()).toBe(-1)
    expect(scanner.number()).toBeNaN()
    expect(scanner.symbol()).toBeUndefined()
  })
})
