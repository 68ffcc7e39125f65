import { expect, it } from 'vitest'
import { FollowedBoard } from '../../src/core/live/followed-board.js'

const BTC = { exchange: 'bybit', symbol: 'BTCUSDT', pair: 'BTC/USDT:USDT' }
const book = {
  ...{ type: 'book', ...BTC, received_at: 1_000 },
  bids: [
    [100, 3],
    [99.5, 1],
  ] as const,
  asks: [[100.5, 1]] as const,
}

it('shows a followed book with what stream shows of its own', () => {
  const board = new FollowedBoard()
  board.take({ ...book, exchange: 'binance' })
  board.take(book)
  const rows = board.rows(1_200)
  expect(rows.map(({ exchange }) => exchange)).toEqual(['binance', 'bybit'])
  expect(rows[1]).toMatchObject({ instrument: 'BTC/USDT:USDT', bid: 100, ask: 100.5, age: 200, state: 'live', decimals: 1 })
  expect(rows[1]?.spread).toBeCloseTo((0.5 / 100.25) * 10_000, 9)
  expect(rows[1]?.imbalance).toBeCloseTo(3 / 5, 12)
})

it('shows no price of a book that its collector lost, and none at all when nobody vouches for them', () => {
  const board = new FollowedBoard()
  board.take(book)
  board.take({ type: 'gap', ...BTC, channel: 'trades' })
  expect(board.rows(1_200)[0]).toMatchObject({ bid: 100, state: 'live' })
  board.take({ type: 'gap', ...BTC, channel: 'book' })
  expect(board.rows(1_200)[0]).toMatchObject({ bid: null, ask: null, spread: null, imbalance: null, state: 'resyncing' })
  board.take(book)
  board.lose('disconnected')
  expect(board.rows(1_200)[0]).toMatchObject({ bid: null, state: 'disconnected' })
  board.take(book)
  expect(board.rows(1_200)[0]).toMatchObject({ bid: 100, state: 'live' })
  expect(board.rows(9_000)[0]).toMatchObject({ state: 'quiet' })
})
