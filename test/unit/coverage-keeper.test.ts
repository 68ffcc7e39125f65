import { expect, it } from 'vitest'
import type { CoverageSpan } from '../../src/core/feed/coverage-span.js'
import { CoverageKeeper } from '../../src/core/live/coverage-keeper.js'

const SPAN: CoverageSpan = {
  exchange: 'binance',
  symbol: 'BTCUSDT',
  channel: 'book',
  startedAt: 1_000,
  endedAt: 9_000,
  state: 'contiguous',
  detail: '',
  isOpen: true,
}

function kept(unsealedSince: () => number = () => Number.POSITIVE_INFINITY) {
  const rows: string[] = []
  let run = 0
  const write = (table: string, row: object) => rows.push(`${table} ${Object.values(row).join(' ')}`)
  const keeper = new CoverageKeeper({ store: { write }, newRun: () => ++run, unsealedSince })
  return { keeper, rows }
}

it('tells four times a second how far the run has come, and never beyond a record that a crash would cost', () => {
  let unsealed = 1_000_500
  const { keeper, rows } = kept(() => unsealed)
  keeper.advance(1_100)
  keeper.advance(1_200)
  keeper.advance(1_350)
  unsealed = Number.POSITIVE_INFINITY
  keeper.advance(1_600)
  expect(rows).toEqual(['coverage_runs 1 1000', 'coverage_runs 1 1600'])
})

it('lets an open row reach no further than what is sealed, and a closed one to its end', () => {
  const { keeper, rows } = kept()
  keeper.advance(5_000)
  keeper.keep(SPAN)
  keeper.keep({ ...SPAN, isOpen: false })
  expect(rows.slice(1)).toEqual([
    'coverage binance BTCUSDT book 1000 5000 contiguous  1',
    'coverage binance BTCUSDT book 1000 9000 contiguous  ',
  ])
})

it('says nothing of how far rows reach when some of them were lost, until each is told anew by another number', () => {
  const { keeper, rows } = kept()
  keeper.advance(5_000)
  keeper.lost()
  keeper.keep(SPAN)
  keeper.advance(6_000)
  expect(rows).toEqual([
    'coverage_runs 1 5000',
    'coverage_runs 1 0',
    'coverage binance BTCUSDT book 1000 5000 contiguous  2',
    'coverage_runs 2 6000',
  ])
})
