import { describe, expect, it } from 'vitest'
import { signalCounts } from '../../../../src/core/cli/signals/tables.js'

const NOTHING = {
  ...{ opened: 0, confirmed: 0, suspended: 0, unsure: 0, open: 0, silences: [], failures: [] },
  closed: { exit: 0, strategy: 0, expired: 0, limit: 0, end: 0 },
}

describe('the end of a watch', () => {
  it('tells what became of every signal, by why it closed', () => {
    const closed = { ...NOTHING.closed, exit: 2, end: 1 }
    expect(signalCounts({ ...NOTHING, opened: 4, open: 1, suspended: 3, closed })).toBe(
      'Signals: 4 opened; 2 by exit, 1 by end closed; 1 still open; 0 said again; 3 suspended; 0 not sure enough',
    )
  })

  it('says why there was none, the most frequent reasons first', () => {
    const silence = (reason: string, steps: number, asset: string | null) => ({
      strategy: 'spread-arbitrage',
      asset,
      reason,
      steps,
    })
    const silences = [
      silence('no opportunity', 9, null),
      silence('the book is stale', 4, 'bybit:BTCUSDT'),
      silence('a', 3, 'x'),
      silence('b', 2, 'x'),
    ]
    expect(signalCounts({ ...NOTHING, silences }).split('\n')).toEqual([
      'Signals: 0 opened; none closed; 0 said again; 0 suspended; 0 not sure enough',
      'Silent most often:',
      '  spread-arbitrage: no opportunity (9 steps)',
      '  spread-arbitrage on bybit:BTCUSDT: the book is stale (4 steps)',
      '  spread-arbitrage on x: a (3 steps)',
    ])
  })
})
