import { imbalance, spreadBps } from '../book/metrics.js'
import type { Freshness } from '../feed/freshness.js'
import type { MarketState } from '../feed/market-state.js'
import type { Pipeline } from '../feed/pipeline.js'
import { decimalsOf } from '../market/decimal.js'

/** One instrument of one exchange as it stands. Prices are `null` while its book cannot be read. */
export interface BoardRow {
  readonly instrument: string
  readonly exchange: string
  readonly bid: number | null
  readonly ask: number | null
  /** bps of the mid. */
  readonly spread: number | null
  /** Best ten levels a side, −1 to 1. */
  readonly imbalance: number | null
  /** Book updates in the last second. */
  readonly updates: number
  /** ms since the last book update was received. */
  readonly age: number | null
  /** Of a readable book `live`, `quiet` or `stale`; else what it waits for. */
  readonly state: string
  /** Of the tick, to align prices. */
  readonly decimals: number
}

const RATE_WINDOW_MS = 1_000

/** The present state of every book as rows, for a screen. */
export class Board {
  readonly #pipelines: () => Iterable<Pipeline>
  #rates = new Map<MarketState, { readonly applied: number; readonly perSecond: number }>()
  #measuredAt = 0

  constructor(pipelines: () => Iterable<Pipeline>) {
    this.#pipelines = pipelines
  }

  rows(nowMs: number): BoardRow[] {
    const books = [...this.#pipelines()].flatMap((pipeline) => [...pipeline.states].map((state) => ({ pipeline, state })))
    this.#measure(
      books.map(({ state }) => state),
      nowMs,
    )
    return books
      .filter(({ state: { sync } }) => sync.state !== 'empty' || sync.counts.snapshots > 0)
      .map(({ pipeline, state }) => this.#row(state, pipeline, nowMs))
      .sort((a, b) => compare(a.instrument, b.instrument) || compare(a.exchange, b.exchange))
  }

  #row(state: MarketState, pipeline: Pipeline, nowMs: number): BoardRow {
    const { sync, instrument } = state
    const { book } = sync
    const hasTop = book !== undefined && book.bids.length > 0 && book.asks.length > 0
    return {
      instrument: instrument.pair,
      exchange: instrument.exchange,
      bid: hasTop ? book.bids.price(0) : null,
      ask: hasTop ? book.asks.price(0) : null,
      spread: hasTop ? (spreadBps(book) ?? null) : null,
      imbalance: hasTop ? (imbalance(book, 10) ?? null) : null,
      updates: this.#rates.get(state)?.perSecond ?? 0,
      age: sync.stamp === 0 ? null : Math.max(0, Math.round(nowMs - sync.stamp / 1000)),
      state: book === undefined ? sync.state : freshnessOf(state, pipeline, nowMs),
      decimals: decimalsOf(instrument.tickSize ?? 0.01),
    }
  }

  #measure(states: readonly MarketState[], nowMs: number): void {
    const elapsed = nowMs - this.#measuredAt
    if (elapsed < RATE_WINDOW_MS) return
    const rates = new Map<MarketState, { applied: number; perSecond: number }>()
    for (const state of states) {
      const { applied } = state.sync.counts
      const before = this.#rates.get(state)?.applied ?? applied
      rates.set(state, { applied, perSecond: ((applied - before) * 1000) / elapsed })
    }
    this.#rates = rates
    this.#measuredAt = nowMs
  }
}

// A book that can be read has an open connection.
function freshnessOf({ sync }: MarketState, { coverage }: Pipeline, nowMs: number): Freshness {
  const cadence = coverage.find('book', sync.symbol)?.cadence
  return cadence?.freshness(nowMs, true, sync.stamp / 1000) ?? 'live'
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
