/** Candles of any interval as a pure function of seed and time: a wide one is what its minutes are, taken together. */
import type { SandboxCandle } from '../../exchanges/sandbox-contract.js'
import { MINUTE_MS } from '../../market/time.js'
import {
  blockOf,
  boughtLots,
  dislocationAt,
  inBlock,
  lotsBefore,
  type MarketInstrument,
  offsetIn,
  ticksAt,
  toTicks,
  tradesBefore,
} from './instrument.js'
import { alignTime, HISTORY_START_MS } from './time.js'

/** Minutes `from` to `to` (half open, at least one), all over. `openTime` is the first's. */
export function closedCandle(instrument: MarketInstrument, from: number, to: number): SandboxCandle {
  const { path, price, quantity } = instrument
  let high = Number.NEGATIVE_INFINITY
  let low = Number.POSITIVE_INFINITY
  let bought = 0
  let quote = 0
  let boughtQuote = 0
  let lotsSoFar = lotsBefore(instrument, from)
  let tradesSoFar = tradesBefore(instrument, from)
  for (let minute = from; minute < to; minute++) {
    const block = blockOf(path, minute)
    const i = inBlock(minute)
    const offset = offsetIn(instrument, minute)
    const shift = dislocationAt(instrument, minute)?.shift ?? 0
    const top = (block.high[i] ?? 0) + offset
    const bottom = (block.low[i] ?? 0) + offset
    high = Math.max(high, shift > 0 ? top + shift : top)
    low = Math.min(low, shift < 0 ? bottom + shift : bottom)
    const lotsNow = lotsBefore(instrument, minute + 1)
    const tradesNow = tradesBefore(instrument, minute + 1)
    const taken = boughtLots(instrument, minute, lotsNow - lotsSoFar, tradesNow - tradesSoFar)
    const typical = Math.exp(((block.boundary[i] ?? 0) + (block.boundary[i + 1] ?? 0)) / 2 + offset)
    bought += taken
    quote += (lotsNow - lotsSoFar) * typical
    boughtQuote += taken * typical
    lotsSoFar = lotsNow
    tradesSoFar = tradesNow
  }
  const firstTradeId = tradesBefore(instrument, from)
  const last = blockOf(path, to - 1)
  const close = (last.boundary[inBlock(to - 1) + 1] ?? 0) + offsetIn(instrument, to - 1)
  const open = (blockOf(path, from).boundary[inBlock(from)] ?? 0) + offsetIn(instrument, from)
  const perLot = quantity.of(1) * instrument.listing.multiplier
  return {
    openTime: from * MINUTE_MS,
    open: price.of(toTicks(instrument, open)),
    high: price.of(toTicks(instrument, high)),
    low: price.of(toTicks(instrument, low)),
    close: price.of(toTicks(instrument, close)),
    volume: quantity.of(lotsSoFar - lotsBefore(instrument, from)),
    // From a price typical of each minute: within a few bps of the sum over the trades.
    quoteVolume: quote * perLot,
    trades: tradesSoFar - firstTradeId,
    takerVolume: quantity.of(bought),
    takerQuoteVolume: boughtQuote * perLot,
    firstTradeId,
    lastTradeId: tradesSoFar - 1,
  }
}

/** What a running minute's trades have come to, in ticks and lots. */
export interface MinuteSums {
  readonly minute: number
  readonly firstId: number
  readonly open: number
  high: number
  low: number
  close: number
  lots: number
  bought: number
  /** Ticks × lots. */
  quote: number
  boughtQuote: number
  count: number
}

export function emptySums(instrument: MarketInstrument, minute: number, firstId: number): MinuteSums {
  const open = ticksAt(instrument, minute, 0)
  return { minute, firstId, open, high: open, low: open, close: open, lots: 0, bought: 0, quote: 0, boughtQuote: 0, count: 0 }
}

export function addTrade(sums: MinuteSums, ticks: number, lots: number, isBuy: boolean): void {
  const bought = isBuy ? lots : 0
  sums.high = Math.max(sums.high, ticks)
  sums.low = Math.min(sums.low, ticks)
  sums.close = ticks
  sums.lots += lots
  sums.bought += bought
  sums.quote += lots * ticks
  sums.boughtQuote += bought * ticks
  sums.count += 1
}

export function runningCandle({ price, quantity }: MarketInstrument, sums: MinuteSums): SandboxCandle {
  const perLot = quantity.of(1) * price.of(1)
  return {
    openTime: sums.minute * MINUTE_MS,
    open: price.of(sums.open),
    high: price.of(sums.high),
    low: price.of(sums.low),
    close: price.of(sums.close),
    volume: quantity.of(sums.lots),
    quoteVolume: sums.quote * perLot,
    trades: sums.count,
    takerVolume: quantity.of(sums.bought),
    takerQuoteVolume: sums.boughtQuote * perLot,
    firstTradeId: sums.firstId,
    lastTradeId: sums.firstId + sums.count - 1,
  }
}

/** Two neighbours as one; the later one's close counts. */
export function joinCandles(earlier: SandboxCandle, later: SandboxCandle): SandboxCandle {
  return {
    openTime: earlier.openTime,
    open: earlier.open,
    high: Math.max(earlier.high, later.high),
    low: Math.min(earlier.low, later.low),
    close: later.close,
    volume: earlier.volume + later.volume,
    quoteVolume: earlier.quoteVolume + later.quoteVolume,
    trades: earlier.trades + later.trades,
    takerVolume: earlier.takerVolume + later.takerVolume,
    takerQuoteVolume: earlier.takerQuoteVolume + later.takerQuoteVolume,
    firstTradeId: earlier.firstTradeId,
    lastTradeId: later.lastTradeId,
  }
}

/** The candle that opened at `openTime`, closed or as it stands: `running` is the minute in which the market is. */
export function candleAt(instrument: MarketInstrument, intervalMs: number, openTime: number, running: MinuteSums): SandboxCandle {
  const from = Math.floor(openTime / MINUTE_MS)
  const to = Math.floor((openTime + intervalMs) / MINUTE_MS)
  if (to <= running.minute) return closedCandle(instrument, from, to)
  const newest = runningCandle(instrument, running)
  return from === running.minute ? newest : joinCandles(closedCandle(instrument, from, running.minute), newest)
}

/** Candles that open in `from <= time < to`, oldest first; last the open one where the range reaches it. */
export function candlesBetween(
  instrument: MarketInstrument,
  intervalMs: number,
  from: number,
  to: number,
  running: MinuteSums,
): SandboxCandle[] {
  const candles: SandboxCandle[] = []
  const start = Math.max(from, HISTORY_START_MS)
  let openTime = alignTime(start, intervalMs)
  if (openTime < start) openTime += intervalMs
  for (; openTime < to && openTime <= running.minute * MINUTE_MS; openTime += intervalMs) {
    candles.push(candleAt(instrument, intervalMs, openTime, running))
  }
  return candles
}
