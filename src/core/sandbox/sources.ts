/**
 * What each kind of topic tells, step by step. A source has a state of its own: what it told last. It exists while somebody
 * listens, whoever and however many.
 */
import type { SandboxData, SandboxTicker, SandboxTopic } from '../exchanges/sandbox-contract.js'
import { MINUTE_MS } from '../market/time.js'
import { type BookWindow, levelsAt, windowChanges, windowLevels, windowOf } from './book-window.js'
import { bestTicks, touchedSince } from './market/book.js'
import { candleAt } from './market/candles.js'
import { type LiveInstrument, tickerOf, timeOf } from './market/live-instrument.js'
import { alignTime } from './market/time.js'

export interface Source {
  /** Called at each step; `isDue`: the topic's time to speak has come. */
  step(isDue: boolean): readonly SandboxData[]
  /** What a session that joins now is told first, so that it can follow what comes. */
  joined(): readonly SandboxData[]
}

type TopicOf<Kind extends SandboxTopic['kind']> = SandboxTopic & { readonly kind: Kind }
export type BookData = SandboxData & { readonly kind: 'book' }

export interface BookSource extends Source {
  /** The newest update as a whole: the window as the topic's listeners have it. */
  published(): BookData
}

const NOTHING: readonly SandboxData[] = []

export function bookSource(live: LiveInstrument, topic: TopicOf<'book'>, firstCount: number): BookSource {
  const { instrument } = live
  let told: BookWindow = windowOf(live.book, topic.depth)
  let { lastId } = live.book
  let timestamp = timeOf(live.at)
  let count = firstCount
  const data = (isSnapshot: boolean, previousId: number, firstId: number, changes: Pick<BookData, 'bids' | 'asks'>): BookData => {
    return { kind: 'book', isSnapshot, symbol: instrument.symbol, timestamp, firstId, lastId, previousId, count, ...changes }
  }
  const published = () => {
    const levels = { bids: windowLevels(told.bids, instrument), asks: windowLevels(told.asks, instrument) }
    return data(true, lastId, lastId, levels)
  }
  // A level that came and went again between two updates of a whole book is told as gone: a REST snapshot from in between has it.
  const changesTo = (now: BookWindow): Pick<BookData, 'bids' | 'asks'> => {
    const touched = topic.depth === 0 ? touchedSince(live.book, lastId) : undefined
    if (touched === undefined) {
      return { bids: windowChanges(told.bids, now.bids, instrument), asks: windowChanges(told.asks, now.asks, instrument) }
    }
    return { bids: levelsAt(now.bids, touched.bids, instrument), asks: levelsAt(now.asks, touched.asks, instrument) }
  }
  return {
    published,
    joined: () => (topic.hasSnapshot || topic.isWhole === true ? [published()] : NOTHING),
    step(isDue) {
      if (!isDue || live.book.lastId === lastId) return NOTHING
      const now = windowOf(live.book, topic.depth)
      const { bids, asks } = changesTo(now)
      // What left the window and came back as it was is not told; the next update covers its ids.
      if (bids.length + asks.length === 0) return NOTHING
      const previousId = lastId
      told = now
      lastId = live.book.lastId
      timestamp = timeOf(live.at)
      count += 1
      return [topic.isWhole === true ? published() : data(false, previousId, previousId + 1, { bids, asks })]
    },
  }
}

export function sourceOf(live: LiveInstrument, topic: Exclude<SandboxTopic, { kind: 'book' }>): Source {
  switch (topic.kind) {
    case 'trade':
      return listSource(
        live,
        (symbol, timestamp, trades) => ({ kind: 'trade', symbol, timestamp, trades }),
        () => live.trades,
      )
    case 'liquidation':
      return listSource(
        live,
        (symbol, timestamp, liquidations) => ({ kind: 'liquidation', symbol, timestamp, liquidations }),
        () => live.liquidations,
      )
    case 'ticker':
      return tickerSource(live)
    case 'quote':
      return quoteSource(live)
    case 'mark':
      return {
        joined: () => NOTHING,
        step: (isDue) => (isDue ? [{ kind: 'mark', ...stampOf(live), ticker: tickerOf(live) }] : NOTHING),
      }
    case 'candle':
      return candleSource(live, topic.interval)
  }
}

/** What happened since the last push, all together. */
function listSource<Row>(
  live: LiveInstrument,
  tell: (symbol: string, timestamp: number, rows: readonly Row[]) => SandboxData,
  newest: () => readonly Row[],
): Source {
  let waiting: Row[] = []
  return {
    joined: () => NOTHING,
    step(isDue) {
      waiting.push(...newest())
      if (!isDue || waiting.length === 0) return NOTHING
      const { symbol, timestamp } = stampOf(live)
      const rows = waiting
      waiting = []
      return [tell(symbol, timestamp, rows)]
    },
  }
}

function tickerSource(live: LiveInstrument): Source {
  let told = tickerOf(live)
  const keys = Object.keys(told) as (keyof SandboxTicker)[]
  const data = (isSnapshot: boolean, changed: ReadonlySet<keyof SandboxTicker>): SandboxData => {
    return { kind: 'ticker', isSnapshot, ...stampOf(live), ticker: told, changed }
  }
  return {
    joined: () => [data(true, new Set(keys))],
    step(isDue) {
      if (!isDue) return NOTHING
      const before = told
      told = tickerOf(live)
      const changed = new Set(keys.filter((key) => before[key] !== told[key]))
      return changed.size === 0 ? NOTHING : [data(false, changed)]
    },
  }
}

/** Best bid and ask, whenever they changed. */
function quoteSource(live: LiveInstrument): Source {
  const touch = () => {
    const { bids, asks } = live.book
    return [bestTicks(bids), bids.lots.at(-1), bestTicks(asks), asks.lots.at(-1)]
  }
  let told = touch()
  const data = (): SandboxData => ({ kind: 'quote', ...stampOf(live), lastId: live.book.lastId, ticker: tickerOf(live) })
  return {
    joined: () => [data()],
    step(isDue) {
      const now = isDue ? touch() : told
      if (now.every((value, i) => value === told[i])) return NOTHING
      told = now
      return [data()]
    },
  }
}

/** The open candle as it grows, and once more when it is closed, before the next. */
function candleSource(live: LiveInstrument, interval: string): Source {
  const ms = intervalMs(interval)
  let openTime = alignTime(timeOf(live.at), ms)
  let trades = -1
  const at = (time: number) => candleAt(live.instrument, ms, time, live.sums)
  return {
    joined: () => NOTHING,
    step(isDue) {
      if (!isDue) return NOTHING
      const isOver = alignTime(timeOf(live.at), ms) !== openTime
      const closed = isOver ? [at(openTime)] : []
      openTime = alignTime(timeOf(live.at), ms)
      const open = at(openTime)
      if (!isOver && open.trades === trades) return NOTHING
      trades = open.trades
      return [...closed, open].map((candle) => ({ kind: 'candle', ...stampOf(live), interval, candle }))
    },
  }
}

function stampOf({ instrument, at }: LiveInstrument): { readonly symbol: string; readonly timestamp: number } {
  return { symbol: instrument.symbol, timestamp: timeOf(at) }
}

const UNIT_MINUTES: Readonly<Record<string, number>> = { m: 1, h: 60, d: 1_440, w: 10_080 }

/** `15m` → 900 000. */
function intervalMs(interval: string): number {
  return Number.parseInt(interval, 10) * (UNIT_MINUTES[interval.slice(-1)] ?? 1) * MINUTE_MS
}
