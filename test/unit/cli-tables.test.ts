import { describe, expect, it } from 'vitest'
import { PLAIN_PAINTER } from '../../src/core/cli/output/color.js'
import type { Column } from '../../src/core/cli/output/column.js'
import { visibleWidth } from '../../src/core/cli/output/fit.js'
import { formatBytes } from '../../src/core/cli/output/number.js'
import { renderTable } from '../../src/core/cli/output/table.js'

const COLUMNS: readonly Column[] = [
  { key: 'exchange' },
  { key: 'updates', unit: '1/s', brief: '1/s', kind: 'number', decimals: 0 },
  { key: 'mean', kind: 'number', decimals: 1, isMinor: true },
  { key: 'topics', cut: 'end' },
]
const ROWS = [
  { exchange: 'binance', updates: 12, mean: 1.25, topics: 'btcusdt@depth@100ms ethusdt@depth@100ms' },
  { exchange: 'bybit', updates: 345, mean: 10, topics: 'orderbook.50.BTCUSDT' },
]

async function lines(width?: number): Promise<string[]> {
  return (await renderTable(ROWS, COLUMNS, PLAIN_PAINTER, width)).split('\n')
}

describe('a table on a narrow terminal', () => {
  it('is whole where there is no bound', async () => {
    expect(await lines()).toEqual([
      'exchange  updates (1/s)  mean  topics',
      'binance              12   1.3  btcusdt@depth@100ms ethusdt@depth@100ms',
      'bybit               345  10.0  orderbook.50.BTCUSDT',
    ])
  })

  it('gives up first spaces, then long headings, then minor columns, then the end of long texts', async () => {
    expect((await lines(69))[0]).toBe('exchange updates (1/s) mean topics')
    expect((await lines(59))[0]).toBe('exchange 1/s mean topics')
    expect((await lines(53))[0]).toBe('exchange 1/s topics')
    expect(await lines(34)).toEqual([
      'exchange 1/s topics',
      'binance   12 btcusdt@depth@100ms …',
      'bybit    345 orderbook.50.BTCUSDT',
    ])
  })

  it.each([34, 40, 53, 59, 69, 80, 120])('never passes %i columns', async (width) => {
    for (const line of await lines(width)) expect(visibleWidth(line)).toBeLessThanOrEqual(width)
  })

  it('counts two columns for a Chinese character and none for colour', () => {
    expect(visibleWidth('\u001b[32m币安USDT\u001b[39m')).toBe(8)
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
