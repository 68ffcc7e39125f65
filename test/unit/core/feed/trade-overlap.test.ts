import { describe, expect, it } from 'vitest'
import { TradeOverlap } from '../../../../src/core/feed/trade-overlap.js'
import type { Trade } from '../../../../src/core/market/event.js'

const trade = (tradeId: string, timestamp: number): Trade => ({
  symbol: 'A',
  timestamp,
  tradeId,
  price: 1,
  quantity: 1,
  side: 'buy',
  isBlock: false,
})
/** Trades `a`, `b`, … a second apart. */
const rows = (letters: string): Trade[] => [...letters].map((id) => trade(id, (id.charCodeAt(0) - 97) * 1000))

/** The stream brought these; a point is where something was lost. */
function seen(letters: string) {
  const overlap = new TradeOverlap()
  let isLost = false
  for (const id of letters) {
    if (id !== '.') for (const each of rows(id)) overlap.saw(each, each.timestamp + 5, isLost ? 77 : undefined)
    isLost = id === '.'
  }
  return overlap
}

const idsOf = (trades: readonly Trade[]) => trades.map(({ tradeId }) => tradeId).join('')

describe('a loss among trades whose ids do not count', () => {
  it('is filled by a list of recent trades that reaches from the last one before to the first one after', () => {
    const overlap = seen('abc.gh')
    expect(overlap.next).toMatchObject({ last: { tradeId: 'c', receivedAt: 2_005 }, first: { tradeId: 'g' }, rowAt: 77 })
    const { trades, end } = overlap.fill(rows('bcdefghi'))
    expect(idsOf(trades)).toBe('def')
    expect(end).toMatchObject({ isWhole: true, found: 3, detail: '3 trades fetched by overlap' })
    expect(overlap.next).toBeUndefined()
  })

  it('says from when to when nothing is known where the list does not reach back, and gives the rest', () => {
    const { trades, end } = seen('abc.gh').fill(rows('efgh'))
    expect(idsOf(trades)).toBe('ef')
    expect(end?.isWhole).toBe(false)
    expect(end?.detail).toBe(
      '2 trades fetched by overlap; the list of recent trades does not reach back: nothing from 00:00:02.000 to 00:00:04.000',
    )
  })

  it('is asked for again while the list lags behind the stream, and given up after five', () => {
    const overlap = seen('abc.gh')
    for (let i = 0; i < 4; i++) expect(overlap.fill(rows('abcdef')).end).toBeUndefined()
    expect(overlap.fill(rows('abcdef')).end?.detail).toMatch(/^0 trades fetched by overlap; the list/)
    expect(overlap.next).toBeUndefined()
  })

  it('grows when more is lost before the answer: the list has to reach back to where it began', () => {
    const overlap = seen('abc.g.k')
    expect(overlap.next).toMatchObject({ last: { tradeId: 'c' }, first: { tradeId: 'k' } })
    // `g` came by the stream: it is not told twice.
    expect(idsOf(overlap.fill(rows('abcdefghijkl')).trades)).toBe('defhij')
  })

  it('is looked into when other records say that something was lost, from before their loss on', () => {
    const overlap = seen('abde')
    expect(overlap.next).toBeUndefined()
    // Noticed after `e`: the book was whole until just before `d` came.
    overlap.doubt(3_000)
    for (const each of rows('f')) overlap.saw(each, 5_005, undefined)
    expect(overlap.next).toMatchObject({ last: { tradeId: 'b' }, rowAt: undefined })
    expect(idsOf(overlap.fill(rows('abcdefg')).trades)).toBe('c')
  })

  it('tells no trade twice, however many came by the stream before the list did', () => {
    const overlap = seen('a.c')
    const many = Array.from({ length: 500 }, (_, i) => trade(`later ${i}`, 3_000 + i))
    for (const each of many) overlap.saw(each, each.timestamp, undefined)
    // The list has some of them before the first one after the loss: their times are equal.
    expect(idsOf(overlap.fill([...rows('ab'), ...many, ...rows('c')]).trades)).toBe('b')
    const endless = seen('a.c')
    for (let i = 0; i < 3_000; i++) endless.saw(trade(`later ${i}`, i), i, undefined)
    expect(endless.fill(rows('abc'))).toMatchObject({ trades: [], end: { isWhole: false } })
  })

  it('remembers what was fetched and what the stream brought: neither is told again', () => {
    const overlap = seen('abc.gh')
    expect([...'cdgz'].map((id) => overlap.knows(id))).toEqual([true, false, true, false])
    overlap.fill(rows('abcdefgh'))
    expect([...'defz'].map((id) => overlap.knows(id))).toEqual([true, true, true, false])
  })

  it('is none before the first trade: what was not asked for is not missing', () => {
    expect(seen('.a').next).toBeUndefined()
  })
})
