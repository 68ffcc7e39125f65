import { describe, expect, it } from 'vitest'
import { TradeHoles } from '../../../../src/core/feed/trade-holes.js'
import type { Trade } from '../../../../src/core/market/event.js'

function rows(...ids: number[]): Trade[] {
  return ids.map((id) => ({
    symbol: 'A',
    timestamp: id,
    tradeId: String(id),
    price: 1,
    quantity: 1,
    side: 'buy',
    isBlock: false,
  }))
}

const hole = (lastId: number, nextId: number) => ({ lastId, nextId, rowAt: 7 })
const idsOf = (trades: readonly Trade[]) => trades.map(({ tradeId }) => Number(tradeId))

describe('a hole in the ids of trades', () => {
  it('is filled page by page, without what lies around it', () => {
    const holes = new TradeHoles()
    holes.open(hole(9, 15))
    expect(idsOf(holes.fill(rows(10, 12, 11)).trades)).toEqual([10, 11, 12])
    expect(holes.next).toMatchObject({ from: 13, to: 14 })
    const { trades, end } = holes.fill(rows(13, 14, 15, 16))
    expect(idsOf(trades)).toEqual([13, 14])
    expect(end).toEqual({ rowAt: 7, isWhole: true, detail: 'trades 10..14: 5 of 5 fetched by id' })
    expect(holes.next).toBeUndefined()
  })

  it('stays one when the exchange skips ids itself', () => {
    const holes = new TradeHoles()
    holes.open(hole(9, 13))
    expect(holes.fill(rows(10, 12, 13)).end).toMatchObject({ isWhole: false, detail: expect.stringContaining('2 of 3') })
  })

  it('is given up after five refusals, and the next one is tried', () => {
    const holes = new TradeHoles()
    holes.open(hole(9, 11))
    holes.open(hole(20, 22))
    const ends = Array.from({ length: 5 }, () => holes.failed('HTTP 500'))
    expect(ends.slice(0, 4).every((end) => end === undefined)).toBe(true)
    expect(ends[4]?.detail).toBe('trades 10..10: 0 of 1 fetched by id; HTTP 500')
    expect(holes.next).toMatchObject({ from: 21 })
  })

  it('is closed by what the stream brings late, and that is not fetched a second time', () => {
    const holes = new TradeHoles()
    holes.open(hole(9, 14))
    expect([holes.cameLate(11), holes.cameLate(11), holes.cameLate(9), holes.cameLate(14)]).toEqual([true, false, false, false])
    const { trades, end } = holes.fill(rows(10, 11, 12, 13))
    expect(idsOf(trades)).toEqual([10, 12, 13])
    expect(end).toEqual({ rowAt: 7, isWhole: true, detail: 'trades 10..13: 3 of 4 fetched by id, 1 came late' })
    expect(holes.cameLate(12)).toBe(false)
  })

  it('is whole when all of it came late, even if the exchange refuses', () => {
    const holes = new TradeHoles()
    holes.open(hole(9, 12))
    expect([10, 11].map((id) => holes.cameLate(id))).toEqual([true, true])
    expect(holes.failed('HTTP 500')).toMatchObject({ isWhole: true, detail: 'trades 10..11: 0 of 2 fetched by id, 2 came late' })
  })

  it('still knows after it was given up what it misses', () => {
    const holes = new TradeHoles()
    holes.open(hole(9, 13))
    holes.fill(rows(10, 13))
    holes.abandon('mts was stopped before')
    expect([10, 11, 12, 11].map((id) => holes.cameLate(id))).toEqual([false, true, true, false])
  })

  it('is not asked for when it would eat the budget of the books', () => {
    const holes = new TradeHoles()
    expect(holes.open(hole(0, 20_002))?.isWhole).toBe(false)
    expect(holes.open(hole(0, 20_001))).toBeUndefined()
  })
})
