/** Trades and bar equity as CSV files: all of them, times in ms UTC. */
import { writeSync } from 'node:fs'
import type { BacktestResult, Trade } from '../result.js'
import { writeWhole } from './write-file.js'

const LINES_AT_ONCE = 10_000

const TRADE_COLUMNS = {
  asset: 'asset',
  side: 'side',
  entry_time: 'entryTime',
  exit_time: 'exitTime',
  quantity: 'quantity',
  entry_price: 'entryPrice',
  exit_price: 'exitPrice',
  fees: 'fees',
  funding: 'funding',
  pnl: 'pnl',
  return: 'return',
  bars: 'bars',
  risk: 'risk',
  exit_reason: 'exitReason',
} as const satisfies Readonly<Record<string, keyof Trade>>

/** One line a closed trade. Throws `StorageError`. */
export function writeTrades(file: string, trades: readonly Trade[]): void {
  const properties = Object.values(TRADE_COLUMNS)
  writeCsv(file, Object.keys(TRADE_COLUMNS), trades.length, (i) => {
    const trade = trades[i]
    return properties.map((property) => trade?.[property] ?? '').join(',')
  })
}

/** One line a bar, whatever their number. Throws `StorageError`. */
export function writeEquity(file: string, { timestamps, equity }: BacktestResult, benchmark: BacktestResult | undefined): void {
  writeCsv(file, ['timestamp', 'equity', 'benchmark'], timestamps.length, (i) =>
    [timestamps[i], equity[i], benchmark?.equity[i] ?? ''].join(','),
  )
}

function writeCsv(file: string, columns: readonly string[], rows: number, line: (row: number) => string): void {
  writeWhole(file, (descriptor) => {
    writeSync(descriptor, `${columns.join(',')}\n`)
    for (let row = 0; row < rows; ) {
      const end = Math.min(rows, row + LINES_AT_ONCE)
      let text = ''
      for (; row < end; row++) text += `${line(row)}\n`
      writeSync(descriptor, text)
    }
  })
}
