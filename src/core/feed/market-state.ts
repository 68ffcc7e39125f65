import type { BookRule } from '../exchanges/contract.js'
import type { Channel, FundingFields, OpenInterestFields, TickerFields } from '../market/event.js'
import type { Instrument } from '../market/instrument.js'
import { Histogram, stepOf } from './histogram.js'
import { BookSynchroniser, type SyncEvents } from './synchroniser.js'
import { TradeHoles } from './trade-holes.js'
import { TradeOverlap } from './trade-overlap.js'
import { PriceGuard, type ValidationLimits } from './validation.js'

/** What is counted of one channel of one instrument. Latency: exchange → received, ms beyond the fastest message of late. */
export class Counts {
  messages = 0
  /** Proven losses. */
  errors = 0
  /** Messages that a check found odd; they went on all the same. */
  flagged = 0
  readonly latency = new Histogram()

  /** Messages without a flag, of all; `null`: none came. */
  get validShare(): number | null {
    return this.messages === 0 ? null : (this.messages - this.flagged) / this.messages
  }

  reset(): void {
    this.messages = 0
    this.errors = 0
    this.flagged = 0
    this.latency.reset()
  }
}

/** The same counts since the start and since whoever keeps the minutes last reset them. */
export class ChannelStats {
  readonly total = new Counts()
  readonly recent = new Counts()

  message(latencyMs: number | undefined): void {
    this.total.messages += 1
    this.recent.messages += 1
    if (latencyMs === undefined) return
    const step = stepOf(latencyMs)
    this.total.latency.recordAt(step, latencyMs)
    this.recent.latency.recordAt(step, latencyMs)
  }

  flag(): void {
    this.total.flagged += 1
    this.recent.flagged += 1
  }

  error(): void {
    this.total.errors += 1
    this.recent.errors += 1
  }
}

/** A record that is told in parts and merged here. Times: exchange's (null: none given) and ours, ms. */
export interface Merged<Fields> {
  fields: Required<Fields>
  timestamp: number | null
  receivedAt: number
  changes: number
  /** Losses of its channel, and messages of an impossible time, so far. */
  gaps: number
  late: number
  /** Without a message for longer than this it is not fresh, ms. */
  staleAfterMs: number
}

/** Everything the feed knows of one instrument. */
export class MarketState {
  instrument: Instrument
  readonly sync: BookSynchroniser
  /** The connection that last fed the book, also when it is gone; −1: none yet. */
  bookConnection = -1
  readonly ticker: Merged<TickerFields> = merged(EMPTY_TICKER)
  readonly funding: Merged<FundingFields> = merged(EMPTY_FUNDING)
  readonly openInterest: Merged<OpenInterestFields> = merged(EMPTY_OPEN_INTEREST)
  readonly tradeGuard: PriceGuard
  readonly tradeHoles = new TradeHoles()
  readonly tradeOverlap = new TradeOverlap()
  /** Exchange's time of the newest trade, ms. */
  newestTradeAt = 0
  /** Trades that came by the stream once more, and were not told again. */
  repeatedTrades = 0
  /** Holes that the ids of trades prove. */
  tradeGaps = 0
  readonly stats = new Map<Channel, ChannelStats>()
  /** Exchange's own best prices for a book id that our book has not reached yet, or has just reached. */
  readonly top = { id: -1, newestId: -1, bidPrice: 0, bidQuantity: 0, askPrice: 0, askQuantity: 0 }
  topChecks = 0
  topMismatches = 0

  constructor(instrument: Instrument, rule: BookRule, events: SyncEvents, limits: ValidationLimits) {
    this.instrument = instrument
    this.sync = new BookSynchroniser(instrument.symbol, rule, events)
    this.tradeGuard = new PriceGuard(limits)
  }

  statsOf(channel: Channel): ChannelStats {
    let stats = this.stats.get(channel)
    if (stats === undefined) {
      stats = new ChannelStats()
      this.stats.set(channel, stats)
    }
    return stats
  }

  /** The connection that carried them is gone: what was merged is no longer the present. */
  forget(): void {
    Object.assign(this.ticker.fields, EMPTY_TICKER)
    Object.assign(this.funding.fields, EMPTY_FUNDING)
    Object.assign(this.openInterest.fields, EMPTY_OPEN_INTEREST)
    this.top.id = -1
    this.top.newestId = -1
  }
}

const EMPTY_TICKER: Required<TickerFields> = {
  lastPrice: null,
  bidPrice: null,
  bidQuantity: null,
  askPrice: null,
  askQuantity: null,
  markPrice: null,
  indexPrice: null,
  open24h: null,
  high24h: null,
  low24h: null,
  volume24h: null,
  quoteVolume24h: null,
  change24h: null,
}

const EMPTY_FUNDING: Required<FundingFields> = {
  fundingRate: null,
  predictedRate: null,
  fundingTime: null,
  intervalHours: null,
  markPrice: null,
  indexPrice: null,
}

const EMPTY_OPEN_INTEREST: Required<OpenInterestFields> = { openInterest: null, openInterestUsd: null }

function merged<Fields>(empty: Required<Fields>): Merged<Fields> {
  return {
    fields: { ...empty },
    timestamp: null,
    receivedAt: 0,
    changes: 0,
    gaps: 0,
    late: 0,
    staleAfterMs: Number.POSITIVE_INFINITY,
  }
}

/** Merges a partial record; true when a value changed. */
export function merge<Fields extends object>(
  into: Merged<Fields>,
  fields: Fields,
  timestamp: number | null,
  receivedAt: number,
): boolean {
  const target = into.fields as Record<string, unknown>
  let isChanged = false
  for (const key of Object.keys(fields)) {
    const value = (fields as Record<string, unknown>)[key]
    if (value === undefined || target[key] === value) continue
    target[key] = value
    isChanged = true
  }
  into.timestamp = timestamp
  into.receivedAt = receivedAt
  if (isChanged) into.changes += 1
  return isChanged
}
