/** One instrument whose book is kept running: it takes each step's trades into the book and remembers what happened. */
import type { SandboxLevel, SandboxLiquidation, SandboxTicker, SandboxTrade } from '../../exchanges/sandbox-contract.js'
import { MINUTE_MS } from '../../market/time.js'
import { type Book, type BookSide, churn, createBook, followPrice, trade } from './book.js'
import { addTrade, closedCandle, emptySums, joinCandles, type MinuteSums, runningCandle } from './candles.js'
import { fundingAt, markPriceAt, openInterestAt } from './derivatives.js'
import { indexPriceAt, type MarketInstrument, ticksAt } from './instrument.js'
import { DAY_MINUTES, STEP_MS, type Step } from './time.js'
import { type MinuteTrades, minuteTrades } from './trades.js'

/** Positions are closed a little before the price at which they would be worth nothing. */
const BANKRUPTCY_DISTANCE = 0.004
const KEPT_ENGINE_IDS = 4_096
/** 40 s: exchanges were seen to answer with books 25 s old. */
const KEPT_STEPS = 2_048

export interface LiveInstrument {
  readonly instrument: MarketInstrument
  book: Book
  at: Step
  minute: MinuteTrades
  /** Trades of the minute that are done. */
  done: number
  /** What those trades have come to. */
  sums: MinuteSums
  /** Of the newest step. */
  trades: readonly SandboxTrade[]
  liquidations: readonly SandboxLiquidation[]
  /** Engine ids of the newest trades by trade id. */
  readonly engineIds: Map<number, number>
  /** The book's engine id after each of the newest steps, by step number; 0: not run yet. */
  readonly idsByStep: Float64Array
  /** The last 24 hours' whole minutes, kept for as long as the minute lasts. */
  day: { readonly minute: number; readonly candle: ReturnType<typeof closedCandle>; readonly open1h: number } | undefined
}

const NONE: readonly never[] = []

export function startInstrument(instrument: MarketInstrument, at: Step, keptChanges: number): LiveInstrument {
  const book = createBook(instrument, at, ticksAt(instrument, at.minute, at.step), keptChanges)
  const minute = minuteTrades(instrument, at.minute)
  const done = countUntil(minute, at.step)
  const sums = sumsUntil(instrument, at.minute, minute, done)
  const idsByStep = new Float64Array(KEPT_STEPS)
  const live = {
    instrument,
    book,
    at,
    minute,
    done,
    sums,
    trades: NONE,
    liquidations: NONE,
    engineIds: new Map(),
    idsByStep,
    day: undefined,
  }
  noteId(live)
  return live
}

/** After a leap in time there is a new book, with later ids: as after an exchange's restart. */
export function restartInstrument(live: LiveInstrument, at: Step): void {
  const { instrument } = live
  const price = ticksAt(instrument, at.minute, at.step)
  live.book = createBook(instrument, at, price, live.book.history.capacity, live.book.lastId)
  live.at = at
  live.minute = minuteTrades(instrument, at.minute)
  live.done = countUntil(live.minute, at.step)
  live.sums = sumsUntil(instrument, at.minute, live.minute, live.done)
  live.trades = NONE
  live.liquidations = NONE
  live.idsByStep.fill(0)
  noteId(live)
}

/** The book's id as it was at a time; the oldest that can be told where that is too long ago. */
export function engineIdAt({ idsByStep, at, book }: LiveInstrument, timeMs: number): number {
  const newest = timeOf(at) / STEP_MS
  const wanted = Math.max(Math.floor(timeMs / STEP_MS), newest - KEPT_STEPS + 1)
  return Math.max(book.history.oldestId, wanted >= newest ? book.lastId : (idsByStep[wanted % KEPT_STEPS] ?? 0))
}

function noteId({ idsByStep, at, book }: Pick<LiveInstrument, 'idsByStep' | 'at' | 'book'>): void {
  idsByStep[(timeOf(at) / STEP_MS) % KEPT_STEPS] = book.lastId
}

/** Moves on by exactly one step. */
export function advanceInstrument(live: LiveInstrument, at: Step): void {
  const { instrument, book } = live
  if (at.minute !== live.at.minute) {
    live.minute = minuteTrades(instrument, at.minute)
    live.done = 0
    live.sums = emptySums(instrument, at.minute, live.minute.firstId)
  }
  live.at = at
  live.trades = NONE
  live.liquidations = NONE
  const price = ticksAt(instrument, at.minute, at.step)
  if ((live.minute.steps[live.done] ?? Number.POSITIVE_INFINITY) > at.step) followPrice(book, price)
  else executeTrades(live, price)
  churn(book)
  noteId(live)
}

function executeTrades(live: LiveInstrument, price: number): void {
  const { instrument, book, at, minute } = live
  const timestamp = timeOf(at)
  const trades: SandboxTrade[] = []
  for (; live.done < minute.count && (minute.steps[live.done] ?? 0) <= at.step; live.done++) {
    const lots = minute.lots[live.done] ?? 0
    const isBuy = minute.isBuy[live.done] === 1
    trade(book, price, lots, isBuy)
    addTrade(live.sums, price, lots, isBuy)
    const made = tradeOf(instrument, minute, live.done, price, timestamp, book.lastId)
    trades.push(made)
    live.engineIds.set(made.id, made.engineId)
    if (live.done === minute.liquidation) live.liquidations = [liquidationOf(made)]
  }
  // Who keeps few changes of the book keeps few trades.
  const kept = Math.min(KEPT_ENGINE_IDS, book.history.capacity)
  while (live.engineIds.size > kept) live.engineIds.delete(live.engineIds.keys().next().value as number)
  live.trades = trades
}

