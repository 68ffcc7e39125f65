/** A sink that keeps what a decoder tells, as plain data. */
import type { Control, FrameSink } from '../../src/core/exchanges/contract.js'
import type { BookUpdate, LevelArray } from '../../src/core/market/book-update.js'

export type Told = readonly [kind: keyof FrameSink, ...values: readonly unknown[]]

export interface FrameRecorder extends FrameSink {
  readonly told: Told[]
}

export function frameRecorder(): FrameRecorder {
  const told: Told[] = []
  return {
    told,
    book: (update) => told.push(['book', plainUpdate(update)]),
    trade: (trade) => told.push(['trade', trade]),
    ticker: (...values) => told.push(['ticker', ...values]),
    funding: (...values) => told.push(['funding', ...values]),
    openInterest: (...values) => told.push(['openInterest', ...values]),
    liquidation: (liquidation) => told.push(['liquidation', liquidation]),
    candle: (...values) => told.push(['candle', ...values]),
    control: (control: Control) => told.push(['control', control]),
    unknown: (reason) => told.push(['unknown', reason]),
    remark: (what) => told.push(['remark', what]),
  }
}

/** Levels as pairs, in the order in which they came. */
export function plainUpdate({ bids, asks, ...ids }: BookUpdate) {
  const { symbol, isSnapshot, depth, timestamp, sentAt, firstId, lastId, previousId, crossId } = ids
  const plainIds = { symbol, isSnapshot, depth, timestamp, sentAt, firstId, lastId, previousId, crossId }
  return { ...plainIds, bids: plainLevels(bids), asks: plainLevels(asks) }
}

function plainLevels(levels: LevelArray): [number, number][] {
  return Array.from({ length: levels.length }, (_, i) => [levels.prices[i] ?? Number.NaN, levels.quantities[i] ?? Number.NaN])
}
