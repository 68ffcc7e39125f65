import { describe, expect, it } from 'vitest'
import { liquidationIds } from '../../../../src/core/feed/liquidation-ids.js'
import type { Liquidation } from '../../../../src/core/market/event.js'

const ONE: Liquidation = {
  symbol: 'BTCUSDT',
  timestamp: 1_795_000_000_123,
  liquidated: 'long',
  side: 'sell',
  price: 82_651.9,
  quantity: 0.19,
}

describe('the ids of liquidations', () => {
  it('say what was liquidated, as the contract has it', () => {
    expect(liquidationIds()(ONE)).toBe('liq-1795000000123-sell-82651.9-0.19-0')
  })

  it('count equal ones, and only equal ones of the same instrument', () => {
    const idOf = liquidationIds()
    const ids = [ONE, ONE, { ...ONE, symbol: 'ETHUSDT' }, { ...ONE, quantity: 0.2 }, ONE].map(idOf)
    expect(ids.map((id) => id.split('-').slice(-2).join(' '))).toEqual(['0.19 0', '0.19 1', '0.19 0', '0.2 0', '0.19 2'])
  })

  it('are the same for the same stream, so that a replay stores each once', () => {
    const stream = [ONE, { ...ONE, timestamp: ONE.timestamp + 1 }, ONE, { ...ONE, side: 'buy' as const }]
    expect(stream.map(liquidationIds())).toEqual(stream.map(liquidationIds()))
  })

  it('forget those of long ago, so that their memory is bounded', () => {
    const idOf = liquidationIds()
    idOf(ONE)
    for (let i = 0; i < 10_000; i++) idOf({ ...ONE, timestamp: i })
    // The first one is forgotten by now.
    expect(idOf(ONE)).toMatch(/-0$/)
  })
})