/** The newest trades up to now, newest last; from before the book ran too. */
export function recentTrades(live: LiveInstrument, limit: number): SandboxTrade[] {
  const { instrument } = live
  const trades: SandboxTrade[] = []
  let { minute } = live.at
  let made = live.minute
  let index = live.done - 1
  while (trades.length < limit && minute > 0) {
    for (; index >= 0 && trades.length < limit; index--) {
      const step = made.steps[index] ?? 0
      const at = { minute, step }
      const engineId = live.engineIds.get(made.firstId + index) ?? (timeOf(at) / STEP_MS) * 64
      trades.push(tradeOf(instrument, made, index, ticksAt(instrument, minute, step), timeOf(at), engineId))
    }
    minute -= 1
    made = minuteTrades(instrument, minute)
    index = made.count - 1
  }
  return trades.reverse()
}

export function tickerOf(live: LiveInstrument): SandboxTicker {
  const { instrument, at, book } = live
  const { price, quantity } = instrument
  const now = timeOf(at)
  if (live.day?.minute !== at.minute) {
    const candle = closedCandle(instrument, at.minute - DAY_MINUTES, at.minute)
    live.day = { minute: at.minute, candle, open1h: price.of(ticksAt(instrument, at.minute - 60, 0)) }
  }
  const day = joinCandles(live.day.candle, runningCandle(instrument, live.sums))
  const bid = best(book.bids, instrument)
  const ask = best(book.asks, instrument)
  const funding = fundingAt(instrument, now)
  return {
    lastPrice: day.close,
    lastQuantity: quantity.of(live.minute.lots[live.done - 1] ?? 0),
    bidPrice: bid[0],
    bidQuantity: bid[1],
    askPrice: ask[0],
    askQuantity: ask[1],
    markPrice: markPriceAt(instrument, now),
    indexPrice: indexPriceAt(instrument, at.minute, at.step),
    open24h: day.open,
    high24h: day.high,
    low24h: day.low,
    open1h: live.day.open1h,
    volume24h: day.volume,
    quoteVolume24h: day.quoteVolume,
    trades24h: day.trades,
    fundingRate: funding.rate,
    nextFundingTime: funding.nextTime,
    fundingIntervalHours: funding.intervalHours,
    openInterest: openInterestAt(instrument, now),
  }
}

/** Best first, at most `depth` (0: all). */
export function levelsOf(side: BookSide, instrument: MarketInstrument, depth: number): SandboxLevel[] {
  const count = depth > 0 ? Math.min(depth, side.ticks.length) : side.ticks.length
  const last = side.ticks.length - 1
  return Array.from({ length: count }, (_, i) => levelAt(side, instrument, last - i))
}

export function timeOf({ minute, step }: Step): number {
  return minute * MINUTE_MS + step * STEP_MS
}

function best(side: BookSide, instrument: MarketInstrument): SandboxLevel {
  return levelAt(side, instrument, side.ticks.length - 1)
}

function levelAt(side: BookSide, { price, quantity }: MarketInstrument, index: number): SandboxLevel {
  return [price.of(side.ticks[index] ?? 0), quantity.of(side.lots[index] ?? 0)]
}

function countUntil(trades: MinuteTrades, step: number): number {
  let count = 0
  while (count < trades.count && (trades.steps[count] ?? 0) <= step) count += 1
  return count
}

function sumsUntil(instrument: MarketInstrument, minute: number, trades: MinuteTrades, count: number): MinuteSums {
  const sums = emptySums(instrument, minute, trades.firstId)
  for (let i = 0; i < count; i++) {
    addTrade(sums, ticksAt(instrument, minute, trades.steps[i] ?? 0), trades.lots[i] ?? 0, trades.isBuy[i] === 1)
  }
  return sums
}

function tradeOf(
  { price, quantity }: MarketInstrument,
  trades: MinuteTrades,
  index: number,
  ticks: number,
  timestamp: number,
  engineId: number,
): SandboxTrade {
  return {
    id: trades.firstId + index,
    timestamp,
    price: price.of(ticks),
    quantity: quantity.of(trades.lots[index] ?? 0),
    side: trades.isBuy[index] === 1 ? 'buy' : 'sell',
    engineId,
  }
}

/** The order that closes a long sells. */
function liquidationOf({ timestamp, price, quantity, side }: SandboxTrade): SandboxLiquidation {
  const isLong = side === 'sell'
  const bankruptcyPrice = price * (isLong ? 1 - BANKRUPTCY_DISTANCE : 1 + BANKRUPTCY_DISTANCE)
  return { timestamp, liquidated: isLong ? 'long' : 'short', price, bankruptcyPrice, quantity }
}
