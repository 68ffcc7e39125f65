import { mid, spreadBps, topOfBook } from '../book/metrics.js'
import type { OrderBook } from '../book/order-book.js'
import { difference } from '../market/decimal.js'
import type { BookEvent, EventBase, MarketEvent, Quality, SpreadEvent } from '../market/event.js'
import type { MarketState, Merged } from './market-state.js'
import type { StateKind } from './pipeline-host.js'
import { PriceGuard, type ValidationLimits } from './validation.js'

export interface SamplerOptions {
  /** At most one sample of each state in this time, ms; 0: one for each change. Boundaries are multiples of it since the epoch. */
  readonly intervalMs: number
  /** Levels a side in `book` events. */
  readonly depth: number
  publish(event: MarketEvent): void
  readonly limits: ValidationLimits
}

interface Seen {
  readonly state: MarketState
  readonly kinds: Set<StateKind>
  readonly mids: PriceGuard
  gaps: number
  snapshots: number
  crossed: number
  /** Of the other states: what had gone wrong when they were sampled last. */
  readonly before: Partial<Record<StateKind, { readonly gaps: number; readonly late: number }>>
}

/**
 * Turns states that change many times a second into events at a steady pace: `book` and `spread` of what is readable, `ticker`,
 * `funding`, `open_interest` of what changed. Only receive stamps drive it, so that a replay samples where the live run did.
 */
export class Sampler {
  readonly #options: SamplerOptions
  readonly #seen = new Map<MarketState, Seen>()
  #touched: Seen[] = []
  #boundary = Number.NEGATIVE_INFINITY

  constructor(options: SamplerOptions) {
    this.#options = options
  }

  /** Call before each record, and from a timer when it is quiet. */
  advance(nowMs: number): void {
    if (nowMs < this.#boundary) return
    if (this.#touched.length > 0) this.#publish(this.#boundary)
    const { intervalMs } = this.#options
    if (intervalMs > 0) this.#boundary = (Math.floor(nowMs / intervalMs) + 1) * intervalMs
  }

  touch(state: MarketState, kind: StateKind): void {
    let seen = this.#seen.get(state)
    if (seen === undefined) {
      seen = { state, kinds: new Set(), mids: new PriceGuard(this.#options.limits), gaps: 0, snapshots: 1, crossed: 0, before: {} }
      this.#seen.set(state, seen)
    }
    if (seen.kinds.size === 0) this.#touched.push(seen)
    seen.kinds.add(kind)
    if (this.#options.intervalMs === 0) this.flush()
  }

  /** Publishes a sample of everything that changed since the last one, of one exchange or of all. */
  flush(exchange?: string): void {
    const others = exchange === undefined ? [] : this.#touched.filter(({ state }) => state.instrument.exchange !== exchange)
    this.#touched = this.#touched.filter((seen) => !others.includes(seen))
    this.#publish(Number.NEGATIVE_INFINITY)
    this.#touched = others
  }

  /** `dueMs`: when the sample was due. Not when it is taken: silence makes no record, and a replay takes it later. */
  #publish(dueMs: number): void {
    const touched = this.#touched
    this.#touched = []
    for (const seen of touched) {
      for (const kind of seen.kinds) this.#sample(seen, kind, dueMs)
      seen.kinds.clear()
    }
  }

  #sample(seen: Seen, kind: StateKind, dueMs: number): void {
    const { state } = seen
    const { publish } = this.#options
    if (kind === 'book') {
      this.#sampleBook(seen, dueMs)
      return
    }
    const merged = kind === 'open-interest' ? state.openInterest : state[kind]
    const base = baseOf(state, merged)
    const quality = stateQuality(seen, kind, merged, dueMs)
    if (kind === 'ticker') publish({ type: 'ticker', ...base, ...state.ticker.fields, quality })
    else if (kind === 'funding') publish({ type: 'funding', ...base, kind: 'estimated', ...state.funding.fields, quality })
    else publish({ type: 'open_interest', ...base, ...openInterestOf(state), quality })
  }

  #sampleBook(seen: Seen, dueMs: number): void {
    const { sync } = seen.state
    const book = sync.book
    if (book === undefined) return
    const base = baseOf(seen.state, { timestamp: sync.timestamp || null, receivedAt: Math.floor(sync.stamp / 1000) })
    const quality = this.#quality(seen, book, dueMs)
    this.#options.publish(bookEvent(base, book, this.#options.depth, quality))
    const event = spreadEvent(base, book, quality)
    if (event !== undefined) this.#options.publish(event)
  }

  /** Flags of what happened to this book since its last sample. */
  #quality(seen: Seen, book: OrderBook, dueMs: number): string {
    const { counts, stamp, staleAfterMs } = seen.state.sync
    const flags: Quality[] = []
    if (counts.gaps > seen.gaps) flags.push('gap')
    if (counts.snapshots > seen.snapshots) flags.push('resync')
    if (counts.crossed > seen.crossed) flags.push('crossed')
    if (dueMs - stamp / 1000 > staleAfterMs) flags.push('stale')
    if (!book.isTopTrusted()) flags.push('partial')
    const price = mid(book)
    const isOdd = price !== undefined && seen.mids.isOutlier(price)
    if (isOdd || (spreadBps(book) ?? 0) > this.#options.limits.maxSpreadBps) flags.push('outlier')
    seen.gaps = counts.gaps
    seen.snapshots = Math.max(1, counts.snapshots)
    seen.crossed = counts.crossed
    return flags.join(',')
  }
}

/** Flags of what happened to a merged state since its last sample. */
function stateQuality({ before }: Seen, kind: StateKind, merged: Merged<unknown>, dueMs: number): string {
  const { gaps, late, receivedAt, staleAfterMs } = merged
  const flags: Quality[] = []
  if (gaps > (before[kind]?.gaps ?? 0)) flags.push('gap')
  if (dueMs - receivedAt > staleAfterMs) flags.push('stale')
  if (late > (before[kind]?.late ?? 0)) flags.push('clock')
  before[kind] = { gaps, late }
  return flags.join(',')
}

function baseOf(state: MarketState, times: Pick<Merged<unknown>, 'timestamp' | 'receivedAt'>): EventBase {
  const { exchange, symbol, pair } = state.instrument
  return { exchange, symbol, pair, timestamp: times.timestamp, receivedAt: times.receivedAt }
}

/** The value in quote currency, from the mark or last price where the exchange does not give it. */
function openInterestOf(state: MarketState): { openInterest: number | null; openInterestUsd: number | null } {
  const { openInterest, openInterestUsd } = state.openInterest.fields
  if (openInterestUsd !== null || openInterest === null) return { openInterest, openInterestUsd }
  const price = state.funding.fields.markPrice ?? state.ticker.fields.markPrice ?? state.ticker.fields.lastPrice
  return { openInterest, openInterestUsd: price === null ? null : openInterest * price }
}

function bookEvent(base: EventBase, book: OrderBook, depth: number, quality: string): BookEvent {
  return { type: 'book', ...base, sequence: book.sequence, bids: book.bids.levels(depth), asks: book.asks.levels(depth), quality }
}

function spreadEvent(base: EventBase, book: OrderBook, quality: string): SpreadEvent | undefined {
  const top = topOfBook(book)
  const midPrice = mid(book)
  const bps = spreadBps(book)
  if (top === undefined || midPrice === undefined || bps === undefined) return undefined
  const spreadAbsolute = difference(top.askPrice, top.bidPrice)
  return { type: 'spread', ...base, ...top, midPrice, spreadAbsolute, spreadPercentage: bps / 100, spreadBps: bps, quality }
}
