import { describe, expect, it } from 'vitest'
import { decimal, numeric, zNumber } from '../../../../src/core/exchanges/wire.js'

describe('number text of an exchange', () => {
  it.each([
    ['84106.90', 84106.9],
    ['-0.00001592', -0.00001592],
    ['1e-7', 1e-7],
    [0.5, 0.5],
    ['0', 0],
  ])('%j is %d', (text, number) => {
    expect([numeric(text), decimal(text), zNumber.parse(text)]).toEqual([number, number, number])
  })

  it.each(['', ' ', '0x1F', '01', '+1', '1,5', 'NaN', 'Infinity', '1e999', '--', null, undefined, true, [1], {}])(
    '%j is no number, and never zero',
    (text) => {
      expect([numeric(text), decimal(text), zNumber.safeParse(text).success]).toEqual([Number.NaN, null, false])
    },
  )
})
