import { describe, expect, it } from 'vitest'
import { PLAIN_PAINTER } from '../../src/core/cli/output/color.js'
import type { Column } from '../../src/core/cli/output/column.js'
import { formatBytes } from '../../src/core/cli/output/number.js'
import { renderSheet } from '../../src/core/cli/output/sheet.js'
import { renderTable } from '../../src/core/cli/output/table.js'
import { cutText, visibleWidth, wrapLines } from '../../src/core/cli/output/text-width.js'

const COLUMNS: readonly Column[] = [
  { key: 'exchange' },
  { key: 'updates', unit: '1/s', brief: 'upd.', kind: 'number', decimals: 0 },
  { key: 'mean', kind: 'number', decimals: 1, isMinor: true },
  { key: 'predicted', unit: '%', kind: 'number' },
  { key: 'topics', cut: 'end' },
]
const ROWS = [
  { exchange: 'binance', updates: 12, mean: 1.25, topics: 'btcusdt@depth@100ms ethusdt@depth@100ms' },
  { exchange: 'bybit', updates: 345, mean: 10, topics: 'orderbook.50.BTCUSDT' },
]
const TIMES: readonly Column[] = [{ key: 'at', kind: 'time' }]
const NOON = Date.UTC(2026, 10, 21, 12)

function lines(width?: number): string[] {
  return renderTable(ROWS, COLUMNS, PLAIN_PAINTER, width).split('\n')
}

describe('a table on a narrow terminal', () => {
  it('is whole where there is no bound', () => {
    expect(lines()).toEqual([
      'exchange  updates (1/s)  mean  predicted (%)  topics',
      'binance              12   1.3              –  btcusdt@depth@100ms ethusdt@depth@100ms',
      'bybit               345  10.0              –  orderbook.50.BTCUSDT',
    ])
  })

  it('is never wider than the terminal, and leaves out only what is minor or knows nothing', () => {
    for (let width = 30; width <= 120; width++) {
      const drawn = lines(width)
      expect(Math.max(...drawn.map(visibleWidth)), `of ${width}`).toBeLessThanOrEqual(width)
      const text = drawn.join('\n')
      for (const cell of ['exchange', 'binance', '12', 'btcusdt@depth', 'bybit', '345', 'orderbook.50.'])
        expect(text).toContain(cell)
    }
  })

  it('first gives headings several lines, with their units', () => {
    expect(lines(80)).toEqual([
      '          updates        predicted',
      'exchange    (1/s)  mean        (%)  topics',
      'binance        12   1.3          –  btcusdt@depth@100ms ethusdt@depth@100ms',
      'bybit         345  10.0          –  orderbook.50.BTCUSDT',
    ])
  })

  it('then gives up spaces, columns that know nothing, long headings, minor columns, and the end of long texts', () => {
    expect(lines(72)[1]).toBe('exchange   (1/s) mean       (%) topics')
    expect(lines(67)[1]).toBe('exchange    (1/s)  mean  topics')
    expect(lines(60)[1]).toBe('exchange (1/s) mean topics')
    expect(lines(58)[1]).toBe('exchange  (1/s)  topics')
    expect(lines(40).slice(1)).toEqual([
      'exchange (1/s) topics',
      'binance     12 btcusdt@depth@100ms ethu…',
      'bybit      345 orderbook.50.BTCUSDT',
    ])
  })

  it('at last folds each row, rather than leave out what matters', () => {
    expect(lines(26)).toEqual([
      '           upd.',
      'exchange  (1/s)',
      '  topics',
      'binance      12',
      '  btcusdt@depth@100ms eth…',
      'bybit       345',
      '  orderbook.50.BTCUSDT',
    ])
  })

  it.each([12, 20, 26, 30, 40, 53, 59, 69, 80, 120])('never passes %i columns', (width) => {
    for (const line of lines(width)) expect(visibleWidth(line)).toBeLessThanOrEqual(width)
  })

  it('puts figures of things that do not fit beside each other below each other, with their labels', () => {
    const sheet = [{ label: 'mid', texts: ['102,448.35', '102,456.55'] }]
    expect(renderSheet('BTC', ['binance', 'bybit'], sheet, PLAIN_PAINTER, 20).split('\n')).toEqual([
      'BTC     binance',
      'mid  102,448.35',
      '',
      'BTC       bybit',
      'mid  102,456.55',
    ])
  })
})

describe('times in a table', () => {
  it.each([
    [[NOON, null], '2026-11-21 12:00'],
    [[NOON, NOON + 1000], '2026-11-21 12:00:00'],
    [[NOON, NOON + 1], '2026-11-21 12:00:00.000'],
  ])('are as exact as one of them needs: %j', (times, first) => {
    const [heading, line] = renderTable(
      times.map((at) => ({ at })),
      TIMES,
      PLAIN_PAINTER,
    ).split('\n')
    expect([heading, line]).toEqual(['at (UTC)', first])
  })

  it('lose their milliseconds on a narrow terminal', () => {
    expect(renderTable([{ at: NOON + 1 }], TIMES, PLAIN_PAINTER, 20)).toBe('at (UTC)\n2026-11-21 12:00:00')
  })
})

describe('texts', () => {
  it('count two columns for a Chinese character and none for colour', () => {
    expect(visibleWidth('\u001b[32m币安USDT\u001b[39m')).toBe(8)
    expect(cutText('币安USDT', 5, 'end')).toBe('币安…')
    expect(cutText('币安USDT', 5, 'start')).toBe('…USDT')
  })

  it('wrap at words, each line by itself', () => {
    expect(wrapLines('one two three\nfour', 8)).toBe('one two\nthree\nfour')
  })
})

it.each([
  [0, '0 B'],
  [1023, '1,023 B'],
  [77_824, '76.0 KiB'],
  [5 * 1024 ** 3, '5.0 GiB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text)
})
