import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { VirtualClock } from '../../src/core/clock.js'
import type { StorageError } from '../../src/core/errors.js'
import { type CsvOptions, type CsvWriter, openCsv } from '../../src/core/storage/csv.js'
import type { SignalRow } from '../../src/core/storage/rows.js'
import { START, sample, spread, temporaryFolder } from '../support/storage.js'

let folder = temporaryFolder()
beforeEach(() => {
  folder = temporaryFolder()
})
afterEach(() => folder.remove())

interface WatchedCsv {
  readonly csv: CsvWriter
  readonly losses: [string, number][]
  readonly failures: StorageError[]
}

function watchedCsv(options: Partial<CsvOptions> = {}): WatchedCsv {
  const losses: [string, number][] = []
  const failures: StorageError[] = []
  const csv = openCsv({
    directory: folder.file('realtime'),
    clock: new VirtualClock(START),
    onLoss: (table, lost) => losses.push([table, lost]),
    onFailure: (error) => failures.push(error),
    ...options,
  })
  return { csv, losses, failures }
}

const HEADER = 'exchange,symbol,timestamp,bid_price,ask_price,spread_absolute,spread_percentage,mid_price,quality\r\n'
const line = (index: number): string => `binance,BTCUSDT,${START + index * 1000},99.5,100.5,1,1,100,\r\n`
const spreads = (): string => folder.file('realtime/binance/spreads/BTCUSDT-2026-01-02.csv')

const signal = (strategy: string): SignalRow => ({
  ...{ id: strategy, timestamp: START, strategy, asset: 'bitcoin', signal: 'long', strength: 'WEAK', confidence: 0.5 },
  ...{ positionSize: 0.1, riskLevel: null, expiresAt: START + 1, context: { reason: 'said' }, createdAt: START },
})

describe('CSV files', () => {
  it('have a header once and a row a line, over restarts', async () => {
    for (let run = 0; run < 2; run++) {
      const { csv } = watchedCsv()
      csv.write('bid_ask_spreads', spread(run))
      await csv.flush()
      csv.write('bid_ask_spreads', spread(run + 10))
      await csv.close()
    }
    expect(readFileSync(spreads(), 'utf8')).toBe(HEADER + line(0) + line(10) + line(1) + line(11))
  })

  it('of signals lie in the folder of their strategy, a file for each asset and day', async () => {
    const { csv } = watchedCsv()
    for (const strategy of ['arbitrage', 'volume-spike', 'spread-anomaly', 'market-structure'])
      csv.write('signals', signal(strategy))
    await csv.close()
    for (const name of ['arbitrage', 'volume_spikes', 'spread_anomalies', 'market_structure']) {
      const text = readFileSync(folder.file(`realtime/signals/${name}/signals-bitcoin-2026-01-02.csv`), 'utf8')
      expect(text.split('\r\n')[0]).toBe(
        'id,timestamp,strategy,asset,signal,strength,confidence,position_size,risk_level,expires_at,context,created_at',
      )
      expect(text.split('\r\n')).toHaveLength(3)
    }
  })

  it('quote the levels of a book, so that any reader finds the columns again', async () => {
    const { csv } = watchedCsv()
    csv.write('order_book_samples', { ...sample(0, 2), metadata: { note: 'a "b"' } })
    await csv.close()
    const [, row] = readFileSync(folder.file('realtime/binance/orderbooks/BTCUSDT-2026-01-02.csv'), 'utf8').split('\r\n')
    const { bids, asks, sequence } = sample(0, 2)
    const note = '"{""note"":""a \\""b\\""""}"'
    expect(row).toBe(`binance,BTCUSDT,${START},${sequence},"${JSON.stringify(bids)}","${JSON.stringify(asks)}",${note}`)
  })

  it('begin anew each UTC day, and a slash in a symbol makes no folder', async () => {
    const { csv } = watchedCsv()
    const day = 86_400_000
    csv.write('bid_ask_spreads', spread(0, { timestamp: START + day - 1 }))
    csv.write('bid_ask_spreads', spread(0, { timestamp: START + day }))
    csv.write('bid_ask_spreads', spread(0, { symbol: 'XBT/USD' }))
    await csv.close()
    const files = ['BTCUSDT-2026-01-02', 'BTCUSDT-2026-01-03', 'XBT%2FUSD-2026-01-02']
    for (const name of files) expect(existsSync(folder.file(`realtime/binance/spreads/${name}.csv`))).toBe(true)
  })

  it('are written when the time has come', async () => {
    const clock = new VirtualClock(START)
    const { csv } = watchedCsv({ clock, flushMs: 1000 })
    csv.write('bid_ask_spreads', spread(0))
    clock.advanceTo((START + 999) * 1000)
    expect(existsSync(spreads())).toBe(false)
    clock.advanceTo((START + 1000) * 1000)
    await vi.waitFor(() => expect(readFileSync(spreads(), 'utf8')).toBe(HEADER + line(0)), { timeout: 10_000 })
    await csv.close()
  })

  it.each([
    ['in a number', 'binance,BTCUSDT,1767', 1],
    ['within quotes', 'binance,BTCUSDT,1,2,"[[1,2],[3', 1],
    ['after a very long line', `binance,"${'9'.repeat(200_000)}`, 1],
  ])('lose the half line that a crash left %s, and say so', async (_where, torn, lost) => {
    const first = watchedCsv()
    first.csv.write('bid_ask_spreads', spread(0))
    await first.csv.close()
    appendFileSync(spreads(), torn)
    const second = watchedCsv()
    second.csv.write('bid_ask_spreads', spread(1))
    await second.csv.close()
    expect(readFileSync(spreads(), 'utf8')).toBe(HEADER + line(0) + line(1))
    expect(second.losses).toEqual([['bid_ask_spreads', lost]])
  })

  it('get their header again when a crash left half of it', async () => {
    const first = watchedCsv()
    first.csv.write('bid_ask_spreads', spread(0))
    await first.csv.close()
    truncateSync(spreads(), 20)
    const second = watchedCsv()
    second.csv.write('bid_ask_spreads', spread(1))
    await second.csv.close()
    expect(readFileSync(spreads(), 'utf8')).toBe(HEADER + line(1))
    expect(second.losses).toEqual([])
  })

  it('that cannot be written are told once, and every row is counted as lost', async () => {
    mkdirSync(folder.file('realtime'))
    writeFileSync(path.join(folder.file('realtime'), 'binance'), 'a file where a folder should be')
    const { csv, losses, failures } = watchedCsv()
    for (let row = 0; row < 3; row++) csv.write('bid_ask_spreads', spread(row))
    await csv.flush()
    csv.write('bid_ask_spreads', spread(3))
    await csv.close()
    expect(failures).toEqual([expect.objectContaining({ code: 'STORAGE_OPEN', exitCode: 74 })])
    expect(losses).toEqual([
      ['bid_ask_spreads', 3],
      ['bid_ask_spreads', 1],
    ])
  })

  it('that fall behind drop the oldest rows and count them', async () => {
    const { csv, losses } = watchedCsv({ maxBytes: 1000 })
    for (let row = 0; row < 50; row++) csv.write('bid_ask_spreads', spread(row))
    await csv.close()
    const kept = readFileSync(spreads(), 'utf8').split('\r\n').length - 2
    const lost = losses.reduce((sum, [, rows]) => sum + rows, 0)
    expect(lost).toBeGreaterThan(0)
    expect(kept + lost).toBe(50)
    expect(readFileSync(spreads(), 'utf8').endsWith(line(49))).toBe(true)
  })
})
