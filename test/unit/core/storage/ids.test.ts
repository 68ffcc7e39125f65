import { expect, it } from 'vitest'
import { liquidationId } from '../../../../src/core/storage/ids.js'

it('a liquidation without an id gets one of its content, so that a replay makes the same', () => {
  const liquidation = { timestamp: 1_767_312_000_123, side: 'sell', price: 86786.1, quantity: 0.005 } as const
  expect(liquidationId(liquidation, 0)).toBe('liq-1767312000123-sell-86786.1-0.005-0')
  expect(liquidationId(liquidation, 1)).toBe('liq-1767312000123-sell-86786.1-0.005-1')
})
