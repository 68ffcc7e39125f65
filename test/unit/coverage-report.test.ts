import { expect, it } from 'vitest'
import { reportCoverage, worstOf } from '../../src/core/live/coverage-report.js'
import type { CoverageRow } from '../../src/core/storage/rows.js'

const base = { exchange: 'binance', symbol: 'BTCUSDT', channel: 'trades' }
const row = (startedAt: number, endedAt: number | null, state: string, detail = ''): CoverageRow => ({
  ...base,
  startedAt,
  endedAt,
  state,
  detail,
})
const ROWS = [
  row(0, 600, 'contiguous'),
  row(600, 700, 'gap', '11..14 hole'),
  row(700, 1_000, 'quiet'),
  row(1_500, 2_000, 'contiguous'),
]
const SERIES = [{ ...base, firstAt: 0, lastAt: 2_000 }]

it('gives every moment one state: the shares add up to 100, and what no row tells was not subscribed', () => {
  const { channels, unseen } = reportCoverage(ROWS, SERIES, undefined)
  expect(channels).toMatchObject([
    { from: 0, to: 2_000, seenPercentage: 70, gaps: 1, ms: { contiguous: 1_100, quiet: 300, gap: 100, unsubscribed: 500 } },
  ])
  expect(Object.values(channels[0]?.percentages ?? {}).reduce((sum, each) => sum + each, 0)).toBeCloseTo(100, 9)
  expect(unseen).toMatchObject([
    { state: 'gap', startedAt: 600, endedAt: 700, lastId: 11, nextId: 14 },
    { state: 'unsubscribed', startedAt: 1_000, endedAt: 1_500, lastId: null },
  ])
})

it('cuts rows to the time asked for, and counts the time since a run died as not seen', () => {
  const { channels } = reportCoverage(ROWS, SERIES, { from: 650, to: 62_000, isOpen: true })
  expect(channels).toMatchObject([{ from: 650, ms: { contiguous: 500, gap: 50, quiet: 300, unsubscribed: 60_500 } }])
})

it('does not hold against a run that goes on what it has not sealed yet', () => {
  const { channels } = reportCoverage(ROWS, SERIES, { from: 1_500, to: 12_000, isOpen: true })
  expect(channels).toMatchObject([{ to: 2_000, seenPercentage: 100 }])
  const closed = reportCoverage(ROWS, SERIES, { from: 1_500, to: 12_000, isOpen: false })
  expect(closed.channels).toMatchObject([{ to: 12_000, ms: { unsubscribed: 10_000 } }])
})

it('proves nothing by a row without an end, and counts no moment twice when two runs overlap', () => {
  const open = reportCoverage([row(0, null, 'contiguous')], SERIES, undefined)
  expect(open.channels).toMatchObject([{ seenPercentage: 0 }])
  const twice = reportCoverage([row(0, 1_500, 'contiguous'), row(500, 2_000, 'unproven')], SERIES, undefined)
  expect(twice.channels).toMatchObject([{ seenPercentage: 100, ms: { contiguous: 1_500, unproven: 500 } }])
})

it('names the channel that was seen least', () => {
  const other = { ...base, channel: 'book', firstAt: 0, lastAt: 2_000 }
  const rows = [...ROWS, { ...row(0, 1_000, 'contiguous'), channel: 'book' }]
  expect(worstOf(reportCoverage(rows, [...SERIES, other], undefined).channels)).toMatchObject({
    channel: 'book',
    seenPercentage: 50,
  })
})

it('counts apart what was fetched afterwards: lost, and of that so much backfilled', () => {
  const rows = [
    row(0, 600, 'contiguous'),
    row(600, 700, 'gap', '11..14 hole; trades 12..13: 2 of 2 fetched by id; backfilled'),
    row(700, 900, 'gap', '20..24 hole; trades 21..23: 0 of 3 fetched by id; HTTP 500'),
    row(900, 1_000, 'unproven', 'connection 1 closed: cut; 3 trades fetched by overlap; backfilled'),
    row(1_000, 2_000, 'unproven'),
  ]
  const { channels, unseen } = reportCoverage(rows, SERIES, undefined)
  expect(channels).toMatchObject([
    { seenPercentage: 80, backfilledPercentage: 10, backfilledMs: 200, gaps: 3, ms: { gap: 300, unproven: 1_100 } },
  ])
  expect(unseen.map(({ ms, isBackfilled }) => [ms, isBackfilled])).toEqual([
    [100, true],
    [200, false],
    [100, true],
  ])
})
