/** A store in a directory of its own, its losses and failures, and rows to put into it. */
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { StorageError } from '../../src/core/errors.js'
import { systemClock } from '../../src/core/net/system-clock.js'
import { type History, type HistoryOptions, openHistory } from '../../src/core/storage/history.js'
import type { CandleRow, LargeTradeRow, OrderBookSampleRow, SpreadRow } from '../../src/core/storage/rows.js'
import { openStore, type Store, type StoreOptions } from '../../src/core/storage/store.js'

export interface TemporaryFolder {
  file(name: string): string
  remove(): void
}

export function temporaryFolder(): TemporaryFolder {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mts-storage-'))
  return {
    file: (name) => path.join(folder, name),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

export interface WatchedStore {
  readonly store: Store
  /** `table reason` → rows. */
  readonly losses: Map<string, number>
  readonly failures: StorageError[]
}

export async function watchedStore(file: string, options: Partial<StoreOptions> = {}): Promise<WatchedStore> {
  const losses = new Map<string, number>()
  const failures: StorageError[] = []
  const store = await openStore({
    path: file,
    clock: systemClock(),
    programVersion: '1.2.3',
    onLoss: (table, lost, reason) => losses.set(`${table} ${reason}`, (losses.get(`${table} ${reason}`) ?? 0) + lost),
    onFailure: (error) => failures.push(error),
    ...options,
  })
  return { store, losses, failures }
}

export const START = Date.UTC(2026, 0, 2)

/** `levels` levels a side around 86 786, one sample a second. */
export function sample(index: number, levels = 2): OrderBookSampleRow {
  const side = (direction: number): [number, number][] =>
    Array.from({ length: levels }, (_, level) => [
      Math.round((86786 + direction * (0.1 + level * 0.1)) * 10) / 10,
      Math.round((1 + ((index * 7 + level * 13) % 90)) * 123) / 1000,
    ])
  return {
    exchange: 'binance',
    symbol: 'BTCUSDT',
    timestamp: START + index * 1000,
    sequence: 9_000_000_000_000 + index,
    bids: side(-1),
    asks: side(1),
    metadata: null,
  }
}

export function spread(index: number, changes: Partial<SpreadRow> = {}): SpreadRow {
  return {
    exchange: 'binance',
    symbol: 'BTCUSDT',
    timestamp: START + index * 1000,
    bidPrice: 99.5,
    askPrice: 100.5,
    spreadAbsolute: 1,
    spreadPercentage: 1,
    midPrice: 100,
    quality: '',
    ...changes,
  }
}

export function largeTrade(index: number, changes: Partial<LargeTradeRow> = {}): LargeTradeRow {
  return {
    exchange: 'binance',
    symbol: 'BTCUSDT',
    tradeId: `${index}`,
    side: 'buy',
    price: 100,
    size: 10,
    valueUsd: 1000,
    timestamp: START + index,
    isLiquidation: false,
    metadata: null,
    ...changes,
  }
}

/** Bars of one transaction of the program that is killed. */
export const HISTORY_BATCH = 500

export function history(path: string, options: Partial<HistoryOptions> = {}): History {
  return openHistory({ path, clock: systemClock(), programVersion: '1.2.3', ...options })
}

/** The `index`-th minute of a series of 1-minute bars. */
export function bar(index: number, changes: Partial<CandleRow> = {}): CandleRow {
  const open = 86786 + (index % 977) / 10
  return {
    source: 'binance',
    cryptocurrency: 'bitcoin',
    interval: '1m',
    timestamp: START + index * 60_000,
    open,
    high: open + 10.5,
    low: open - 9.5,
    close: open + 1.1,
    volume: (index % 101) / 8,
    quality: '',
    ...changes,
  }
}

export function bars(count: number, changes: Partial<CandleRow> = {}): CandleRow[] {
  return Array.from({ length: count }, (_, index) => bar(index, changes))
}
